"""Votes become questions that a person confirms; nothing else takes them before."""

from pathlib import Path

import pytest
from support.corpus import EXCHANGE

from qa_service.documents import draft_questions as module
from qa_service.documents.draft_questions import (
    DraftQuestion,
    confirm_drafts,
    id_of,
    key_of,
    known_questions,
    write_drafts,
)
from qa_service.documents.questions import Style, load_expansions, load_questions
from qa_service.documents.services import inspect_corpus
from qa_service.errors import CorpusError, CorpusProblem, RequestError
from qa_service.journal.judged import JudgedVote
from qa_service.learning.questions import draft_questions
from qa_service.text.normalise import normalise
from qa_service.types import Complaint, Topic

FEE = "licence-exchange.fee"


def _vote(
    question: str,
    complaint: Complaint | None = None,
    helpful: bool = False,
    passage_id: str | None = FEE,
    language: str = "uk",
) -> JudgedVote:
    return JudgedVote(
        question, normalise(question), language, helpful, complaint, passage_id, "fee"
    )


def _drafts(*votes: JudgedVote, known: frozenset[str] = frozenset()) -> list[DraftQuestion]:
    return draft_questions(votes, known)[0]


def test_what_helped_names_its_passage_and_is_not_confirmed() -> None:
    [draft] = _drafts(_vote("почому обмін", helpful=True), _vote("Почому обмін?", helpful=True))
    assert (draft.passages, draft.services) == ((FEE,), ("licence-exchange",))
    assert (draft.answerable, draft.confirmed, draft.topic) == (True, False, Topic.FEE)
    assert draft.votes == {"helpful": 2}


@pytest.mark.parametrize("complaint", [Complaint.MISSING, Complaint.OTHER_QUESTION, None])
def test_what_did_not_help_names_none_and_is_to_be_judged(complaint: Complaint | None) -> None:
    [draft] = _drafts(_vote("почому обмін", complaint))
    assert (draft.passages, draft.answerable, draft.confirmed) == ((), None, False)
    assert draft.votes == {str(complaint or "not_helpful"): 1}


def test_where_people_disagree_a_person_decides() -> None:
    helped, not_helped = _vote("почому", helpful=True), _vote("почому", Complaint.UNCLEAR)
    elsewhere = _vote("почому", helpful=True, passage_id="licence-exchange.term")
    for votes in ((helped, not_helped), (helped, elsewhere)):
        [draft] = _drafts(*votes)
        assert draft.passages == () and draft.answerable is None


def test_the_style_is_guessed_by_language() -> None:
    styles = [_drafts(_vote("how much", language=one))[0].style for one in ("uk", "ru", "en")]
    assert styles == [Style.COLLOQUIAL, Style.RUSSIAN, Style.ENGLISH]


def test_questions_with_personal_data_are_left_out() -> None:
    drafts, left_out = draft_questions([_vote("мій [телефон] для обміну", helpful=True)], set())
    assert drafts == [] and left_out.personal == 1


def test_questions_of_the_corpus_are_left_out_however_they_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "golden.jsonl").write_text('{"question": "Почому обмін прав?"}\n', "utf-8")
    (folder / "dialogues-golden.jsonl").write_text(
        '{"id": "d", "turns": [{"kind": "first", "text": "а строк"}]}\n', "utf-8"
    )
    known = known_questions(tmp_path)
    asked = ["почому ОБМІН прав", "Добрий день! Почому обмін прав?", "а строк", "а де"]
    drafts, left_out = draft_questions([_vote(text, helpful=True) for text in asked], known)
    assert [draft.question for draft in drafts] == ["а де"] and left_out.known == 2


def test_a_question_keeps_its_id() -> None:
    assert id_of("Почому обмін?") == id_of("почому обмін") != id_of("почому доставка?")
    assert key_of("Дякую!") == "дякую"


def _written(path: Path, *votes: JudgedVote) -> Path:
    write_drafts(path, _drafts(*votes))
    return path


