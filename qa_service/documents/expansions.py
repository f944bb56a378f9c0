"""Train questions -> more ways to find a passage, and examples of what nothing answers: `questions/train.jsonl`."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from qa_service.documents.jsonl import Text, read_json_lines
from qa_service.errors import CorpusProblem

TRAIN_FILE = Path("questions") / "train.jsonl"

# These are understood before anything is searched: their letters would only be noise among the terms.
_UNREAD_STYLES = frozenset({"layout", "translit"})


class _TrainLine(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    question: Text
    style: Text
    passages: list[Text]


def load_expansions(
    corpus_folder: Path, known: set[str], problems: list[CorpusProblem]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Passage id -> its train questions, and the questions without a passage; nothing where there is no file.

    A passage that is not `known` is a problem.
    """
    path = corpus_folder / TRAIN_FILE
    expansions: dict[str, list[str]] = {}
    off_topic: list[str] = []
    if not path.is_file():
        return {}, ()
    for number, line in read_json_lines(path, _TrainLine, problems):
        if not line.passages and line.style not in _UNREAD_STYLES:
            off_topic.append(line.question)
        for passage in line.passages:
            if passage not in known:
                problems.append(CorpusProblem(path, number, f"there is no passage {passage!r}"))
            elif line.style not in _UNREAD_STYLES:
                expansions.setdefault(passage, []).append(line.question)
    return {passage: tuple(questions) for passage, questions in expansions.items()}, tuple(off_topic)
