"""A turn of a talk, read by its words: a choice, a correction, a return to what came before. Pure.

Whether a plain question stays with the talk's procedure or moves away from it is for `moving.py`,
which weighs what was found.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from qa_service.text.asking import Word, asks, has_subject, named_topic, words_of
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

Names = Callable[[str], Sequence[str]]
"""Slug -> what a service is called: its title and aliases, normalised."""


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
    where a correction or choice names none.
    """

    kind: Kind
    reading: str
    service: str | None = None
    topic: Topic | None = None


_ORDINALS = (
    re.compile(r"перше|первое|first"),
    re.compile(r"друге|второе|second"),
    re.compile(r"третє|третье|third"),
    re.compile(r"четверте|четвертое|fourth"),
)
_COUNTING = (
    re.compile(r"(?:перш|перв)\w+|1|один|одне"),
    re.compile(r"(?:друг|втор)\w+|2|два"),
    re.compile(r"трет\w+|3|три"),
    re.compile(r"четверт\w+|4"),
)
"""They choose unless they tell which one or how many of something: «перша категорія», «1 день»."""
_OPTION = re.compile(r"варіант\w*|вариант\w*|пункт\w*|випад\w+|случа\w+|option|one|choice")
_LAST = re.compile(r"останн\w*|последн\w*|last")
"""«останнє», not «останній день»."""
_CHOOSING_WORDS, _PLACING_WORDS = 7, 3
_PREFIX = 4
"""Letters that a clipped word shares with the word that it stands for."""

_NO = re.compile(
    r"^(?:(?:та|да|ой|йой|тьху|а|ну|e|е|ні|но|но-но|ой-ой|стоп|перепрошую|вибачте|сорі|sorry|wait)"
    r"[,.\s]+)*(?:ні|нє|не|нет|неа|no|nope|not|ni|nie)(?:-(?:ні|нє|не|нет|no))*\b[,.!\s]*"
)
_ABOUT = r"(?:про|о|об|за(?! (?:кордон|границ|рубеж|меж|керм|рул|місц|мест)))"
_MEANT = re.compile(
    rf"\b(?:я (?:вже |тепер |таки |саме |именно )*{_ABOUT}(?= )|"
    rf"(?:я )?(?:питаю|спрашиваю|хот\w+ (?:спитат|запитат|спросит|узнат)\w+)(?: {_ABOUT})?|"
    r"(?:я )?(?:мав|мала|маю|мали(?:ся)?) на увазі|"
    r"(?:я )?име[лю]\w* в виду|"
    r"(?:(?:[йі]де|(?:і|й)шло)(?:ться|ся)|мова|речь)(?: [\w'-]+)? (?:про|о|об)(?= )|"
    r"(?:^|[,.] )уточню\w*[:,]|i mean(?:t)?|i'm asking about)\s*"
)
_BEFORE_MEANT = 6
"""Words at most before what was meant, where nothing is denied first: «это понял, но я про …»."""
_NOT_ABOUT = re.compile(rf"^(?:[\w'-]+[, ]+){{0,3}}я (?:ж |вже |тут )?не {_ABOUT} ")
_WORDS = r"[\w'-]+(?: [\w'-]+){0,2}"
_BUT = r"(?:[,.]\s*|\s)(?:а|але|но|but)\s+"
_NOT = r"(?:не|not|ne)"
_IN = rf"(?:на|через|в|у|для|{_ABOUT})"
_DENIED = re.compile(
    rf"\b{_NOT} {_IN} {_WORDS}(?:{_BUT}|[,.]\s*|$)|\b{_NOT} {_WORDS}{_BUT}|"
    rf"^{_NOT} {_WORDS}[,.]\s*|\b{_NOT} {_IN} [\w'-]+(?= )|^{_NOT} [\w'-]+ "
)
"""«не на послугу», «не іменний, а …»: what is not meant, with the word that joins the rest."""
_ONLY_ONE = re.compile(
    rf"^((?:лише|тільки|тіки|только|лишь|саме|именно|just|only) .+?),? (?:а )?{_NOT} {_WORDS}[.!]*$"
)
"""«лише права, не техпаспорт»"""
_LACKING = re.compile(
    rf"^{_NOT} (?:ма[юєв]\w*|име\w+|буде\w*|було|был\w*|є|можу|могу|хочу|хоче\w*|зна\w+|"
    r"(?:з|с|пере|до)?(?:да|кла)[влє]\w*|(?:от|отри|полу|вст|за|при|про)\w+(?:в|ла|ли|л))\b"
)
"""«не маю довідки, приймуть?» tells what is the case; it denies nothing that was said."""
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
    if context.choices and (service := _chosen(text, context.choices, names)):
        return Turn(Kind.CHOICE, text, service, context.topic)
    if context.service is None and not context.recent:
        return Turn(Kind.PLAIN, text)
    if meant := _corrected(text):
        topic = None if _asks(meant) or named_topic(meant) else context.topic
        return Turn(Kind.CORRECTION, meant, None, topic)
    if back := _BACK.match(text):
        rest = text[back.end() :].strip(" ,:.-") or text
        if back["returns"] or _EARLIER.search(text) or has_subject(rest):
            return Turn(Kind.BACK, rest, _returned_to(text, context))
        return Turn(Kind.PLAIN, rest)  # «а щодо ціни?» stays with the talk's procedure
    return Turn(Kind.PLAIN, text)


