"""Signing in at the ministry's OpenID Connect provider: authorization code with PKCE.

Nothing of the provider is kept: each sign-in reads its configuration and keys, so that a new key or
address counts at once. One deadline holds for all that a sign-in asks.
"""

import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx2
from pydantic import BaseModel, ValidationError

from qa_service.access.flows import Flow, Flows, Registration
from qa_service.access.id_tokens import Expected, Person, person_of, verified
from qa_service.breaker import Breaker, Bulkhead, UnavailableError
from qa_service.errors import ProviderError, SignInError

logger = logging.getLogger(__name__)

DEADLINE_S = 5.0
_FAILURES = 3
_BASIC, _POST = "client_secret_basic", "client_secret_post"
_MOST_CODE_CHARS = 4_096

Found = TypeVar("Found")
Ask = Callable[[httpx2.AsyncClient], Awaitable[Found]]


class _Configuration(BaseModel):
    """What the provider says of itself (OpenID Connect Discovery 1.0 §3), as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str] = []
    token_endpoint_auth_methods_supported: list[str] = [_BASIC]
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class _Granted:
    """What came back for a code; None for a code that the provider does not take."""

    id_token: str | None
    keys: dict[str, Any]


class Provider:
    """Of one event loop."""

    def __init__(
        self, registration: Registration, flows: Flows, now: Callable[[], float] = time.time
    ) -> None:
        """now: seconds since 1970."""
        self.registration, self.flows, self._now = registration, flows, now
        self._bulkhead = Bulkhead(
            Breaker(
                logger,
                opened="the provider of sign-ins is left alone for a while",
                closed="the provider of sign-ins answers again",
                failures=_FAILURES,
            ),
            DEADLINE_S,
        )

    async def address(self, flow: Flow) -> str:
        """Where to send a browser to sign in. Raises ProviderError."""
        known = await self._asked(self._configuration)
        challenge = urlsafe_b64encode(sha256(flow.verifier.encode()).digest()).decode().rstrip("=")
        scopes = ["openid", "profile", *({"groups"} & set(known.scopes_supported))]
        query = {
            "response_type": "code",
            "client_id": self.registration.client_id,
            "redirect_uri": self.registration.callback,
            "scope": " ".join(scopes),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(known.authorization_endpoint).query else "?"
        return known.authorization_endpoint + joint + urlencode(query)

    async def person(self, code: str, issuer: str | None, flow: Flow) -> Person:
        """Who came back with `code`; issuer: as the address said (RFC 9207).

        Raises SignInError where this sign-in is not genuine, ProviderError.
        """
        known = self.registration
        if issuer not in (None, known.issuer):
            raise SignInError("another provider answered")
        if not 0 < len(code) <= _MOST_CODE_CHARS:
            raise SignInError("there is no code")

        async def exchange(client: httpx2.AsyncClient) -> _Granted:
            return await self._exchange(client, code, issuer, flow)

        granted = await self._asked(exchange)
        if granted.id_token is None:
            raise SignInError("the provider does not take the code")
        expected = Expected(known.issuer, known.client_id, flow.nonce, int(self._now()))
        claims = verified(granted.id_token, granted.keys, expected)
        return person_of(claims, known.groups_claim, known.roles)

    async def _asked(self, ask: Ask[Found]) -> Found:
        async def exchange() -> Found:
            async with httpx2.AsyncClient(timeout=DEADLINE_S) as client:
                return await ask(client)

        try:
            return await self._bulkhead.run(exchange)
        except UnavailableError as error:
            cause = error.__cause__
            why = str(cause) or type(cause).__name__ if cause else "it failed a moment ago"
            raise ProviderError(f"the provider of sign-ins cannot be used: {why}") from error

    async def _configuration(self, client: httpx2.AsyncClient) -> _Configuration:
        issuer = self.registration.issuer
        reply = await client.get(issuer.rstrip("/") + "/.well-known/openid-configuration")
        try:
            known = _Configuration.model_validate(_json(reply))
        except ValidationError as error:
            raise ProviderError("its configuration lacks something") from error
        if known.issuer != issuer:
            raise ProviderError("its configuration names another issuer")
        addresses = (known.authorization_endpoint, known.token_endpoint, known.jwks_uri)
        if any(urlsplit(url).scheme not in ("https", urlsplit(issuer).scheme) for url in addresses):
            raise ProviderError("its configuration names an address without TLS")
        return known

    async def _exchange(
        self, client: httpx2.AsyncClient, code: str, issuer: str | None, flow: Flow
    ) -> _Granted:
        known = await self._configuration(client)
        if issuer is None and known.authorization_response_iss_parameter_supported:
            return _Granted(None, {})
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.registration.callback,
            "code_verifier": flow.verifier,
        }
        own = (self.registration.client_id, self.registration.client_secret)
        methods = known.token_endpoint_auth_methods_supported
        if _BASIC not in methods and _POST in methods:
            form |= dict(zip(("client_id", "client_secret"), own, strict=True))
            reply = await client.post(known.token_endpoint, data=form)
        else:  # RFC 6749 §2.3.1: both are form-encoded before they are joined
            auth = (quote_plus(own[0]), quote_plus(own[1]))
            reply = await client.post(known.token_endpoint, data=form, auth=auth)
        if reply.status_code == httpx2.codes.BAD_REQUEST:
            return _Granted(None, {})
        id_token = _json(reply).get("id_token")
        if not isinstance(id_token, str):
            raise ProviderError("it gave no ID token")
        return _Granted(id_token, _json(await client.get(known.jwks_uri)))


def _json(reply: httpx2.Response) -> dict[str, Any]:
    """Raises ProviderError for anything but a JSON object."""
    path = reply.request.url.path
    if reply.status_code != httpx2.codes.OK:
        raise ProviderError(f"{path} answers {reply.status_code}")
    try:
        found = reply.json()
    except ValueError as error:
        raise ProviderError(f"{path} answers no JSON") from error
    if not isinstance(found, dict):
        raise ProviderError(f"{path} answers no JSON object")
    return found
