"""Bytes of a page -> text, whatever the page says of its encoding. Pure.

Pages in windows-1251 and koi8-u often declare nothing or something else. The encoding is taken in
which the text holds most of the small letters that Ukrainian words are made of: read in a wrong
one, they become capitals, signs or nothing. What is declared wins a tie.
"""

import codecs
import re

CYRILLIC = ("windows-1251", "koi8-u", "iso-8859-5", "cp866")
_WORDS = re.compile("[оаинвіртесклмдупзьяєїбчгй]{3,}")
"""Runs of the most frequent letters: single ones also come out of other alphabets."""

_HEAD_BYTES = 4_096
_SAMPLE_BYTES = 200_000
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(content: bytes, declared: str | None = None) -> str:
    """The text of `content`; `declared` is what the server says. Bytes that fit nowhere become
    replacement characters.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_likeliest(content, declared), "replace")


def _likeliest(content: bytes, declared: str | None) -> str:
    inside = _DECLARED.search(content[:_HEAD_BYTES])
    named = [declared or "", inside[1].decode("ascii", "replace") if inside else ""]
    known = [name for name in named if _is_text_encoding(name)]
    sample = content[:_SAMPLE_BYTES]
    return max([*known, "utf-8", *CYRILLIC], key=lambda name: _letters_in_words(sample, name))


def _letters_in_words(content: bytes, encoding: str) -> int:
    return sum(map(len, _WORDS.findall(content.decode(encoding, "replace"))))


def _is_text_encoding(name: str) -> bool:
    try:
        return b"a".decode(name, "replace") == "a"
    except (LookupError, ValueError):
        return False
