"""Staff sign in at an OpenID Connect provider; what does not fit signs nobody in, and says so on a
page that tells nothing of the inside.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from support.app import Reply, api, words
from support.corpus import tiny_index
from support.oidc_provider import DISCOVERY, Mistake, Person, Provider, oidc_provider
from support.oidc_tokens import LIFETIME_S
from support.signed_in import browser

from qa_service.access import flows
from qa_service.access import provider as provider_module
from qa_service.access.id_tokens import SKEW_S
from qa_service.access.keys import KeyRing, Role
from qa_service.bootstrap import web_dependencies
from qa_service.phrases.staff import ROLES
from qa_service.web.app import Application, create_app

START, CALLBACK = "/sign-in/oidc/start", "/sign-in/oidc/callback"
GROUPS = {role: f"qa-{role}s" for role in Role if role is not Role.SITE}


@dataclass(frozen=True)
class World:
    app: Application
    provider: Provider
    folder: Path

    def browser(self) -> TestClient:
        return browser(self.app)

    def start(self, someone: TestClient, way_back: str = "") -> str:
        """The provider's address that the browser is sent to."""
        reply = someone.get(START, params={"next": way_back} if way_back else {})
        assert reply.status_code == 303
        address: str = reply.headers["location"]
        assert address.startswith(f"{self.provider.issuer}/authorize?")
        return address

    def approved(self, address: str) -> dict[str, str]:
        """What the provider sends the browser back with."""
        where = urlsplit(httpx2.get(address).headers["location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == f"http://testserver{CALLBACK}"
        return dict(parse_qsl(where.query))

    def signed_in(self, someone: TestClient | None = None, way_back: str = "") -> Reply:
        """What the callback answers."""
        someone = someone or self.browser()
        back = self.approved(self.start(someone, way_back))
        return someone.get(CALLBACK, params=back)


def _settings(provider: Provider) -> dict[str, Any]:
    return {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": provider.client_id,
        "oidc_client_secret": provider.client_secret,
        "public_url": "http://testserver",
        **{f"oidc_{role}_group": group for role, group in GROUPS.items()},
    }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with oidc_provider(Person(groups=(GROUPS[Role.EDITOR],))) as running:
        yield World(api(tmp_path, **_settings(running)), running, tmp_path)


def _is_refused(reply: Reply, status: int, said: str) -> bool:
    """A page that says so, sets no session and quotes nothing of the inside."""
    assert reply.status_code == status, reply.text
    assert "qa_session" not in str(reply.headers.get("set-cookie"))
    assert said in words(reply.text)
    for inside in ("Traceback", "joserfc", "127.0.0.1", "invalid_", "Error"):
        assert inside not in reply.text, inside
    return True


# The way there and back


def test_a_person_comes_back_signed_in_with_their_name_and_role(world: World) -> None:
    someone = world.browser()
    reply = world.signed_in(someone, "/queue?state=open")
    assert reply.status_code == 303 and reply.headers["location"] == "/queue?state=open"
    page = words(someone.get("/sign-in").text)
    assert "Олена Коваль" in page and ROLES[Role.EDITOR] in page


def test_the_browser_is_sent_with_state_nonce_and_the_hash_of_a_verifier(world: World) -> None:
    first, second = (dict(parse_qsl(urlsplit(world.start(world.browser())).query)) for _ in "12")
    assert first["response_type"] == "code" and first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"http://testserver{CALLBACK}"
    assert set(first["scope"].split()) == {"openid", "profile", "groups"}
    fresh = ("state", "nonce", "code_challenge")
    assert all(len(first[name]) == 43 and first[name] != second[name] for name in fresh)


def test_what_the_browser_keeps_is_signed_and_holds_no_verifier_and_goes_after_use(
    world: World,
) -> None:
    someone = world.browser()
    address = world.start(someone)
    kept = someone.cookies["qa_flow"]
    sent = dict(parse_qsl(urlsplit(address).query))
    assert sent["state"] not in kept and sent["nonce"] not in kept
    someone.get(CALLBACK, params=world.approved(address))
    assert "qa_flow" not in someone.cookies and "qa_session" in someone.cookies


@pytest.mark.parametrize("role", GROUPS)
def test_the_highest_group_decides_the_role(world: World, role: Role) -> None:
    groups = [GROUPS[one] for one in GROUPS if role.covers(one)]
    world.provider.person = Person(groups=("strangers", *groups))
    someone = world.browser()
    world.signed_in(someone)
    assert f"роль: {ROLES[role]}" in words(someone.get("/sign-in").text)


@pytest.mark.parametrize("groups", [(), ("strangers",), ("QA-EDITORS",), ("qa-editors ",)])
def test_without_a_group_the_page_says_which_to_ask_for(
    world: World, groups: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "qa_service.audit")
    world.provider.person = Person(groups=groups)
    reply = world.signed_in()
    assert _is_refused(reply, 403, "не належите до жодної групи")
    for role, group in GROUPS.items():
        assert f"{group} — {ROLES[role]}" in words(reply.text)
    (line,) = caplog.records
    assert line.__dict__["action"] == "sign-in refused" and "u-1001" in line.__dict__["detail"]


@pytest.mark.parametrize("mistake", [Mistake.NO_GROUPS, Mistake.GROUPS_OF_OTHER_TYPE])
def test_a_claim_that_is_missing_or_no_list_is_no_group(world: World, mistake: Mistake) -> None:
    world.provider.mistakes = {mistake}
    assert _is_refused(world.signed_in(), 403, "не належите до жодної групи")


def test_markup_in_a_name_stays_text_and_turns_no_letters(world: World) -> None:
    world.provider.mistakes = {Mistake.MARKUP_IN_NAME}
    someone = world.browser()
    world.signed_in(someone)
    page = someone.get("/sign-in").text
    assert "<img" not in page and "&lt;img" in page and "\u202e" not in page


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil"])
def test_the_way_back_never_leads_to_another_site(world: World, elsewhere: str) -> None:
    assert world.signed_in(way_back=elsewhere).headers["location"] == "/operator"


@pytest.mark.parametrize("methods", [["client_secret_basic"], ["client_secret_post"], None])
def test_the_secret_goes_the_way_that_the_provider_takes(
    world: World, methods: list[str] | None
) -> None:
    world.provider.client_secret = "a secret: with %, + and ключ"
    app = api(world.folder, **_settings(world.provider))
    world = replace(world, app=app)
    if methods:
        world.provider.changed = {"token_endpoint_auth_methods_supported": methods}
    else:
        world.provider.left_out = {"token_endpoint_auth_methods_supported"}
    assert world.signed_in().headers["location"] == "/operator"


# What does not fit


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake.WRONG_NONCE,
        Mistake.NO_NONCE,
        Mistake.WRONG_AUDIENCE,
        Mistake.OTHER_PARTY,
        Mistake.WRONG_ISSUER,
        Mistake.EXPIRED,
        Mistake.NOT_YET_VALID,
        Mistake.NO_SUBJECT,
        Mistake.ALG_NONE,
        Mistake.HS256_WITH_PUBLIC_KEY,
        Mistake.OTHER_KEY_OF_SAME_ID,
        Mistake.UNKNOWN_KEY_ID,
        Mistake.CHANGED_AFTER_SIGNING,
        Mistake.NOT_A_TOKEN,
    ],
)
def test_a_token_that_is_wrong_in_any_way_signs_nobody_in(world: World, mistake: Mistake) -> None:
    world.provider.mistakes = {mistake}
    assert _is_refused(world.signed_in(), 403, "Вхід не завершено")


