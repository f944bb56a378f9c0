"""YAML as people edit it: text with the line of everything in it, and two files of a corpus.

`synonyms.yaml`: what people `say` and the official term that it `means`; `suggestions.yaml`:
`popular` questions, most asked first, and words to `deny`. Every finding names its line.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_service.documents.jsonl import Text
from qa_service.errors import CorpusProblem
from qa_service.text.normalise import normalise
from qa_service.text.tokens import words


class BrokenYamlError(ValueError):
    """YAML that cannot be parsed; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class _TextLoader(yaml.SafeLoader):
    """`as_of: 2025-11-01` and `2025` stay strings."""


_TextLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _QuickLoader(yaml.CSafeLoader):
    """The same by libyaml: ten times as quick, but it says less of what is wrong."""

    yaml_implicit_resolvers = _TextLoader.yaml_implicit_resolvers


def parse_yaml(text: str) -> tuple[yaml.Node | None, Any]:
    """The root node and its value, both None for an empty text. Raises BrokenYamlError."""
    try:
        try:
            return _loaded(_QuickLoader(text))
        except yaml.YAMLError:
            return _loaded(_TextLoader(text))
    except yaml.reader.ReaderError as error:
        raise BrokenYamlError(
            1 + text.count("\n", 0, error.position),
            f"character U+{error.character:04X} must not stand here: remove it",
        ) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise BrokenYamlError(1 + line, f"mend the YAML here: {error.problem}") from error
    except BrokenYamlError:
        raise
    except (ValueError, AttributeError) as error:  # a tag such as !!int on what is none
        raise BrokenYamlError(1, f"a value does not fit its tag: {error}") from error


def _loaded(loader: _QuickLoader | _TextLoader) -> tuple[yaml.Node | None, Any]:
    root = loader.get_single_node()
    _check_keys(root)
    return root, None if root is None else loader.construct_document(root)


def _check_keys(root: yaml.Node | None) -> None:
    """Raises BrokenYamlError for a key that would silently replace an earlier one."""
    for mapping in _mappings(root):
        known: set[tuple[str, str]] = set()
        for key, _ in mapping.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in known:
                    raise BrokenYamlError(line_of(key), f"{key.value!r} stands twice: keep one")
                known.add((key.tag, key.value))


def _mappings(root: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """Each once, however many places an anchor gives it."""
    left, seen = [root], set[int]()
    while left:
        node = left.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        parts = node.value
        if isinstance(node, yaml.MappingNode):
            yield node
            parts = [part for pair in parts for part in pair]
        left += reversed(parts)


def line_of(node: yaml.Node | None, place: tuple[int | str, ...] = ()) -> int:
    """The line, from 1, of the deepest node on the way to `place`: keys and list positions."""
    line: int = node.start_mark.line if node else 0
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == part), None)
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value)
        ):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1


Parsed = tuple[yaml.Node, Any]


def read_yaml(path: Path, problems: list[CorpusProblem]) -> Parsed | None:
    """The root node and its value; None for an empty or unreadable file, named in `problems`."""
    try:
        root, values = parse_yaml(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(CorpusProblem(path, 1, f"cannot be read, save it as UTF-8: {error}"))
    except BrokenYamlError as error:
        problems.append(CorpusProblem(path, error.line, str(error)))
    else:
        return None if root is None else (root, values)
    return None


Entry = TypeVar("Entry", bound=BaseModel)


def read_entries(
    path: Path, model: type[Entry], problems: list[CorpusProblem]
) -> list[tuple[int, Entry]]:
    """(line, entry) of each item of the file's list; none without a file. Mistakes go to
    `problems`.
    """
    parsed = read_yaml(path, problems) if path.is_file() else None
    if parsed is None:
        return []
    root, values = parsed
    keys = ", ".join(model.model_fields)
    if not isinstance(root, yaml.SequenceNode):
        problems.append(CorpusProblem(path, 1, f"must be a list of entries with {keys}"))
        return []
    entries = []
    for node, value in zip(root.value, values, strict=True):
        try:
            entries.append((line_of(node), model.model_validate(value)))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the entry"
            line = line_of(node, first["loc"])
            problems.append(
                CorpusProblem(path, line, f"{where}: {first['msg']}; an entry has {keys}")
            )
    return entries


SYNONYMS_FILE = "synonyms.yaml"
MOST_WORDS = 3


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    say: Annotated[list[Text], Field(min_length=1)]
    means: Text


def load_synonyms(corpus_folder: Path, problems: list[CorpusProblem]) -> dict[str, str]:
    """Normalised saying -> official term; empty without a file. Mistakes go to `problems`."""
    path = corpus_folder / SYNONYMS_FILE
    terms: dict[str, str] = {}
    for line, entry in read_entries(path, _Entry, problems):
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


SUGGESTIONS_FILE = "suggestions.yaml"
_SHAPE = "must hold `popular: [questions]` and `deny: [words]`"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    popular: Annotated[list[Text], Field(max_length=20)] = []
    deny: list[Text] = []


def load_suggestions(
    corpus_folder: Path, problems: list[CorpusProblem]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Popular questions and denied words; empty without a file. Mistakes go to `problems`."""
    path = corpus_folder / SUGGESTIONS_FILE
    parsed = read_yaml(path, problems) if path.is_file() else None
    if parsed is None:
        return (), ()
    root, values = parsed
    try:
        file = _File.model_validate(values)
    except ValidationError as error:
        for wrong in error.errors():
            message = (
                f"{'.'.join(map(str, wrong['loc'])) or 'the file'}: {wrong['msg']}; it {_SHAPE}"
            )
            problems.append(CorpusProblem(path, line_of(root, wrong["loc"]), message))
        return (), ()
    for number, question in enumerate(file.popular):
        if normalise(question) in map(normalise, file.popular[:number]):
            problems.append(
                CorpusProblem(
                    path,
                    line_of(root, ("popular", number)),
                    f"{question!r} is popular already: keep one",
                )
            )
    for number, word in enumerate(file.deny):
        if len(words(word)) != 1:
            problems.append(
                CorpusProblem(path, line_of(root, ("deny", number)), f"{word!r} must be one word")
            )
    return tuple(file.popular), tuple(file.deny)
