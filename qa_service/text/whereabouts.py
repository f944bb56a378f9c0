"""Whether a question asks where a service centre is or when it is open, and which of its words are
places. Pure.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa_service.text.places import Mention

_WHERE = re.compile(
    r"\b(?:(?<!там )(?<!там, )(?:де|где|куди|куда)(?![ -](?:то|небудь|нибудь)\b)|"
    r"адрес\w*|знаход\w+|наход\w+|розташ\w+|располож\w+|"
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
"""A word that asks, not «где-то» and not «там, где купил»."""

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
_OTHER_CENTRE = re.compile(
    r"\b(?!сер\w*н|головн|обласн|районн|регіональн|територіальн|державн|реєстраційн|нов|одн)"
    r"(?:\w+(?:н|ов|ев)|медицинск)(?:ий|ого|ому|им|ый|ой|ым|і|их|ые|ых) центр|"
    r"\b(?:контакт|колл?|call|contact)[ -]?(?:центр|cent)"
)
"""A medical, a shopping, a call centre and the like."""

_OTHER_FACT = re.compile(
    r"\b(?:кошту\w+|стоит|стоїть|ціна|цін[иу]|цена|вартість|документ\w*|штраф\w*|"
    r"заплат\w+|оплат\w+|строк\w*|термін\w*|загубив|загубила|втратив|що робити|что делать|"
    r"запис\w*|записат\w*|черг\w*|очеред\w*|талон\w*|cost|price|documents?)\b"
)
_EXCEPT = frozenset("крім окрім кроме except".split())  # noqa: SIM905
_INTO = frozenset("у в во до in to v u do".split())  # noqa: SIM905
_NEAR = frozenset("біля коло возле около под під near".split())  # noqa: SIM905
_NEAR_PAIRS = frozenset({("поруч", "з"), ("рядом", "с")})
_ORIGIN = frozenset("з із зі из с со від от from".split())  # noqa: SIM905
_MONTHS = frozenset("березень березня березню березнем березні".split())  # noqa: SIM905
_NO_PLACE = (
    frozenset(
        "мене меня мне mene meni menya mne місто місті міста город городе города село селі".split()  # noqa: SIM905
    )
    | _EXCEPT
    | _INTO
    | _NEAR
    | _ORIGIN
    | _MONTHS
)
"""Words that are forms of a town's name, such as Мена, and far more often something else."""

_DATIVE = frozenset({"мені"})
"""«Мені» is a town only after «у» or «в»."""

TOWN_WORDS = frozenset("м місті місто міста місте город городе города at".split())  # noqa: SIM905
_BEFORE_PLACE = _INTO | _ORIGIN | TOWN_WORDS | _NEAR - {"коло", "около"}
_BARE_CENTRE = re.compile(r"тсц|мрео|центр\w*|сервісн\w+|сервисн\w+")
_DISTRICT = re.compile(r"район\w*|р")
_STREET_SIGN = re.compile(r"просп\w*|шосе|шоссе|наб\w*|бульв\w*|площ\w*")
_BEFORE_STREET = re.compile(r"вул|ул|вулиця|улица|просп\w*|шосе|наб\w*")
_RAID = re.compile(r"\b(?:тривог\w*|тревог\w*|сирен\w*|укрит\w*|укрыти\w*)")
_BY_POST = re.compile(r"\b(?:пошт(?:ою|ов\w+)|почт(?:ой|ов\w+)|by (?:post|mail)|postal)\b")
"""Where to write, not where to go."""
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
    if _OTHER_CENTRE.search(text) and not is_named:
        return Sought(is_about=False, names_centre=False, asks_where=False)
    is_about = is_named or bool(_CENTRE.search(text))
    most = _NAMED_WORDS if is_named else _BARE_WORDS
    is_bare = is_about and count <= most and not _OTHER_FACT.search(text)
    return Sought(
        is_about=is_about,
        names_centre=is_named,
        asks_where=not (_RAID.search(text) or _BY_POST.search(text))
        and (is_bare or bool(_WHERE.search(text))),
    )


def is_place(
    said: Sequence[str],
    mention: Mention,
    is_everyday: Callable[[str], bool],
    plain: frozenset[str],
    is_about: bool,
) -> bool:
    """Whether a name of a town is meant as one.

    Everyday words only where they are said as places, English ones never; those of the names in
    `plain` also beside a word for a centre: «Суми ТСЦ». Where nothing is about a centre, a town
    that somebody is from is not the one to go to.
    """
    named = said[mention.start : mention.end]
    before, after = _around(said, mention)
    if _NO_PLACE.issuperset(named) or before in _EXCEPT or _BEFORE_STREET.fullmatch(before):
        return False
    if _STREET_SIGN.fullmatch(after) or _DISTRICT.fullmatch(after):
        return False
    if _DATIVE.issuperset(named) and before not in _INTO:
        return False
    if not is_about and before in _ORIGIN:
        return False
    if not all(map(is_everyday, named)):
        return True
    if before in _BEFORE_PLACE:
        return not named[0].isascii()
    is_beside_centre = _BARE_CENTRE.fullmatch(before) or _BARE_CENTRE.fullmatch(after)
    return bool(is_beside_centre) and " ".join(named) in plain


def order(said: Sequence[str], mention: Mention) -> int:
    """Where somebody goes to comes first, where they are from or what is near it last."""
    before = _around(said, mention)[0]
    if before in _INTO:
        return 0
    if before in _NEAR or tuple(said[max(0, mention.start - 2) : mention.start]) in _NEAR_PAIRS:
        return 3
    return 2 if before in _ORIGIN else 1


def is_street(said: Sequence[str], mention: Mention) -> bool:
    """Whether a word for a street stands before the name."""
    return bool(_BEFORE_STREET.fullmatch(_around(said, mention)[0]))


def is_plain_street(said: Sequence[str], mention: Mention, common: frozenset[str]) -> bool:
    """Whether a name of a street needs no word for one: typed right, and no everyday word."""
    is_common = set(said[mention.start : mention.end]) <= common
    return (mention.is_typed_right and not is_common) or is_street(said, mention)


def _around(said: Sequence[str], mention: Mention) -> tuple[str, str]:
    """The words right before and after a mention; empty where there is none."""
    before = said[mention.start - 1] if mention.start else ""
    return before, said[mention.end] if mention.end < len(said) else ""
