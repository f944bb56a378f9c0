"""`/insights` and its files: who sees them, what they say, and what they say without a journal."""

import hashlib
import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.app import api, client, problem_of, token_of, words
from support.asked import Row, gap, keep, question, refused, sqlite_in

from qa_service.access.keys import Role
from qa_service.phrases import insights as say
from qa_service.phrases import staff
from qa_service.web.insights.page import STATIC_FOLDER

EVIL = "<script>alert(1)</script>"
CHART, CHART_SHA256 = (
    "chart.umd.min.js",
    "87364cc2b2a76a6684929e7d6b80b18a897794db38400caff1fcf1791c6925d2",
)


def supervisor(folder: Path, journal: str, role: Role = Role.SUPERVISOR) -> TestClient:
    token = token_of(folder, role)
    return client(api(folder, journal=journal), headers={"X-API-Key": token})


def lately(**changes: object) -> Row:
    return question(at=datetime.now(UTC) - timedelta(minutes=5), **changes)


def test_a_supervisor_sees_what_to_write_next(tmp_path: Path) -> None:
    url = keep(sqlite_in(tmp_path), [lately() for _ in range(6)], gaps=[gap()])
    reply = supervisor(tmp_path, url).get("/insights")
    assert reply.status_code == 200
    assert say.NEXT_WRITE in words(reply.text)
    assert "«Чи видають права на інопланетян?»" in words(reply.text)
    assert 'action="/queue/gaps/1/draft" method="post"' in reply.text
    assert '<option value="30" selected>' in reply.text


def test_gaps_that_are_found_or_dismissed_later_are_seen_at_once(tmp_path: Path) -> None:
    """The other figures are given again for five minutes."""
    url = keep(sqlite_in(tmp_path), [lately() for _ in range(6)])
    someone = supervisor(tmp_path, url)
    assert say.GAPS_NEVER in words(someone.get("/insights").text)
    keep(url, [lately() for _ in range(6)], gaps=[gap(made_at=datetime.now(UTC))])
    page = words(someone.get("/insights").text)
    assert "Чи видають права на інопланетян?" in page and say.GAPS_NEVER not in page
    assert someone.get("/insights.json").json()["total"]["asked"] == 6
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        connection.execute("UPDATE gaps SET state = 'dismissed'")
    assert "інопланетян" not in someone.get("/insights").text


def test_whoever_takes_a_file_has_a_line_in_the_audit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "qa_service.audit")
    someone = supervisor(tmp_path, keep(sqlite_in(tmp_path), [lately()]))
    someone.get("/insights")
    someone.get("/insights.json?days=7&channel=operator")
    someone.get("/insights/gaps.csv")
    assert someone.get("/insights/nothing.csv").status_code == 404
    assert [(vars(line)["action"], vars(line)["detail"]) for line in caplog.records] == [
        ("export", "insights json, 7 days, operator"),
        ("export", "insights gaps.csv, 30 days, all channels"),
    ]


@pytest.mark.parametrize("path", ["/insights", "/insights.json", "/insights/gaps.csv"])
def test_lower_roles_are_refused(tmp_path: Path, path: str) -> None:
    url = keep(sqlite_in(tmp_path))
    editor = supervisor(tmp_path, url, Role.EDITOR).get(path)
    stranger = client(api(tmp_path / "other")).get(path, follow_redirects=False)
    assert editor.status_code == 403 and stranger.status_code in (303, 401)


def test_the_form_keeps_what_was_chosen_and_links_to_its_files(tmp_path: Path) -> None:
    url = keep(sqlite_in(tmp_path), [lately(channel="operator") for _ in range(5)])
    page = supervisor(tmp_path, url).get("/insights?days=7&channel=operator").text
    assert '<option value="7" selected>' in page and '<option value="operator" selected>' in page
    assert 'href="/insights/services.csv?days=7&amp;channel=operator"' in page


@pytest.mark.parametrize("address", ["/insights?days=abc", "/queue/nothing", "/insights/no.csv"])
def test_a_wrong_address_is_told_to_staff_in_words_for_staff(tmp_path: Path, address: str) -> None:
    """Not with the citizens' page and its box for questions."""
    someone = supervisor(tmp_path, keep(sqlite_in(tmp_path)))
    reply = someone.get(address, headers={"Accept": "text/html"})
    said = words(reply.text)
    assert reply.status_code in (404, 422) and 'name="q"' not in reply.text
    assert said.count(staff.WRONG_ADDRESS[0]) == 2 and "керівник" in said
    assert f'href="/{address.split("/")[1].partition("?")[0]}"' in reply.text
    assert reply.headers["cache-control"] == "no-store"
    program = someone.get(address)
    assert program.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["days=45", "days=many", "channel=fax"])
