"""What a made-up OpenID Connect provider answers (`oidc_provider.py` serves it).

OpenID Connect Core 1.0 (code flow), Discovery 1.0, RFC 6749, RFC 7636 (S256 alone). It checks what
a client sends as strictly as it may, and misbehaves as `mistakes`, `failing`, `slow_s` and
`left_out` say.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from support.oidc_tokens import LIFETIME_S, Mistake, Person, SigningKey, id_token

DISCOVERY = "/.well-known/openid-configuration"
CODE_LIFETIME_S = 60
CHALLENGE_CHARS = 43  # of a SHA-256 in base64url

Form = dict[str, str]
Send = tuple[int, dict[str, str], bytes]
"""A response: status, headers, body."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a code stands for until it is used."""

    person: Person
    redirect_uri: str
    challenge: str
    nonce: str | None
    until: float


@dataclass
class Provider:
    """A running provider. Its fields may be changed at any time.

    person: who approves; None denies. redirect_uris: the registered ones; any while it is empty.
    mistakes: see `Mistake`. failing: paths that answer 500. slow_s: seconds that a path waits
    before it answers. left_out: fields that discovery does not name. changed: fields that discovery
    names wrongly. asked: the paths that were asked for, in order.
    """

    issuer: str
    client_id: str = "qa-service"
    client_secret: str = "a-secret-of-both"
    person: Person | None = Person()  # noqa: RUF009
    redirect_uris: set[str] = field(default_factory=set)
    mistakes: set[Mistake] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    slow_s: dict[str, float] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    changed: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.new("RS256")])
    closing: Event = field(default_factory=Event)
    _codes: dict[str, Granted] = field(default_factory=dict)
    _access: dict[str, Person] = field(default_factory=dict)
    _last_token: str | None = None

    def rotate(self, algorithm: str = "RS256", *, forget: bool = False) -> None:
        """Sign with a new key; the keys before are still shown, unless they are to be forgotten."""
        self.keys = [SigningKey.new(algorithm), *([] if forget else self.keys)]

    def answer(self, method: str, path: str, query: Form, form: Form, auth: str) -> Send:
        """The response to a request; `auth`: its Authorization header."""
        self.asked.append(path)
        self.closing.wait(self.slow_s.get(path, 0))
        if path in self.failing:
            return 500, {"Content-Type": "text/html"}, b"<h1>Internal Server Error</h1>"
        routes: dict[tuple[str, str], Callable[[], Send]] = {
            ("GET", DISCOVERY): self._discovery,
            ("GET", "/jwks"): self._jwks,
            ("GET", "/authorize"): partial(self._authorize, query),
            ("POST", "/authorize"): partial(self._authorize, form),
            ("POST", "/token"): partial(self._token, form, auth),
            ("GET", "/userinfo"): partial(self._userinfo, auth),
            ("POST", "/userinfo"): partial(self._userinfo, auth),
        }
        return routes.get((method, path), lambda: _json({"error": "not_found"}, 404))()

    def _discovery(self) -> Send:
        known: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "profile", "email", "groups"],
            "claims_supported": ["sub", "name", "email", "groups"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }
        known |= self.changed
        return _json({name: value for name, value in known.items() if name not in self.left_out})

    def _jwks(self) -> Send:
        return _json({"keys": [key.public() for key in self.keys]})

    def _authorize(self, query: Form) -> Send:
        redirect_uri = query.get("redirect_uri", "")
        is_ours = not self.redirect_uris or redirect_uri in self.redirect_uris
        if query.get("client_id") != self.client_id or not redirect_uri or not is_ours:
            return _json({"error": "unknown client or redirect_uri"}, 400)  # RFC 6749 §4.1.2.1
        state = "forged" if Mistake.WRONG_STATE in self.mistakes else query.get("state")
        said = {"state": state} if state else {}
        error = self._refusal(query)
        if error or self.person is None:
            return _redirect(redirect_uri, {"error": error or "access_denied", **said})
        code = secrets.token_urlsafe()
        self._codes[code] = Granted(
            self.person,
            redirect_uri,
            query["code_challenge"],
            query.get("nonce"),
            time.monotonic() + CODE_LIFETIME_S,
        )
        return _redirect(redirect_uri, {"code": code, **said})

    @staticmethod
    def _refusal(query: Form) -> str | None:
        if query.get("response_type") != "code":
            return "unsupported_response_type"
        if "openid" not in query.get("scope", "").split():
            return "invalid_scope"
        is_s256 = query.get("code_challenge_method") == "S256"
        if not is_s256 or len(query.get("code_challenge", "")) != CHALLENGE_CHARS:
            return "invalid_request"
        return None

    def _token(self, form: Form, auth: str) -> Send:
        if not self._is_client(form, auth):
            return _json({"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"})
        if form.get("grant_type") != "authorization_code":
            return _json({"error": "unsupported_grant_type"}, 400)
        granted = self._codes.pop(form.get("code", ""), None)  # a code works once
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            granted is None
            or time.monotonic() > granted.until
            or form.get("redirect_uri") != granted.redirect_uri
            or challenge != granted.challenge
        ):
            return _json({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe()
        self._access[access] = granted.person
        tokens = {"access_token": access, "token_type": "Bearer", "expires_in": LIFETIME_S}
        if Mistake.NO_ID_TOKEN not in self.mistakes:
            tokens["id_token"] = self._id_token(granted)
        return _json(tokens, headers={"Cache-Control": "no-store"})

    def _id_token(self, granted: Granted) -> str:
        now = int(time.time())
        claims = granted.person.claims(self.mistakes) | {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": now,
            "auth_time": now,
            "exp": now + LIFETIME_S,
            **({"nonce": granted.nonce} if granted.nonce else {}),
        }
        if Mistake.REPLAYED in self.mistakes and self._last_token:
            return self._last_token
        self._last_token = id_token(self.keys[0], claims, self.mistakes)
        return self._last_token

    def _is_client(self, form: Form, auth: str) -> bool:
        """client_secret_basic, whose parts are form-encoded (RFC 6749 §2.3.1), or _post."""
        scheme, _, encoded = auth.partition(" ")
        if scheme.lower() == "basic":
            try:
                name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except ValueError:
                return False
            said = (unquote_plus(name), unquote_plus(secret))
        else:
            said = (form.get("client_id", ""), form.get("client_secret", ""))
        return said == (self.client_id, self.client_secret)

    def _userinfo(self, auth: str) -> Send:
        person = self._access.get(auth.removeprefix("Bearer "))
        if person is None:
            return _json({"error": "invalid_token"}, 401, {"WWW-Authenticate": "Bearer"})
        claims = person.claims(self.mistakes)
        if Mistake.USERINFO_OF_ANOTHER in self.mistakes:
            claims["sub"] = "somebody-else"
        return _json(claims)


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Send:
    return (
        status,
        {"Content-Type": "application/json", **(headers or {})},
        json.dumps(value).encode(),
    )


def _redirect(uri: str, query: dict[str, str]) -> Send:
    joint = "&" if urlsplit(uri).query else "?"
    return 302, {"Location": uri + joint + urlencode(query)}, b""
