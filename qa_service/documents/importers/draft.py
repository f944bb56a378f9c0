"""Passages of a source -> a draft of a service file, and the text that `--check` compares. Pure.

A draft has every field that a service file needs. What the source does not say is marked for the
editor in a comment, and every passage needs a review.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from qa_service.documents.importers.addresses import is_web
from qa_service.documents.importers.labels import group_of
from qa_service.documents.importers.passages import Cut, Reading

CONFLICT = "Чернетка: звірте з джерелом"
_SLUG_CHARS = 60
_LATIN = dict(
    zip(
        "абвгґдезиіклмнопрстуф",
        "abvhgdezyiklmnoprstuf",
        strict=True,
    )
) | {
    "є": "ie", "ж": "zh", "ї": "i", "й": "i", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ю": "iu", "я": "ia", "ы": "y", "э": "e", "ё": "e",
}  # fmt: skip
"""The official transliteration (decree № 55 of the Cabinet of Ministers, 2010) inside of words."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a draft comes from. `url`: the address after redirects, or a file's path; `fetched` in
    UTC; `sha256` of the source's bytes.
    """

    source: str
    url: str
    fetched: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage with the id of its heading."""

    id: str
    cut: Cut

    @property
    def lines(self) -> tuple[str, ...]:
        """What the source says here: the heading, then a line a sentence or item."""
        return (self.cut.title, *self.cut.text.splitlines())

    @property
    def sha256(self) -> str:
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()


def passages_of(reading: Reading) -> tuple[Passage, ...]:
    """Each passage with an id: its topic, numbered from the second one on."""
    seen: Counter[str] = Counter()
    found = []
    for cut in reading.cuts:
        seen[cut.topic] += 1
        number = f"-{seen[cut.topic]}" if seen[cut.topic] > 1 else ""
        found.append(Passage(f"{cut.topic}{number}", cut))
    return tuple(found)


def extracted_text(passages: tuple[Passage, ...]) -> str:
    """All that the source says, to be compared line by line."""
    parts = ("\n".join((f"## {title}", *text)) for title, *text in (one.lines for one in passages))
    return "\n\n".join(parts) + "\n"


def slug_of(title: str, origin: Origin) -> str:
    """The name of a draft's file: the title in Latin letters, else a part of the checksum."""
    plain = re.sub(r"['’ʼ`ь]", "", title.lower())
    latin = "".join(_LATIN.get(letter, letter) for letter in plain)
    slug = ""
    for word in re.findall(r"[a-z0-9]+", latin):
        if len(slug) + len(word) >= _SLUG_CHARS:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug or f"draft-{origin.sha256[:8]}"


def draft_text(slug: str, title: str, passages: tuple[Passage, ...], origin: Origin) -> str:
    """The file of a draft."""
    sources = _sources(title, passages, origin)
    ids = {url: name for name, _, url in sources}
    lines = [*_front_matter(slug, title, sources, origin)]
    for passage in passages:
        cited = [ids[origin.url]]
        cited += [ids[passage.cut.url]] if passage.cut.url else []
        lines += _section(passage, list(dict.fromkeys(cited)), origin)
    return "\n".join(lines) + "\n"


def _front_matter(
    slug: str, title: str, sources: list[tuple[str, str, str]], origin: Origin
) -> Iterator[str]:
    yield "---"
    yield f"# {CONFLICT}. Тут слова джерела: перекажіть їх своїми,"
    yield "# перевірте group, aliases, audience, channels і заголовки, а тоді приберіть status і"
    yield "# conflict та перенесіть файл до corpus/services."
    yield f"# Джерело: {_comment(origin.url)}"
    yield f"# Отримано: {_iso(origin.fetched)}"
    yield f"# SHA-256 джерела: {origin.sha256}"
    yield f"slug: {slug}"
    yield f"title: {_quoted(title)}"
    yield f"group: {group_of(title)}  # припущення за назвою"
    yield f"aliases: [{_quoted(title)}]  # як кажуть люди"
    yield "audience: уточніть"
    yield "channels: [other]  # уточніть"
    yield f"reviewed: {origin.fetched:%Y-%m-%d}  # дата імпорту: ніхто ще не читав"
    yield "sources:"
    for name, shown, url in sources:
        yield f"  - id: {name}"
        yield f"    title: {_quoted(shown)}"
        if is_web(url):
            yield f"    url: {_quoted(url)}"
    yield "---"


def _section(passage: Passage, sources: list[str], origin: Origin) -> Iterator[str]:
    yield ""
    yield f"## {passage.cut.title} {{#{passage.id} topic={passage.cut.topic}}}"
    yield ""
    yield passage.cut.text
    yield ""
    yield "```yaml"
    yield f"as_of: {origin.fetched:%Y-%m-%d}"
    yield f"sources: [{', '.join(sources)}]"
    yield "status: needs-review"
    yield f"conflict: {_quoted(CONFLICT)}"
    yield "```"


def _sources(
    title: str, passages: tuple[Passage, ...], origin: Origin
) -> list[tuple[str, str, str]]:
    """(id, title, address) of the source and of what it names as the sources of its parts."""
    titles: dict[str, str] = {origin.url: title if is_web(origin.url) else origin.url}
    for passage in passages:
        if passage.cut.url:
            titles.setdefault(passage.cut.url, passage.cut.title)
    return [
        (f"source-{number}", shown, url) for number, (url, shown) in enumerate(titles.items(), 1)
    ]


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _comment(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())


def _quoted(text: str) -> str:
    """A YAML string: JSON is one."""
    return json.dumps(_comment(text), ensure_ascii=False)
