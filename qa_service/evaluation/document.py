"""Put a report into a document: into the fenced block that follows a comment naming it."""

import re
from pathlib import Path

from qa_service.evaluation.judgements import EvaluationError


def write_block(path: Path, name: str, text: str) -> None:
    """Replace what stands in the block after `<!-- name -->`. Raises EvaluationError where there is
    no such block.
    """
    try:
        document = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise EvaluationError(
            f"cannot read {path}: name a document with a block for this report"
        ) from error
    block = re.compile(rf"(<!-- {re.escape(name)} -->\n+```\n).*?(^```$)", re.DOTALL | re.MULTILINE)
    document, replaced = block.subn(lambda match: f"{match[1]}{text}\n{match[2]}", document)
    if not replaced:
        raise EvaluationError(
            f"{path} has no block for this report: add a line <!-- {name} --> and an empty ``` "
            "block"
        )
    path.write_text(document, "utf-8")
