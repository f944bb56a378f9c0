"""A corpus and its judged questions -> a folder in BEIR's format, for anyone who wants to beat us.

Thakur et al., "BEIR: A Heterogenous Benchmark for Zero-shot Evaluation of Information Retrieval
Models", NeurIPS 2021: corpus.jsonl, queries.jsonl and a file of judgements for each split.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from qa_service.documents.questions import JudgedQuestion
from qa_service.errors import EvaluationError
from qa_service.types import Passage

Splits = Mapping[str, Sequence[JudgedQuestion]]
"""By name: dev, golden."""

ANSWERS = 1
"""The grade of a passage that answers: judges said whether one does, not how well."""

_README = """\
# Questions about Ukraine's service centres of the MVS, in BEIR's format

{passages} passages, one fact each, and {questions} questions in Ukrainian, Russian and English, as
people put them: with typing errors, in transliteration, on the wrong keyboard layout.

| file | holds |
|---|---|
| `corpus.jsonl` | a passage a line: `_id`, `title`, `text`; `metadata`: service, its title, topic |
| `queries.jsonl` | a question a line: `_id`, `text`; `metadata` below |
{splits}

Grade 1: the passage answers the question; every passage that answers is listed. `metadata` of a
question:

- `split`, `style`: how it is put; `topic`: what it asks for;
- `answerable`: false where no passage answers; such a question has no judgements, and an honest
  system abstains; `kind` says why;
- `services`: whose passages are right, for service@1;
- `parts`: of a message that asks several things, the passages that answer each;
- `bare`: the question without the courtesy around it;
- `context`: the service that the conversation was about, without which it cannot be understood.

`GenericDataLoader(FOLDER).load(split="dev")` of `beir` loads it, and
`qa-service evaluate --queries FOLDER/queries.jsonl --qrels FOLDER/qrels/dev.tsv` measures this
project on it. Fit on dev or on questions of your own; golden is for one look at the end.

Licence: MIT, as the project's. The passages state facts in the project's own words with their
sources in its corpus; they are not an official publication of the ministry.
"""


def export_beir(passages: Sequence[Passage], splits: Splits, folder: Path) -> None:
    """Write the folder, which may exist where it is empty.

    Raises EvaluationError where it is not, or where a question names a passage that is not there;
    OSError.
    """
    _check(passages, splits)
    if folder.is_dir() and any(folder.iterdir()):
        raise EvaluationError(f"{folder} is not empty: name a new folder, or empty this one")
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    _write_json(folder / "corpus.jsonl", map(_document, passages))
    _write_json(folder / "queries.jsonl", _queries(splits))
    for split, questions in splits.items():
        _write(folder / "qrels" / f"{split}.tsv", _judgements(questions))
    (folder / "README.md").write_text(_readme(passages, splits), "utf-8")


def _check(passages: Sequence[Passage], splits: Splits) -> None:
    known = {passage.document for passage in passages}
    for question in (one for questions in splits.values() for one in questions):
        if unknown := sorted(question.passages - known):
            raise EvaluationError(
                f"question {question.id} names passages that the corpus does not hold: "
                f"{', '.join(unknown)}; mend the question or the corpus"
            )


def _document(passage: Passage) -> dict[str, Any]:
    metadata = {
        "service": passage.service,
        "service_title": passage.service_title,
        "topic": passage.topic,
    }
    return {
        "_id": passage.document,
        "title": passage.title,
        "text": passage.text,
        "metadata": metadata,
    }


def _queries(splits: Splits) -> Iterator[dict[str, Any]]:
    for split, questions in splits.items():
        for question in questions:
            metadata = {"split": split} | _metadata(question)
            yield {"_id": question.id, "text": question.question, "metadata": metadata}


def _metadata(question: JudgedQuestion) -> dict[str, Any]:
    """What is known of it; keys without a value are left out."""
    told = {
        "style": question.style,
        "answerable": question.answerable,
        "topic": question.topic,
        "kind": question.kind,
        "services": sorted(question.services),
        "parts": [sorted(part) for part in question.parts],
        "bare": question.bare,
        "context": question.context,
    }
    return {name: value for name, value in told.items() if value not in (None, [])}


def _judgements(questions: Sequence[JudgedQuestion]) -> Iterator[str]:
    yield "query-id\tcorpus-id\tscore"
    for question in questions:
        for passage in sorted(question.passages):
            yield f"{question.id}\t{passage}\t{ANSWERS}"


def _readme(passages: Sequence[Passage], splits: Splits) -> str:
    rows = [
        f"| `qrels/{split}.tsv` | `query-id`, `corpus-id`, `score`: judgements of "
        f"{sum(question.answerable for question in questions)} of its {len(questions)} questions |"
        for split, questions in splits.items()
    ]
    return _README.format(
        passages=len(passages), questions=sum(map(len, splits.values())), splits="\n".join(rows)
    )


def _write_json(path: Path, lines: Iterator[dict[str, Any]]) -> None:
    _write(path, (json.dumps(line, ensure_ascii=False) for line in lines))


def _write(path: Path, lines: Iterator[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
