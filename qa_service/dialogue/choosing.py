"""Which of what was offered a turn picks, by its words. Pure.

1. A place: «перше», «2», «№ 2», «другий варіант», «останнє», also in front of more: «друге, авто
   батька». In a long turn only its beginning names a place.
2. No place: what tells how many or which one of something else: «три штрафи», «двадцять друге»,
   «друге авто», «за 1 день»; and what is denied: «не перше, а друге», «перше не підходить».
3. A word of one offer's name alone: «обмін», «про техпаспорт»; not where another question happens
   to share the word.
4. A description, which only a search can tell: «та, де номери полежать»; it asks nothing.
"""

import re
from collections.abc import Callable, Sequence

from qa_service.text.asking import Word, asking_places, has_subject, named_topic, words_of

Names = Callable[[str], Sequence[str]]
"""Slug -> what a service is called: its title and aliases, normalised."""

_ORDINALS = (
    re.compile(r"перше|первое|first|1st"),
    re.compile(r"друге|второе|second|2nd"),
    re.compile(r"третє|третье|third|3rd"),
    re.compile(r"четверте|четвертое|fourth|4th"),
)
_COUNTING = (
    re.compile(r"(?:перш|перв)\w+|(?:no)?1|1-\w{1,2}|один|одне"),
    re.compile(r"(?:друг|втор)\w+|(?:no)?2|2-\w{1,2}|два"),
    re.compile(r"трет\w+|(?:no)?3|3-\w{1,2}|три"),
    re.compile(r"четверт\w+|(?:no)?4|4-\w{1,2}"),
)
_OPTION = re.compile(r"варіант\w*|вариант\w*|пункт\w*|випад\w+|случа\w+|option|one|choice")
_STEERING = re.compile(r"давай(?:те)?|мабуть|напевно|наверное?|скажіть|скажите|підходить|plea?se")
_NEUTER = re.compile(
    r"авто|фото|посвідчення|свідоцтво|питання|запитання|вікно|місце|прізвище|керування|життя|"
    r"удостоверение|свидетельство|окно|место|водительское|водійське|time|place"
)
_LAST = re.compile(r"останн\w*|последн\w*|last")
_NUMERAL = re.compile(r"\d+|\w*дцять|\w*десят|двадцать|тридцать|сорок|twenty|thirty")
_DENIAL = re.compile(r"не|ні|ані|нє|ни|not|no")
_THAT_ONE = re.compile(
    r"^(?:(?:ну|а|ось|от|вот|це|мені|мне|про|за|давай|давайте|мається на увазі|имеется в виду) )*"
    r"(?:о?та|о?те|о?той|о?ту|о?ті|ото|тот|то|варіант|вариант|випадок|случай|the one|which),? "
    r"(?:ота |оте |отой )?"
    r"(?:де|що|шо|чия|коли|як\w{1,2}|на|про|за|где|что|когда|котор\w+|where|that|which)\b"
    r"|^котор\w+\b"
)
_CHOOSING_WORDS, _OPENING_WORDS, _PLACING_WORDS, _DESCRIBING_WORDS = 7, 4, 3, 16
_PREFIX = 4
"""Letters that a clipped word shares with the word that it stands for."""


def chosen_by_place(text: str, offered: int) -> int | None:
    """Which of so many a turn picks by its place, from 0 (rules 1 and 2)."""
    words = words_of(text)
    opening = len(words) if len(words) <= _CHOOSING_WORDS else _OPENING_WORDS
    for number, word in enumerate(words[:opening]):
        before = words[number - 1] if number else None
        following = words[number + 1] if number + 1 < len(words) else None
        if _is_denied(text, before, word, following) or not _picks(text, before, word, following):
            continue
        if _LAST.fullmatch(word.text):
            return offered - 1
        for place in range(min(offered, len(_ORDINALS))):
            if _ORDINALS[place].fullmatch(word.text) or _COUNTING[place].fullmatch(word.text):
                return place
    return None


