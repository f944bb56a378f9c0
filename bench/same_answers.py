"""Did a change change an answer? Records the answers of a running service to the dev questions, and
compares two records.

    python -m bench.same_answers record http://127.0.0.1:8000 > before.jsonl
    python -m bench.same_answers compare before.jsonl after.jsonl

It speaks HTTP only, so that it can ask a service of any version. Start the service with
QA_RATE_LIMIT=off.
"""

import json
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.service import read
from qa_service.documents.questions import JudgedQuestion, load_questions
from qa_service.types import Channel

QUESTIONS = Path("corpus/questions/dev.jsonl")
TOP_K = 10
SHOWN = 20

Record = dict[str, Any]


def main(arguments: list[str]) -> None:
    match arguments:
        case ["record", url]:
            for record in answers(url, load_questions(QUESTIONS)):
                print(json.dumps(record, ensure_ascii=False))
        case ["compare", before, after]:
            compare(records(Path(before)), records(Path(after)))
        case _:
            sys.exit(__doc__)


def answers(url: str, questions: list[JudgedQuestion]) -> Iterator[Record]:
    """What is shown for each question in each channel, in the order of the file."""
    connection = HTTPConnection(urlsplit(url).netloc)
    for question in questions:
        for channel in Channel:
            body: Record = {"question": question.question, "top_k": TOP_K, "channel": channel}
            if question.context:
                body["context"] = {"service": question.context}
            connection.request(
                "POST", "/v1/ask", json.dumps(body), {"Content-Type": "application/json"}
            )
            yield {"id": question.id, "channel": channel} | shown(json.loads(read(connection)))


def shown(answer: Record) -> Record:
    """The fields of an answer that are the same each time it is given."""
    passages = answer["passages"]
    return {
        "question": answer["question"],
        "reading": answer["understood"]["reading"],
        "passages": [passage["id"] for passage in passages],
        "confidences": [passage["confidence"] for passage in passages],
        "highlights": [passage["highlights"] for passage in passages],
        "confidence": answer["confidence"],
        "answerable": answer["answerable"],
        "reason": answer["reason"],
        "siblings": [sibling["id"] for sibling in answer["siblings"]],
        "choices": [choice["service"] for choice in answer["choices"]],
        "related": answer["related"],
        "handoff": answer["handoff"],
    }


def compare(before: dict[tuple[str, str], Record], after: dict[tuple[str, str], Record]) -> None:
    """Print how many answers differ in each field, and the first of them."""
    pairs = [(key, before[key], after[key]) for key in before.keys() & after.keys()]
    different = sorted(key for key, old, new in pairs if old != new)
    print(
        f"{len(pairs)} answers compared, {len(before.keys() ^ after.keys())} in one record only, "
        f"{len(different)} differ"
    )
    for field in next(iter(before.values()), {}):
        count = sum(old[field] != new[field] for _, old, new in pairs)
        if count:
            print(f"{count:6} in {field}")
    for key in different[:SHOWN]:
        old, new = before[key], after[key]
        print(f"\n{' '.join(key)}: {old['question']}")
        for field in old:
            if old[field] != new[field]:
                print(f"  {field}: {old[field]} -> {new[field]}")


def records(path: Path) -> dict[tuple[str, str], Record]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {(record["id"], record["channel"]): record for record in lines}


if __name__ == "__main__":
    main(sys.argv[1:])
