"""Labels and headings -> topics and groups; the fields of an information card. Pure.

An «інформаційна картка» tells of an administrative service in fields with customary labels, as a
table or a list; article 8 of the law «Про адміністративні послуги» says what it must hold.
"""

import re
from collections.abc import Sequence

from qa_service.types import Group, Topic

CARD = re.compile(r"інформаційна\s+картка", re.IGNORECASE)
_FEWEST_LABELS = 3
"""A text with so many different labels at the beginnings of its lines is a card."""

_OF_SERVICE = r"(?:\s+(?:надання|отримання|одержання))?(?:\s+адміністративн\w+)?(?:\s+послуг\w*)?"
_PROVIDER = r"(?:\s+(?:та|і)\s+\w+)?(?:\s+(?:суб.єкта|центру))?" + _OF_SERVICE
_LABELS: tuple[tuple[str, Topic], ...] = (
    (r"інформація про (?:суб.єкта|центр)" + _OF_SERVICE, Topic.NOTE),
    (r"нормативні акти, якими регламентується" + _OF_SERVICE, Topic.LEGAL),
    (r"умови (?:отримання|надання|одержання)" + _OF_SERVICE, Topic.NOTE),
    (r"(?:найменування|місцезнаходження|адреса)" + _PROVIDER, Topic.WHERE),
    (r"(?:інформація щодо режиму|режим|графік) роботи" + _PROVIDER, Topic.CONTACT),
    (
        r"телефон\w*(?:/факс)?(?: \(довідки\))?(?:, адреса електронної пошти)?"
        r"(?: та веб-?\s?сайт)?" + _PROVIDER,
        Topic.CONTACT,
    ),
    (r"закони україни", Topic.LEGAL),
    (r"акти кабінету міністрів(?: україни)?", Topic.LEGAL),
    (r"акти центральних органів виконавчої влади", Topic.LEGAL),
    (
        r"акти місцевих органів виконавчої влади"
        r"(?:\s?[/,та]+ органів місцевого самоврядування)?",
        Topic.LEGAL,
    ),
    (r"підстав[аи] для (?:отримання|одержання)" + _OF_SERVICE, Topic.STEPS),
    (
        r"(?:вичерпний )?перелік (?:необхідних )?документів(?:,? (?:необхідних|потрібних))?"
        r"(?: для)?" + _OF_SERVICE + r"(?:,? а також вимоги до них)?",
        Topic.DOCUMENTS,
    ),
    (
        r"(?:порядок|спос(?:іб|оби))(?: (?:та|і) спос(?:іб|оби))? подання(?: документів)?"
        r"(?:,? необхідних)?(?: для)?" + _OF_SERVICE,
        Topic.STEPS,
    ),
    (r"(?:у разі )?платн(?:ість|ості)(?: \(безоплатність\))?" + _OF_SERVICE, Topic.FEE),
    (r"нормативно-правові акти,? на підставі яких стягується плата", Topic.LEGAL),
    (
        r"розмір(?: та порядок внесення)? плати(?: \(адміністративного збору\))?"
        r"(?: за платну адміністративну послугу)?",
        Topic.FEE,
    ),
    (r"розрахунковий рахунок(?: для внесення плати)?", Topic.FEE),
    (r"(?:строк|термін)и? (?:надання|виконання|розгляду)" + _OF_SERVICE, Topic.TERM),
    (
        r"(?:вичерпний )?перелік підстав для відмови(?: [ув] наданні)?" + _OF_SERVICE,
        Topic.REFUSAL,
    ),
    (r"результат" + _OF_SERVICE, Topic.RESULT),
    (
        r"спос(?:іб|оби) отримання (?:відповіді|результату)(?: \((?:результату|відповіді)\))?"
        + _OF_SERVICE,
        Topic.RESULT,
    ),
    (r"примітк[аи]", Topic.NOTE),
)
"""A label may go over several lines of a text, so a space here stands for any white space."""

_NUMBER = r"(?:\d{1,2}(?:\.\d{1,2})*[.)]?\s+)?"
_ANY_LABEL = "|".join(f"(?P<l{place}>{label})" for place, (label, _) in enumerate(_LABELS))
_LABEL = re.compile(
    rf"^{_NUMBER}(?:{_ANY_LABEL})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE | re.MULTILINE
)
_GOES_ON = re.compile(r"\s*(?:становить|складає|є|не)\b")
"""After a label that only begins a sentence."""

