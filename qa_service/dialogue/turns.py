"""A turn of a talk, read by its words: a choice, a correction, a return to what came before. Pure.

Whether a plain question stays with the talk's procedure or moves away from it is for `moving.py`,
which weighs what was found.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from qa_service.dialogue.choosing import Names, beside_name, chosen_by_name, chosen_by_place
from qa_service.text.asking import asks_something, has_subject, named_topic, named_topics
from qa_service.types import Context, Topic

ASKING: Mapping[Topic, str] = {
    Topic.FEE: "скільки коштує",
    Topic.DOCUMENTS: "які документи потрібні",
    Topic.TERM: "скільки часу чекати",
    Topic.WHERE: "куди звертатися",
    Topic.STEPS: "що робити",
    Topic.WHO: "хто може",
    Topic.ONLINE: "чи можна онлайн",
    Topic.PENALTY: "який штраф",
    Topic.VALIDITY: "скільки діє",
    Topic.REFUSAL: "чому можуть відмовити",
    Topic.EXAM: "який іспит",
    Topic.RESULT: "що видають",
    Topic.LEGAL: "який закон",
    Topic.CONTACT: "який телефон",
}
"""How people ask for a fact, to put a question in full whose words leave that out."""


class Kind(StrEnum):
    """What a turn does."""

    PLAIN = "plain"
    CHOICE = "choice"
    CORRECTION = "correction"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Turn:
    """`reading`: what is asked, without the words that only steer the talk. `service`: the one that
    was chosen or returned to, where the words say which. `topic`: the fact that is asked for still,
    where the turn names none. `denied`: the words of what a correction leaves.
    `describes`: it says what the chosen service is, in words that may say something else.
    """

    kind: Kind
    reading: str
    service: str | None = None
    topic: Topic | None = None
    denied: str = ""
    describes: bool = False


_NO = re.compile(
    r"^(?:(?:та|да|ой|йой|тьху|а|ну|e|е|ні|но|но-но|ой-ой|стоп|перепрошую|вибачте|сорі|sorry|wait)"
    r"[,.\s]+)*(?:ні|нє|не|нет|неа|no|nope|not|ni|nie)(?:-(?:ні|нє|не|нет|no))*\b[,.!\s]*"
)
_ABOUT = r"(?:про|о|об|за(?! (?:кордон|границ|рубеж|меж|керм|рул|місц|мест)))"
_ASKED = (
    r"(?:(?:я )?(?:питаю|спрашиваю)|я (?:ж |же |вже |уже |вас )*"
    r"(?:пита(?:в|ла)|спрашивал\w?|каза(?:в|ла)|говори(?:в|ла|л))|пита(?:в|ла)(?=[.!]*$))"
)
"""«інспектор казав …» tells what somebody else said."""
_MEANT = re.compile(
    rf"\b(?:я (?:ж |же |вже |тепер |таки |саме |именно )*{_ABOUT}(?= )|"
    rf"(?:{_ASKED}|(?:я )?хот\w+ (?:спитат|запитат|спросит|узнат)\w+)(?: {_ABOUT})?|"
    r"(?:я )?(?:мав|мала|маю|мали(?:ся)?) на увазі|"
    r"(?:я )?име[лю]\w* в виду|"
    r"(?:(?:[йі]де|(?:і|й)шло)(?:ться|ся)|мова|речь)(?: [\w'-]+)? (?:про|о|об)(?= )|"
    r"(?:^|[,.] )уточню\w*[:,]|i mean(?:t)?|i'm asking about)\s*"
)
_BEFORE_MEANT = 6
"""Words at most before what was meant, where nothing is denied first: «это понял, но я про …»."""
_NOT_ABOUT = re.compile(rf"^(?:[\w'-]+[, ]+){{0,3}}я (?:ж |вже |тут )?не {_ABOUT} ")
_WORD = r"(?!(?:а|але|но|but)\b)[\w'-]+"
_WORDS = rf"{_WORD}(?: {_WORD}){{0,2}}"
_BUT = r"(?:[,.]\s*|\s)(?:а|але|но|but)\s+"
_NOT = r"(?:не|not|ne)"
_IN = rf"(?:на|через|в|у|для|{_ABOUT})"
_DENIED = re.compile(
    rf"\b{_NOT} {_IN} {_WORDS}(?:{_BUT}|[,.]\s*|$)|\b{_NOT} {_WORDS}{_BUT}|"
    rf"^{_NOT} {_WORDS}[,.]\s*|\b{_NOT} {_IN} [\w'-]+(?= )|^{_NOT} [\w'-]+ "
)
"""«не на послугу», «не іменний, а …»: what is not meant, with the word that joins the rest."""
_ONLY_ONE = re.compile(
    r"^((?:лише|тільки|тіки|только|лишь|саме|именно|just|only) .+?)"
    rf",? (?:а )?{_NOT} ({_WORDS})[.!]*$"
)
"""«лише права, не техпаспорт»"""
_NOT_AT_LAST = re.compile(rf"^({_WORD}(?: {_WORD}){{0,7}}),? а {_NOT} (?:{_IN} )?({_WORDS})[.!]*$")
"""«номери, а не права»"""
_LACKING = re.compile(
    rf"^{_NOT} (?:ма[юєв]\w*|име\w+|буде\w*|було|был\w*|є|можу|могу|хочу|хоче\w*|зна\w+|"
    r"(?:з|с|пере|до)?(?:да|кла)[влє]\w*|(?:от|отри|полу|вст|за|при|про)\w+(?:в|ла|ли|л)|"
    r"\w{2,}(?:[аиоую]в|[аиуя]л|[аиуя]ла|[аиу]ли|[аиуо]лось|[иа]лися|вся|лась|лся|[аяую]є|[аяую]ють|"
    r"[дтжсмв]уть|[аяу]ет|[аяу]ют|[аяі]ю|ємо|ться|тся))\b(?!(?: [\w'-]+){0,3},? (?:а|але|но) )"
)
"""«не маю довідки, приймуть?», «не працює сайт»: a verb in a person's form tells what is the case;
it denies nothing that was said, unless «а» follows.
"""
_NOT_LAST = re.compile(rf", {_NOT} {_IN} {_WORDS}[.!]*$|\b(?:с|пере)(?:плута|пута)\w+")
_AGREED = (
    r"(?:(?:добре|ладно|ок|так|ну|а|і|и|ok|okay|супер|ага|ясно|зрозуміло|понял|дякую)[,.\s]+)*"
)
_RETURNING = (
    r"(?:давайте |знову |ще раз )?(?:верн\w*с[ья]|верт(?:аючись|аюсь|атись|аємось)|"
    r"повер[нт]\w*с[ья]|"
    r"возвращаясь|back|going back|returning)(?: (?:до|к|to))?"
)
_REGARDING = (
    r"(?:щодо|стосовно|насч[её]т|по поводу|снова|знову|опять|again)\b|"
    r"(?:про|по|о|з)(?: (?:того|тих|тим|той|тій|тех|тем|моїх|моих|своїх|ту|ті))?"
    r" (?:перш\w+|попередн\w+|прошл\w+|первого)|з т(?:им|ою|ими)\b|"
    rf"(?:по|about|{_ABOUT})(?= [\w'-]+(?: [\w'-]+){{0,2}}[,:])"
)
_BACK = re.compile(rf"^{_AGREED}(?:(?P<returns>{_RETURNING})|{_REGARDING})")
_EARLIER = re.compile(r"\b(?:перш\w+|перв\w+|попередн\w+|прошл\w+|first|previous)\b")


def read_turn(text: str, context: Context, names: Names) -> Turn:
    """`text`: a question as it is read, never empty."""
    corrected = _corrected(text)
    meant, denied = corrected or (text, "")
    if context.choices and (choice := _choice(text, meant, context, names)):
        return choice
    if context.service is None and not context.recent:
        return _after_asking_back(text, meant, context)
    if corrected:
        return Turn(Kind.CORRECTION, meant, None, _kept(meant, context), denied)
    if back := _BACK.match(text):
        rest = text[back.end() :].strip(" ,:.-") or text
        if back["returns"] or _EARLIER.search(text) or has_subject(rest):
            return Turn(Kind.BACK, rest, _returned_to(text, context))
        return Turn(Kind.PLAIN, rest)  # «а щодо ціни?» stays with the talk's procedure
    return Turn(Kind.PLAIN, text)


def _choice(text: str, meant: str, context: Context, names: Names) -> Turn | None:
    """The offered service that a turn picks, with the fact that it names or that was asked."""
    place = chosen_by_place(text, len(context.choices))
    if place is not None:
        topic = named_topic(text) or _kept(text, context)
        if topic is Topic.WHERE and context.topic and "?" not in text:
            topic = context.topic  # «перше, де номери» says which one it is
        return Turn(Kind.CHOICE, text, context.choices[place], topic)
    service = chosen_by_name(meant, context.choices, names)
    if service is None:
        return None
    rest = beside_name(meant, names(service))
    return Turn(Kind.CHOICE, meant, service, named_topic(rest) or _kept(rest, context))


def _after_asking_back(text: str, meant: str, context: Context) -> Turn:
    """What is said after a question that could be about anything says what it was about: «скільки
    коштує», «та обмін прав же».
    """
    topic = _kept(text, context) if context.choices and has_subject(meant) else None
    return Turn(Kind.PLAIN, meant if topic else text, topic=topic)


def _kept(text: str, context: Context) -> Topic | None:
    """The fact that was asked before, where a turn asks for none."""
    return None if asks_something(text) or named_topic(text) else context.topic


def _corrected(text: str) -> tuple[str, str] | None:
    """What was meant instead, where a turn says that it was something else; and what was denied."""
    if only := _ONLY_ONE.match(text) or _NOT_AT_LAST.match(text):
        return only[1], only[2]
    denial, meant = _NO.match(text), _MEANT.search(text)
    is_meant = meant is not None and len(text[: meant.start()].split()) <= _BEFORE_MEANT
    if not (denial or is_meant or _NOT_ABOUT.match(text) or _NOT_LAST.search(text)):
        return None
    rest = text[denial.end() :] if denial else text
    if denial and _denies_directly(denial.group()):
        rest = f"не {rest}"
        if not is_meant and _LACKING.match(rest):
            return None
    denied = " ".join(_DENIED.findall(rest))
    rest = _DENIED.sub("", rest)
    if meant := _MEANT.search(rest):
        rest = rest[meant.end() :] or rest[: meant.start()]
    rest = _without_asking(rest)
    return (rest, denied) if rest else None


def _without_asking(text: str) -> str:
    """«вантажівку питаю» is about the lorry."""
    return re.sub(rf" *\b{_ASKED}\b(?!-)", "", text).strip(" ,.:;-")


def _denies_directly(denial: str) -> bool:
    """«не теорія, водіння»: what follows «не» at once is what was not meant."""
    return denial.rstrip().rsplit(maxsplit=1)[-1] in ("не", "not", "ne")


def _returned_to(text: str, context: Context) -> str | None:
    """«щодо першого питання»: the service that the talk began with."""
    if re.search(r"\b(?:перш\w+|перв\w+|first)\b", text) and context.before:
        return context.before[-1]
    return None


def in_words(asked: str) -> str:
    """How people ask for a fact in full where no more than its name was said: «документи?»; «де
    платити» names two, and keeps its words.
    """
    topic = bare_topic(asked)
    return ASKING.get(topic, asked) if topic and len(named_topics(asked)) == 1 else asked


def bare_topic(asked: str) -> Topic | None:
    """The fact that a question names without a subject."""
    return None if has_subject(asked) else named_topic(asked)
