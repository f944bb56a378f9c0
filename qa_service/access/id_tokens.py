"""ID tokens of the provider, checked as OpenID Connect Core 1.0 §3.1.3.7 says. Pure.

Signed by a key of the provider's own set, by an asymmetric algorithm of our list, whatever the
token's head says (RFC 8725).
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from qa_service.access.keys import MAX_NAME_CHARS, Role
from qa_service.errors import SignInError

SKEW_S = 60
"""How far the provider's clock may be from ours."""

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_LONGEST_SUBJECT = 255
_NAMES = ("preferred_username", "name", "sub")
"""Claims that may name an account, the plainest first."""


@dataclass(frozen=True, slots=True)
class Person:
    """account: `oidc:` and the subject. role: the highest of their groups; None without any."""

    account: str
    name: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class Expected:
    """Of a token: the provider's issuer, our client id, the nonce that was sent; now: in seconds
    since 1970.
    """

    issuer: str
    client_id: str
    nonce: str
    now: int


def verified(id_token: str, keys: Mapping[str, Any], expected: Expected) -> dict[str, Any]:
    """The claims of a token that is for us and for this sign-in.

    keys: the provider's JSON Web Key Set. Raises SignInError with a cause that quotes nothing of
    the token.
    """
    registry = jwt.JWTClaimsRegistry(
        expected.now,
        SKEW_S,
        iss={"essential": True, "value": expected.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        key_set = KeySet.import_key_set(cast(KeySetSerialization, keys))
        token = jwt.decode(id_token, key_set, algorithms=_ALGORITHMS)
        registry.validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignInError(f"the ID token is not valid: {type(error).__name__}") from error
    nonce, party = token.claims.get("nonce"), token.claims.get("azp", expected.client_id)
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode(errors="replace"), expected.nonce.encode()
    ):
        raise SignInError("the ID token is of another sign-in")
    audience = token.claims["aud"]
    is_shared = isinstance(audience, list) and len(audience) > 1 and "azp" not in token.claims
    if party != expected.client_id or is_shared:
        raise SignInError("the ID token is for another client")
    if len(token.claims["sub"]) > _LONGEST_SUBJECT:
        raise SignInError("the ID token names nobody")
    return token.claims


def person_of(claims: Mapping[str, Any], groups_claim: str, roles: Mapping[str, Role]) -> Person:
    """Who is meant. roles: by group."""
    said = claims.get(groups_claim)
    groups = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    held = [roles[group] for group in groups if isinstance(group, str) and group in roles]
    role = max(held, key=list(Role).index, default=None)
    names = (_plain(claims.get(name)) for name in _NAMES)
    return Person(f"oidc:{claims['sub']}", next(filter(None, names), "?"), role)


def _plain(name: object) -> str:
    """On one line, without characters that turn or hide others."""
    if not isinstance(name, str):
        return ""
    return "".join(filter(str.isprintable, name)).strip()[:MAX_NAME_CHARS]
