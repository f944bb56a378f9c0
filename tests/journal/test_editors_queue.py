"""The editors' queue: votes that did not help are items with a state, an editor and an audit."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.queue_rows import NOW, Rows

from qa_service.errors import JournalError, NotFoundError
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.queue import Editor, EditorsQueue, State, Wanted
from qa_service.types import Channel, Complaint

pytest_plugins = ["journal.postgresql_server"]

OLENA, IVAN = Editor("Олена", "editor"), Editor("Іван", "editor")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rows]:
    if request.param == "sqlite":
        made = Rows.in_folder(tmp_path)
    else:
        new_database: Callable[[], str] = request.getfixturevalue("new_database")
        made = Rows(new_database())
    with closing(made):
        yield made


def _ids(queue: EditorsQueue, **wanted: object) -> list[int]:
    return [item.id for item in queue.items(Wanted(**wanted))[0]]  # type: ignore[arg-type]


def test_an_item_tells_the_vote_and_what_was_asked(rows: Rows) -> None:
    rows.vote("скільки за обмін", comment="ціна інша", asked={"channel": "operator"})
    [item], total = EditorsQueue(rows.tables).items(Wanted())
    assert (item.question, item.comment, total) == ("скільки за обмін", "ціна інша", 1)
    assert (item.channel, item.complaint) == (Channel.OPERATOR, Complaint.OUTDATED)
    assert (item.state, item.index_version) == (State.OPEN, "v1")
    assert (item.passage_id, item.service) == ("licence-exchange.fee", "licence-exchange")
    assert item.at == NOW + timedelta(minutes=1)


def test_what_helped_is_no_item(rows: Rows) -> None:
    rows.vote(helpful=True, complaint=None)
    queue = EditorsQueue(rows.tables)
    assert queue.items(Wanted()) == ([], 0)
    assert queue.counts() == dict.fromkeys(State, 0)


def test_a_vote_on_a_whole_answer_is_about_its_first_passage(rows: Rows) -> None:
    rows.vote(passage_id=None)
    [item], _ = EditorsQueue(rows.tables).items(Wanted())
    assert item.passage_id == "licence-exchange.fee"


def test_a_vote_whose_question_is_no_longer_kept_is_still_an_item(rows: Rows) -> None:
    item_id = rows.vote(answer_id="forgotten")
    item = EditorsQueue(rows.tables).item(item_id)
    assert (item.question, item.channel, item.index_version) == (None, None, None)
    assert item.service == "licence-exchange"


def test_items_are_filtered_by_state_complaint_and_service_newest_first(rows: Rows) -> None:
    first = rows.vote(at=NOW)
    newest = rows.vote(at=NOW + timedelta(hours=1))
    done = rows.vote(state="done")
    other = rows.vote(complaint="unclear", passage_id="plates-lost.fee", at=NOW)
    unanswered = rows.vote(
        complaint="missing", passage_id=None, at=NOW, asked={"service": "plates-lost"}
    )
    queue = EditorsQueue(rows.tables)
    assert _ids(queue) == [newest, unanswered, other, first]
    assert _ids(queue, state=State.DONE) == [done]
    assert set(_ids(queue, state=None)) == {first, newest, done, other, unanswered}
    assert _ids(queue, complaint=Complaint.UNCLEAR) == [other]
    assert _ids(queue, service="plates-lost") == [unanswered, other]
    assert queue.counts()[State.DONE] == 1 and queue.counts()[State.OPEN] == 4


def test_a_name_with_signs_of_a_pattern_finds_itself_only(rows: Rows) -> None:
    rows.vote()
    assert _ids(EditorsQueue(rows.tables), service="licence_exchange") == []
    assert _ids(EditorsQueue(rows.tables), service="%") == []


def test_handling_keeps_who_when_and_a_line_of_the_audit(rows: Rows) -> None:
    item_id = rows.vote()
    queue = EditorsQueue(rows.tables)
    assert queue.handle([item_id], State.OPEN, State.DONE, OLENA) == [item_id]
    item = queue.item(item_id)
    assert (item.state, item.handled_by) == (State.DONE, "Олена") and item.handled_at
    assert rows.audit() == [("Олена", "editor", "queue", f"open -> done: #{item_id}")]


def test_the_second_of_two_editors_changes_nothing(rows: Rows) -> None:
    item_id, other = rows.vote(), rows.vote()
    first, second = EditorsQueue(rows.tables), EditorsQueue(rows.tables)
    first.handle([item_id], State.OPEN, State.DONE, OLENA)
    assert second.handle([item_id, other], State.OPEN, State.DISMISSED, IVAN) == [other]
    assert second.item(item_id).state is State.DONE
    assert second.item(item_id).handled_by == "Олена"
    assert len(rows.audit()) == 2


def test_nothing_changed_is_no_line_of_the_audit(rows: Rows) -> None:
    item_id = rows.vote(state="done")
    assert EditorsQueue(rows.tables).handle([item_id], State.OPEN, State.DONE, IVAN) == []
    assert rows.audit() == []


def test_what_is_opened_again_is_nobodys(rows: Rows) -> None:
    item_id = rows.vote()
    queue = EditorsQueue(rows.tables)
    queue.handle([item_id], State.OPEN, State.DISMISSED, OLENA)
    queue.handle([item_id], State.DISMISSED, State.OPEN, IVAN)
    item = queue.item(item_id)
    assert (item.state, item.handled_by, item.handled_at) == (State.OPEN, None, None)


def test_a_helpful_vote_is_never_handled(rows: Rows) -> None:
    item_id = rows.vote(helpful=True)
    assert EditorsQueue(rows.tables).handle([item_id], State.OPEN, State.DONE, IVAN) == []
    assert rows.state(item_id) == "open"


def test_an_unknown_item_is_not_found(rows: Rows) -> None:
    queue = EditorsQueue(rows.tables)
    assert queue.find(404) is None
    with pytest.raises(NotFoundError):
        queue.item(404)


def test_a_journal_that_is_not_there_is_an_error_and_not_made(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    with pytest.raises(JournalError, match="there is no journal"):
        EditorsQueue(JournalTables.open(f"sqlite:///{file}")).counts()
    assert not file.exists()


def test_a_file_that_is_put_in_the_journals_place_is_read(tmp_path: Path) -> None:
    with closing(Rows.in_folder(tmp_path / "two")) as other:
        other.vote()
        other.vote()
    with closing(Rows.in_folder(tmp_path / "one")) as rows:
        rows.vote()
        with closing(rows.tables) as tables:
            queue = EditorsQueue(tables)
            assert len(_ids(queue)) == 1
            for file in (tmp_path / "one").glob("journal.sqlite*"):
                file.unlink()
            (tmp_path / "two" / "journal.sqlite").rename(tmp_path / "one" / "journal.sqlite")
            assert len(_ids(queue)) == 2
