"""Sign-ins under way at the provider: what one browser began, and what must come back to it.

The browser keeps a random id and the way back, signed; state, nonce and PKCE verifier are derived
from the id, so that nobody else has them and any process can go on.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from itsdangerous import BadData
from pydantic import TypeAdapter, ValidationError

from qa_service.access.keys import Role
from qa_service.access.signing import derived, signer

LONGEST_S = 600
"""How long somebody may take at the provider."""

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Registration:
    """How the service is known at the provider. callback: its address for people who come back.
    roles: by group.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    callback: str
    groups_claim: str
    roles: Mapping[str, Role]


@dataclass(frozen=True, slots=True)
class Flow:
    """state, nonce: must come back (RFC 6749 §10.12, OpenID Connect Core §3.1.2.1). verifier: of
    PKCE (RFC 7636). way_back: a path of ours to go to at the end.
    """

    state: str
    nonce: str
    verifier: str
    way_back: str | None


@dataclass(frozen=True, slots=True)
class _Begun:
    id: str
    way_back: str | None
    at: float


_BEGUN = TypeAdapter(_Begun)


class Flows:
    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        """now: seconds since 1970."""
        self._secret, self._now = secret, now
        self._signer = signer(secret, "flow")

    def start(self, way_back: str | None) -> tuple[Flow, str]:
        """A new one, and what the browser keeps of it."""
        begun = _Begun(secrets.token_urlsafe(_ID_BYTES), way_back, self._now())
        return self._flow(begun), str(self._signer.dumps(_BEGUN.dump_python(begun)))

    def read(self, kept: str) -> Flow | None:
        """The one that a browser kept; None where it is forged or too old."""
        if not kept.isascii():
            return None
        try:
            begun = _BEGUN.validate_python(self._signer.loads(kept))
        except (BadData, ValidationError):
            return None
        return self._flow(begun) if self._now() - begun.at < LONGEST_S else None

    def _flow(self, begun: _Begun) -> Flow:
        state, nonce, verifier = (
            derived(self._secret, purpose, begun.id) for purpose in ("state", "nonce", "verifier")
        )
        return Flow(state, nonce, verifier, begun.way_back)
