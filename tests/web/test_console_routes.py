"""`/operator`: who may see it, what it tells its scripts, what it takes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.app import api, client, problem_of, token_of
from support.corpus import ROOT

from qa_service.access.keys import Role
from qa_service.phrases import console, console_keys
from qa_service.types import Reason, Topic
from qa_service.web.modules import StaticFolder

STATIC = ROOT / "qa_service" / "web" / "console" / "static"
WRAP_UP = {"call": "pbx-1", "services": ["licence-exchange"], "questions": 3, "answered": 2}
POSTED = {"/operator/wrap-up": WRAP_UP, "/operator/mask": {"question": "обмін прав"}}


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[TestClient]:
    token = token_of(tmp_path, Role.OPERATOR)
    with client(api(tmp_path), headers={"X-API-Key": token}) as signed_in:
        yield signed_in


def config_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="config">(.*?)</script>', html)
    assert found
    read: dict[str, Any] = json.loads(found[1])
    return read


def test_only_operators_and_those_above_see_the_console(tmp_path: Path) -> None:
    tokens = {role: token_of(tmp_path, role) for role in Role}
    app = api(tmp_path)
    assert client(app).get("/operator", follow_redirects=False).status_code == 303
    for role, token in tokens.items():
        reply = client(app, headers={"X-API-Key": token}).get("/operator")
        assert (reply.status_code == 200) is role.covers(Role.OPERATOR)


@pytest.mark.parametrize("path", POSTED)
def test_only_operators_may_post_and_only_from_the_page_itself(tmp_path: Path, path: str) -> None:
    site, operator = token_of(tmp_path, Role.SITE), token_of(tmp_path, Role.OPERATOR)
    app = api(tmp_path, cors_origins="https://hsc.gov.ua")
    problem_of(client(app).post(path, json=POSTED[path]), 401)
    problem_of(client(app, headers={"X-API-Key": site}).post(path, json=POSTED[path]), 403)
    asking = client(app, headers={"X-API-Key": operator})
    assert asking.post(path, json=POSTED[path]).is_success
    own = {"Origin": "http://testserver"}
    assert asking.post(path, json=POSTED[path], headers=own).is_success
    for foreign in (
        {"Origin": "https://hsc.gov.ua"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        problem_of(asking.post(path, json=POSTED[path], headers=foreign), 403)


def test_what_an_address_says_is_only_text(operator: TestClient) -> None:
    markup = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    page = operator.get("/operator", params={"q": markup, "call": markup}).text
    assert "<script>alert" not in page and "<img" not in page
    assert config_of(page)["question"] == markup and config_of(page)["call"] is None


@pytest.mark.parametrize("call", ["pbx-17", "a_B-9", "x" * 64])
def test_a_call_of_the_telephone_system_keeps_its_id(operator: TestClient, call: str) -> None:
    assert config_of(operator.get("/operator", params={"call": call}).text)["call"] == call


def test_no_other_site_may_frame_the_page_unless_it_is_named(tmp_path: Path) -> None:
    token = token_of(tmp_path, Role.OPERATOR)
    for named, framing in (
        ("", "frame-ancestors 'none'"),
        ("https://pbx.example.gov.ua", "frame-ancestors 'self' https://pbx.example.gov.ua"),
    ):
        asking = client(api(tmp_path, telephony_origins=named), headers={"X-API-Key": token})
        policy = asking.get("/operator").headers["content-security-policy"]
        assert policy.endswith(framing)


def test_the_page_is_kept_by_nobody_and_its_scripts_for_good(operator: TestClient) -> None:
    page = operator.get("/operator")
    assert page.headers["cache-control"] == "no-store"
    scripts = re.findall(r'(?:src|href)="(/operator/static/[^"]+)"', page.text)
    assert {Path(path).name for path in scripts} == {path.name for path in STATIC.iterdir()}
    for path in scripts:
        reply = operator.get(path)
        assert reply.is_success and "immutable" in reply.headers["cache-control"]
        assert reply.headers["content-type"].startswith(("text/javascript", "text/css"))
    earlier = re.sub(r"static/\w+/", "static/0000000000/", scripts[0])
    assert operator.get(earlier).headers["cache-control"] == "public, max-age=300"
    problem_of(operator.get("/operator/static/0000000000/nope.js"), 404)


def test_another_script_has_another_address(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("a = 1; // why", "utf-8")
    before = StaticFolder(tmp_path, "/x")
    assert before.contents == {"a.js": b"a=1;"}
    (tmp_path / "a.js").write_text("a = 2;", "utf-8")
    assert StaticFolder(tmp_path, "/x").url("a.js") != before.url("a.js")


def test_a_question_is_told_without_its_personal_data(operator: TestClient) -> None:
    def masked(question: str) -> str:
        return str(operator.post("/operator/mask", json={"question": question}).json()["masked"])

    assert masked("обмін прав") == "обмін прав"
    assert "067" not in masked("мій номер 067 123 45 67")


@pytest.mark.parametrize(
    "wrong",
    [
        {"call": "<b>"},
        {"services": ["<b>"]},
        {"services": ["a"] * 51},
        {"questions": -1},
        {"answered": 1001},
        {"question": "обмін прав"},
    ],
)
def test_a_wrap_up_that_says_anything_else_is_refused(
    operator: TestClient, wrong: dict[str, object]
) -> None:
    problem_of(operator.post("/operator/wrap-up", json=WRAP_UP | wrong), 422)


def test_without_scripts_the_form_answers(operator: TestClient) -> None:
    page = operator.get("/operator", params={"q": "скільки коштує обмін прав", "plain": "1"}).text
    assert '<article class="card">' in page and config_of(page)["question"] is None
    assert console.WORDS["noScripts"] in page
    nothing = operator.get("/operator", params={"q": "привіт", "plain": "1"}).text
    assert '<article class="card advice">' in nothing


def test_with_scripts_the_page_itself_asks_nothing(tmp_path: Path) -> None:
    token = token_of(tmp_path, Role.OPERATOR)
    app = api(tmp_path)
    asking = client(app, headers={"X-API-Key": token})
    asking.get("/operator", params={"q": "обмін прав"})
    assert 'channel="operator"' not in asking.get("/metrics").text
    asking.get("/operator", params={"q": "обмін прав", "plain": "1"})
    assert 'channel="operator"' in asking.get("/metrics").text


def test_no_script_has_a_template_in_a_template() -> None:
    """The minifier takes the spaces out of the inner one."""
    nested = re.compile(r"\$\{[^}]*`")
    found = [path.name for path in STATIC.glob("*.js") if nested.search(path.read_text("utf-8"))]
    assert found == [] and nested.search("`a ${b ? `c` : d}`")


# Words and keys


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    scripts = "".join(path.read_text("utf-8") for path in STATIC.glob("*.js"))
    template = (STATIC.parent / "templates" / "console.html").read_text("utf-8")
    named = set(re.findall(r"\bW\.(\w+)", scripts)) | set(re.findall(r"\bwords\.(\w+)", template))
    by_name = set(re.findall(r'"(\w+)"', scripts))  # buttons that are named by what they do
    assert named - set(console.WORDS) == set()
    assert set(console.WORDS) - named - by_name == set()


def test_every_topic_has_one_place_in_the_strip() -> None:
    topics = [topic for fact in console_keys.FACTS for topic in fact.topics]
    assert sorted(topics) == sorted(Topic)


def test_every_reason_says_what_to_do() -> None:
    assert set(console_keys.REASONS) == set(Reason)


def test_no_key_does_two_things() -> None:
    keys = [key for one in (*console_keys.FACTS, *console_keys.COMMANDS) for key in one.keys]
    assert len(keys) == len(set(keys))
