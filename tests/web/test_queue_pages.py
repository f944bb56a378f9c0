"""Pages and forms of the editors' queue, over the tiny corpus and a journal of rows."""

import logging
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.app import api, client, token_of, words
from support.queue_rows import NOW, Rows

from qa_service.access.keys import Role
from qa_service.journal.database import make_engine, parse
from qa_service.journal.gaps import GAPS_JOB, Gap, GapStore
from qa_service.phrases import editors
from qa_service.web.app import Application
from qa_service.web.editors.asked import MOST_TO_UNDO

BROWSER = {"Accept": "text/html"}
_OF_GAPS = ("draft", "dismissed")
GAP = Gap("самокат", ("права на самокат",), 9, 6, NOW, NOW, (1, 8), "plates-lost", None)


@dataclass
class World:
    app: Application
    folder: Path
    rows: Rows
    tokens: dict[Role, str]

    def someone(self, role: Role = Role.EDITOR) -> TestClient:
        found = client(self.app, headers={"X-API-Key": self.tokens[role], **BROWSER})
        found.follow_redirects = False
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(Rows.in_folder(tmp_path)) as rows:
        tokens = {role: token_of(tmp_path, role) for role in Role}
        app = api(tmp_path, journal=rows.url, gaps_every_h=0)
        yield World(app, tmp_path, rows, tokens)


def _handle(asking: TestClient, item: int, to: str, seen: str = "open", **more: str) -> Any:
    return asking.post("/queue/items", data={"id": str(item), "seen": seen, "to": to, **more})


def test_items_stand_by_passage_with_its_present_text_file_and_page(world: World) -> None:
    world.rows.vote("скільки за обмін", comment="ціна інша", asked={"channel": "operator"})
    world.rows.vote("яка ціна обміну", complaint="unclear")
    world.rows.vote("чи дорогі номери", passage_id="plates-lost.fee")
    html = world.someone().get("/queue").text
    groups = re.findall(r'<section class="group" id="([^"]+)"', html)
    assert sorted(groups) == ["p-licence-exchange.fee", "p-plates-lost.fee"]
    said = words(html)
    for expected in (
        "«скільки за обмін»",
        "ціна інша",
        "застаріло",
        "незрозуміло",
        "оператор",
        "Обмін посвідчення водія коштує 572 гривні.",
        "corpus/services/licence-exchange.md",
    ):
        assert expected in said
    assert 'href="/services/licence-exchange#fee"' in html


def test_a_page_needs_no_script_and_escapes_what_people_wrote(world: World) -> None:
    world.rows.vote("<script>alert(1)</script>", comment='"><img src=x onerror=alert(1)>')
    html = world.someone().get("/queue").text
    assert "<script" not in html and "<img" not in html and "&lt;script&gt;" in html


def test_filters_and_order_stand_in_the_address(world: World) -> None:
    world.rows.vote("перше", at=NOW + timedelta(hours=2), passage_id="plates-lost.fee")
    world.rows.vote("друге")
    world.rows.vote("третє", complaint="unclear")
    world.rows.vote("виправлене", state="done")
    asking = world.someone()

    def shown(query: str) -> list[str]:
        return re.findall("«(.+?)»", words(asking.get(f"/queue?{query}").text))

    assert shown("") == shown("order=most") == ["третє", "друге", "перше"]
    assert shown("order=newest") == ["перше", "третє", "друге"]
    assert shown("complaint=unclear") == ["третє"]
    assert shown("service=plates-lost") == ["перше"]
    assert shown("state=done") == ["виправлене"]
    assert len(shown("state=any")) == 4
    assert shown("state=nope&complaint=nope&order=nope&page=nope") == shown("")


def test_what_is_done_leaves_the_queue_and_comes_back_when_opened_again(world: World) -> None:
    item = world.rows.vote()
    asking = world.someone()
    reply = _handle(asking, item, "done", back="complaint=outdated&order=newest", anchor="p-x.y")
    assert reply.status_code == 303
    assert reply.headers["location"] == (
        f"/queue?complaint=outdated&order=newest&done={item}&was=open&now=done#p-x.y"
    )
    assert world.rows.state(item) == "done"
    assert editors.NONE_FOUND in words(asking.get("/queue").text)
    assert _handle(asking, item, "open", seen="done").status_code == 303
    assert world.rows.state(item) == "open"
    assert [line[3] for line in world.rows.audit()] == [
        f"open -> done: #{item}",
        f"done -> open: #{item}",
    ]


