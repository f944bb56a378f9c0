"""The editors' dictionary, `synonyms.yaml`: a list of entries with `say`, what people say, and
`means`, the official term.
"""

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_service.documents.jsonl import Text
from qa_service.documents.yaml_file import line_of, read_yaml
from qa_service.errors import CorpusProblem
from qa_service.text.normalise import normalise
from qa_service.text.tokens import words

SYNONYMS_FILE = "synonyms.yaml"
MOST_WORDS = 3


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    say: Annotated[list[Text], Field(min_length=1)]
    means: Text


def load_synonyms(corpus_folder: Path, problems: list[CorpusProblem]) -> dict[str, str]:
    """Saying, normalised -> official term; nothing where there is no file. What is wrong goes to
    `problems`, with its line.
    """
    path = corpus_folder / SYNONYMS_FILE
    terms: dict[str, str] = {}
    if not path.is_file():
        return terms
    for line, values in _entries(path, problems):
        try:
            entry = _Entry.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the entry"
            problems.append(
                CorpusProblem(
                    path,
                    line,
                    f"{where}: {first['msg']}; an entry is `say: [words]` and `means: term`",
                )
            )
            continue
        for saying in map(normalise, entry.say):
            if saying in terms:
                problems.append(
                    CorpusProblem(
                        path, line, f"{saying!r} means {terms[saying]!r} already: keep one"
                    )
                )
            elif not 1 <= len(words(saying)) <= MOST_WORDS:
                problems.append(
                    CorpusProblem(path, line, f"{saying!r} must be one to {MOST_WORDS} words")
                )
            else:
                terms[saying] = entry.means
    return terms


def _entries(path: Path, problems: list[CorpusProblem]) -> list[tuple[int, Any]]:
    """(line, value) of each item of the file's list."""
    parsed = read_yaml(path, problems)
    if parsed is None:
        return []
    root, values = parsed
    if not isinstance(root, yaml.SequenceNode):
        problems.append(
            CorpusProblem(path, 1, "must be a list of entries `- say: [words]` with `means: term`")
        )
        return []
    return [(line_of(node), value) for node, value in zip(root.value, values, strict=True)]