def test_the_token_of_an_earlier_sign_in_signs_nobody_in(world: World) -> None:
    world.signed_in()
    world.provider.mistakes = {Mistake.REPLAYED}
    assert _is_refused(world.signed_in(), 403, "Вхід не завершено")


def test_a_code_works_once(world: World) -> None:
    someone = world.browser()
    back = world.approved(world.start(someone))
    kept = someone.cookies["qa_flow"]
    assert someone.get(CALLBACK, params=back).status_code == 303
    again = browser(world.app, headers={"Cookie": f"qa_flow={kept}"})
    assert _is_refused(again.get(CALLBACK, params=back), 403, "Вхід не завершено")


@pytest.mark.parametrize("state", [None, "", "forged", "я", "x" * 5_000])
def test_a_callback_with_another_state_asks_the_provider_nothing(
    world: World, state: str | None
) -> None:
    someone = world.browser()
    back = world.approved(world.start(someone))
    asked = len(world.provider.asked)
    changed = {"code": back["code"]} | ({} if state is None else {"state": state})
    reply = someone.get(CALLBACK, params=changed)
    assert _is_refused(reply, 403, "не в цьому браузері")
    assert len(world.provider.asked) == asked and "qa_flow" not in someone.cookies


def test_a_callback_that_another_browser_began_signs_nobody_in(world: World) -> None:
    """Else an attacker's link would sign somebody in as the attacker."""
    back = world.approved(world.start(world.browser()))
    victim = world.browser()
    assert _is_refused(victim.get(CALLBACK, params=back), 403, "не в цьому браузері")
    world.start(victim)
    assert _is_refused(victim.get(CALLBACK, params=back), 403, "не в цьому браузері")


def test_a_callback_by_another_provider_is_refused_before_anybody_gets_the_code(
    world: World,
) -> None:
    """RFC 9207: the mix-up of two providers."""
    someone = world.browser()
    back = world.approved(world.start(someone)) | {"iss": "https://evil.example"}
    assert _is_refused(someone.get(CALLBACK, params=back), 403, "Вхід не завершено")
    assert "/token" not in world.provider.asked
    world.provider.changed = {"authorization_response_iss_parameter_supported": True}
    assert _is_refused(world.signed_in(), 403, "Вхід не завершено")
    assert "/token" not in world.provider.asked
    back = world.approved(world.start(someone)) | {"iss": world.provider.issuer}
    assert someone.get(CALLBACK, params=back).status_code == 303