def place_of(text: str, offered: int) -> int | None:
    """Which of so many an answer picks by its place alone, from 0: «друге», «2», «останнє»."""
    words = words_of(text)
    if not offered or len(words) > _PLACING_WORDS:
        return None
    if any(_LAST.fullmatch(word.text) for word in _standing_alone(text, words)):
        return offered - 1
    said = [word.text for word in words if has_subject(word.text) or word.text.isdecimal()]
    for place in range(min(offered, len(_ORDINALS))):
        picks = (_ORDINALS[place], _COUNTING[place])
        others = [word for word in said if not any(one.fullmatch(word) for one in picks)]
        if said and len(others) < len(said) and all(map(_OPTION.match, others)):
            return place
    return None


def _chosen(text: str, choices: Sequence[str], names: Names) -> str | None:
    """The offered service that an answer names by its number or by a word of its name."""
    words = words_of(text)
    if len(words) > _CHOOSING_WORDS:
        return None
    alone = list(_standing_alone(text, words))
    if any(_LAST.fullmatch(word.text) for word in alone):
        return choices[-1]
    for ordinal, counting, service in zip(_ORDINALS, _COUNTING, choices, strict=False):
        chosen = any(ordinal.fullmatch(word.text) for word in words)
        if chosen or any(counting.fullmatch(word.text) for word in alone):
            return service
    shared = [shared_words([word.text for word in words], names(service)) for service in choices]
    best = max(shared)
    if best == 0 or shared.count(best) > 1:
        return None
    says_more = sum(has_subject(word.text) for word in words) > best
    if says_more and (_asks(text) or named_topic(text)):
        return None  # another question, which happens to share a word
    return choices[shared.index(best)]


def _standing_alone(text: str, words: Sequence[Word]) -> Iterator[Word]:
    """The words that tell no kind of what follows: «друге, на авто», not «друге авто»."""
    for word, following in zip_longest(words, words[1:]):
        if (
            following is None
            or text[word.end : following.start].strip()
            or not has_subject(following.text)
            or _OPTION.match(following.text)
        ):
            yield word


def shared_words(words: Sequence[str], names: Sequence[str]) -> int:
    """How many words of a turn are the beginning of a word of a name, clipped or inflected."""
    known = {word.text for name in names for word in words_of(name) if has_subject(word.text)}
    meant = [word for word in words if has_subject(word)]
    return sum(any(_alike(word, other) for other in known) for word in meant)


def _alike(one: str, other: str) -> bool:
    length = min(len(one), len(other))
    if length < _PREFIX:
        return one == other
    least = max(_PREFIX, length - 2)
    return one[:least] == other[:least]


def _corrected(text: str) -> str | None:
    """What was meant instead, where a turn says that it was something else."""
    if only := _ONLY_ONE.match(text):
        return only[1]
    denial, meant = _NO.match(text), _MEANT.search(text)
    is_meant = meant is not None and len(text[: meant.start()].split()) <= _BEFORE_MEANT
    if not (denial or is_meant or _NOT_ABOUT.match(text) or _NOT_LAST.search(text)):
        return None
    rest = text[denial.end() :] if denial else text
    if denial and _denies_directly(denial.group()):
        rest = f"не {rest}"
        if not is_meant and _LACKING.match(rest):
            return None
    rest = _DENIED.sub("", rest)
    if meant := _MEANT.search(rest):
        rest = rest[meant.end() :] or rest[: meant.start()]
    rest = rest.strip(" ,.:;-")
    return rest or None


def _denies_directly(denial: str) -> bool:
    """«не теорія, водіння»: what follows «не» at once is what was not meant."""
    return denial.rstrip().rsplit(maxsplit=1)[-1] in ("не", "not", "ne")


def _asks(text: str) -> bool:
    words = [word.text for word in words_of(text)]
    return any(asks(words, place, begins=not place) for place in range(len(words)))


def _returned_to(text: str, context: Context) -> str | None:
    """«щодо першого питання»: the service that the talk began with."""
    if re.search(r"\b(?:перш\w+|перв\w+|first)\b", text) and context.before:
        return context.before[-1]
    return None
