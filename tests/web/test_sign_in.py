"""Staff sign in by key and sign out: the page, its cookie, and what ends a session."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.app import Reply, api, problem_of, token_of, words
from support.corpus import tiny_index
from support.signed_in import browser

from qa_service.access.keys import KeyRing, Role
from qa_service.access.sessions import IDLE_S, LONGEST_S, RENEW_EVERY_S, EndedSessions, Sessions
from qa_service.bootstrap import web_dependencies
from qa_service.web.app import Application, create_app
from qa_service.web.middleware.callers import WRONG_KEYS

SECRET = "a secret of all processes, long enough"
ATTRIBUTES = "; Path=/; HttpOnly; SameSite=Lax"
ADMINS = "/v1/admin/feedback"


class World:
    """An application in `folder`; `now` is its clock, in seconds since 1970."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder, self.now = folder, 1_000_000.0
        self.settings = tiny_index(folder, session_secret=SECRET, **settings)
        self.keys = KeyRing(folder / "keys.json", self._clock)
        self.app = self.process()

    def process(self) -> Application:
        """One more, which shares files and secret only."""
        ended = EndedSessions(self.folder / "keys.sessions.json", self._clock, self._clock)
        sessions = Sessions(SECRET, ended, self._clock)
        keys = KeyRing(self.folder / "keys.json", self._clock)
        deps = web_dependencies(self.settings)
        return create_app(replace(deps, keys=keys, sessions=sessions))

    def token(self, role: Role = Role.ADMIN, name: str = "Олена") -> str:
        self.now += 1
        return self.keys.create(role, name)[1]

    def signed_in(self, role: Role = Role.ADMIN, name: str = "Олена") -> TestClient:
        found = browser(self.app)
        assert found.post("/sign-in", data={"key": self.token(role, name)}).status_code == 303
        return found

    def _clock(self) -> float:
        return self.now


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, journal=f"sqlite:///{tmp_path / 'journal.sqlite'}")


def _is_known(someone: TestClient) -> bool:
    status: int = someone.get(ADMINS).status_code
    assert status in (200, 401)
    return status == 200


def _with_cookies_of(someone: TestClient, app: Application) -> TestClient:
    other = browser(app)
    other.cookies.update(someone.cookies)
    return other


def _set_cookies(reply: Reply) -> list[str]:
    assert hasattr(reply.headers, "get_list")
    found: list[str] = reply.headers.get_list("set-cookie")
    return found


# The cookie


def test_a_cookie_is_for_this_host_and_no_script_and_ends_with_the_browser(world: World) -> None:
    reply = browser(world.app).post("/sign-in", data={"key": world.token()})
    (cookie,) = _set_cookies(reply)
    assert re.fullmatch(r"qa_session=[\w.-]{60,}" + ATTRIBUTES, cookie)
    assert reply.headers["cache-control"] == "no-store"


def test_by_https_the_cookie_is_secure_and_bound_to_the_host_by_its_name(world: World) -> None:
    someone = browser(world.app, https=True)
    (cookie,) = _set_cookies(someone.post("/sign-in", data={"key": world.token()}))
    assert re.fullmatch(r"__Host-qa_session=[\w.-]{60,}" + ATTRIBUTES + "; Secure", cookie)
    assert _is_known(someone)


def test_a_public_address_with_https_makes_it_secure_whatever_the_proxy_passes_on(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, public_url="https://qa.test")
    someone = browser(world.app, headers={"Origin": "https://qa.test"})
    (cookie,) = _set_cookies(someone.post("/sign-in", data={"key": world.token()}))
    assert cookie.startswith("__Host-qa_session=") and cookie.endswith("; Secure")


def test_a_cookie_that_plain_http_or_another_host_could_set_counts_for_nothing_by_https(
    world: World,
) -> None:
    plain = world.signed_in().cookies["qa_session"]
    someone = browser(world.app, https=True, headers={"Cookie": f"qa_session={plain}"})
    assert not _is_known(someone)


