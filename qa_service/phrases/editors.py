"""What the editors' queue and the drafts it makes say."""

from collections.abc import Mapping

from qa_service.phrases.languages import UKRAINIAN
from qa_service.types import Channel, Complaint

TITLE = "Черга редактора"
VIEWS = "Розділи черги"
ITEMS, GAPS = "Скарги на відповіді", "Прогалини"
LEAD = "Що громадяни й оператори вважають неправильним. Запитання без особистих даних."
GAPS_LEAD = (
    "Про що питають, а тексту немає: схожі за змістом запитання щонайменше з {least} різних розмов."
)
FILTERS = "Відібрати"
STATE, COMPLAINT, SERVICE, ORDER, ANY = "Стан", "Скарга", "Послуга", "Спершу", "усі"
SHOW, RESET = "Показати", "Скинути відбір"
ORDERS = {"newest": "найновіші", "most": "де скарг найбільше"}
STATES = {
    "open": "нові",
    "drafted": "у чернетці",
    "done": "виправлено",
    "dismissed": "відхилено",
}
STATE_OF_ONE = {
    "open": "нова",
    "drafted": "у чернетці",
    "done": "виправлено",
    "dismissed": "відхилено",
}
COMPLAINTS: Mapping[Complaint | None, str] = {
    Complaint.OUTDATED: "застаріло",
    Complaint.OTHER_QUESTION: "не про те",
    Complaint.UNCLEAR: "незрозуміло",
    Complaint.BROKEN_LINK: "не працює посилання",
    Complaint.MISSING: "немає відповіді",
    None: "не допомогло",
}
CHANNELS: Mapping[Channel, str] = {
    Channel.SITE: "сайт",
    Channel.OPERATOR: "оператор",
    Channel.CHATBOT: "чат-бот",
}
NO_QUESTION = "Запитання вже не зберігається"
NO_PASSAGE = "Без тексту"
PASSAGE_GONE = "Цього тексту в чинній версії вже немає."
PRESENT_TEXT = "Текст зараз"
AS_OF = "чинний станом на {date}"
CHANGED = "Текст змінено після скарги, {date}"
NOT_CHANGED = "Текст відтоді не змінювали"
CHANGE_UNKNOWN = "Чи змінювали текст відтоді, невідомо"
SERVICE_PAGE, FILE = "Сторінка послуги", "Файл"
GAP_OF = "Прогалина"
HANDLED = "{name}, {date}"
DONE, DISMISS, REOPEN = "Готово", "Відхилити", "Повернути в чергу"
DRAFT, DRAFT_OF_GAP = "Створити чернетку тексту", "Створити чернетку для всієї прогалини"
ALL_DONE, ALL_DISMISSED = "Усе тут готово", "Відхилити всі"
NOT_OURS = "Не про сервісні центри"
NOT_OURS_LEAD = "Розмови й запитання не за адресою: писати про них нічого. Перегляньте й відхиліть."
DISMISS_GAP = "Не писатимемо"
DISMISSED_GAPS = "Не писатимемо: {count}"
GAP_DISMISSED = "Не писатимемо: «{question}»."
REOPEN_GAP = "Повернути до прогалин"
READ_MORE = "Прочитати на сторінці послуги"
NONE_FOUND = "Тут порожньо: жодної скарги за цим відбором."
NO_GAPS = "Прогалин не знайдено."
NO_GAPS_YET = "Прогалини ще не шукали: «qa-service journal gaps» шукає їх зараз."
FOUND_AT = "Знайдено {date}"
MORE_THAN_SHOWN = "Показано {shown} найновіших із {total}: звузьте відбір."
ASKED_ALSO = "Як ще питають"
TREND = "За тижнями"
NEAREST = "Найближчий текст"
MISSING_NEAR = "Немає відповіді, найближче:"
PAGES = "Сторінки"
NONE_NEAR = "близького немає"
LAST_ASKED = "востаннє {date}"
ALREADY = "Цю скаргу вже опрацьовано: {name}, {date} — {state}. Ваша дія нічого не змінила."
ALREADY_OPEN = "Ця скарга знову в черзі. Ваша дія нічого не змінила."
DID = {
    "open": "Знову в черзі",
    "drafted": "У чернетці",
    "done": "Готово",
    "dismissed": "Відхилено",
}
DONE_ONE, DONE_MANY = "{did}: «{question}».", "{did}: «{question}» і ще {more}."
DONE_UNNAMED = "{did}: {count}."
UNDO = "Повернути, як було"
NO_UNDO = "Стільки одразу не повернути: поверніть потрібні зі списку."
OFF_TITLE = "Журналу немає"
OFF = "У цій установці вимкнено журнал (QA_JOURNAL=off), тож скарг ніде не збережено."
BROKEN_TITLE = "Журнал зараз недоступний"
BROKEN = "Відповіді працюють далі. Спробуйте за хвилину або передайте адміністраторові:"

DRAFT_WITHOUT_SERVICE = "new"
DRAFT_TITLE = "про що цей розділ"
DRAFT_FILE = "Чернетка розділу для {file}"
DRAFT_NO_FILE = "нового файлу послуги: близької немає"
DRAFT_NEAREST = "Найближчий текст: {passage}; тема в заголовку — припущення за ним."
DRAFT_HOW = (
    "Напишіть заголовок і текст за офіційним джерелом, замініть кожне TODO, приберіть цей коментар."
)
DRAFT_TEXT = "одне-шість повних речень своїми словами; жодного факту без джерела."
DRAFT_DATE = "місяць, коли факти були чинні, напр. 2026-11"
DRAFT_SOURCES = "id джерел із початку файлу"
DRAFT_GAP = "Питали {asked} від {first} до {last} у {conversations} різних розмовах."
DRAFT_ITEM = "Скарга: {complaint}."
DRAFT_COMMENT = "Коментар: {comment}"


def times(count: int) -> str:
    """1 раз, 2 рази, 5 разів."""
    return UKRAINIAN.count(count, "раз", "рази", "разів")


def conversations(count: int) -> str:
    """1 розмова, 2 розмови, 5 розмов."""
    return UKRAINIAN.count(count, "розмова", "розмови", "розмов")


def more_items(count: int) -> str:
    """Ще 1 скарга, ще 2 скарги, ще 5 скарг."""
    return f"Ще {UKRAINIAN.count(count, 'скарга', 'скарги', 'скарг')}"


def more(count: int) -> str:
    """Ще 1 запитання, ще 5 запитань."""
    return f"Ще {UKRAINIAN.count(count, 'запитання', 'запитання', 'запитань')}"


def done(state: str, count: int, question: str | None) -> str:
    """What was done with how many items, of which one is named."""
    did = DID[state]
    if question is None:
        return DONE_UNNAMED.format(did=did, count=count)
    if count == 1:
        return DONE_ONE.format(did=did, question=question)
    return DONE_MANY.format(did=did, question=question, more=count - 1)