def test_the_forms_of_the_page_do_what_their_buttons_say(world: World) -> None:
    item = world.rows.vote()
    asking = world.someone()
    html = asking.get("/queue?complaint=outdated").text
    forms = re.findall(r'<form action="/queue/items" method="post">(.+?)</form>', html, re.DOTALL)
    form = next(form for form in forms if editors.DISMISS in form)
    fields = {
        name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="(.*?)"', form)
    }
    assert (
        asking.post("/queue/items", data=fields)
        .headers["location"]
        .startswith("/queue?complaint=outdated&done=1")
    )
    assert world.rows.state(item) == "dismissed"


def test_all_items_of_a_group_are_done_at_once(world: World) -> None:
    items = [world.rows.vote() for _ in range(6)]
    asking = world.someone()
    form = next(
        form
        for form in re.findall(r"<form .+?</form>", asking.get("/queue").text, re.DOTALL)
        if editors.ALL_DONE in form
    )
    asking.post(
        "/queue/items",
        data={"id": re.findall(r'name="id" value="(\d+)"', form), "seen": "open", "to": "done"},
    )
    assert {world.rows.state(item) for item in items} == {"done"}


def _forms(html: str, button: str) -> list[dict[str, list[str]]]:
    """The fields of the forms with this button."""
    found = []
    for form in re.findall(
        r'<form action="/queue/items" method="post">(.+?)</form>', html, re.DOTALL
    ):
        if f">{button}<" in form:
            fields: dict[str, list[str]] = {}
            for name, value in re.findall(r'name="(\w+)" value="(.*?)"', form):
                fields.setdefault(name, []).append(unescape(value))
            found.append(fields)
    return found


def test_what_was_done_is_named_and_can_be_taken_back(world: World) -> None:
    item = world.rows.vote("трейтій номер")
    asking = world.someone()
    html = asking.get(_handle(asking, item, "dismissed").headers["location"]).text
    assert "Відхилено: «трейтій номер»." in words(html)
    [undo] = _forms(html, editors.UNDO)
    assert asking.post("/queue/items", data=undo).status_code == 303
    assert world.rows.state(item) == "open"


@pytest.mark.parametrize("count", [MOST_TO_UNDO, MOST_TO_UNDO + 1])
def test_of_very_many_done_at_once_the_number_is_right_and_all_can_be_taken_back_or_none(
    world: World, count: int
) -> None:
    items = [world.rows.vote(f"питання {number}") for number in range(count)]
    asking = world.someone()
    form = {"id": [str(item) for item in items], "seen": "open", "to": "done"}
    html = asking.get(asking.post("/queue/items", data=form).headers["location"]).text
    assert f"Готово: «питання {count - 1}» і ще {count - 1}." in words(html)
    undo = _forms(html, editors.UNDO)
    if count > MOST_TO_UNDO:
        assert undo == [] and editors.NO_UNDO in words(html)
        return
    asking.post("/queue/items", data=undo[0])
    assert {world.rows.state(item) for item in items} == {"open"}


def test_after_an_action_the_page_goes_on_at_the_next_item(world: World) -> None:
    """Once the last one is handled, at the one before it; and never at one that has gone."""
    items = [world.rows.vote(f"питання {n}", at=NOW + timedelta(hours=n)) for n in range(3)]
    asking = world.someone()
    html = asking.get("/queue").text
    anchors = [form["anchor"][0] for form in _forms(html, editors.DISMISS)]
    assert anchors == [f"item-{items[1]}", f"item-{items[0]}", f"item-{items[1]}"]
    reply = asking.post("/queue/items", data=_forms(html, editors.DISMISS)[0])
    location = reply.headers["location"]
    assert location.endswith(f"#item-{items[1]}")
    assert f'id="item-{items[1]}" tabindex="-1"' in asking.get(location).text


def test_the_same_question_complained_of_twice_is_one_row(world: World) -> None:
    items = [world.rows.vote("та сама", comment=f"слова {n}") for n in range(2)]
    other = world.rows.vote("та сама", complaint="unclear")
    asking = world.someone()
    html = asking.get("/queue").text
    assert html.count("«та сама»") == 2 and "×2" in html
    assert "слова 0" in html and "слова 1" in html
    asking.post("/queue/items", data=_forms(html, editors.DISMISS)[1])
    assert [world.rows.state(one) for one in items] == ["dismissed"] * 2
    assert world.rows.state(other) == "open"


