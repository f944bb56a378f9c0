"""Every Ukrainian sentence that pages and the terminal say by themselves.

Texts of services come from the corpus, never from here. A test holds that every Topic, Group,
Status, Evidence and Reason has its words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qa_service.types import Complaint, Evidence, Group, Reason, SourceKind, Topic

SITE_NAME = "Сервісні центри МВС: запитання та відповіді"
SITE_DESCRIPTION = (
    "Запитайте своїми словами про посвідчення водія, реєстрацію транспорту, номерні знаки, іспити "
    "чи довідки. "
    "Відповідь із тексту процедури, з джерелом і датою."
)
SEARCH_NAME = "Послуги МВС"
"""At most 16 characters: browsers show it beside the address bar."""
OPERATOR_NAME = "Головний сервісний центр МВС"
COUNTRY_NAME = "Україна"
START_TITLE = "Запитайте про послугу"
NOT_FOUND_TITLE = "Такої сторінки немає"
CATALOGUE_TITLE = "Усі послуги"
CATALOGUE_DESCRIPTION = (
    "Усі послуги сервісних центрів МВС за темами: порядок дій, документи, вартість і строки кожної."
)

TOPICS: Mapping[Topic, str] = {
    Topic.WHO: "Для кого",
    Topic.STEPS: "Порядок дій",
    Topic.DOCUMENTS: "Документи",
    Topic.FEE: "Вартість",
    Topic.TERM: "Строки",
    Topic.WHERE: "Куди звертатися",
    Topic.ONLINE: "Онлайн",
    Topic.RESULT: "Результат",
    Topic.VALIDITY: "Строк дії",
    Topic.REFUSAL: "Відмова",
    Topic.EXAM: "Іспити",
    Topic.LEGAL: "Законодавство",
    Topic.PENALTY: "Відповідальність",
    Topic.MARTIAL_LAW: "Воєнний стан",
    Topic.CONTACT: "Контакти",
    Topic.NOTE: "Варто знати",
}

GROUPS: Mapping[Group, str] = {
    Group.DRIVING_LICENCE: "Посвідчення водія",
    Group.EXAMS_AND_TRAINING: "Навчання та іспити",
    Group.VEHICLE_REGISTRATION: "Реєстрація транспорту",
    Group.PLATES: "Номерні знаки",
    Group.CERTIFICATES_AND_CONTROL: "Довідки, дозволи й контроль",
    Group.SERVICE_CENTRES: "Сервісні центри та звернення",
}

GROUP_HINTS: Mapping[Group, str] = {
    Group.DRIVING_LICENCE: "Отримати вперше, обміняти, відновити, відкрити нову категорію",
    Group.EXAMS_AND_TRAINING: "Автошкола, медична довідка, теорія, практика, перескладання",
    Group.VEHICLE_REGISTRATION: "Купівля, продаж, ввезення, спадщина, зняття з обліку",
    Group.PLATES: "Вибрати, замовити власний, замінити, зберегти за собою",
    Group.CERTIFICATES_AND_CONTROL: "Техпаспорт, огляд, несудимість, небезпечні вантажі",
    Group.SERVICE_CENTRES: "Адреси, запис, оплата, Кабінет водія, скарги",
}

CHANNELS: Mapping[str, str] = {
    "service-centre": "сервісний центр МВС",
    "cnap": "ЦНАП",
    "diia": "Дія",
    "driver-cabinet": "Кабінет водія",
    "post": "Укрпошта",
    "other": "інші установи",
}

EVIDENCE_NOTES: Mapping[Evidence, str | None] = {
    Evidence.HIGH: None,
    Evidence.MEDIUM: "підтверджено частково",
    Evidence.LOW: "підтверджено лише одним непрямим або давнім джерелом",
}

CENTRE_TITLE = "Сервісний центр МВС № {number}: {city}"
CENTRE_ADDRESS = "Сервісний центр МВС № {number} – {city}, {address}."
CENTRE_HOURS = "Графік роботи: {hours}."
CENTRE_NETWORK_HOURS = "Загальний графік мережі: {hours}."
CENTRE_PHONE = "Телефон: {phone}."
CENTRE_NO_PHONE = "Окремого телефону центру у відкритих джерелах немає."
CENTRE_DOUBT = "Адреса й графік могли змінитися: перевірте їх перед візитом."
CENTRES_TITLE = "Адреси сервісних центрів МВС"
CENTRES_DESCRIPTION = (
    "Адреси сервісних центрів МВС за областями, пошук за містом, номером і вулицею."
)
ASK_TOWN = "У якому місті шукати сервісний центр? Додайте його назву до запитання."
CENTRES_OF = "Сервісні центри: {place}"
NO_CENTRE_AROUND = (
    "{place}: у довіднику немає сервісних центрів ні тут, ні деінде в цьому регіоні. Назвіть місто "
    "іншої області."
)
NO_SUCH_PLACE = (
    "Такого міста, області, номера чи вулиці в довіднику немає. Спробуйте назву області або "
    "сусіднього міста."
)
SEARCH_TOO_LONG = "Запит задовгий: назвіть лише місто, область, номер центру або вулицю."
NO_CENTRE_THERE = "{place}: свого сервісного центру в довіднику немає. Найближчі в області"

SOURCE_KINDS: Mapping[SourceKind, str] = {
    SourceKind.OFFICIAL: "офіційно",
    SourceKind.LAW: "закон",
    SourceKind.MEDIA: "ЗМІ",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """What a person reads instead of an answer: what happened and what to do now."""

    title: str
    text: str


REASONS: Mapping[Reason, Advice] = {
    Reason.OFF_TOPIC: Advice(
        "Це запитання не про послуги сервісних центрів МВС",
        "Тут є відповіді про посвідчення водія, реєстрацію транспорту, номерні знаки, іспити та "
        "довідки. "
        "Якщо ви питали саме про це, скажіть інакше або виберіть послугу в каталозі.",
    ),
    Reason.NOT_COVERED: Advice(
        "Такої відповіді в нас поки немає",
        "Запитання, здається, про наші справи або близькі до них, але відповіді серед перевірених "
        "текстів немає. Зателефонуйте в контакт-центр або погляньте на найближчі відповіді.",
    ),
    Reason.LIVE_DATA: Advice(
        "Цього ми не бачимо: відповідь знає лише реєстр або працівник",
        "Стан заяви, свій запис, вільні години, штрафи та дані про авто показують Кабінет водія, "
        "Дія та Е-запис; решту скаже оператор контакт-центру.",
    ),
    Reason.SMALL_TALK: Advice(
        "Запитайте про послугу сервісного центру",
        "Напишіть своїми словами, що потрібно: наприклад, «загубив права, що робити» чи «скільки "
        "коштує перереєструвати авто».",
    ),
    Reason.NO_MATCH: Advice(
        "Такої відповіді в нас немає",
        "Спробуйте сказати простіше й назвати послугу: наприклад, «обмін посвідчення водія» чи "
        "«перереєстрація авто».",
    ),
    Reason.LOW_CONFIDENCE: Advice(
        "Ми не певні, що знаємо відповідь",
        "Щоб не ввести вас в оману, не показуємо здогад як готову відповідь. "
        "Уточніть запитання, перегляньте найближчі варіанти або зателефонуйте.",
    ),
    Reason.AMBIGUOUS: Advice(
        "Уточніть, яка послуга вам потрібна",
        "Запитання підходить одразу до кількох процедур, а відповіді в них різні.",
    ),
    Reason.EMPTY: Advice(
        "Напишіть запитання",
        "Поле пошуку порожнє. Кількох слів досить: що вам потрібно й про який документ або "
        "транспорт ідеться.",
    ),
    Reason.TOO_LONG: Advice(
        "Запитання задовге",
        "Скоротіть його до одного-двох речень: назвіть послугу й те, що саме хочете дізнатися.",
    ),
    Reason.PERSONAL_DATA_ONLY: Advice(
        "Не пишіть тут особистих даних",
        "У запитанні лише особисті дані: номер документа, телефон чи подібне. За ними ми нічого не "
        "шукаємо. "
        "Запитайте про послугу загальними словами.",
    ),
}

COMPLAINTS: Mapping[Complaint, str] = {
    Complaint.OUTDATED: "Дані застаріли",
    Complaint.OTHER_QUESTION: "Це не про те",
    Complaint.UNCLEAR: "Незрозуміло",
    Complaint.BROKEN_LINK: "Посилання не працює",
}

PERHAPS = Advice(
    "Можливо, ви про це",
    "Певної відповіді немає: відкрийте те, що підходить, запитайте докладніше або зателефонуйте.",
)
"""Above what may be an answer."""

FEEDBACK_THANKS = Advice(
    "Дякуємо за відгук", "Він допоможе зробити відповіді точнішими й зрозумілішими."
)
FEEDBACK_LOST = Advice(
    "Відгук поки не збережено",
    "Сталася помилка на нашому боці. Спробуйте надіслати ще раз за кілька хвилин: усе, що ви "
    "написали, лишилося нижче.",
)
FEEDBACK_TOO_LATE = Advice(
    "Ця відповідь уже застаріла",
    "Сервіс оновлено відтоді, як ви її отримали. Поставте запитання знову й дайте відгук під "
    "відповіддю.",
)
COMMENT_TOO_LONG = Advice(
    "Коментар задовгий",
    "Скоротіть його до 1 000 знаків і надішліть ще раз. Увесь ваш текст лишився нижче.",
)
FORM_UNREADABLE = Advice(
    "Не вдалося прочитати відгук",
    "Форма надійшла неповною. Поставте запитання знову й дайте відгук під відповіддю.",
)
FORM_FROM_ELSEWHERE = Advice(
    "Відгук надійшов з іншого сайту",
    "Приймаємо відгуки лише з власних сторінок. Поставте запитання тут і дайте відгук під "
    "відповіддю.",
)

NO_SUCH_SERVICE = Advice(
    NOT_FOUND_TITLE,
    "Можливо, послугу перейменовано або в адресі помилка. Запитайте своїми словами — знайдемо.",
)
PROBLEMS: Mapping[int, Advice] = {
    404: Advice(
        NOT_FOUND_TITLE,
        "Можливо, в адресі помилка. Запитайте своїми словами або відкрийте список усіх послуг.",
    ),
    405: Advice(
        "Ця адреса не для перегляду", "Почніть із пошуку: поставте запитання своїми словами."
    ),
    413: Advice("Запит завеликий", "Скоротіть запитання чи коментар і надішліть ще раз."),
}
REFUSED = Advice(
    "Запит не прийнято",
    "Щось у ньому не так. Почніть із пошуку: поставте запитання своїми словами.",
)
FAILED = Advice(
    "Сталася помилка на нашому боці",
    "Спробуйте ще раз за кілька хвилин або зателефонуйте в контакт-центр.",
)


# The terminal

TERMINAL_ANSWERED = "Впевненість {confidence:.0%}, {ms:.1f} мс"
TERMINAL_CONTACT = "Контакт-центр: {phone}, {site}"
TERMINAL_DEGRADED = "Частина пошуку не працює ({parts}): відповідь може бути не найкращою."
TERMINAL_AS_OF = "Станом на {date}"
TERMINAL_CONFLICT = "Джерела розходяться: {conflict}"
TERMINAL_DOUBT = "Звірте перед візитом: {doubt}"
TERMINAL_SOURCE = "Джерело ({kind}): {source}"
TERMINAL_ACTION = "→ {title}: {url}"
TERMINAL_SIBLINGS = "Ще про цю послугу: {titles}"
