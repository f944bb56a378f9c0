"""Train questions -> more ways to find a passage, and examples of what nothing answers:
`questions/train.jsonl`.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from qa_service.documents.jsonl import Text, read_json_lines
from qa_service.errors import CorpusProblem
from qa_service.text.understand import understand
from qa_service.text.vocabulary import Vocabulary

TRAIN_FILE = Path("questions") / "train.jsonl"

_SPELT_OTHERWISE = frozenset({"layout", "translit", "typos"})
"""Styles in which a question is not spelt as it is read: what is kept is its reading, so that no
typo becomes a known word.
"""


class _TrainLine(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    question: Text
    style: Text
    passages: list[Text]


def load_expansions(
    corpus_folder: Path, texts: Mapping[str, str], problems: list[CorpusProblem]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Passage id -> its train questions, and the questions without a passage; nothing where there
    is no file.

    `texts` holds what each passage says, by id; a question for another passage is a problem.
    """
    path = corpus_folder / TRAIN_FILE
    if not path.is_file():
        return {}, ()
    found: list[CorpusProblem] = []
    lines = list(read_json_lines(path, _TrainLine, found))
    spelt = [line.question for _, line in lines if line.style not in _SPELT_OTHERWISE]
    vocabulary = Vocabulary.of([*texts.values(), *spelt])
    expansions: dict[str, list[str]] = {}
    off_topic: list[str] = []
    for number, line in lines:
        question = (
            understand(line.question, vocabulary).reading
            if line.style in _SPELT_OTHERWISE
            else line.question
        )
        if not line.passages:
            off_topic.append(question)
        for passage in line.passages:
            if passage in texts:
                expansions.setdefault(passage, []).append(question)
            else:
                found.append(CorpusProblem(path, number, f"there is no passage {passage!r}"))
    problems += sorted(found, key=lambda problem: problem.line)
    return {passage: tuple(questions) for passage, questions in expansions.items()}, tuple(
        off_topic
    )
