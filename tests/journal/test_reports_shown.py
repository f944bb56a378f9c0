"""What managers read: figures joined with the texts that are served, as tables and as files."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from support.asked import NOW, gap, question, refused, used, vote
from support.reports import changed, report_of

from qa_service.insights.files import as_csv, as_json
from qa_service.insights.layout import all_tables, period
from qa_service.insights.report import Report
from qa_service.insights.summary import next_steps, numbers
from qa_service.insights.tables import Table, times, trend
from qa_service.phrases import insights as say
from qa_service.types import Channel, Complaint, Reason

FEE, TERM = "licence-exchange.fee", "licence-exchange.term"


def table(report: Report, name: str) -> Table:
    return next(one for one in all_tables(report) if one.id == name)


def texts(found: Table) -> list[list[str]]:
    return [[cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in found.rows]


# Shares


def test_shares_are_of_questions_that_asked_something(tmp_path: Path) -> None:
    asked = [*(question() for _ in range(6)), refused(), refused(), refused("small_talk")]
    total = report_of(tmp_path, asked).total
    assert (total.asked, total.asking, total.sure, total.refused) == (9, 8, 6, 2)


def test_an_answer_helped_that_was_certain_and_raised_no_sign(tmp_path: Path) -> None:
    asked = [question() for _ in range(6)]
    report = report_of(
        tmp_path,
        [*asked, question(certainty="unsure")],
        events=[used(asked[0], "asked_again")],
        feedback=[vote(asked[0]), vote(asked[1])],
    )
    assert report.total.helped == 4


def test_worse_than_peers_is_said_in_words(tmp_path: Path) -> None:
    poor = report_of(tmp_path, [question(), *(refused() for _ in range(4))])
    marks = {one.title: (one.is_bad, one.mark) for one in numbers(poor)}
    assert marks[say.REFUSED][0] and marks[say.REFUSED][1].startswith("гірше за орієнтир")
    assert marks[say.HELPED][0] and marks[say.ASKED][0] is None


def test_nothing_asked_is_no_share(tmp_path: Path) -> None:
    report = report_of(tmp_path)
    assert {one.value for one in numbers(report)} == {"0", "—"}
    assert next_steps(report) == ()
    assert all(one.says for one in all_tables(report))


@pytest.mark.parametrize(
    ("now", "before", "said"), [(112, 100, "+12 %"), (88, 100, "−12 %"), (7, 7, "±0 %")]
)
def test_a_trend_is_told_in_percent(now: int, before: int, said: str) -> None:
    assert trend(now, before, True).text == said.replace(" ", "\N{NO-BREAK SPACE}")


def test_a_trend_needs_the_whole_period_before(tmp_path: Path) -> None:
    assert trend(5, 4, compares=False).text == trend(5, 0, compares=True).text == "—"
    young = report_of(tmp_path, [question(), question(at=NOW - timedelta(days=10))])
    assert not young.figures.compares and "зберігає запитання лише від 17.11.2026" in period(young)
    old = report_of(tmp_path, [question(at=NOW - timedelta(days=20))])
    assert old.figures.compares and "проти стількох самих днів" in period(old)


def test_times_agree_with_their_noun() -> None:
    said = [times(number).replace("\N{NO-BREAK SPACE}", " ") for number in (1, 3, 11, 1_022)]
    assert said == ["1 раз", "3 рази", "11 разів", "1 022 рази"]


# When


def test_days_and_hours_are_of_kyiv(tmp_path: Path) -> None:
    late = NOW.replace(day=25, hour=22, minute=30)
    report = report_of(tmp_path, [question(at=late) for _ in range(5)])
    [(day, split)] = report.over_time
    assert day.isoformat() == "2026-11-26" and split.total == 5
    assert dict(report.by_hour)[0].total == 5 and dict(report.by_hour)[22].total == 0


def test_long_periods_are_told_by_week(tmp_path: Path) -> None:
    asked = [question(), question(at=NOW - timedelta(days=1)), question(at=NOW - timedelta(days=7))]
    report = report_of(tmp_path, asked, days=90)
    assert [(one.isoformat(), split.total) for one, split in report.over_time] == [
        ("2026-11-16", 1),
        ("2026-11-23", 2),
    ]
    assert table(report, "days").title == say.WEEKS


def test_a_few_of_a_channel_are_not_counted_out(tmp_path: Path) -> None:
    asked = [*(question() for _ in range(5)), question(channel="operator")]
    report = report_of(tmp_path, asked)
    assert texts(table(report, "days")) == [["27.11", "5", "< 5", "6"]]


def test_reasons_are_split_by_channel(tmp_path: Path) -> None:
    asked = [*(refused() for _ in range(5)), *(refused(channel="chatbot") for _ in range(6))]
    [(reason, split)] = report_of(tmp_path, asked).reasons
    by_channel = dict(zip(Channel, split.by_channel, strict=True))
    assert (reason, split.total) == (Reason.NOT_COVERED, 11)
    assert by_channel == {Channel.SITE: 5, Channel.OPERATOR: 0, Channel.CHATBOT: 6}


# Texts


def test_exposure_is_how_often_a_doubtful_passage_was_shown_times_its_months(
    tmp_path: Path,
) -> None:
    shown = [*(question() for _ in range(6)), *(question(passage_id=TERM) for _ in range(5))]
    [fee] = report_of(
        tmp_path, [*shown, refused(passage_id=FEE, service="licence-exchange")]
    ).exposed
    assert (fee.passage.id, fee.shown, fee.months, fee.exposure) == (FEE, 6, 12, 72)
    assert fee.disputed and fee.needs_review and not fee.stale


def test_a_passage_that_is_gone_is_left_out_of_exposure_and_named_by_its_id(
    tmp_path: Path,
) -> None:
    gone = [question(passage_id="licence-exchange.gone") for _ in range(5)]
    report = report_of(tmp_path, gone, feedback=[vote(one) for one in gone])
    assert report.exposed == ()
    [row] = texts(table(report, "votes"))
    assert row[0] == "licence-exchange.gone"


def test_complaints_of_few_people_are_named_without_their_number(tmp_path: Path) -> None:
    asked = [question() for _ in range(6)]
    feedback = [vote(one) for one in asked]
    feedback[0]["complaint"] = Complaint.UNCLEAR
    report = report_of(tmp_path, asked, feedback=feedback)
    assert texts(table(report, "votes"))[0][-1] == "застаріло: 5, незрозуміло"


def test_operators_copy_is_told_by_service_only(tmp_path: Path) -> None:
    asked = [question(channel="operator") for _ in range(8)]
    events = [used(one, "copied") for one in asked[:2]]
    report = report_of(tmp_path, asked, events=events)
    assert texts(table(report, "uncopied")) == [["Обмін посвідчення водія", "8", "6", "75 %"]]


def test_a_doubt_ends_with_the_next_change_of_its_passage(tmp_path: Path) -> None:
    first, second, third = (question(at=NOW - timedelta(days=day)) for day in (6, 5, 2))
    other = question(passage_id=TERM, at=NOW - timedelta(days=4))
    at = (NOW - timedelta(days=3)).isoformat()
    asked = [first, second, third, other]
    lead = report_of(
        tmp_path, asked, feedback=[vote(one) for one in asked], log=changed(at, FEE)
    ).lead
    assert lead.answered == 1 and lead.median_time == timedelta(days=3) - timedelta(seconds=30)
    assert [(one.passage_id, one.complaints) for one in lead.open] == [(TERM, 1), (FEE, 1)]


def test_gaps_say_when_they_were_computed_and_offer_a_draft(tmp_path: Path) -> None:
    found = table(report_of(tmp_path, gaps=[gap()]), "gaps")
    assert "27.11.2026, 12:00" in found.note
    [row] = found.rows
    assert row[-1].post == "/queue/gaps/1/draft" and "інопланетян" in (row[-1].label or "")
    assert [cell.text for cell in row[1:3]] == ["12", "9"] and "7" in row[3].text


def test_gaps_that_were_never_computed_say_so(tmp_path: Path) -> None:
    assert table(report_of(tmp_path), "gaps").says == say.GAPS_NEVER


def test_what_to_do_next_is_to_write_then_to_renew_then_to_mend(tmp_path: Path) -> None:
    doubtful = [question() for _ in range(5)]
    poor = [question(passage_id=TERM) for _ in range(5)]
    steps = next_steps(
        report_of(
            tmp_path,
            [*doubtful, *poor],
            events=[used(one, "asked_again") for one in (*doubtful, *poor)],
            gaps=[gap()],
        )
    )
    assert [step.table for step in steps] == ["gaps", "exposed", "again"]
    assert "Скільки триває обмін" in steps[2].what  # the fee is to be renewed anyway


# Files


def test_a_table_opens_in_a_spreadsheet_without_its_buttons(tmp_path: Path) -> None:
    report = report_of(tmp_path, gaps=[gap(question='=HYPERLINK("http://x")')])
    written = as_csv(table(report, "gaps"))
    assert written.startswith(b"\xef\xbb\xbf")
    names, row = csv.reader(io.StringIO(written.decode("utf-8-sig")))
    assert names[0] == "Запитання" and "Дія" not in names and len(row) == len(names)
    assert row[0] == '\'=HYPERLINK("http://x")' and row[1] == "12"


def test_the_json_keeps_the_rule_of_few_people(tmp_path: Path) -> None:
    asked = [*(question() for _ in range(5)), question(channel="operator")]
    written = json.loads(as_json(report_of(tmp_path, asked)))
    assert not {"hours", "answers", "doubts"} & set(written["figures"])
    assert written["over_time"][0][1] == {"total": 6, "by_channel": [5, None, 0]}
    assert written["lead"]["median_time"] is None and written["total"]["asked"] == 6


def test_every_word_of_the_vocabulary_has_a_name() -> None:
    assert set(say.CHANNELS) == set(say.THROUGH) == set(Channel)
    assert set(say.REASONS) == set(Reason) and set(say.COMPLAINTS) == set(Complaint)