def test_what_cannot_be_chosen_is_refused(tmp_path: Path, query: str) -> None:
    assert (
        supervisor(tmp_path, keep(sqlite_in(tmp_path))).get(f"/insights?{query}").status_code == 422
    )


def test_every_table_is_a_file_and_the_figures_are_one(tmp_path: Path) -> None:
    url = keep(sqlite_in(tmp_path), [lately() for _ in range(5)])
    someone = supervisor(tmp_path, url)
    reply = someone.get("/insights/services.csv?days=7")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert "services-7-" in reply.headers["content-disposition"] and "licence" not in reply.text
    assert "Обмін посвідчення водія,5," in reply.text
    figures = someone.get("/insights.json?days=7")
    assert figures.json()["total"]["asked"] == 5
    assert figures.headers["cache-control"] == reply.headers["cache-control"] == "no-store"
    problem_of(someone.get("/insights/nope.csv"), 404)


def test_what_people_typed_is_text(tmp_path: Path) -> None:
    asked = [lately(question=EVIL) for _ in range(5)]
    url = keep(sqlite_in(tmp_path), asked, gaps=[gap(question=EVIL, questions=[EVIL])])
    page = supervisor(tmp_path, url).get("/insights").text
    assert EVIL not in page and "&lt;script&gt;alert(1)" in page


def test_scripts_and_styles_come_from_files_of_here(tmp_path: Path) -> None:
    url = keep(sqlite_in(tmp_path), [lately()])
    someone = supervisor(tmp_path, url)
    reply = someone.get("/insights")
    assert "script-src 'self'" in reply.headers["content-security-policy"]
    assert "style=" not in reply.text and "<style" not in reply.text
    for name in (CHART, "insights.js", "insights.css"):
        assert f'"/insights/static/{name}?v=' in reply.text
        assert someone.get(f"/insights/static/{name}").status_code == 200


def test_the_chart_library_is_the_published_one_with_its_licence() -> None:
    content = (STATIC_FOLDER / CHART).read_bytes()
    assert hashlib.sha256(content).hexdigest() == CHART_SHA256
    assert b"Chart.js v4.6.1" in content[:200]
    assert "The MIT License" in (STATIC_FOLDER / "chart.LICENSE.md").read_text("utf-8")


# Without a journal


def test_a_journal_that_is_off_is_explained(tmp_path: Path) -> None:
    someone = supervisor(tmp_path, "off")
    reply = someone.get("/insights")
    assert reply.status_code == 503 and "QA_JOURNAL" in words(reply.text)
    assert "QA_JOURNAL" in problem_of(someone.get("/insights.json"), 503)["detail"]


def test_a_journal_that_is_gone_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # where no folder can be made
    someone = supervisor(tmp_path, sqlite_in(tmp_path / "file"))
    reply = someone.get("/insights?days=7")
    assert reply.status_code == 503 and say.FAILS_TITLE in words(reply.text)
    assert 'href="/insights?days=7&amp;channel="' in reply.text


def test_a_journal_of_a_newer_version_is_explained(tmp_path: Path) -> None:
    someone = supervisor(tmp_path, keep(sqlite_in(tmp_path)))
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '99'")
    reply = someone.get("/insights")
    assert reply.status_code == 503 and "newer version" in words(reply.text)


def test_a_journal_that_is_no_database_is_explained(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"not a database at all" * 100)
    reply = supervisor(tmp_path, sqlite_in(tmp_path)).get("/insights")
    assert reply.status_code == 503 and "not a database" in words(reply.text)


def test_an_empty_journal_has_a_page(tmp_path: Path) -> None:
    reply = supervisor(tmp_path, keep(sqlite_in(tmp_path))).get("/insights")
    assert reply.status_code == 200 and say.NEXT_NOTHING in words(reply.text)


def test_refusals_alone_have_a_page(tmp_path: Path) -> None:
    url = keep(sqlite_in(tmp_path), [refused(at=datetime.now(UTC) - timedelta(minutes=1))])
    assert supervisor(tmp_path, url).get("/insights?days=90").status_code == 200
