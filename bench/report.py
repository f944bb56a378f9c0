"""Measure the quality of answers and write the tables of docs/quality.md: what `make report` does.

Golden is looked at each time this runs: say so in docs/quality.md.
"""

import re
import sys
from functools import partial
from pathlib import Path

from qa_service.bootstrap import engine_over, load_encoder, open_snapshot
from qa_service.evaluation.run import ablate, measure_answers
from qa_service.settings import load_settings
from qa_service.types import Channel, no_progress

DOCUMENT = Path("docs/quality.md")


def main() -> None:
    settings = load_settings()
    encoder = load_encoder(settings)
    snapshot = open_snapshot(settings, encoder)
    over = partial(engine_over, encoder=encoder, settings=settings)
    text = DOCUMENT.read_text("utf-8")
    for name in ("golden", "dev"):
        questions = settings.corpus / "questions" / f"{name}.jsonl"
        report = measure_answers(over(snapshot), questions, Channel.CHATBOT, no_progress, False)
        text = with_block(text, name, report)
        print(f"{name}\n{report}\n")
    report = ablate(snapshot, over, questions, Channel.CHATBOT, no_progress)
    print(report)
    DOCUMENT.write_text(with_block(text, "ablation", report), "utf-8")


def with_block(document: str, name: str, text: str) -> str:
    """The document with `text` in the block after `<!-- name -->`."""
    block = re.compile(rf"(<!-- {name} -->\n+```\n).*?(^```$)", re.DOTALL | re.MULTILINE)
    changed, replaced = block.subn(lambda match: f"{match[1]}{text}\n{match[2]}", document)
    if not replaced:
        sys.exit(f"{DOCUMENT} has no block for {name}: add a line <!-- {name} --> and a ``` block")
    return changed


if __name__ == "__main__":
    main()
