"""Suggestions while typing, many questions at once, and what people say of answers. Each test name
is the rule.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.app import api, client, count, over, problem_of, token_of
from support.corpus import FEE_QUESTION, tiny_index
from support.waiting import until

from qa_service.access.keys import Role
from qa_service.bootstrap import build, web_dependencies
from qa_service.errors import JournalError
from qa_service.journal import MAX_COMMENT_CHARS, Feedback, KeptVote
from qa_service.journal.memory import MemoryJournal
from qa_service.journal.sql import SqlJournal
from qa_service.journal.writer import JournalWriter
from qa_service.service import QuestionService
from qa_service.types import Complaint
from qa_service.web.app import Application, create_app
from qa_service.web.v1.requests import MOST_QUESTIONS

POPULAR = [
    "Скільки коштує обмін прав?",
    "Куди йти на практичний іспит?",
    "Загубив номер, що робити?",
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """For tests that leave nothing behind."""
    return api(tmp_path_factory.mktemp("shared"))


def _json(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


# Suggestions


def _suggestions(app: Application, **params: Any) -> list[dict[str, Any]]:
    body = _json(client(app).get("/v1/suggest", params=params))
    assert set(body) == {"suggestions"}
    suggestions: list[dict[str, Any]] = body["suggestions"]
    return suggestions


def test_a_suggestion_is_a_text_to_ask_with_its_kind_and_procedure(shared: Application) -> None:
    suggestions = _suggestions(shared, q="обмін")
    assert suggestions[0] == {
        "text": "Обмін посвідчення водія",
        "kind": "service",
        "service": "licence-exchange",
    }
    assert {
        "text": "яка ціна обміну прав",
        "kind": "question",
        "service": "licence-exchange",
    } in suggestions


def test_an_official_term_is_a_suggestion_of_no_procedure(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    (settings.corpus / "synonyms.yaml").write_text(
        "- say: [права, водійські права]\n  means: посвідчення водія\n", "utf-8"
    )
    build(settings)
    app = over(settings)
    assert {"text": "посвідчення водія", "kind": "term", "service": None} in _suggestions(
        app, q="права"
    )


@pytest.mark.parametrize("limit", [1, 2, 20])
def test_no_more_suggestions_come_than_were_asked_for(shared: Application, limit: int) -> None:
    assert 1 <= len(_suggestions(shared, q="о", limit=limit)) <= limit


@pytest.mark.parametrize("limit", ["0", "21", "-1", "x", "2.5", ""])
def test_a_limit_out_of_range_is_refused(shared: Application, limit: str) -> None:
    detail = problem_of(client(shared).get("/v1/suggest", params={"q": "о", "limit": limit}), 422)[
        "detail"
    ]
    assert detail.startswith("query.limit")


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20%20", "?q=%3F!"])
def test_before_anything_is_typed_popular_questions_are_suggested(
    tmp_path: Path, query: str
) -> None:
    settings = tiny_index(tmp_path)
    lines = ["popular:", *(f"  - {question}" for question in POPULAR)]
    (settings.corpus / "suggestions.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    build(settings)
    app = over(settings)
    suggestions = _json(client(app).get(f"/v1/suggest{query}"))["suggestions"]
    assert [suggestion["text"] for suggestion in suggestions] == POPULAR
    assert {suggestion["kind"] for suggestion in suggestions} == {"question"}


def test_of_an_overlong_text_only_the_beginning_is_read(shared: Application) -> None:
    assert (
        _suggestions(shared, q="обмін".ljust(200) + "номерний знак")
        == _suggestions(shared, q="обмін")
        != []
    )
    assert _suggestions(shared, q="обмін " * 1_000)


def test_odd_text_is_answered_with_suggestions_or_none(shared: Application) -> None:
    for query in (
        "%00",
        "%ED%A0%80",
        "%FF",
        "a" * 300,
        "😀",
        "%D1%8B%D1%8B%D1%8B",
        "<script>",
        "'; drop table",
    ):
        assert isinstance(
            _json(client(shared).get(f"/v1/suggest?q={query}"))["suggestions"], list
        ), query


# Many questions at once


def _batch(app: Application, questions: Sequence[object], **fields: object) -> Any:
    return client(app).post("/v1/ask/batch", json={"questions": questions} | fields)


def test_answers_come_in_the_order_of_their_questions_and_as_if_asked_alone(
    shared: Application,
) -> None:
    questions = ["номер", FEE_QUESTION, "", "іспит", FEE_QUESTION]
    body = _json(_batch(shared, questions))
    alone = [
        _json(client(shared).post("/v1/ask", json={"question": question})) for question in questions
    ]
    assert (
        set(body) == {"answers", "index_version"}
        and body["index_version"] == alone[0]["index_version"]
    )
    for answer, other in zip(body["answers"], alone, strict=True):
        assert answer | {"answer_id": "", "took_ms": 0} == other | {"answer_id": "", "took_ms": 0}
    assert len({answer["answer_id"] for answer in body["answers"]}) == len(questions)


def test_texts_share_the_fields_and_requests_have_their_own(shared: Application) -> None:
    questions = [
        "обмін",
        {"question": "обмін"},
        {"question": "обмін", "top_k": 3, "channel": "operator"},
    ]
    body = _json(_batch(shared, questions, top_k=1, filters={"topic": ["documents"]}))
    found = [[passage["id"] for passage in answer["passages"]] for answer in body["answers"]]
    assert found[0] == ["licence-exchange.documents"] and [len(ids) for ids in found] == [1, 3, 3]


def test_the_channel_of_the_batch_is_that_of_its_texts(tmp_path: Path) -> None:
    app = api(tmp_path)
    _json(
        _batch(
            app,
            [FEE_QUESTION, {"question": FEE_QUESTION, "channel": "chatbot"}],
            channel="operator",
        )
    )
    assert (
        count(app, "qa_answers_total", channel="operator")
        == count(app, "qa_answers_total", channel="chatbot")
        == 1
    )


def test_one_question_and_64_are_answered_but_none_and_65_are_refused(shared: Application) -> None:
    assert MOST_QUESTIONS == 64
    for number in (1, 64):
        assert len(_json(_batch(shared, ["обмін"] * number))["answers"]) == number
    for number in (0, 65):
        assert problem_of(_batch(shared, ["обмін"] * number), 422)["detail"].startswith(
            "body.questions: List should have"
        )


def test_every_example_of_the_description_is_accepted(shared: Application) -> None:
    examples = shared.openapi()["components"]["schemas"]["BatchIn"]["examples"]
    assert examples and all(
        _json(client(shared).post("/v1/ask/batch", json=example))["answers"] for example in examples
    )


@pytest.mark.parametrize(
    ("question", "where"),
    [
        (7, "body.questions.1.request"),
        (None, "body.questions.1.request"),
        (["обмін"], "body.questions.1.request"),
        ({}, "body.questions.1.request.question"),
        ({"question": 7}, "body.questions.1.request.question"),
        ({"question": "x", "top_k": 0}, "body.questions.1.request.top_k"),
        ({"question": "x", "channel": "phone"}, "body.questions.1.request.channel"),
        ({"question": "x", "questions": []}, "body.questions.1.request.questions"),
    ],
)
def test_a_wrong_question_is_named_by_its_place_and_nothing_is_answered(
    tmp_path: Path, question: object, where: str
) -> None:
    app = api(tmp_path)
    body = problem_of(_batch(app, ["обмін", question]), 422)
    assert [error["where"] for error in body["errors"]] == [where] and body["detail"].startswith(
        f"{where}: "
    )
    assert count(app, "qa_answers_total") == 0


@pytest.mark.parametrize(
    "field",
    [{"top_k": 0}, {"top_k": "3"}, {"channel": "phone"}, {"filters": []}, {"context": None}],
)
def test_a_wrong_shared_field_is_named(shared: Application, field: dict[str, object]) -> None:
    assert problem_of(_batch(shared, ["обмін"], **field), 422)["detail"].startswith(
        f"body.{next(iter(field))}"
    )


def test_a_procedure_that_does_not_exist_is_named(shared: Application) -> None:
    questions = ["обмін", {"question": "обмін", "filters": {"service": ["nope"]}}]
    assert "'nope'" in problem_of(_batch(shared, questions), 404)["detail"]


def test_each_question_of_a_batch_counts_as_a_request(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="10/day")
    assert _batch(app, ["обмін"] * 6).headers["ratelimit-remaining"] == "4"
    assert client(app).get("/v1/services").headers["ratelimit-remaining"] == "3"


def test_a_batch_over_the_allowance_is_refused_whole_and_others_are_not(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="10/day")
    assert _batch(app, ["обмін"] * 2).status_code == 200
    response = _batch(app, ["обмін"] * 9)
    problem_of(response, 429)
    assert int(response.headers["retry-after"]) >= 1 and response.headers["ratelimit-limit"] == "10"
    assert count(app, "qa_answers_total") == 2
    assert _batch(app, ["обмін"] * 7).status_code == 200
    problem_of(_batch(app, ["обмін"] * 2), 429)


# Feedback


def _ask(app: Application, question: str = FEE_QUESTION, **fields: object) -> Any:
    return _json(client(app).post("/v1/ask", json={"question": question} | fields))


def _send(app: Application, **fields: object) -> Any:
    """Feedback with these fields, on an answer that was just given where they name none."""
    answer = {} if "answer_id" in fields else {"answer_id": _ask(app)["answer_id"]}
    return client(app).post("/v1/feedback", json={**answer, "helpful": True, **fields})


def _kept(url: str) -> list[KeptVote]:
    """What the database of a journal holds."""
    with closing(SqlJournal.open(url)) as journal:
        return journal.votes(100)


def _admin(app: Application, folder: Path) -> TestClient:
    return client(app, headers={"X-API-Key": token_of(folder, Role.ADMIN)})


def test_feedback_is_accepted_and_kept_with_what_was_asked(tmp_path: Path) -> None:
    journal = MemoryJournal()
    app = api(tmp_path, kept_in=journal)
    answer = _ask(app, channel="operator")
    response = _send(
        app,
        answer_id=answer["answer_id"],
        helpful=False,
        passage_id="licence-exchange.fee",
        comment="Стара ціна",
        complaint="outdated",
    )
    assert response.status_code == 202 and response.json() == {"status": "accepted"}
    [entry] = journal.votes(10)
    assert entry.feedback == Feedback(
        answer["answer_id"], False, "licence-exchange.fee", "Стара ціна", Complaint.OUTDATED
    )
    assert entry.about and (entry.about.question, entry.about.channel) == (FEE_QUESTION, "operator")
    assert (entry.about.service, entry.about.passage_id) == (
        "licence-exchange",
        "licence-exchange.fee",
    )
    assert entry.about.index_version == answer["index_version"] and entry.about.confidence > 0


def test_feedback_on_every_kind_of_answer_knows_what_was_asked(tmp_path: Path) -> None:
    journal = MemoryJournal()
    app = api(tmp_path, kept_in=journal)
    got = _json(client(app).get("/v1/ask", params={"q": "обмін"}))
    batch = _json(_batch(app, ["номер", "іспит"]))["answers"]
    repeated = _ask(app, "обмін")
    for answer in (got, *batch, repeated):
        _send(app, answer_id=answer["answer_id"])
    kept = [entry.about.question for entry in reversed(journal.votes(10)) if entry.about]
    assert kept == ["обмін", "номер", "іспит", "обмін"]


def test_feedback_on_an_answer_of_another_process_is_kept_without_what_was_asked(
    tmp_path: Path,
) -> None:
    journal, shared_secret = (
        f"sqlite:///{tmp_path / 'journal.sqlite'}",
        "a secret of both, and a long one",
    )
    elsewhere = _ask(api(tmp_path / "other", session_secret=shared_secret))["answer_id"]
    app = api(tmp_path / "this", journal=journal, session_secret=shared_secret)
    with client(app):
        assert _send(app, answer_id=elsewhere).status_code == 202
    [entry] = _kept(journal)
    assert entry.feedback.answer_id == elsewhere and entry.about is None


@pytest.mark.parametrize("forged", ["a1", "A" * 24, "-" * 24, "a" * 64])
def test_feedback_on_an_answer_that_was_never_given_is_not_found(
    tmp_path: Path, forged: str
) -> None:
    journal = MemoryJournal()
    problem = problem_of(_send(api(tmp_path, kept_in=journal), answer_id=forged), 404)
    assert problem["detail"].startswith("there is no such answer")
    assert journal.votes(10) == []


def test_an_answer_of_a_process_with_another_secret_is_not_known(tmp_path: Path) -> None:
    journal = MemoryJournal()
    elsewhere = _ask(api(tmp_path / "other"))["answer_id"]
    problem_of(_send(api(tmp_path / "this", kept_in=journal), answer_id=elsewhere), 404)
    assert journal.votes(10) == []


def test_a_later_word_on_an_answer_replaces_the_earlier_and_one_on_its_passage_does_not(
    tmp_path: Path,
) -> None:
    journal = MemoryJournal()
    app = api(tmp_path, kept_in=journal)
    answer_id = _ask(app)["answer_id"]
    _send(app, answer_id=answer_id, comment="перший")
    _send(app, answer_id=answer_id, passage_id="licence-exchange.fee", comment="про уривок")
    _send(app, answer_id=answer_id, helpful=False, comment="другий")
    assert [entry.feedback for entry in journal.votes(10)] == [
        Feedback(answer_id, False, None, "другий"),
        Feedback(answer_id, True, "licence-exchange.fee", "про уривок"),
    ]
    assert all(entry.about and entry.about.question == FEE_QUESTION for entry in journal.votes(10))


def test_feedback_on_a_passage_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    journal = MemoryJournal()
    assert (
        "'nope.fee'"
        in problem_of(_send(api(tmp_path, kept_in=journal), passage_id="nope.fee"), 404)["detail"]
    )
    assert journal.votes(10) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"helpful": "yes"},
        {"complaint": "nope"},
        {"helpful": "true"},
        {"helpful": 1},
        {"helpful": None},
        {"answer_id": ""},
        {"answer_id": "a" * 65},
        {"answer_id": "067 123 45 67"},
        {"answer_id": "a\n"},
        {"answer_id": None},
        {"passage_id": ""},
        {"passage_id": "x" * 201},
        {"comment": "щ" * (MAX_COMMENT_CHARS + 1)},
        {"comment": 7},
        {"email": "a@b.ua"},
    ],
    ids=lambda wrong: str(wrong)[:40],
)
def test_feedback_in_a_wrong_form_is_refused_by_the_field(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    journal = MemoryJournal()
    detail = problem_of(_send(api(tmp_path, kept_in=journal), **wrong), 422)["detail"]
    assert detail.startswith(f"body.{next(iter(wrong))}") and journal.votes(10) == []


@pytest.mark.parametrize("missing", ["answer_id", "helpful"])
def test_feedback_needs_an_answer_and_a_verdict(shared: Application, missing: str) -> None:
    body = {"answer_id": "a1", "helpful": True}
    del body[missing]
    assert problem_of(client(shared).post("/v1/feedback", json=body), 422)["detail"].startswith(
        f"body.{missing}"
    )


def test_a_comment_of_the_greatest_length_and_odd_characters_are_kept(tmp_path: Path) -> None:
    journal = MemoryJournal()
    app = api(tmp_path, kept_in=journal)
    for number, comment in enumerate(
        ("щ" * MAX_COMMENT_CHARS, "<script>alert(1)</script>", "обмін 😀", None), 1
    ):
        assert _send(app, comment=comment).status_code == 202
        assert journal.votes(1)[0].feedback.comment == comment
        assert len(journal.votes(10)) == number


def test_personal_data_is_masked_before_anything_is_kept(tmp_path: Path) -> None:
    app = api(tmp_path, journal=f"sqlite:///{tmp_path / 'journal.sqlite'}")
    with client(app):
        answer = _ask(app, "мій код 3123456789, скільки коштує обмін прав")
        _send(
            app,
            answer_id=answer["answer_id"],
            comment="Телефонуйте (067) 123-45-67 або на ivan.p@ukr.net",
        )
    [entry] = _json(_admin(app, tmp_path).get("/v1/admin/feedback"))["entries"]
    assert entry["feedback"]["comment"] == "Телефонуйте [телефон] або на [пошта]"
    assert entry["about"]["question"] == "мій код [код], скільки коштує обмін прав"
    on_disk = b"".join(file.read_bytes() for file in tmp_path.glob("journal.sqlite*"))
    assert "[код]".encode() in on_disk and not [
        data for data in (b"3123456789", b"123-45-67", b"ukr.net") if data in on_disk
    ]


def test_feedback_is_taken_while_the_database_is_down_and_kept_once_it_is_back(
    tmp_path: Path,
) -> None:
    (tmp_path / "down").write_text("in the way", "utf-8")
    journal = f"sqlite:///{tmp_path / 'down' / 'journal.sqlite'}"
    app = api(tmp_path / "world", journal=journal)
    with client(app):
        sent = [_send(app, comment=comment) for comment in ("перший", "другий")]
        assert [response.status_code for response in sent] == [202, 202]
        until(lambda: count(app, "qa_journal_failures_total") > 0)
        assert _ask(app)["answerable"] is True and client(app).get("/readyz").status_code == 200
        (tmp_path / "down").unlink()
        until(lambda: len(_kept(journal)) == 2)
    assert [entry.feedback.comment for entry in _kept(journal)] == ["другий", "перший"]


def test_a_journal_that_takes_no_more_is_a_503_that_says_so_and_is_counted_and_questions_are_answered(  # noqa: E501
    tmp_path: Path,
) -> None:
    deps = web_dependencies(tiny_index(tmp_path))
    live, metrics = deps.service.live, deps.service.metrics
    full = JournalWriter(MemoryJournal, metrics.journal_failures.inc, capacity=0)
    app = create_app(replace(deps, service=QuestionService(live, full, metrics)))
    for _ in range(2):
        assert "try again in a few minutes" in problem_of(_send(app), 503)["detail"]
    assert count(app, "qa_journal_failures_total") == 2
    assert _ask(app)["answerable"] is True and client(app).get("/readyz").status_code == 200


def test_without_a_journal_feedback_is_a_503_that_says_so_and_names_no_setting(
    tmp_path: Path,
) -> None:
    app = api(tmp_path, journal="off")
    detail = problem_of(_send(app), 503)["detail"]
    assert detail == "this installation keeps no feedback" and "QA_" not in detail
    assert _ask(app)["answerable"] is True


# Reading feedback


def test_an_administrator_reads_the_latest_feedback_first(tmp_path: Path) -> None:
    app = api(tmp_path, kept_in=MemoryJournal())
    for comment in ("перший", "другий", "третій"):
        answer = _ask(app)
        _send(app, answer_id=answer["answer_id"], comment=comment)
    entries = _json(_admin(app, tmp_path).get("/v1/admin/feedback?limit=2"))["entries"]
    assert [entry["feedback"]["comment"] for entry in entries] == ["третій", "другий"]
    assert (
        set(entries[0]) == {"at", "feedback", "about"}
        and datetime.fromisoformat(entries[0]["at"]).tzinfo
    )
    assert entries[0]["feedback"] == {
        "answer_id": answer["answer_id"], "helpful": True, "passage_id": None, "comment": "третій",
            "complaint": None,
    }  # fmt: skip
    assert set(entries[0]["about"]) == {
        "question", "channel", "service", "passage_id", "confidence", "reason", "index_version"
    }  # fmt: skip


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    tokens = {role: token_of(tmp_path, role) for role in (Role.SITE, Role.OPERATOR, Role.EDITOR)}
    app = api(tmp_path, kept_in=MemoryJournal())
    response = client(app).get("/v1/admin/feedback")
    assert (
        "role supervisor" in problem_of(response, 401)["detail"]
        and response.headers["www-authenticate"] == "Bearer"
    )
    for role, token in tokens.items():
        reader = client(app, headers={"X-API-Key": token})
        assert f"not {role}" in problem_of(reader.get("/v1/admin/feedback"), 403)["detail"]


def test_a_supervisor_reads_it(tmp_path: Path) -> None:
    token = token_of(tmp_path, Role.SUPERVISOR)
    reader = client(api(tmp_path, kept_in=MemoryJournal()), headers={"X-API-Key": token})
    assert reader.get("/v1/admin/feedback").json() == {"entries": []}


@pytest.mark.parametrize("limit", ["0", "1001", "x"])
def test_a_limit_of_entries_out_of_range_is_refused(tmp_path: Path, limit: str) -> None:
    admin = _admin(api(tmp_path, kept_in=MemoryJournal()), tmp_path)
    assert problem_of(admin.get(f"/v1/admin/feedback?limit={limit}"), 422)["detail"].startswith(
        "query.limit"
    )


class UnreadableJournal(MemoryJournal):
    def votes(self, limit: int) -> list[KeptVote]:
        raise JournalError("the journal's disk is full; make room")


def test_a_journal_that_cannot_be_read_is_a_503_for_an_administrator(tmp_path: Path) -> None:
    admin = _admin(api(tmp_path, kept_in=UnreadableJournal()), tmp_path)
    assert "disk is full" in problem_of(admin.get("/v1/admin/feedback"), 503)["detail"]