def test_what_is_not_ours_is_one_folded_group_at_the_end_dismissed_at_once(world: World) -> None:
    chat = [
        world.rows.vote(text, "missing", asked={"certainty": "none", "reason": reason})
        for text, reason in (
            ("напиши реферат", "off_topic"),
            ("алло", "small_talk"),
            ("пісня", "off_topic"),
        )
    ]
    ours = world.rows.vote("яка ціна")
    asking = world.someone()
    html = asking.get("/queue").text
    assert html.index("яка ціна") < html.index('<details class="group" id="not-ours">')
    assert html.index('id="not-ours"') < html.index("напиши реферат")
    [everything] = _forms(html, editors.ALL_DISMISSED)
    asking.post("/queue/items", data=everything)
    assert [world.rows.state(one) for one in [*chat, ours]] == ["dismissed"] * 3 + ["open"]


@pytest.mark.parametrize(("days", "said"), [(1, editors.NOT_CHANGED), (-1, editors.CHANGE_UNKNOWN)])
def test_each_complaint_says_whether_the_text_has_changed_since_if_that_is_known(
    world: World, days: int, said: str
) -> None:
    """The version was built now, and nothing is known of those before."""
    world.rows.vote("яка ціна", at=datetime.now(UTC) + timedelta(days))
    assert said in words(world.someone().get("/queue").text)


def test_services_stand_by_the_ukrainian_alphabet_with_their_counts(world: World) -> None:
    world.rows.vote("один")
    world.rows.vote("два", passage_id="plates-lost.fee")
    world.rows.vote("три", passage_id="plates-lost.fee")
    world.rows.vote("чотири", passage_id="plates-lost.fee", state="done")
    html = world.someone().get("/queue").text
    options = re.findall(r'<option value="([a-z-]+)">([^<]+ \(\d+\))</option>', html)
    assert options == [
        ("plates-lost", "Втрата номерних знаків (2)"),
        ("licence-exchange", "Обмін посвідчення водія (1)"),
    ]


def test_a_gap_that_nobody_will_write_about_goes_for_good_and_can_come_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "qa_service.audit")
    gap = _gap(world)
    asking = world.someone()
    reply = asking.post(f"/queue/gaps/{gap}/dismissed")
    html = asking.get(reply.headers["location"]).text
    assert reply.status_code == 303 and "Не писатимемо: «самокат»." in words(html)
    GapStore(world.rows.tables).replace([GAP], NOW)
    html = asking.get("/queue/gaps").text
    assert "Не писатимемо: 1" in words(html) and f"/queue/gaps/{gap}/draft" not in html
    asking.post(f"/queue/gaps/{gap}/open")
    assert f"/queue/gaps/{gap}/draft" in asking.get("/queue/gaps").text
    details = [(line[2], line[3]) for line in world.rows.audit()]
    assert details == [("gap", f"dismissed: #{gap}"), ("gap", f"open: #{gap}")]
    assert [vars(line)["detail"] for line in caplog.records] == [one for _, one in details]


def test_a_gap_has_no_other_states(world: World) -> None:
    assert world.someone().post(f"/queue/gaps/{_gap(world)}/done").status_code == 404
    assert world.someone().post("/queue/gaps/404/dismissed").status_code == 404


def test_a_gap_stands_with_its_weeks_and_the_nearest_text_to_judge_by(world: World) -> None:
    near = replace(GAP, service="licence-exchange", passage_id="licence-exchange.fee")
    GapStore(world.rows.tables).replace([near], NOW)
    html = world.someone().get("/queue/gaps").text
    said = words(html)
    assert "14.11–20.11" in said and "21.11–27.11" in said
    assert "Обмін посвідчення водія коштує 572 гривні." in said
    assert 'href="/services/licence-exchange#fee"' in html


def test_many_gaps_have_pages_and_an_address_leads_to_each_of_them(world: World) -> None:
    found = [replace(GAP, question=f"тема {n}", conversations=100 - n) for n in range(45)]
    store = GapStore(world.rows.tables)
    store.replace(found, NOW)
    asking = world.someone()
    pages = [asking.get(f"/queue/gaps?page={page}").text for page in (1, 2, 3, 99)]
    assert [html.count("<section") for html in pages] == [20, 20, 5, 5]
    last = store.gaps()[-1]
    assert f'id="gap-{last.id}"' in asking.get(f"/queue/gaps?gap={last.id}").text


def test_changes_are_logged_as_the_audit_has_them(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "qa_service.audit")
    item = world.rows.vote()
    _handle(world.someone(), item, "done")
    [line] = caplog.records
    said = vars(line)
    assert (said["actor"], said["role"], said["action"], said["detail"]) == world.rows.audit()[0]


