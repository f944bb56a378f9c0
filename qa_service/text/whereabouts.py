"""Whether a question asks where a service centre is or when it is open, and which of its words are
places. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_service.text.places import Mention

_WHERE = re.compile(
    r"\b(?:де|где|куди|куда|адрес\w*|адреc\w*|знаход\w+|наход\w+|розташ\w+|располож\w+|"
    r"доїхати|доехать|телефон\w*|графік\w*|график\w*|розклад\w*|расписан\w*|годин\w*|"
    r"котрої|скількох|скольки|(?<!не )працю\w+|(?<!не )работа\w+|відкрит\w+|открыт\w+|зачин\w+|"
    r"(?:які|какие|скільки) (?:є |есть )?(?:сервісн\w*|сервисн\w*|тсц|мрео)|"
    r"вулиц\w*|улиц\w*|вихідн\w*|выходн\w*|перелік|перечень|список|перерв\w*|перерыв\w*|"
    r"(?:є|есть) (?:там )?(?:тсц|мрео|центр|сервіс\w*|сервис\w*)|"
    r"в яких містах|в каких городах|який номер|какой номер|понеділ\w*|субот\w*|"
    r"понедельн\w*|воскресен\w*|робе|найближч\w+|ближайш\w+|поруч|рядом|"
    r"where|address|phone|hours?|open|nearest|located?|de|gde|adresa?|adres|telefon\w*|"
    r"grafik\w*|pratsyu\w*|pracu\w*|rabota\w*|znakhod\w*|znahod\w*)\b"
)
_CENTRE = re.compile(
    r"\b(?:тсц|тцс|рсц|гсц|мр[еэє]о|мревк\w*|сц мвс|центр\w*|сервісник\w*|у вас|ваш\w* адрес\w*|"
    r"ви знаходит\w+|вы находит\w+|tsc|tsts|mreo|cent(?:er|re)s?|"
    r"servi[sc]n\w* (?:tsentr|centr)\w*)\b"
)
_NAMED_CENTRE = re.compile(
    r"\b(?:тсц|тцс|рсц|гсц|мр[еэє]о|мревк\w*|сц мвс|сервісн\w* центр\w*|"
    r"сервисн\w* центр\w*|сервісн(?:ий|ого|ому)|центр\w* мв[сд]|"
    r"tsc|tsts|mreo|service cent(?:er|re)s?|servi[sc]n\w* (?:tsentr|centr)\w*)\b"
)
_OTHER_FACT = re.compile(
    r"\b(?:кошту\w+|стоит|стоїть|ціна|цін[иу]|цена|вартість|документ\w*|штраф\w*|"
    r"заплат\w+|оплат\w+|строк\w*|термін\w*|загубив|загубила|втратив|що робити|что делать|"
    r"запис\w*|записат\w*|черг\w*|очеред\w*|талон\w*|cost|price|documents?)\b"
)
_EXCEPT = re.compile(r"\b(?:крім|окрім|кроме|except)\W+$")
_INTO = re.compile(r"\b(?:у|в|во|до|in|to|v|u|do)\W+$")
_NEAR = re.compile(r"\b(?:біля|коло|возле|около|под|під|поруч з|рядом с|near)\W+$")
_ORIGIN = re.compile(r"\b(?:з|із|зі|из|с|со|від|от|from)\W+$")
_NO_PLACE = frozenset(
    "мене меня мне mene meni menya mne місто місті міста город городе города село селі".split()  # noqa: SIM905
)
"""Words that are forms of a town's name, such as Мена, and far more often something else."""

_DATIVE = frozenset({"мені"})
"""«Мені» is a town only after «у» or «в»."""

_BEFORE_PLACE = re.compile(
    r"\b(?:у|в|во|до|з|із|зі|из|с|со|від|от|біля|возле|под|під|м|місті|місто|місте|город|городе|"
    r"тсц|мрео|центр|in|near|v|u|at|from)\W+$"
)
_AFTER_PLACE = re.compile(r"^\W*(?:тсц|мрео|сервісн\w+|сервисн\w+|центр\w*)\b")
_STREET_SIGN = re.compile(r"^\W*(?:просп\w*|шосе|шоссе|наб\w*|бульв\w*|площ\w*)\b")
_BEFORE_STREET = re.compile(r"\b(?:вул|ул|вулиця|улица|просп\w*|шосе|наб\w*)\W+$")
_RAID = re.compile(r"\b(?:тривог\w*|тревог\w*|сирен\w*|укрит\w*|укрыти\w*)")
_BARE_WORDS, _NAMED_WORDS = 4, 10
"""A question of so few words about a centre, or about one of ours, asks where it is, unless it says
otherwise.
"""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a question seeks.

    is_about: a centre, perhaps another than ours. names_centre: a centre of ours. asks_where: where
    something is, or when it is open.
    """

    is_about: bool
    names_centre: bool
    asks_where: bool


def what_is_sought(text: str, count: int) -> Sought:
    """`text`: normalised, the question and how it is read; `count`: the words of the question."""
    is_named = bool(_NAMED_CENTRE.search(text))
    is_about = is_named or bool(_CENTRE.search(text))
    most = _NAMED_WORDS if is_named else _BARE_WORDS
    is_bare = is_about and count <= most and not _OTHER_FACT.search(text)
    return Sought(
        is_about=is_about,
        names_centre=is_named or is_bare,
        asks_where=not _RAID.search(text) and (is_bare or bool(_WHERE.search(text))),
    )


def is_place(said: Sequence[str], mention: Mention, common: frozenset[str], is_about: bool) -> bool:
    """Whether a name of a town is meant as one: `common` words only where they are said as places;
    where nothing is about a centre, a town that somebody is from is not the one to go to.
    """
    named = set(said[mention.start : mention.end])
    before, after = _around(said, mention)
    if named <= _NO_PLACE or _EXCEPT.search(before) or _STREET_SIGN.search(after):
        return False
    if named <= _DATIVE and not _INTO.search(before):
        return False
    if not is_about and _ORIGIN.search(before):
        return False
    is_said_as_place = _BEFORE_PLACE.search(before) or _AFTER_PLACE.search(after)
    return bool(is_said_as_place) or not named <= common


def order(said: Sequence[str], mention: Mention) -> int:
    """Where somebody goes to comes first, where they are from or what is near it last."""
    before = _around(said, mention)[0]
    if _INTO.search(before):
        return 0
    if _NEAR.search(before):
        return 3
    return 2 if _ORIGIN.search(before) else 1


def is_street(said: Sequence[str], mention: Mention) -> bool:
    """Whether a word for a street stands before the name."""
    return bool(_BEFORE_STREET.search(_around(said, mention)[0]))


def is_plain_street(said: Sequence[str], mention: Mention, common: frozenset[str]) -> bool:
    """Whether a name of a street needs no word for one: typed right, and no everyday word."""
    is_common = set(said[mention.start : mention.end]) <= common
    return (mention.is_typed_right and not is_common) or is_street(said, mention)


def _around(said: Sequence[str], mention: Mention) -> tuple[str, str]:
    """What stands before and after a mention."""
    return " ".join([*said[: mention.start], ""]), " ".join(said[mention.end :])
