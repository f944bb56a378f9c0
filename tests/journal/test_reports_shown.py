"""What managers read: figures joined with the texts that are served, as tables and as files."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.asked import NOW, gap, question, refused, used, vote
from support.reports import changed, report_of

from qa_service.insights.content import why_exposed
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
    said = [times(number).replace("\N{NO-BREAK SPACE}", " ") for number in (21, 33, 11, 1_022)]
    assert said == ["21 раз", "33 рази", "11 разів", "1 022 рази"]


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
    assert texts(table(report, "days")) == [["пт 27.11", "5", "< 5", "6"]]


def test_a_few_are_not_counted_out_by_their_total_either(tmp_path: Path) -> None:
    asked = [*(question() for _ in range(5)), refused(), refused(channel="operator")]
    report = report_of(tmp_path, asked)
    assert texts(table(report, "reasons")) == [["немає тексту", "< 5", "< 5", "< 5"]]
    assert "< 5 разів" in table(report, "reasons").says.replace("\N{NO-BREAK SPACE}", " ")
    by_hour = table(report_of(tmp_path / "hours", asked[:3]), "hours")
    assert texts(by_hour)[13][1:] == ["< 5", "< 5"] and by_hour.says.endswith(": < 5.")


def test_of_a_channel_that_few_used_no_share_and_no_change_is_told(tmp_path: Path) -> None:
    old = [question(at=NOW - timedelta(days=14 - day), channel="operator") for day in range(5)]
    asked = [*old, *(question() for _ in range(5)), question(channel="operator")]
    site, operators = texts(table(report_of(tmp_path, asked), "channels"))
    assert site[1] == "5" and site[3] == "100 %"
    assert operators[1:-2] == ["< 5", *["—"] * 5]


def test_where_few_asked_at_all_no_number_of_them_is_told(tmp_path: Path) -> None:
    report = report_of(tmp_path, [question(), refused()])
    asked, *shares = (one.value for one in numbers(report)[:4])
    assert asked.replace("\N{NO-BREAK SPACE}", " ") == "< 5" and set(shares) == {"—"}
    assert "< 5" in table(report, "channels").says


def test_reasons_are_split_by_channel(tmp_path: Path) -> None:
    asked = [*(refused() for _ in range(5)), *(refused(channel="chatbot") for _ in range(6))]
    [(reason, split)] = report_of(tmp_path, asked).reasons
    by_channel = dict(zip(Channel, split.by_channel, strict=True))
    assert (reason, split.total) == (Reason.NOT_COVERED, 11)
    assert by_channel == {Channel.SITE: 5, Channel.OPERATOR: 0, Channel.CHATBOT: 6}


# Texts


def test_exposure_is_how_often_a_doubtful_passage_was_shown_times_its_months_overdue(
    tmp_path: Path,
) -> None:
    """The fee of November 2025 is kept for a year: in January it is two months overdue."""
    january = datetime(2027, 1, 20, 12, tzinfo=UTC)
    at = january - timedelta(hours=1)
    shown = [question(at=at) for _ in range(6)]
    lost = refused(passage_id=FEE, service="licence-exchange", at=at)
    [fee] = report_of(tmp_path, [*shown, lost], now=january).exposed
    assert (fee.passage.id, fee.shown, fee.overdue, fee.exposure) == (FEE, 6, 2, 12)
    assert fee.disputed and fee.needs_review and fee.stale
    assert "давно не перевіряли (листопад 2025)" in why_exposed(fee)


def test_what_is_disputed_and_not_overdue_counts_as_often_as_it_was_shown(tmp_path: Path) -> None:
    [fee] = report_of(tmp_path, [question() for _ in range(6)]).exposed
    assert (fee.overdue, fee.exposure, fee.stale) == (0, 6, False)


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


def test_a_few_votes_for_a_text_do_not_follow_from_those_against_it(tmp_path: Path) -> None:
    asked = [question() for _ in range(6)]
    feedback = [*map(vote, asked[:5]), vote(asked[5], helpful=True, complaint=None)]
    found = table(report_of(tmp_path, asked, feedback=feedback), "votes")
    assert texts(found)[0][1:4] == ["5", "< 5", "—"]
    assert found.says.endswith("«не допомогло» — 5.")
    for_it = [question() for _ in range(5)]
    feedback += [vote(one, helpful=True, complaint=None) for one in for_it]
    found = table(report_of(tmp_path / "more", [*asked, *for_it], feedback=feedback), "votes")
    assert texts(found)[0][1:4] == ["5", "6", "45 %"] and found.says.endswith(" — 5 із 11.")


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


def test_what_to_do_next_is_told_by_kind_since_their_numbers_do_not_compare(
    tmp_path: Path,
) -> None:
    doubtful = [question() for _ in range(5)]
    poor = [question(passage_id=TERM) for _ in range(5)]
    news = [question(question="нові номери", at=NOW - timedelta(days=1)) for _ in range(30)]
    old = question(at=NOW - timedelta(days=20), question="давнє")
    write, mend, check, rose = next_steps(
        report_of(
            tmp_path,
            [*doubtful, *poor, *news, old],
            events=[used(one, "asked_again") for one in (*doubtful, *poor)],
            gaps=[gap()],
        )
    )
    assert (write.title, mend.title) == (say.NEXT_WRITE, say.NEXT_MEND)
    assert (check.title, rose.title) == (say.NEXT_CHECK, say.NEXT_NEWS)
    assert write.steps[0].url == "/queue/gaps?gap=1#gap-1"
    titles = [step.what for step in mend.steps]  # the fee is to be checked anyway
    assert titles == ["Скільки триває обмін"]
    assert "«нові номери»" in [step.what for step in rose.steps]
    assert "чт 26.11: 30" in rose.steps[0].why


def test_the_busiest_day_is_explained_by_what_rose_on_it(tmp_path: Path) -> None:
    news = [question(question="нові номери", at=NOW - timedelta(days=1)) for _ in range(30)]
    old = question(at=NOW - timedelta(days=20), question="давнє")
    says = table(report_of(tmp_path, [*news, old]), "days").says
    assert "чт 26.11: 30" in says and "«нові номери»" in says


def test_a_day_that_is_not_over_is_marked_for_the_chart_and_in_words(tmp_path: Path) -> None:
    asked = [question(at=NOW - timedelta(days=day)) for day in (1, 0.1) for _ in range(5)]
    whole, today = (row[0] for row in table(report_of(tmp_path, asked), "days").rows)
    assert (whole.text, whole.is_part, whole.detail) == ("чт 26.11", False, None)
    assert (today.text, today.is_part, today.detail) == ("пт 27.11", True, say.NOT_OVER)


def test_weeks_that_began_before_the_period_or_are_not_over_are_marked(tmp_path: Path) -> None:
    asked = [question(at=NOW - timedelta(days=day)) for day in (89, 60, 0.1)]
    found = table(report_of(tmp_path, asked, days=90), "days").rows
    assert [row[0].detail for row in found] == [say.NOT_WHOLE, None, say.NOT_OVER]


def test_changes_have_a_column_only_where_there_is_something_to_compare(tmp_path: Path) -> None:
    asked = [question() for _ in range(5)]
    trend_of = say.COLUMNS["trend"]
    young = report_of(tmp_path / "young", asked)
    assert not any(trend_of in one.columns for one in all_tables(young))
    old = question(at=NOW - timedelta(days=14), question="давнє")
    grown = report_of(tmp_path / "grown", [*asked, old])
    named = [one.id for one in all_tables(grown) if trend_of in one.columns]
    assert named == ["channels", "services", "questions"]
    assert all(len(row) == len(one.columns) for one in all_tables(young) for row in one.rows)


def test_a_finding_leads_to_what_people_asked(tmp_path: Path) -> None:
    asked = [question() for _ in range(5)]
    report = report_of(tmp_path, asked, feedback=[vote(one) for one in asked], gaps=[gap()])
    assert table(report, "gaps").rows[0][0].url == "/queue/gaps?gap=1#gap-1"
    down = table(report, "votes").rows[0][1]
    assert down.url == f"/queue?state=any&service=licence-exchange#p-{FEE}" and down.value == 5


# Files


@pytest.mark.parametrize("sign", ["=", "＝"])
def test_a_table_opens_in_a_spreadsheet_without_its_buttons(tmp_path: Path, sign: str) -> None:
    report = report_of(tmp_path, gaps=[gap(question=f'{sign}HYPERLINK("http://x")')])
    written = as_csv(table(report, "gaps"))
    assert written.startswith(b"\xef\xbb\xbf")
    names, row = csv.reader(io.StringIO(written.decode("utf-8-sig")))
    assert names[0] == "Запитання" and "Дія" not in names and len(row) == len(names)
    assert row[0] == f'\'{sign}HYPERLINK("http://x")' and row[1] == "12"


def test_the_json_keeps_the_rule_of_few_people(tmp_path: Path) -> None:
    asked = [*(question() for _ in range(5)), question(channel="operator")]
    written = json.loads(as_json(report_of(tmp_path, asked)))
    assert not {"hours", "answers", "doubts"} & set(written["figures"])
    assert written["over_time"][0][1] == {"total": 6, "by_channel": [5, None, 0]}
    assert written["lead"]["median_time"] is None and written["total"]["asked"] == 6


def test_the_json_tells_no_number_that_the_tables_hide(tmp_path: Path) -> None:
    asked = [*(question() for _ in range(6)), refused(channel="operator")]
    feedback = [*map(vote, asked[:4]), vote(asked[4], complaint=Complaint.UNCLEAR)]
    feedback.append(vote(asked[5], helpful=True, complaint=None))
    events = [used(asked[5], "asked_again")]
    written = json.loads(as_json(report_of(tmp_path, asked, events=events, feedback=feedback)))
    [voted] = written["figures"]["votes"]
    assert (voted["down"], voted["helpful"]) == (5, None)
    assert dict(voted["complaints"]) == {"outdated": None, "unclear": None}
    [passage] = written["figures"]["disappointments"]["passages"]
    assert (passage["asked_again"], passage["voted_down"]) == (None, 5)
    assert dict(written["figures"]["disappointments"]["answers"]) == {
        "site": 6,
        "operator": 0,
        "chatbot": 0,
    }
    [reason] = written["reasons"]
    assert reason[1]["total"] is None
    assert set(dict(written["channels"])["operator"].values()) == {None}
    assert dict(written["channels"])["site"]["asked"] == 6
    assert [one["complaints"] for one in written["lead"]["open"]] == [5]
    few = json.loads(as_json(report_of(tmp_path / "few", asked[:4], feedback=feedback[:2])))
    assert few["lead"]["open"][0]["complaints"] is None and set(few["total"].values()) == {None}


def test_every_word_of_the_vocabulary_has_a_name() -> None:
    assert set(say.CHANNELS) == set(say.THROUGH) == set(Channel)
    assert set(say.REASONS) == set(Reason) and set(say.COMPLAINTS) == set(Complaint)