def place_of(text: str, offered: int) -> int | None:
    """Which of so many an answer picks by its place alone, from 0: «друге», «2», «останнє»."""
    words = words_of(text)
    if not offered or len(words) > _PLACING_WORDS:
        return None
    said = [word.text for word in words if has_subject(word.text) or word.text.isdecimal()]
    places = [word for word in said if not _OPTION.fullmatch(word)]
    return chosen_by_place(text, offered) if len(places) == 1 else None


def chosen_by_name(text: str, choices: Sequence[str], names: Names) -> str | None:
    """The one offered service whose name shares a word with a short turn (rule 3)."""
    words = [word.text for word in words_of(text)]
    if len(words) > _CHOOSING_WORDS:
        return None
    naming = [word for word in words if not _tells_order(word)]
    shared = [shared_words(naming, names(service)) for service in choices]
    best = max(shared, default=0)
    if best == 0 or shared.count(best) > 1:
        return None
    says_more = sum(map(has_subject, words)) > best
    if says_more and _asks_for_more(text):
        return None
    return choices[shared.index(best)]


def beside_name(text: str, names: Sequence[str]) -> str:
    """The words of a turn that are no words of a name: «загублені ціна» leaves the fact."""
    known = _words_of_names(names)
    words = [word.text for word in words_of(text)]
    return " ".join(word for word in words if not any(_alike(word, other) for other in known))


def points_at_one(text: str) -> bool:
    """Whether a turn says that one of the offers is meant: «та, де …», «те, що про машину»."""
    return bool(_THAT_ONE.match(text)) and len(words_of(text)) <= _DESCRIBING_WORDS


def may_describe(text: str) -> bool:
    """Whether a turn says what something is rather than asks (rule 4)."""
    is_short = len(words_of(text)) <= _DESCRIBING_WORDS
    return is_short and has_subject(text) and not _asks_for_more(text)


def says_what(text: str) -> bool:
    """Whether a choice says more of what is meant than its place: «друге, гарні цифри на мото»."""
    return any(
        has_subject(word.text) and not _tells_order(word.text) and not _OPTION.fullmatch(word.text)
        for word in words_of(text)
    )


def shared_words(words: Sequence[str], names: Sequence[str]) -> int:
    """How many words of a turn are the beginning of a word of a name, clipped or inflected."""
    known = _words_of_names(names)
    meant = [word for word in words if has_subject(word)]
    return sum(any(_alike(word, other) for other in known) for word in meant)


def _words_of_names(names: Sequence[str]) -> set[str]:
    return {word.text for name in names for word in words_of(name) if has_subject(word.text)}


def _asks_for_more(text: str) -> bool:
    """Here «можна» and «коли» ask wherever they stand: nothing else tells a question without its
    sign from a name or a description.
    """
    may_ask = bool(asking_places([word.text for word in words_of(text)]))
    return "?" in text or may_ask or named_topic(text) is not None


def _tells_order(word: str) -> bool:
    return any(one.fullmatch(word) for one in (*_ORDINALS, *_COUNTING, _LAST))


def _is_denied(text: str, before: Word | None, word: Word, following: Word | None) -> bool:
    """«ні перше», not «ні, перше»; «перше не треба»."""
    if before and _DENIAL.fullmatch(before.text) and not text[before.end : word.start].strip():
        return True
    return following is not None and following.text in ("не", "not")


def _picks(text: str, before: Word | None, word: Word, following: Word | None) -> bool:
    """Whether a word of order tells nothing of the words beside it."""
    if before and _NUMERAL.fullmatch(before.text):
        return False
    if following is None or text[word.end : following.start].strip():
        return True
    if any(one.fullmatch(word.text) for one in _ORDINALS):
        return not _NEUTER.fullmatch(following.text)
    is_noun = has_subject(following.text) or named_topic(following.text)
    return not is_noun or any(one.fullmatch(following.text) for one in (_OPTION, _STEERING))


def _alike(one: str, other: str) -> bool:
    length = min(len(one), len(other))
    if length < _PREFIX:
        return one == other
    least = max(_PREFIX, length - 2)
    return one[:least] == other[:least]