def test_each_sign_in_makes_a_new_session_whatever_the_browser_held(world: World) -> None:
    """No session is fixed: what an attacker planted before is not what is used after."""
    planted = world.signed_in(name="Зловмисник")
    before = planted.cookies["qa_session"]
    reply = planted.post("/sign-in", data={"key": world.token(name="Олена")})
    after = planted.cookies["qa_session"]
    assert reply.status_code == 303 and after != before
    assert "Олена" in planted.get("/sign-in").text


def test_no_page_sets_a_cookie_before_somebody_signs_in(world: World) -> None:
    for path in ("/sign-in", "/sign-out", "/", ADMINS):
        assert _set_cookies(browser(world.app).get(path)) == []


# By key


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.EDITOR, Role.SUPERVISOR, Role.ADMIN])
def test_a_key_signs_in_with_its_role_and_leads_to_the_first_room(world: World, role: Role) -> None:
    someone = browser(world.app)
    reply = someone.post("/sign-in", data={"key": f" {world.token(role)} "})
    assert reply.status_code == 303 and reply.headers["location"] == "/operator"
    assert (
        _is_known(someone) if role is Role.ADMIN else someone.get(ADMINS).status_code in (200, 403)
    )


def test_a_key_leads_back_to_where_its_owner_wanted_to_go(world: World) -> None:
    reply = browser(world.app).post(
        "/sign-in", data={"key": world.token(), "next": "/queue?state=open&q=%D1%82"}
    )
    assert reply.headers["location"] == "/queue?state=open&q=%D1%82"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n//evil.example",
        " /queue",
        "javascript:alert(1)",
        "queue",
        "/sign-out",
        "/sign-in?next=/",
        "https:/queue",
        "///evil.example",
        "/" + "a" * 3_000,
        "/черга",
        "",
    ],
)
def test_the_way_back_never_leads_to_another_site(world: World, elsewhere: str) -> None:
    someone = browser(world.app)
    page = someone.get("/sign-in", params={"next": elsewhere})
    assert 'name="next"' not in page.text
    reply = someone.post("/sign-in", data={"key": world.token(), "next": elsewhere})
    assert reply.headers["location"] == "/operator"


def test_a_wrong_key_is_said_and_the_way_back_stays(world: World) -> None:
    token = world.token()
    reply = browser(world.app).post("/sign-in", data={"key": token[:-1], "next": "/queue"})
    assert reply.status_code == 403 and "Такого ключа немає" in words(reply.text)
    assert '<input type="hidden" name="next" value="/queue">' in reply.text
    assert token[:-1] not in reply.text and _set_cookies(reply) == []
    assert 'role="alert"' in reply.text and 'aria-invalid="true"' in reply.text


def test_wrong_keys_in_the_form_and_in_headers_are_counted_together(world: World) -> None:
    someone = browser(world.app)
    for number in range(WRONG_KEYS.amount // 2):
        assert someone.post("/sign-in", data={"key": f"wrong {number}"}).status_code == 403
        problem_of(
            someone.get("/v1/services", headers={"X-API-Key": "wrong", "Accept": "*/*"}), 401
        )
    refused = someone.post("/sign-in", data={"key": "wrong"})
    assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 60
    assert "Забагато хибних ключів" in words(refused.text)
    assert someone.post("/sign-in", data={"key": world.token()}).status_code == 303


def test_a_revoked_key_and_a_sites_key_sign_nobody_in(world: World) -> None:
    token = world.token()
    world.keys.revoke(token.split("_")[2])
    world.now += 1
    revoked = browser(world.app).post("/sign-in", data={"key": token})
    sites = browser(world.app).post("/sign-in", data={"key": world.token(Role.SITE)})
    assert revoked.status_code == sites.status_code == 403
    assert "відкликано" in words(revoked.text) and "ключ сайту" in words(sites.text)
    assert _set_cookies(revoked) == _set_cookies(sites) == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"key": "x"}'),
        ("text/plain", b"key=x"),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 50)),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"key=%20"),
    ],
)
def test_what_no_form_of_ours_sends_is_refused_with_the_form(
    world: World, content_type: str, body: bytes
) -> None:
    headers = {"Content-Type": content_type}
    reply = browser(world.app).post("/sign-in", content=body, headers=headers)
    assert reply.status_code == 400 and 'id="key"' in reply.text