def _set(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_no_loader_takes_what_nobody_confirmed(tmp_path: Path) -> None:
    path = _written(tmp_path / "questions" / "train.jsonl", _vote("почому", helpful=True))
    with pytest.raises(CorpusError, match=r"train\.jsonl:1: .*nobody has confirmed"):
        load_questions(path)
    problems: list[CorpusProblem] = []
    load_expansions(tmp_path, {FEE: ""}, problems)
    [problem] = problems
    assert "confirmed" in problem.message


def test_drafts_that_are_to_be_judged_are_refused_for_the_same_reason(tmp_path: Path) -> None:
    path = _written(tmp_path / "dev.jsonl", _vote("почому", Complaint.MISSING))
    with pytest.raises(CorpusError, match="nobody has confirmed") as caught:
        load_questions(path)
    assert "confirmed" in str(caught.value.problems[0])


def test_what_is_confirmed_moves_and_what_is_not_stays(tmp_path: Path) -> None:
    drafts = _written(
        tmp_path / "drafts.jsonl", _vote("почому", helpful=True), _vote("а де", Complaint.MISSING)
    )
    into = tmp_path / "train.jsonl"
    into.write_text(
        '{"question": "раніше", "style": "plain", "passages": [], "answerable": false}', "utf-8"
    )
    assert confirm_drafts(drafts, into, frozenset({FEE})) == (0, 2)
    first, second = drafts.read_text("utf-8").splitlines()
    drafts.write_text(first.replace('"confirmed": false', '"confirmed": true') + f"\n{second}\n")
    assert confirm_drafts(drafts, into, frozenset({FEE})) == (1, 1)
    assert drafts.read_text("utf-8") == f"{second}\n"
    earlier, moved = load_questions(into)
    assert (earlier.question, moved.question) == ("раніше", "почому") and FEE in moved.passages
    assert "confirmed" not in into.read_text("utf-8") and "votes" not in into.read_text("utf-8")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"confirmed": false', '"confirmed": true', "say whether it is answerable"),
        ('"answerable": null', '"answerable": true', None),
    ],
)
def test_what_is_judged_halfway_is_not_moved(
    tmp_path: Path, before: str, after: str, said: str | None
) -> None:
    drafts = _written(tmp_path / "drafts.jsonl", _vote("а де", Complaint.MISSING))
    into = tmp_path / "train.jsonl"
    _set(drafts, before, after)
    if said:
        with pytest.raises(CorpusError, match=said):
            confirm_drafts(drafts, into, frozenset({FEE}))
    else:
        assert confirm_drafts(drafts, into, frozenset({FEE})) == (0, 1)
    assert not into.exists()


def test_a_passage_that_there_is_not_is_named_with_its_line(tmp_path: Path) -> None:
    drafts = _written(tmp_path / "drafts.jsonl", _vote("почому", helpful=True))
    _set(drafts, '"confirmed": false', '"confirmed": true')
    with pytest.raises(CorpusError, match=r"drafts\.jsonl:1: there is no passage"):
        confirm_drafts(drafts, tmp_path / "train.jsonl", frozenset())
    assert not (tmp_path / "train.jsonl").exists()


def test_a_question_whose_services_were_left_empty_moves_with_those_of_its_passages(
    tmp_path: Path,
) -> None:
    drafts, into = tmp_path / "drafts.jsonl", tmp_path / "dev.jsonl"
    named = ("x.fee", FEE, "x.term")
    judged = DraftQuestion(
        id="a",
        question="почому",
        style=Style.PLAIN,
        passages=named,
        answerable=True,
        confirmed=True,
    )
    write_drafts(drafts, [judged])
    assert confirm_drafts(drafts, into, frozenset(named)) == (1, 0)
    assert '"services": ["x", "licence-exchange"]' in into.read_text("utf-8")
    [moved] = load_questions(into)
    assert moved.services == {"x", "licence-exchange"}


