"""What editors say of suggestions, `suggestions.yaml`: `popular` questions, the most asked first,
and words to `deny`.
"""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_service.documents.jsonl import Text
from qa_service.documents.yaml_file import line_of, read_yaml
from qa_service.errors import CorpusProblem
from qa_service.text.normalise import normalise
from qa_service.text.tokens import words

SUGGESTIONS_FILE = "suggestions.yaml"
_SHAPE = "must hold `popular: [questions]` and `deny: [words]`"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    popular: Annotated[list[Text], Field(max_length=20)] = []
    deny: list[Text] = []


def load_suggestions(
    corpus_folder: Path, problems: list[CorpusProblem]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Popular questions and denied words; nothing where there is no file. What is wrong goes to
    `problems`, with its line.
    """
    path = corpus_folder / SUGGESTIONS_FILE
    parsed = read_yaml(path, problems) if path.is_file() else None
    if parsed is None:
        return (), ()
    root, values = parsed
    problems += [
        CorpusProblem(path, line_of(key), f"{key.value!r} stands twice: keep one")
        for key in _repeated_keys(root)
    ]
    try:
        file = _File.model_validate(values)
    except ValidationError as error:
        for wrong in error.errors():
            message = (
                f"{'.'.join(map(str, wrong['loc'])) or 'the file'}: {wrong['msg']}; it {_SHAPE}"
            )
            problems.append(CorpusProblem(path, _line(root, wrong["loc"]), message))
        return (), ()
    for number, question in enumerate(file.popular):
        if normalise(question) in map(normalise, file.popular[:number]):
            problems.append(
                CorpusProblem(
                    path,
                    _line(root, ("popular", number)),
                    f"{question!r} is popular already: keep one",
                )
            )
    for number, word in enumerate(file.deny):
        if len(words(word)) != 1:
            problems.append(
                CorpusProblem(path, _line(root, ("deny", number)), f"{word!r} must be one word")
            )
    return tuple(file.popular), tuple(file.deny)


def _repeated_keys(root: yaml.Node) -> list[yaml.Node]:
    """Keys that YAML would let replace an earlier one."""
    keys = [key for key, _ in root.value] if isinstance(root, yaml.MappingNode) else []
    return [
        key
        for number, key in enumerate(keys)
        if key.value in [earlier.value for earlier in keys[:number]]
    ]


def _line(root: yaml.Node, place: tuple[int | str, ...]) -> int:
    """The line where what stands at `place` begins, with its key, or the nearest thing around
    it.
    """
    node, line = root, line_of(root)
    for step in place:
        if isinstance(node, yaml.MappingNode) and (
            pairs := [pair for pair in node.value if pair[0].value == step]
        ):
            line, node = line_of(pairs[0][0]), pairs[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = line_of(node)
    return line
