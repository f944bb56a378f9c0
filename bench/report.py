"""Measure the quality of answers and write the tables of docs/quality.md: what `make report` does.

Golden is looked at each time this runs: say so in docs/quality.md.
"""

import re
import sys
from functools import partial
from pathlib import Path

from qa_service.bootstrap import engine_over, open_snapshot
from qa_service.documents.dialogues import load_dialogues
from qa_service.evaluation.dialogues import measure_dialogues
from qa_service.evaluation.report import format_dialogues
from qa_service.evaluation.run import ablate, measure_answers
from qa_service.models import load_encoder
from qa_service.settings import load_settings
from qa_service.types import Channel, no_progress

DOCUMENT = Path("docs/quality.md")


def main() -> None:
    settings = load_settings()
    encoder = load_encoder(settings)
    snapshot = open_snapshot(settings, encoder)
    over = partial(engine_over, encoder=encoder, settings=settings)
    engine, folder = over(snapshot), settings.corpus / "questions"
    for name in ("golden", "dev"):
        questions = folder / f"{name}.jsonl"
        for channel in Channel:
            report = measure_answers(engine, questions, channel, no_progress, False)
            is_whole = channel is Channel.SITE
            write(f"{name} {channel}", report if is_whole else totals(report))
    unprompted = measure_answers(
        engine, folder / "unprompted.jsonl", Channel.SITE, no_progress, False
    )
    write("unprompted site", unprompted)
    for name in ("golden", "dev", "chat", "unprompted"):
        turns = measure_dialogues(engine.answer, load_dialogues(folder / f"dialogues-{name}.jsonl"))
        write(f"{name} conversations", format_dialogues(turns))
    write("ablation", ablate(snapshot, over, questions, Channel.SITE, no_progress))


def write(name: str, text: str, path: Path = DOCUMENT) -> None:
    """Put a table into its block of a document; ends the program where there is no such block."""
    changed = with_block(path.read_text("utf-8"), name, text)
    if changed is None:
        sys.exit(f"{path} has no block for {name}: add a line <!-- {name} --> and a ``` block")
    path.write_text(changed, "utf-8")
    print(f"{path}: {name}", flush=True)


def totals(report: str) -> str:
    """A report without the rows of the styles."""
    styles, *others = report.split("\n\n")
    header, *_, total = styles.splitlines()
    return "\n\n".join(["\n".join([header, total]), *others])


def with_block(document: str, name: str, text: str) -> str | None:
    """The document with `text` in the block after `<!-- name -->`; None where there is none."""
    block = re.compile(rf"(<!-- {name} -->\n+```\n).*?(^```$)", re.DOTALL | re.MULTILINE)
    changed, replaced = block.subn(lambda match: f"{match[1]}{text}\n{match[2]}", document)
    return changed if replaced else None


if __name__ == "__main__":
    main()