_TOPICS: tuple[tuple[Topic, str], ...] = (
    (Topic.REFUSAL, r"відмов"),
    (Topic.MARTIAL_LAW, r"воєнн"),
    (Topic.PENALTY, r"штраф|відповідальн|покаранн"),
    (Topic.VALIDITY, r"(?:строк|термін)\w* (?:дії|чинност)|скільки діє|чинн(?:е|ий|а|ість)\b"),
    (Topic.FEE, r"\bплат|безкоштовн|вартіст|кошту|оплат|сплат|тариф|\bцін[аи]\b|збір\b|реквізит"),
    (Topic.TERM, r"строк|термін|тривал|скільки (?:часу|триває|чекати|днів)|як довго"),
    (Topic.EXAM, r"іспит|екзамен"),
    (Topic.DOCUMENTS, r"документ"),
    (Topic.RESULT, r"результат"),
    (Topic.ONLINE, r"онлайн|електронн\w+ (?:заяв|черг|послуг|кабінет)|\bчерез дію\b|кабінет водія"),
    (Topic.CONTACT, r"телефон|контакт|режим роботи|графік|гаряч\w+ ліні"),
    (Topic.WHERE, r"місцезнаходженн|адрес|^де\b|^куди\b|сервісн\w+ центр"),
    (Topic.LEGAL, r"закон|нормативн|постанов|\bнаказ|правов\w+ підстав|\bакти\b"),
    (Topic.WHO, r"^хто\b|^кому\b|одержувач|отримувач|заявник"),
    (Topic.STEPS, r"^як\b|порядок|спос[іо]б|етап|крок|процедур|звернен"),
)
"""The first that is found in a heading in small letters gives its topic."""

_GROUPS: tuple[tuple[Group, str], ...] = (
    (Group.EXAMS_AND_TRAINING, r"іспит|екзамен|підготовк|автошкол"),
    (Group.PLATES, r"номерн"),
    (Group.DRIVING_LICENCE, r"посвідченн\w+ водія|водійськ|\bправ[аи]?\b"),
    (Group.VEHICLE_REGISTRATION, r"реєстрац|транспортн\w+ зас|свідоцтв|автомобіл"),
    (Group.CERTIFICATES_AND_CONTROL, r"довідк|судиміст|контрол|перевезен|сертифікат"),
)


def topic_of(heading: str) -> Topic:
    """What the text under a heading or label tells; `note` where the heading does not say."""
    if label := _LABEL.match(heading):
        return _topic(label)
    low = heading.lower()
    return next((topic for topic, words in _TOPICS if re.search(words, low)), Topic.NOTE)


def group_of(title: str) -> Group:
    """The section of the catalogue that the words of a title point to."""
    low = title.lower()
    found = (group for group, words in _GROUPS if re.search(words, low))
    return next(found, Group.SERVICE_CENTRES)


def is_label(cell: str) -> bool:
    """Whether a cell of a table begins with a label of an information card."""
    return _LABEL.match(cell) is not None


def is_number(cell: str) -> bool:
    """Whether a cell only numbers its row: `9`, `11.2.`."""
    return re.fullmatch(r"\d{1,2}(?:\.\d{1,2})*[.)]?", cell) is not None


def split_label(line: str) -> tuple[str, str] | None:
    """`Платність: безоплатно` -> its label and value; the value is empty where it comes later."""
    label = _LABEL.match(line)
    if label is None:
        return None
    rest = re.fullmatch(r"\s*(?:[:—–]\s*(?P<value>.*))?", line[label.end() :])
    return (_named(label), rest["value"] or "") if rest else None


def card_fields(text: str) -> tuple[str, Sequence[tuple[str, str]]]:
    """The text before the first field and (label, value) of each, where `text` is a card of lines.

    A label may go over several lines, and its value may begin in its last one.
    """
    labels = [label for label in _LABEL.finditer(text) if not _GOES_ON.match(text, label.end())]
    if len({label.lastgroup for label in labels}) < _FEWEST_LABELS:
        return text, ()
    ends = [label.start() for label in labels[1:]] + [len(text)]
    values = [text[label.end() : end] for label, end in zip(labels, ends, strict=True)]
    fields = [
        (_named(label), value.lstrip(" :\n—–").rstrip())
        for label, value in zip(labels, values, strict=True)
    ]
    return text[: labels[0].start()], fields


def _topic(label: re.Match[str]) -> Topic:
    return _LABELS[int((label.lastgroup or "l0")[1:])][1]


def _named(label: re.Match[str]) -> str:
    """A label without its number."""
    return re.sub(rf"^{_NUMBER}", "", label.group()).strip()
