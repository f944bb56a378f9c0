"""YAML as text: dates and numbers stay what people wrote, and everything has its line."""

from typing import Any

import yaml


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


def parse_yaml(text: str) -> tuple[yaml.Node | None, Any]:
    """The root node and its value, both None for an empty text. Raises BrokenYamlError."""
    try:
        loader = _TextLoader(text)
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    except yaml.reader.ReaderError as error:
        raise BrokenYamlError(
            1 + text.count("\n", 0, error.position),
            f"character U+{error.character:04X} must not stand here: remove it",
        ) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise BrokenYamlError(1 + line, f"mend the YAML here: {error.problem}") from error


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
