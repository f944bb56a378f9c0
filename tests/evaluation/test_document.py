"""A report in a document stands in the block that names it; all around it stays as it was."""

from pathlib import Path

import pytest

from qa_service.evaluation.document import write_block
from qa_service.evaluation.judgements import EvaluationError

DOCUMENT = """# Quality

<!-- dev -->
```
old figures
of two lines
```

Between the blocks.

<!-- dev --ablate -->

```
```

```
of no name
```

The end, without a line end"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "quality.md"
    path.write_text(DOCUMENT, "utf-8")
    return path


def test_the_report_takes_the_place_of_what_stood_in_the_block(document: Path) -> None:
    write_block(document, "dev", "нові цифри")
    assert document.read_text("utf-8") == DOCUMENT.replace(
        "old figures\nof two lines", "нові цифри"
    )


def test_an_empty_block_is_filled_and_only_the_one_of_that_name(document: Path) -> None:
    write_block(document, "dev --ablate", "figures")
    assert document.read_text("utf-8") == DOCUMENT.replace(
        "ablate -->\n\n```\n", "ablate -->\n\n```\nfigures\n"
    )


def test_the_last_report_written_is_the_one_that_stays(document: Path) -> None:
    for report in ("first\n\nof many\nlines", "second", "old figures\nof two lines"):
        write_block(document, "dev", report)
    assert document.read_text("utf-8") == DOCUMENT


@pytest.mark.parametrize(
    "report",
    [r"\1 \g<0> \n C:\new", "`code` and ``` inside a line", "<!-- dev -->", "$^.*+?()[]{}|", ""],
)
def test_no_character_of_a_report_has_a_meaning_of_its_own(document: Path, report: str) -> None:
    for _ in range(2):
        write_block(document, "dev", report)
        assert document.read_text("utf-8") == DOCUMENT.replace("old figures\nof two lines", report)


@pytest.mark.parametrize("name", ["golden", "d.v", "de", "", "DEV"])
def test_a_block_that_is_missing_is_told_how_to_add_and_nothing_is_written(
    document: Path, name: str
) -> None:
    with pytest.raises(EvaluationError) as caught:
        write_block(document, name, "figures")
    advice = f"add a line <!-- {name} --> and an empty ``` block"
    assert str(caught.value) == f"{document} has no block for this report: {advice}"
    assert document.read_text("utf-8") == DOCUMENT


def test_a_block_added_as_told_is_found(document: Path) -> None:
    document.write_text(f"{DOCUMENT}\n<!-- golden -->\n```\n```\n", "utf-8")
    write_block(document, "golden", "figures")
    assert document.read_text("utf-8") == f"{DOCUMENT}\n<!-- golden -->\n```\nfigures\n```\n"


def test_a_document_that_cannot_be_read_says_what_to_name(tmp_path: Path) -> None:
    for path in (tmp_path / "nope.md", tmp_path):
        with pytest.raises(EvaluationError) as caught:
            write_block(path, "dev", "figures")
        assert (
            str(caught.value) == f"cannot read {path}: name a document with a block for this report"
        )
    assert not (tmp_path / "nope.md").exists()
