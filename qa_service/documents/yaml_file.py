"""A YAML file that editors keep beside the services: its nodes, which know their lines, and its
values.
"""

from pathlib import Path
from typing import Any

import yaml

from qa_service.documents.service_file import TextLoader
from qa_service.errors import CorpusProblem

Parsed = tuple[yaml.Node, Any]


def read_yaml(path: Path, problems: list[CorpusProblem]) -> Parsed | None:
    """The root node and its value; None for an empty file and for one that cannot be read, which
    goes to `problems`.
    """
    try:
        text = path.read_text("utf-8-sig")
        root, values = yaml.compose(text, TextLoader), yaml.load(text, TextLoader)  # noqa: S506 (a SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        problems.append(CorpusProblem(path, 1, f"cannot be read, save it as UTF-8: {error}"))
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", None) or error).splitlines()[0]
        problems.append(
            CorpusProblem(path, mark.line + 1 if mark else 1, f"mend the YAML here: {reason}")
        )
        return None
    return None if root is None else (root, values)


def line_of(node: yaml.Node) -> int:
    """Counted from 1."""
    return int(node.start_mark.line) + 1
