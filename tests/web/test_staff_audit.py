"""Whatever staff do has a line in the log and in the journal, with nothing that citizens wrote."""

import logging
from pathlib import Path

import pytest
from support.app import api, client, token_of
from support.fakes import BrokenJournal, fake_service, fake_serving
from support.signed_in import signed_in

from qa_service.access.keys import Role
from qa_service.journal import AuditLine, Journal
from qa_service.journal.memory import MemoryJournal
from qa_service.web.audit import Audit
from qa_service.web.dependencies import Caller

OLENA = Caller("u-1", "Олена", Role.EDITOR)
LOGGER = "qa_service.audit"


def _audit(journal: Journal | None) -> Audit:
    return Audit(fake_service(fake_serving(), journal))


def _lines(journal: MemoryJournal) -> list[tuple[str, str, str, str]]:
    found = (entry for entry in journal.kept if isinstance(entry, AuditLine))
    return [(line.actor, line.role, line.action, line.detail) for line in found]


def test_a_line_is_logged_and_kept_in_the_journal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    journal = MemoryJournal()
    _audit(journal).note(OLENA, "export", "questions, 12 entries")
    expected = ("Олена", "editor", "export", "questions, 12 entries")
    assert _lines(journal) == [expected]
    (record,) = caplog.records
    said = record.__dict__
    assert (said["actor"], said["role"], said["action"], said["detail"]) == expected


def test_personal_data_in_a_detail_is_masked_in_both(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    journal = MemoryJournal()
    _audit(journal).note(OLENA, "change", "телефон 067 123 45 67")
    (record,) = caplog.records
    assert _lines(journal)[0][3] == record.__dict__["detail"] == "телефон [телефон]"


def test_without_a_journal_and_where_it_fails_the_log_has_the_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    _audit(None).note(OLENA, "export")
    assert [record.levelname for record in caplog.records] == ["INFO"]
    _audit(BrokenJournal()).note(OLENA, "export")
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO", "ERROR"]


def test_exports_and_changes_over_the_api_have_a_line(tmp_path: Path) -> None:
    journal, token = MemoryJournal(), token_of(tmp_path, Role.ADMIN)
    admin = client(api(tmp_path, kept_in=journal), headers={"X-API-Key": token})
    admin.get("/v1/admin/feedback")
    assert admin.post("/v1/admin/reload").json()["taken"] is False
    name = "a tester as admin"
    assert _lines(journal) == [
        (name, "admin", "export", "feedback, 0 entries"),
        (name, "admin", "reload", "nothing new"),
    ]


def test_sign_ins_and_sign_outs_are_kept(tmp_path: Path) -> None:
    journal = MemoryJournal()
    signed_in(api(tmp_path, kept_in=journal), tmp_path, Role.OPERATOR).post("/sign-out")
    assert [line[2] for line in _lines(journal)] == ["sign-in", "sign-out"]
