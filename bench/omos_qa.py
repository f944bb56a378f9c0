"""OMoS-QA's Ukrainian part -> the files that `qa-service build` and `evaluate` take: question ->
page.

Questions and pages of German cities' guides for newcomers (CC BY 4.0, Steffen Kleinle et al.,
KONVENS 2024), in a Ukrainian translation: a corpus of public services that this project neither
wrote nor was tuned on. Not part of the repository; get it with `git clone
https://github.com/digitalfabrik/integreat-qa-dataset` and run

    python -m bench.omos_qa integreat-qa-dataset/dataset/languages/uk/splits build/omos
    qa-service build --corpus build/omos/corpus.jsonl --index build/omos/index
    qa-service evaluate --index build/omos/index \\
        --queries build/omos/queries.jsonl --qrels build/omos/qrels.tsv
"""

import json
import sys
from pathlib import Path
from typing import Any


def convert(splits: Path, out: Path) -> tuple[int, int]:
    """Write corpus.jsonl, queries.jsonl and qrels.tsv; the numbers of pages and of questions with
    an answer.
    """
    out.mkdir(parents=True, exist_ok=True)
    pages: dict[str, str] = {}
    questions: list[tuple[str, str, str]] = []
    for path in sorted(splits.glob("*_uk.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            pair: dict[str, Any] = json.loads(line)
            page = f"{pair['city']}-{pair['pageId']}"
            pages[page] = pair["context"]
            if pair["answers"]:
                questions.append((str(pair["id"]), pair["question"], page))
    _write(
        out / "corpus.jsonl",
        [
            json.dumps({"_id": page, "text": text}, ensure_ascii=False)
            for page, text in pages.items()
        ],
    )
    _write(
        out / "queries.jsonl",
        [json.dumps({"_id": key, "text": text}, ensure_ascii=False) for key, text, _ in questions],
    )
    _write(
        out / "qrels.tsv",
        ["query-id\tcorpus-id\tscore", *(f"{key}\t{page}\t1" for key, _, page in questions)],
    )
    return len(pages), len(questions)


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m bench.omos_qa SPLITS_FOLDER OUT_FOLDER")
    page_count, question_count = convert(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{page_count} pages, {question_count} questions -> {sys.argv[2]}")