def test_where_there_is_no_key_yet_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    page = words(browser(api(tmp_path)).get("/sign-in").text)
    assert "qa-service keys create --role operator --name" in page
    token_of(tmp_path / "other", Role.OPERATOR)
    assert "keys create" not in browser(api(tmp_path / "other")).get("/sign-in").text


def test_markup_in_a_name_stays_text(world: World) -> None:
    someone = world.signed_in(Role.OPERATOR, "<script>alert(1)</script>")
    page = someone.get("/sign-in").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


# Sessions that are not valid


def _forged(token: str) -> list[str]:
    return ["", "x", "a.b", token[:-2], token[1:], token + "x", "я", '"', "%00", "x" * 8_000]


def test_a_forged_cookie_is_nobodys_and_cleared_and_public_pages_answer(world: World) -> None:
    token = world.signed_in().cookies["qa_session"]
    for forged in _forged(token):
        cookie = f"qa_session={forged}".encode()
        someone = browser(world.app)
        for path, status in (("/", 200), ("/v1/services", 200), ("/static/site.css", 200)):
            reply = someone.get(path, headers=[(b"Cookie", cookie)])
            assert reply.status_code == status, forged
            cleared = [f"qa_session=; Max-Age=0{ATTRIBUTES}"]
            assert _set_cookies(reply) == cleared and reply.headers["cache-control"] == "no-store"
        assert someone.get(ADMINS, headers=[(b"Cookie", cookie)]).status_code == 401


@pytest.mark.parametrize("seconds", [IDLE_S, LONGEST_S])
def test_an_expired_session_is_said_on_the_page_to_sign_in_on(world: World, seconds: int) -> None:
    someone = world.signed_in()
    world.now += seconds
    assert "Сеанс закінчився" in words(someone.get("/sign-in").text)
    assert "Сеанс закінчився" not in words(someone.get("/sign-in").text), "the cookie is gone"
    assert "Сеанс закінчився" in words(someone.get("/sign-in?next=/queue&ended=1").text)


