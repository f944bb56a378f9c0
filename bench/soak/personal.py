"""Personal data: what masking leaves of 10,000 synthetic messages, what it takes from texts that
hold none, and what the service keeps and says of a sample.

`PYTHONPATH=tests python -m bench.soak.personal` prints the findings, and each text that is masked
wrongly.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from support.corpus import ROOT, our_corpus
from support.personal_data import left_of, messages
from support.personal_doors import said_of
from support.personal_kinds import KINDS

from bench.soak.findings import Finding
from qa_service.documents.questions import load_questions
from qa_service.text.normalise import normalise
from qa_service.text.personal import has_personal_data, mask

MESSAGES, SEED = 10_000, 20_261_125
SAMPLE = 10 * len(KINDS)
MOST_WRONG = 0.001

RIGHTLY = re.compile(
    r"(?<!\w)(?i:[ABCEHIKMOPTXАВСЕНІКМОРТХ]{2}[\s-]?\d{4}[\s-]?[ABCEHIKMOPTXАВСЕНІКМОРТХ]{2})(?!\w)"
    r"|(?<!\w)[A-HJ-NPR-Z\d]{17}(?!\w)"  # VIN
    r"|(?:\+?38[\s-]?)?\(?0\d\d\)?[\s-]\d{3}[\s-]\d\d[\s-]\d\d"
    r"|[\w.]+@[\w.]+\.\w+"
    r"|\b[A-ZА-ЯІЇЄ]{3}\s?\d{6}\b"
)
"""Plates, VIN, phones, addresses and licences in their plainest spelling: questions that hold them
hold personal data, or the contacts of an office, which no rule can tell from a person's.
"""


def run() -> Iterator[Finding]:
    yield from _left_by_kind()
    yield from _masked_wrongly()
    yield from _kept_by_the_service()


def official_texts() -> Iterator[str]:
    """Titles, names, texts, items and sources of everything in the corpus."""
    corpus = our_corpus()
    for service in corpus.services:
        yield from (service.title, *service.aliases, *(source.title for source in service.sources))
    for passage in corpus.passages:
        yield from (passage.title, passage.text, passage.conflict or "")
        yield from (source.title for source in passage.sources)


def questions() -> Iterator[str]:
    for name in ("train", "dev"):
        for question in load_questions(ROOT / "corpus" / "questions" / f"{name}.jsonl"):
            yield question.question


def masked_wrongly(texts: Sequence[str]) -> list[str]:
    """Those that are masked where they hold no datum in a plain spelling."""
    suspect = (text for text in texts if has_personal_data(text))
    return [text for text in suspect if has_personal_data(RIGHTLY.sub("", text))]


def _left_by_kind() -> Iterator[Finding]:
    asked, left, counted_by = Counter[str](), Counter[str](), 0
    for message in messages(MESSAGES, SEED):
        masked = mask(message.text)
        asked[message.kind] += 1
        left[message.kind] += bool(left_of(message, masked))
        counted_by += bool(left_of(message, normalise(masked)))
    for kind in KINDS:
        yield _none(f"personal data left: {kind}", left[kind], asked[kind])
    yield _none("personal data left: all", left.total(), asked.total())
    yield _none("personal data left in what questions are counted by", counted_by, asked.total())


def _masked_wrongly() -> Iterator[Finding]:
    for what, texts in (
        ("official texts", sorted(set(official_texts()))),
        ("questions", sorted(set(questions()))),
    ):
        wrongly = masked_wrongly(texts)
        for text in wrongly:
            print(f"masked wrongly: {text} -> {mask(text)}")
        share = len(wrongly) / len(texts)
        measured = f"{len(wrongly)} of {len(texts)} ({share:.3%})"
        bar = f"≤ {MOST_WRONG:.1%}"
        yield Finding(f"masked wrongly: {what}", bar, measured, share <= MOST_WRONG)


def _kept_by_the_service() -> Iterator[Finding]:
    sample = list(messages(SAMPLE, SEED + 1))
    with tempfile.TemporaryDirectory() as folder:
        said = said_of(sample, Path(folder))
    for place, data in said.places_of(sample).items():
        yield _none(f"personal data in {place}", len(data), len(sample))


def _none(what: str, count: int, among: int) -> Finding:
    return Finding(what, "0", f"{count} of {among}", count == 0)


if __name__ == "__main__":
    for finding in run():
        print(f"{'ok ' if finding.met else 'NOT'} {finding.what}: {finding.measured}")