def test_the_second_editor_is_told_what_the_first_did(world: World) -> None:
    item = world.rows.vote()
    first, second = world.someone(), world.someone()
    _handle(first, item, "done")
    reply = _handle(second, item, "dismissed")
    assert reply.headers["location"] == f"/queue?already={item}"
    said = words(second.get(reply.headers["location"]).text)
    assert "Цю скаргу вже опрацьовано: a tester as editor" in said and "виправлено" in said
    assert world.rows.state(item) == "done"


@pytest.mark.parametrize(
    "form",
    [
        "",
        "id=1&seen=open",
        "id=1&seen=open&to=nope",
        "id=x&seen=open&to=done",
        f"id={2**63}&seen=open&to=done",
        f"id={'0' * 20}{'9' * 30}&seen=open&to=done",
        "seen=open&to=done",
        "id=%FF&seen=%FF&to=done",
    ],
)
def test_a_form_that_is_none_of_ours_changes_nothing(world: World, form: str) -> None:
    item = world.rows.vote()
    reply = world.someone().post(
        "/queue/items",
        content=form,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert reply.status_code == 422 and world.rows.state(item) == "open"


def test_a_form_leads_nowhere_else(world: World) -> None:
    item = world.rows.vote()
    reply = _handle(
        world.someone(),
        item,
        "done",
        back="//evil.example/?x=1",
        anchor='x" onclick=" \r\nSet-A: b',
    )
    assert re.fullmatch(r"/queue\?done=\d+&was=open&now=done#[\w%.-]+", reply.headers["location"])


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=str,
)
def test_a_form_of_another_site_is_refused(world: World, headers: dict[str, str]) -> None:
    item, gap = world.rows.vote(), _gap(world)
    asking = world.someone()
    asking.headers.update(headers)
    forms = [f"/queue/items/{item}/draft", *(f"/queue/gaps/{gap}/{to}" for to in _OF_GAPS)]
    replies = [_handle(asking, item, "done"), *map(asking.post, forms)]
    assert [reply.status_code for reply in replies] == [403] * 4
    assert world.rows.state(item) == "open"


