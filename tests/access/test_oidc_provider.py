"""The made-up OpenID Connect provider is right where it should be, and wrong as it is told."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit
from urllib.request import HTTPErrorProcessor, Request, build_opener, urlopen

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from support.oidc_provider import DISCOVERY, MARKUP, Mistake, Person, Provider, oidc_provider

CALLBACK = "https://qa.example.gov.ua/sign-in/callback"
NONCE = "n-0S6_WzA2Mj"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with oidc_provider(Person(groups=("operators", "editors"))) as running:
        yield running


class _Stay(HTTPErrorProcessor):
    """Redirects are for browsers to follow."""

    def http_response(self, request: Request, response: Any) -> Any:
        return response


def get(address: str, token: str = "") -> Any:
    request = Request(address, headers={"Authorization": f"Bearer {token}"})
    with urlopen(request) as response:
        return json.load(response)


@dataclass(frozen=True)
class SignIn:
    """A strict client, for one sign-in."""

    provider: Provider
    verifier: str = secrets.token_urlsafe(48)

    def authorize(self, **changes: str) -> dict[str, str]:
        """What comes back to the callback."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid profile email groups",
            "state": "s-1",
            "nonce": NONCE,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = f"{self.provider.issuer}/authorize?{urlencode(query | changes)}"
        with build_opener(_Stay).open(address) as response:
            assert response.status == 302
            where = urlsplit(response.headers["Location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == CALLBACK
        return dict(parse_qsl(where.query))

    def tokens(self, code: str, secret: str | None = None, **changes: str) -> dict[str, Any]:
        """With client_secret_basic."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifier,
        }
        said = f"{self.provider.client_id}:{quote_plus(secret or self.provider.client_secret)}"
        request = Request(
            f"{self.provider.issuer}/token",
            urlencode(form | changes).encode(),
            {"Authorization": "Basic " + base64.b64encode(said.encode()).decode()},
        )
        with urlopen(request) as response:
            found: dict[str, Any] = json.load(response)
        return found

    def claims(self) -> dict[str, Any]:
        """Of an ID token that is right in every way. Raises JoseError, ValueError, KeyError."""
        return self.checked(self.tokens(self.authorize()["code"])["id_token"])

    def checked(self, token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(get(f"{self.provider.issuer}/jwks"))
        found = jwt.decode(token, keys, algorithms=["RS256", "ES256"])
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.provider.issuer},
            aud={"essential": True, "value": self.provider.client_id},
            nonce={"essential": True, "value": NONCE},
            sub={"essential": True},
            exp={"essential": True},
        )
        rules.validate(found.claims)
        if found.claims.get("azp", self.provider.client_id) != self.provider.client_id:
            raise ValueError("for another party")
        return dict(found.claims)


def refused(call: Callable[[], object]) -> str:
    """The error code of a refusal."""
    with pytest.raises(HTTPError) as caught:
        call()
    with caught.value as response:
        return str(json.load(response)["error"])


def test_a_strict_client_signs_a_person_in(provider: Provider) -> None:
    provider.client_secret = "a secret: of / both+"
    sign_in = SignIn(provider)
    back = sign_in.authorize()
    assert back["state"] == "s-1"
    tokens = sign_in.tokens(back["code"])
    claims = sign_in.checked(tokens["id_token"])
    assert (claims["name"], claims["groups"]) == ("Олена Коваль", ["operators", "editors"])
    told = get(f"{provider.issuer}/userinfo", tokens["access_token"])
    assert told == {name: claims[name] for name in ("sub", "name", "email", "groups")}


def test_a_secret_may_come_in_the_form(provider: Provider) -> None:
    sign_in = SignIn(provider)
    code = sign_in.authorize()["code"]
    inside = {"client_id": provider.client_id, "client_secret": provider.client_secret}
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    form |= {"code_verifier": sign_in.verifier, **inside}
    with urlopen(f"{provider.issuer}/token", urlencode(form).encode()) as response:
        assert sign_in.checked(json.load(response)["id_token"])


def test_discovery_names_where_everything_is(provider: Provider) -> None:
    known = get(provider.issuer + DISCOVERY)
    assert known["issuer"] == provider.issuer
    provider.left_out, provider.changed = {"jwks_uri"}, {"issuer": "https://other.example.com"}
    changed = get(provider.issuer + DISCOVERY)
    assert "jwks_uri" in known and "jwks_uri" not in changed
    assert changed["issuer"] == "https://other.example.com"


def test_a_code_works_once(provider: Provider) -> None:
    sign_in = SignIn(provider)
    code = sign_in.authorize()["code"]
    sign_in.tokens(code)
    assert refused(lambda: sign_in.tokens(code)) == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "x" * 43}, {"code_verifier": ""}, {"redirect_uri": CALLBACK + "2"}],
)
def test_a_code_belongs_to_its_sign_in(provider: Provider, changes: dict[str, str]) -> None:
    sign_in = SignIn(provider)
    code = sign_in.authorize()["code"]
    assert refused(lambda: sign_in.tokens(code, **changes)) == "invalid_grant"


def test_a_client_must_know_its_secret(provider: Provider) -> None:
    sign_in = SignIn(provider)
    code = sign_in.authorize()["code"]
    assert refused(lambda: sign_in.tokens(code, secret="guessed")) == "invalid_client"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_careless_request_is_sent_back(
    provider: Provider, changes: dict[str, str], error: str
) -> None:
    assert SignIn(provider).authorize(**changes) == {"error": error, "state": "s-1"}


def test_nobody_is_sent_to_an_address_that_is_not_registered(provider: Provider) -> None:
    provider.redirect_uris = {CALLBACK + "2"}
    address = f"{provider.issuer}/authorize?" + urlencode(
        {"client_id": provider.client_id, "redirect_uri": CALLBACK}
    )
    assert refused(lambda: urlopen(address)) == "unknown client or redirect_uri"


def test_a_person_may_be_denied(provider: Provider) -> None:
    provider.person = None
    assert SignIn(provider).authorize() == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_keys_rotate(provider: Provider, algorithm: str) -> None:
    sign_in = SignIn(provider)
    before = sign_in.tokens(sign_in.authorize()["code"])["id_token"]
    provider.rotate(algorithm)
    assert sign_in.claims() and sign_in.checked(before)
    provider.rotate(algorithm, forget=True)
    assert sign_in.claims()
    with pytest.raises((JoseError, ValueError)):
        sign_in.checked(before)


HARMLESS = {  # to the token: a client sees them elsewhere
    Mistake.REPLAYED,
    Mistake.USERINFO_OF_ANOTHER,
    Mistake.NO_GROUPS,
    Mistake.GROUPS_OF_OTHER_TYPE,
    Mistake.MARKUP_IN_NAME,
    Mistake.WRONG_STATE,
}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("mistake", sorted(set(Mistake) - HARMLESS))
def test_a_strict_client_refuses_a_wrong_token(
    provider: Provider, mistake: Mistake, algorithm: str
) -> None:
    provider.rotate(algorithm)
    assert SignIn(provider).claims()
    provider.mistakes = {mistake}
    with pytest.raises((JoseError, ValueError, KeyError)):
        SignIn(provider).claims()


def test_other_mistakes_are_made_as_told(provider: Provider) -> None:
    sign_in = SignIn(provider)
    first = sign_in.tokens(sign_in.authorize()["code"])["id_token"]
    provider.mistakes = {Mistake.REPLAYED, Mistake.WRONG_STATE, Mistake.USERINFO_OF_ANOTHER}
    back = sign_in.authorize()
    tokens = sign_in.tokens(back["code"])
    assert (tokens["id_token"], back["state"]) == (first, "forged")
    told = get(f"{provider.issuer}/userinfo", tokens["access_token"])
    assert told["sub"] != sign_in.checked(first)["sub"]
    provider.mistakes = {Mistake.NO_GROUPS, Mistake.MARKUP_IN_NAME}
    claims = sign_in.claims()
    assert "groups" not in claims and claims["name"] == MARKUP
    provider.mistakes = {Mistake.GROUPS_OF_OTHER_TYPE}
    assert sign_in.claims()["groups"] == {"name": 7}


def test_a_path_may_fail_or_wait(provider: Provider) -> None:
    provider.failing = {"/jwks"}
    with pytest.raises(HTTPError) as caught:
        get(f"{provider.issuer}/jwks")
    caught.value.close()
    provider.failing, provider.slow_s = set(), {"/jwks": 30}
    with pytest.raises(TimeoutError):
        urlopen(f"{provider.issuer}/jwks", timeout=0.05)
    assert provider.asked == ["/jwks", "/jwks"]
