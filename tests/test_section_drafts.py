"""Drafts of sections: what people asked, and marks that no check lets pass."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from support.corpus import EXCHANGE as EXCHANGE_FILE
from support.fakes import EXCHANGE, FEE
from support.queue_rows import NOW

from qa_service.documents.sections import read_sections, read_text
from qa_service.documents.services import inspect_corpus
from qa_service.drafts import MOST_QUESTIONS, draft_of_gap, draft_of_item
from qa_service.journal.gaps import Gap
from qa_service.journal.queue import Item, State
from qa_service.types import Channel, Complaint, Topic

GAP = Gap(
    question="скільки коштує обмін за кордоном",
    questions=("ціна обміну в консульстві", "обмін прав у Польщі"),
    asked=12,
    conversations=7,
    first_at=NOW,
    last_at=NOW,
    weekly=(4, 8),
    service="licence-exchange",
    passage_id="licence-exchange.fee",
)
ITEM = Item(
    id=1,
    at=NOW,
    complaint=Complaint.OUTDATED,
    comment="ціна вже інша",
    state=State.OPEN,
    handled_at=None,
    handled_by=None,
    passage_id="licence-exchange.fee",
    service="licence-exchange",
    question="скільки за обмін",
    same_as="скільки за обмін",
    reason=None,
    channel=Channel.OPERATOR,
    index_version="v1",
)


def test_a_draft_has_the_form_of_a_section_with_what_was_asked() -> None:
    draft = draft_of_gap(GAP, EXCHANGE)
    assert draft.name == "draft-licence-exchange-fee-2.md"
    heading, *rest = draft.text.splitlines()
    assert heading == "## TODO скільки коштує обмін за кордоном {#fee-2 topic=fee}"
    asked = [line for line in rest if line.startswith('  - "')]
    assert asked == [f'  - "{question}"' for question in GAP.all_questions]
    assert "as_of: TODO" in draft.text and "sources: [TODO]" in draft.text
    assert "licence-exchange.fee" in draft.text and "12" in draft.text


def test_a_draft_says_no_fact() -> None:
    """Neither the nearest passage's text nor its figures, sources or dates."""
    text = draft_of_gap(GAP, EXCHANGE).text + draft_of_item(ITEM, EXCHANGE).text
    assert FEE.text not in text and "572" not in text and "2025-11" not in text
    assert not any(source.title in text for source in FEE.sources)


def _checked(folder: Path, section: str) -> list[str]:
    services = folder / "services"
    services.mkdir(parents=True)
    (services / "licence-exchange.md").write_text(f"{EXCHANGE_FILE}\n{section}", "utf-8")
    return [problem.message for problem in inspect_corpus(folder)[1]]


def test_an_unfinished_draft_is_refused_by_the_check_and_a_finished_one_is_not(
    tmp_path: Path,
) -> None:
    [service] = inspect_corpus(_corpus(tmp_path))[0].services
    draft = draft_of_gap(GAP, service).text
    findings = " ".join(_checked(tmp_path / "unfinished", draft))
    assert ("as_of" in findings and "sources" in findings) or "TODO" in findings
    finished = re.sub(r"<!--.*?-->", "", draft, flags=re.DOTALL)
    finished = finished.replace("## TODO ", "## ").replace("as_of: TODO", "as_of: 2026-11")
    finished = finished.replace("[TODO]", "[price-list]")
    finished = re.sub(r"^TODO:.*$", "Обмін у консульстві описано окремо.", finished, flags=re.M)
    assert "TODO" not in finished
    assert _checked(tmp_path / "finished", finished) == []


def _corpus(folder: Path) -> Path:
    assert _checked(folder / "plain", "") == []
    return folder / "plain"


def test_a_section_gets_a_name_that_is_free() -> None:
    taken = replace(FEE, id="licence-exchange.fee-2")
    service = replace(EXCHANGE, passages=(*EXCHANGE.passages, taken))
    assert "{#fee-3 topic=fee}" in draft_of_gap(GAP, service).text


def test_without_a_service_near_the_draft_is_for_a_new_one() -> None:
    draft = draft_of_gap(replace(GAP, service=None, passage_id=None), None)
    assert draft.name == "draft-new-note.md" and f"topic={Topic.NOTE}" in draft.text


def test_questions_with_personal_data_are_left_out() -> None:
    personal = replace(GAP, question="дзвоніть [телефон]", questions=("обмін", "мій [код]"))
    text = draft_of_gap(personal, EXCHANGE).text
    assert "[телефон]" not in text and "[код]" not in text and '- "обмін"' in text


def test_a_draft_has_no_more_questions_than_an_editor_reads() -> None:
    many = replace(GAP, questions=tuple(f"питання {n}" for n in range(50)))
    assert draft_of_gap(many, EXCHANGE).text.count('\n  - "') == MOST_QUESTIONS


def test_an_items_draft_says_what_was_complained_of() -> None:
    text = draft_of_item(ITEM, EXCHANGE).text
    assert "застаріло" in text and "ціна вже інша" in text and "скільки за обмін" in text


def test_an_item_without_its_question_still_has_a_draft() -> None:
    text = draft_of_item(replace(ITEM, question=None, comment=None), EXCHANGE).text
    assert text.startswith("## TODO ") and "questions:" not in text


@pytest.mark.parametrize(
    "said", ["--> \n## Підступ {#x topic=fee}", '"; as_of: 2020\n- x', "a {#b topic=fee}"]
)
def test_what_people_wrote_stays_text(said: str) -> None:
    """It neither ends a comment nor makes a heading, a list or a key."""
    draft = draft_of_item(replace(ITEM, question=said, comment=said), EXCHANGE).text
    [section] = read_sections(draft.splitlines(), 1, lambda line, message: pytest.fail(message))
    assert (section.id, section.topic) == ("fee-2", "fee")
    assert read_text("\n".join(section.text)).said.startswith("TODO: ")
    meta = yaml.safe_load("\n".join(section.meta))
    assert meta == {"as_of": "TODO", "sources": ["TODO"], "questions": [" ".join(said.split())]}