def test_a_session_that_is_used_is_renewed_and_lasts_no_longer_than_its_twelve_hours(
    world: World,
) -> None:
    someone = world.signed_in()
    assert _set_cookies(someone.get(ADMINS)) == []
    for _ in range(LONGEST_S // 3600 - 1):
        world.now += 3600
        reply = someone.get(ADMINS)
        assert reply.status_code == 200 and len(_set_cookies(reply)) == 1
        assert reply.headers["cache-control"] == "no-store"
    world.now += 3600
    assert not _is_known(someone)


def test_a_renewed_cookie_makes_a_public_file_nobodys_to_keep(world: World) -> None:
    someone = world.signed_in()
    kept = someone.get("/static/site.css").headers.get("cache-control", "")
    world.now += RENEW_EVERY_S
    reply = someone.get("/static/site.css")
    assert kept != "no-store" and reply.headers["cache-control"] == "no-store"
    assert len(_set_cookies(reply)) == 1


# Ends


def test_signing_out_ends_the_session_in_every_process_and_clears_the_cookie(world: World) -> None:
    someone, other = world.signed_in(), world.signed_in(name="Ігор")
    elsewhere = _with_cookies_of(someone, world.process())
    stolen = _with_cookies_of(someone, world.app)
    assert _is_known(elsewhere) and _is_known(stolen)
    reply = someone.post("/sign-out")
    assert reply.status_code == 200 and "Ви вийшли" in words(reply.text)
    assert _set_cookies(reply) == [f"qa_session=; Max-Age=0{ATTRIBUTES}"]
    assert not _is_known(stolen)
    world.now += 1
    assert not _is_known(elsewhere) and _is_known(other)


def test_signing_out_where_nothing_can_be_written_says_so_and_clears_the_cookie(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = world.signed_in()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    reply = someone.post("/sign-out")
    assert reply.status_code == 503 and "лише в цьому браузері" in words(reply.text)
    assert "keys" not in reply.text and _set_cookies(reply) == [
        f"qa_session=; Max-Age=0{ATTRIBUTES}"
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signing_out_without_a_session_leads_to_sign_in(world: World, method: str) -> None:
    reply = browser(world.app).request(method, "/sign-out")
    assert reply.status_code == 303 and reply.headers["location"] == "/sign-in"


def test_a_revoked_key_ends_its_sessions_within_a_second(world: World) -> None:
    someone, other = world.signed_in(), world.signed_in()
    (first, _) = world.keys.all()
    world.keys.revoke(first.id)
    world.now += 1
    assert not _is_known(someone) and _is_known(other)


@pytest.mark.parametrize("by", ["name", "id"])
def test_all_sessions_of_an_account_end_by_its_name_or_id(world: World, by: str) -> None:
    someone, other = world.signed_in(name="Олена"), world.signed_in(name="Ігор")
    subject = "Олена" if by == "name" else world.keys.all()[0].id
    EndedSessions(world.folder / "keys.sessions.json", now=lambda: world.now).end(subject)
    world.now += 1
    assert not _is_known(someone) and _is_known(other)


def test_processes_of_another_secret_know_no_session(world: World, tmp_path: Path) -> None:
    someone = world.signed_in()
    other = api(tmp_path, session_secret="another secret, which is long enough")
    assert not _is_known(_with_cookies_of(someone, other))


def test_a_key_in_the_header_wins_over_a_cookie(world: World) -> None:
    someone = world.signed_in(Role.OPERATOR)
    assert someone.get(ADMINS).status_code == 403
    reply = someone.get(ADMINS, headers={"X-API-Key": world.token(Role.ADMIN)})
    assert reply.status_code == 200


def test_rates_are_of_the_person_and_as_high_as_of_their_key(tmp_path: Path) -> None:
    world = World(tmp_path, rate_limit="10/day")
    someone = world.signed_in(Role.OPERATOR)
    limits = {someone.get("/v1/services").headers["ratelimit-limit"] for _ in range(12)}
    assert limits == {"100"}


# What is written down


def _audit(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    lines = [one.__dict__ for one in caplog.records if one.name == "qa_service.audit"]
    return [(line["actor"], line["action"], line["detail"]) for line in lines]


def test_sign_ins_refusals_of_known_people_and_sign_outs_have_a_line_each(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    token = world.token(Role.OPERATOR)
    key_id = token.split("_")[2]
    someone = browser(world.app)
    someone.post("/sign-in", data={"key": "qa_operator_unknown"})
    someone.post("/sign-in", data={"key": token})
    someone.post("/sign-out")
    world.keys.revoke(key_id)
    world.now += 1
    someone.post("/sign-in", data={"key": token})
    assert _audit(caplog) == [
        ("Олена", "sign-in", f"by key, {key_id}"),
        ("Олена", "sign-out", ""),
        ("Олена", "sign-in refused", f"key {key_id} is revoked"),
    ]
    assert token not in caplog.text and token not in json.dumps(_audit(caplog))


@pytest.mark.parametrize("why", ["revoked", "a site's"])
def test_a_key_that_is_refused_again_and_again_counts_as_wrong_and_floods_no_audit(
    world: World, caplog: pytest.LogCaptureFixture, why: str
) -> None:
    caplog.set_level("INFO")
    token = world.token(Role.SITE if why == "a site's" else Role.OPERATOR)
    if why == "revoked":
        world.keys.revoke(token.split("_")[2])
        world.now += 1
    someone = browser(world.app)
    sent = [someone.post("/sign-in", data={"key": token}) for _ in range(WRONG_KEYS.amount + 3)]
    assert [one.status_code for one in sent] == [403] * WRONG_KEYS.amount + [429] * 3
    assert "Забагато хибних ключів" in words(sent[-1].text)
    assert len(_audit(caplog)) == WRONG_KEYS.amount


def test_no_session_gets_into_a_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    someone = world.signed_in()
    token = someone.cookies["qa_session"]
    _is_known(someone)
    someone.post("/sign-out")
    said = caplog.text + json.dumps([str(record.__dict__) for record in caplog.records])
    assert token not in said and token.strip(".")[:40] not in said
