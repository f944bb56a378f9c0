"""The one normaliser, shared by index, question, highlight and cache key. Pure.

Changing a rule, or how train questions are read, changes what an index holds: raise
`NORMALISER_VERSION`, old ones are refused.

| rule | does | example |
|---|---|---|
| 1 unicode | composes (NFKC); what is not text becomes a space | `й` of two code points -> `й` |
| 2 invisible | drops soft hyphens, zero-width marks | `посвід<shy>чення` -> `посвідчення` |
| 3 stress | drops stress marks on Cyrillic letters | `догові́р` -> `договір` |
| 4 apostrophe | one sign for the five that people type | `об’єкт`, `обʼєкт` -> `об'єкт` |
| 5 look-alike | Latin letters in a Cyrillic word become Cyrillic | `пoсвід` (Latin o) -> `посвід` |
| 6 dashes | one dash, one quotation mark | `5–7 «днів»` -> `5-7 "днів"` |
| 7 case | folds case | `МРЕО` -> `мрео` |
| 8 spaces | collapses white space and repeated `?!.,` | `що  робити???` -> `що робити?` |
"""

import re
import unicodedata

NORMALISER_VERSION = 3

_MAX_PASSES = 8

_PLAIN = re.compile(r"[ -~А-ЩЬЮЯа-щьюяЄІЇҐєіїґЁЪЫЭёъыэ’«»“”„–—]*")
_STRESS = re.compile(r"([Ѐ-ӿ][\u0306\u0308]?)[\u0300\u0301]+")  # after й and ї taken apart, too
_MAY_BE_STRESSED = re.compile(r"[\u0300\u0301ЀЃЌЍѐѓќѝ]")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufffe\uffff]")
_APOSTROPHE = re.compile(r"['’ʼ‘`´′＇ʹ](?<=[^\W\d_].)(?=[^\W\d_])")  # the sign first: fast to find
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_LATIN = re.compile(r"[A-Za-zÁÉÍÓÝáéíóý]")
_WORD_WITH_LATIN = re.compile(
    r"(?<![^\W\d_])(?:[^\W\d_A-Za-zÁÉÍÓÝáéíóý]+')*[^\W\d_A-Za-zÁÉÍÓÝáéíóý]*"
    r"[A-Za-zÁÉÍÓÝáéíóý][^\W\d_]*(?:'[^\W\d_]+)*"
)
_LOOK_ALIKES = str.maketrans("aceiopxyáéíóýABCEHIKMOPTXYÁÉÍÓÝ", "асеіорхуаеіоуАВСЕНІКМОРТХУАЕІОУ")
_DASH = re.compile("[‐‑‒–—―−]")
_QUOTATION_MARK = re.compile("[«»“”„‟＂]")
_REPEATED = re.compile(r"([?!.,])[?!.,]+")


def normalise(text: str) -> str:
    """`text` by rules 1-8, repeated until nothing changes, so that it is idempotent."""
    if is_plain(text):  # once is enough of the other rules
        for rule in RULES[3:]:
            text = rule(text)
        return text
    for _ in range(_MAX_PASSES):
        before = text
        for rule in RULES:
            text = rule(text)
        if text == before:
            break
    return text


def is_plain(text: str) -> bool:
    """Whether rules 1-3 find nothing: letters, signs and digits as keyboards give them."""
    return _PLAIN.fullmatch(text) is not None


def well_formed(text: str) -> str:
    """`text` with lone surrogates, which no encoding can carry, replaced by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def rule_1_unicode(text: str) -> str:
    # NFKC would take the first apart into a space and a stress mark; the second has no lower case
    # of one letter.
    text = _NOT_TEXT.sub(" ", text).replace("´", "'").replace("İ", "I")
    return unicodedata.normalize("NFKC", text)


def rule_2_invisible(text: str) -> str:
    return _INVISIBLE.sub("", text)


def rule_3_stress(text: str) -> str:
    if not _MAY_BE_STRESSED.search(text):
        return text
    return unicodedata.normalize("NFC", _STRESS.sub(r"\1", unicodedata.normalize("NFD", text)))


def rule_4_apostrophe(text: str) -> str:
    return _APOSTROPHE.sub("'", text)


def rule_5_look_alike(text: str) -> str:
    if not (_CYRILLIC.search(text) and _LATIN.search(text)):
        return text
    return _WORD_WITH_LATIN.sub(_unmix, text)


def rule_6_dashes(text: str) -> str:
    return _QUOTATION_MARK.sub('"', _DASH.sub("-", text))


def rule_7_case(text: str) -> str:
    return text.lower()


def rule_8_spaces(text: str) -> str:
    return " ".join(_REPEATED.sub(r"\1", text).split())


RULES = (
    rule_1_unicode,
    rule_2_invisible,
    rule_3_stress,
    rule_4_apostrophe,
    rule_5_look_alike,
    rule_6_dashes,
    rule_7_case,
    rule_8_spaces,
)


def _unmix(match: re.Match[str]) -> str:
    word = match.group()
    return word.translate(_LOOK_ALIKES) if _CYRILLIC.search(word) else word