def test_a_sign_in_takes_ten_minutes_at_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = world.browser()
    back = world.approved(world.start(someone))
    monkeypatch.setattr(flows, "LONGEST_S", 0)
    assert _is_refused(someone.get(CALLBACK, params=back), 403, "надто давно")


def test_somebody_whom_the_provider_denies_is_told_so(world: World) -> None:
    world.provider.person = None
    assert _is_refused(world.signed_in(), 403, "не дозволила вхід")


@pytest.mark.parametrize("code", ["", "x" * 5_000, "<script>", "\x00"])
def test_a_code_that_is_none_signs_nobody_in(world: World, code: str) -> None:
    someone = world.browser()
    back = world.approved(world.start(someone)) | {"code": code}
    assert _is_refused(someone.get(CALLBACK, params=back), 403, "Вхід не завершено")


# Keys and clocks


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("forget", [False, True])
def test_a_new_key_of_the_provider_counts_at_once(
    world: World, algorithm: str, forget: bool
) -> None:
    world.signed_in()
    world.provider.rotate(algorithm, forget=forget)
    assert world.signed_in().headers["location"] == "/operator"


@pytest.mark.parametrize(
    ("ahead_s", "status"),
    [
        (10 - SKEW_S, 303),  # we think that the token will be made in 50 seconds
        (-10 - SKEW_S, 403),
        (LIFETIME_S + SKEW_S - 10, 303),
        (LIFETIME_S + SKEW_S + 10, 403),
    ],
)
def test_clocks_may_differ_by_a_minute(world: World, ahead_s: int, status: int) -> None:
    deps = web_dependencies(tiny_index(world.folder, **_settings(world.provider)))
    assert deps.provider
    known = (deps.provider.registration, deps.provider.flows)
    ours = provider_module.Provider(*known, lambda: time.time() + ahead_s)
    world = replace(world, app=create_app(replace(deps, provider=ours)))
    assert world.signed_in().status_code == status


# A provider that is down


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/jwks"])
def test_where_the_provider_fails_the_page_says_so_and_keys_still_work(
    world: World, path: str
) -> None:
    _, token = KeyRing(world.folder / "keys.json").create(Role.OPERATOR, "Стіл")
    someone = world.browser()
    back = world.approved(world.start(someone, "/queue"))
    world.provider.failing = {path}
    reply = someone.get(CALLBACK, params=back)
    assert _is_refused(reply, 503, "не відповідає")
    assert 'href="/sign-in/oidc/start?next=/queue"' in reply.text and 'id="key"' in reply.text
    assert someone.post("/sign-in", data={"key": token}).status_code == 303


@pytest.mark.parametrize("path", [DISCOVERY, "/token"])
def test_a_slow_provider_is_waited_for_until_the_deadline(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_module, "DEADLINE_S", 0.2)
    with oidc_provider(Person(groups=(GROUPS[Role.EDITOR],))) as running:
        world = World(api(tmp_path, **_settings(running)), running, tmp_path)
        someone = world.browser()
        back = world.approved(world.start(someone))
        running.slow_s = {path: 60}
        assert _is_refused(someone.get(CALLBACK, params=back), 503, "не відповідає")


def test_nobody_at_the_address_is_a_page_and_three_failures_leave_it_alone(
    world: World,
) -> None:
    world.provider.failing = {DISCOVERY}
    someone = world.browser()
    for _ in range(5):
        assert _is_refused(someone.get(START), 503, "не відповідає")
    assert world.provider.asked.count(DISCOVERY) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "ftp://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
    ],
)
def test_a_configuration_of_another_issuer_or_without_an_address_is_not_used(
    world: World, changed: dict[str, Any]
) -> None:
    world.provider.changed = changed
    assert _is_refused(world.browser().get(START), 503, "не відповідає")


def test_without_an_id_token_nobody_is_signed_in(world: World) -> None:
    world.provider.mistakes = {Mistake.NO_ID_TOKEN}
    assert _is_refused(world.signed_in(), 503, "не відповідає")


@pytest.mark.parametrize("path", [START, CALLBACK])
def test_without_a_provider_both_addresses_lead_to_sign_in(tmp_path: Path, path: str) -> None:
    reply = browser(api(tmp_path)).get(path, params={"state": "x", "code": "y"})
    assert reply.status_code == 303 and reply.headers["location"] == "/sign-in"
    assert START not in browser(api(tmp_path)).get("/sign-in").text


def test_no_secret_code_or_token_gets_into_a_log_or_a_page(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "qa_service")
    someone = world.browser()
    back = world.approved(world.start(someone))
    world.provider.mistakes = {Mistake.WRONG_NONCE}
    page = someone.get(CALLBACK, params=back).text
    said = page + "".join(str(record.__dict__) for record in caplog.records)
    for secret in (world.provider.client_secret, back["code"], back["state"]):
        assert secret not in said
    assert "nobody was signed in" in said


def test_signing_out_says_that_the_account_at_the_provider_stays_signed_in(world: World) -> None:
    someone = world.browser()
    world.signed_in(someone)
    assert "спільному комп’ютері" in words(someone.post("/sign-out").text)
