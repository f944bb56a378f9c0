"""The keys of the operators' console: of a procedure's facts and of what is done with an answer;
and what an operator does where there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qa_service.phrases import Advice
from qa_service.types import Reason, Topic


@dataclass(frozen=True, slots=True)
class Fact:
    """A tab of the strip: the passages of `topics`. keys: which show it."""

    id: str
    label: str
    topics: tuple[Topic, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """always: the keys act while something is typed, too. fixed: they cannot be changed."""

    id: str
    label: str
    keys: tuple[str, ...]
    always: bool = False
    fixed: bool = False


FACTS = (
    Fact("fee", "Вартість", (Topic.FEE,), ("1", "в")),
    Fact("term", "Строк", (Topic.TERM,), ("2", "с")),
    Fact("documents", "Документи", (Topic.DOCUMENTS,), ("3", "д")),
    Fact("where", "Де", (Topic.WHERE, Topic.CONTACT), ("4", "к")),
    Fact("online", "Онлайн", (Topic.ONLINE,), ("5", "о")),
    Fact("refusal", "Відмова", (Topic.REFUSAL, Topic.PENALTY), ("6", "м")),
    Fact("steps", "Порядок дій", (Topic.STEPS, Topic.EXAM), ("7", "п")),
    Fact("who", "Для кого", (Topic.WHO,), ("8", "х")),
    Fact(
        "more",
        "Інше",
        (Topic.RESULT, Topic.VALIDITY, Topic.MARTIAL_LAW, Topic.LEGAL, Topic.NOTE),
        ("9", "і"),
    ),
)
"""Every topic has its place, and every place its key for good: hands learn them. A letter is named
as the Ukrainian layout has it, and means its place on the keyboard in any other.
"""

COMMANDS = (
    Command("ask", "Поставити запитання", ("Enter",), always=True, fixed=True),
    Command("clear", "Очистити поле; у порожньому – вийти з нього", ("Escape",), True, True),
    Command("box", "До поля запитання", ("/",)),
    Command("help", "Усі клавіші й налаштування", ("?",)),
    Command("newCall", "Новий дзвінок", ("End", "т")),
    Command("last", "Повернути останнє запитання в поле", ("ArrowUp",)),
    Command("nextCard", "Наступна відповідь", ("ArrowDown",)),
    Command("earlier", "Попередня репліка дзвінка", ("ArrowLeft",)),
    Command("later", "Наступна репліка дзвінка", ("ArrowRight",)),
    Command("dropContext", "Забути, про яку послугу мова", ("Backspace",)),
    Command("copy", "Скопіювати для чату", ("Ctrl+Enter",), always=True),
    Command("copyShort", "Скопіювати для СМС", ("Ctrl+Shift+Enter",), always=True),
    Command("good", "Відповідь допомогла", ("+",)),
    Command("bad", "Не про те", ("-",)),
    Command("outdated", "Застаріло", ("0",)),
    Command("missing", "Немає відповіді: повідомити редакторів", ("F2",), always=True),
    Command("centres", "Центри за містом", ("F8", "ц"), always=True),
    Command("changes", "Що змінилося", ("Home", "з")),
    Command("undo", "Повернути попередній дзвінок", ("Ctrl+Backspace",)),
)
"""No key that a browser or a screen reader has for itself."""

REASONS: Mapping[Reason, Advice] = {
    Reason.OFF_TOPIC: Advice(
        "Це не про послуги сервісних центрів",
        "Скажіть, що це питання іншої установи. Якщо все ж про нашу послугу, запитайте її назвою.",
    ),
    Reason.NOT_COVERED: Advice(
        "Перевіреного тексту про це немає",
        "Не відповідайте з пам'яті: переведіть на старшого зміни або запишіть, куди передзвонити. "
        "Повідомте редакторів клавішею F2.",
    ),
    Reason.LIVE_DATA: Advice(
        "Це видно лише в реєстрі",
        "Перевірте в робочій системі або скажіть, де абонент побачить це сам: Кабінет водія, Дія, "
        "Е-запис.",
    ),
    Reason.SMALL_TALK: Advice("Розмова", "Запитання про послугу тут немає."),
    Reason.NO_MATCH: Advice(
        "Такої відповіді немає",
        "Спробуйте назвати послугу. Якщо не допоможе, переведіть на старшого зміни й повідомте "
        "редакторів клавішею F2.",
    ),
    Reason.LOW_CONFIDENCE: Advice(
        "Певної відповіді немає",
        "Уточніть в абонента, що саме потрібно. Якщо не допоможе, переведіть на старшого зміни й "
        "повідомте редакторів клавішею F2.",
    ),
    Reason.AMBIGUOUS: Advice(
        "Уточніть, яка це послуга",
        "Запитайте абонента й виберіть клавішею з номером: відповіді в них різні.",
    ),
    Reason.EMPTY: Advice("Порожнє запитання", "Наберіть, що питає абонент."),
    Reason.TOO_LONG: Advice("Задовге запитання", "Залиште одне-два речення."),
    Reason.PERSONAL_DATA_ONLY: Advice(
        "Тут лише особисті дані",
        "За ними нічого не шукаємо. Наберіть, що саме потрібно абонентові.",
    ),
}
"""What an operator does where there is no answer."""