@pytest.mark.parametrize("before", ["", "\n"])
def test_a_question_that_was_moved_already_is_not_added_again(tmp_path: Path, before: str) -> None:
    drafts = _written(tmp_path / "drafts.jsonl", _vote("почому", helpful=True))
    _set(drafts, '"confirmed": false', '"confirmed": true')
    as_they_were = drafts.read_text("utf-8")
    into = tmp_path / "dev.jsonl"
    into.write_text(before, "utf-8")
    for again in (as_they_were, as_they_were + as_they_were):
        drafts.write_text(again, "utf-8")  # as after a stop between the two files
        confirm_drafts(drafts, into, frozenset({FEE}))
        assert len(load_questions(into)) == 1 and drafts.read_text("utf-8") == ""


def test_two_questions_of_one_id_are_both_moved_for_a_person_to_tell_apart(tmp_path: Path) -> None:
    votes = (_vote(one, helpful=True) for one in ("почому", "а скільки"))
    drafts, into = _written(tmp_path / "drafts.jsonl", *votes), tmp_path / "dev.jsonl"
    _set(drafts, '"confirmed": false', '"confirmed": true')
    _set(drafts, id_of("почому"), id_of("а скільки"))
    assert confirm_drafts(drafts, into, frozenset({FEE})) == (2, 0)
    with pytest.raises(CorpusError, match=r"dev\.jsonl:2: id .* was used already"):
        load_questions(into)


def test_both_files_are_on_the_disk_before_they_take_the_place_of_those_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = _written(tmp_path / "drafts.jsonl", _vote("почому", helpful=True))
    _set(drafts, '"confirmed": false', '"confirmed": true')
    flushed: list[str] = []
    monkeypatch.setattr(module, "sync", lambda path: flushed.append(path.read_text("utf-8")))
    into = tmp_path / "dev.jsonl"
    confirm_drafts(drafts, into, frozenset({FEE}))
    assert flushed == [into.read_text("utf-8"), ""]


@pytest.mark.parametrize("into", ["drafts.jsonl", "folder/../drafts.jsonl", "link.jsonl"])
def test_drafts_are_not_moved_to_their_own_file(tmp_path: Path, into: str) -> None:
    drafts = _written(tmp_path / "drafts.jsonl", _vote("почому", helpful=True))
    _set(drafts, '"confirmed": false', '"confirmed": true')
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.jsonl").symlink_to(drafts)
    before = drafts.read_text("utf-8")
    with pytest.raises(RequestError, match="give another file"):
        confirm_drafts(drafts, tmp_path / into, frozenset({FEE}))
    assert drafts.read_text("utf-8") == before


@pytest.mark.parametrize(
    "into",
    [
        "golden.jsonl",
        "Golden.jsonl",
        "golden/mine.jsonl",
        "places-golden.jsonl",
        "unprompted.jsonl",
        "dialogues-unprompted.jsonl",
        "dialogues-chat.jsonl",
    ],
)
def test_nothing_joins_the_questions_to_test_on(tmp_path: Path, into: str) -> None:
    drafts = _written(tmp_path / "drafts.jsonl", _vote("почому", helpful=True))
    _set(drafts, '"confirmed": false', '"confirmed": true')
    with pytest.raises(RequestError, match="to test on"):
        confirm_drafts(drafts, tmp_path / into, frozenset({FEE}))
    assert not (tmp_path / into).exists()


def test_a_confirmed_question_helps_to_find_its_passage(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "licence-exchange.md").write_text(EXCHANGE, "utf-8")
    drafts = _written(tmp_path / "drafts.jsonl", _vote("почому нові корочки", helpful=True))
    _set(drafts, '"confirmed": false', '"confirmed": true')
    confirm_drafts(drafts, tmp_path / "questions" / "train.jsonl", frozenset({FEE}))
    corpus, problems = inspect_corpus(tmp_path)
    assert problems == [] and corpus.expansions == {FEE: ("почому нові корочки",)}