def test_a_form_of_our_own_page_is_taken(world: World) -> None:
    item = world.rows.vote()
    asking = world.someone()
    asking.headers.update({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"})
    assert _handle(asking, item, "done").status_code == 303


def test_a_draft_of_an_item_is_a_file_and_the_item_counts_as_drafted(world: World) -> None:
    item = world.rows.vote("скільки за обмін")
    reply = world.someone().post(f"/queue/items/{item}/draft")
    assert reply.status_code == 200 and reply.headers["content-type"].startswith("text/markdown")
    named = reply.headers["content-disposition"]
    assert named == 'attachment; filename="draft-licence-exchange-fee-2.md"'
    assert reply.text.startswith("## TODO скільки за обмін {#fee-2 topic=fee}")
    assert world.rows.state(item) == "drafted"
    assert not list(world.folder.rglob("draft-*"))


def test_a_draft_of_what_is_done_leaves_it_done(world: World) -> None:
    item = world.rows.vote(state="done")
    assert world.someone().post(f"/queue/items/{item}/draft").status_code == 200
    assert world.rows.state(item) == "done"


def _gap(world: World) -> int:
    store = GapStore(world.rows.tables)
    store.replace([GAP], NOW)
    [kept] = store.gaps()
    return kept.id


def test_missing_answers_stand_by_their_gap_and_a_draft_of_it_takes_them_along(
    world: World,
) -> None:
    gap = _gap(world)
    inside = world.rows.vote("Права на самокат", "missing", passage_id=None)
    outside = world.rows.vote("права на літак", "missing", passage_id=None)
    asking = world.someone()
    html = asking.get("/queue").text
    groups = re.findall(r'<section class="group" id="([^"]+)"', html)
    assert sorted(groups) == [f"gap-{gap}", "m-licence-exchange.fee"]
    reply = asking.post(f"/queue/gaps/{gap}/draft")
    assert reply.text.startswith("## TODO самокат {#note topic=note}")
    assert (world.rows.state(inside), world.rows.state(outside)) == ("drafted", "open")


def test_gaps_stand_with_their_questions_weeks_and_nearest_service(world: World) -> None:
    _gap(world)
    world.rows.claim(GAPS_JOB, NOW, NOW)
    html = world.someone().get("/queue/gaps").text
    said = words(html)
    for expected in ("самокат", "права на самокат", "9 разів, 6 розмов", "27.11.2026, 14:00"):
        assert expected in said
    assert "corpus/services/plates-lost.md" in said and 'height="20.0"' in html


def test_before_the_first_run_the_page_says_how_gaps_are_found(world: World) -> None:
    assert "qa-service journal gaps" in words(world.someone().get("/queue/gaps").text)
    world.rows.claim(GAPS_JOB, NOW, NOW)
    assert editors.NO_GAPS in words(world.someone().get("/queue/gaps").text)


def test_a_long_queue_has_pages_and_no_group_is_lost(world: World) -> None:
    for number in range(45):
        world.rows.vote(f"питання {number}", passage_id=f"licence-exchange.gone-{number}")
    asking = world.someone()
    pages = [asking.get(f"/queue?page={page}").text for page in (1, 2, 3)]
    seen = [re.findall(r'<section class="group" id="([^"]+)"', html) for html in pages]
    assert [len(ids) for ids in seen] == [20, 20, 5]
    assert len({one for ids in seen for one in ids}) == 45
    assert asking.get("/queue?page=99").text.count('<section class="group"') == 5


@pytest.mark.parametrize("role", [Role.SITE, Role.OPERATOR])
def test_whoever_edits_nothing_is_refused(world: World, role: Role) -> None:
    item, gap = world.rows.vote(), _gap(world)
    asking = world.someone(role)
    replies = [
        asking.get("/queue"),
        asking.get("/queue/gaps"),
        _handle(asking, item, "done"),
        asking.post(f"/queue/items/{item}/draft"),
        *(asking.post(f"/queue/gaps/{gap}/{to}") for to in _OF_GAPS),
    ]
    assert [reply.status_code for reply in replies] == [403] * 6
    assert world.rows.state(item) == "open" and "скільки" not in replies[0].text


def test_a_supervisor_may_do_what_an_editor_may(world: World) -> None:
    assert world.someone(Role.SUPERVISOR).get("/queue").status_code == 200


def test_without_a_key_nothing_is_shown(world: World) -> None:
    world.rows.vote("таємне")
    asking = client(world.app, headers=BROWSER)
    asking.follow_redirects = False
    reply = asking.get("/queue")
    assert reply.status_code in (303, 307, 401) and "таємне" not in reply.text


@pytest.mark.parametrize(
    "path",
    [
        *("/queue/items/404/draft", "/queue/gaps/404/draft", "/queue/items/x/draft"),
        *(f"/queue/items/{2**63}/draft", "/queue/gaps/-1/draft"),
    ],
)
def test_unknown_numbers_are_not_found(world: World, path: str) -> None:
    assert world.someone().post(path).status_code == 404


@pytest.mark.parametrize("path", ["/queue", "/queue/gaps"])
def test_without_a_journal_the_page_says_so(tmp_path: Path, path: str) -> None:
    token = token_of(tmp_path, Role.EDITOR)
    asking = client(api(tmp_path, journal="off"), headers={"X-API-Key": token, **BROWSER})
    reply = asking.get(path)
    assert reply.status_code == 503 and "QA_JOURNAL=off" in words(reply.text)


@pytest.mark.parametrize("path", ["/queue", "/queue/gaps"])
def test_a_journal_that_fails_is_said_on_the_page(world: World, path: str) -> None:
    asking = world.someone()
    for rest in ("-wal", "-shm"):
        (world.folder / f"journal.sqlite{rest}").unlink(missing_ok=True)
    (world.folder / "journal.sqlite").unlink()
    (world.folder / "journal.sqlite").write_text("this is no database", "utf-8")
    reply = asking.get(path)
    assert reply.status_code == 503
    assert editors.BROKEN_TITLE in words(reply.text) and "Traceback" not in reply.text


def test_a_locked_journal_is_said_on_the_page_and_nothing_is_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = world.rows.vote()
    asking = world.someone()
    monkeypatch.setattr("qa_service.journal.database.WAIT_SECONDS", 0)
    engine = make_engine(parse(world.rows.url))
    with engine.connect() as holding:
        holding.exec_driver_sql("BEGIN IMMEDIATE")
        reply = _handle(asking, item, "done")
        holding.rollback()
    engine.dispose()
    assert reply.status_code == 503 and "locked" in reply.text
    assert world.rows.state(item) == "open"


def test_nothing_of_the_queue_is_kept_by_a_browser(world: World) -> None:
    item = world.rows.vote()
    asking = world.someone()
    for reply in (asking.get("/queue"), asking.post(f"/queue/items/{item}/draft")):
        assert reply.headers["cache-control"] == "no-store"
