"""ID tokens of a made-up OpenID Connect provider: honest ones, and each wrong in one way.

What is wrong is signed by hand, since libraries refuse to make it.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

LIFETIME_S = 300
MARKUP = '<img src=x onerror="window.hacked=1">\u202eОлена & "Ко"'

Claims = dict[str, Any]


class Mistake(StrEnum):
    """One thing that is wrong with an ID token, or with what comes beside it.

    replayed: the token of the sign-in before. userinfo_of_another: its subject is another person.
    """

    WRONG_NONCE = "wrong_nonce"
    NO_NONCE = "no_nonce"
    WRONG_AUDIENCE = "wrong_audience"
    OTHER_PARTY = "other_party"
    WRONG_ISSUER = "wrong_issuer"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    NO_SUBJECT = "no_subject"
    ALG_NONE = "alg_none"
    HS256_WITH_PUBLIC_KEY = "hs256_with_public_key"
    OTHER_KEY_OF_SAME_ID = "other_key_of_same_id"
    UNKNOWN_KEY_ID = "unknown_key_id"
    CHANGED_AFTER_SIGNING = "changed_after_signing"
    REPLAYED = "replayed"
    NOT_A_TOKEN = "not_a_token"
    NO_ID_TOKEN = "no_id_token"
    USERINFO_OF_ANOTHER = "userinfo_of_another"
    NO_GROUPS = "no_groups"
    GROUPS_OF_OTHER_TYPE = "groups_of_other_type"
    MARKUP_IN_NAME = "markup_in_name"
    WRONG_STATE = "wrong_state"


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in."""

    subject: str = "u-1001"
    name: str = "Олена Коваль"
    email: str = "olena.koval@example.gov.ua"
    groups: tuple[str, ...] = ()

    def claims(self, mistakes: Collection[Mistake]) -> Claims:
        """As the token and userinfo say them."""
        claims: Claims = {
            "sub": self.subject,
            "name": MARKUP if Mistake.MARKUP_IN_NAME in mistakes else self.name,
            "email": self.email,
        }
        if Mistake.GROUPS_OF_OTHER_TYPE in mistakes:
            claims["groups"] = {"name": 7}
        elif Mistake.NO_GROUPS not in mistakes:
            claims["groups"] = list(self.groups)
        return claims


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its id: `RS256` or `ES256`."""

    algorithm: str
    key: RSAKey | ECKey
    id: str

    @classmethod
    def new(cls, algorithm: str) -> "SigningKey":
        key_id = secrets.token_hex(4)
        parameters = {"kid": key_id, "use": "sig", "alg": algorithm}
        key: RSAKey | ECKey
        if algorithm == "RS256":
            key = RSAKey.generate_key(2048, parameters)  # type: ignore[arg-type]
        else:
            key = ECKey.generate_key("P-256", parameters)  # type: ignore[arg-type]
        return cls(algorithm, key, key_id)

    def public(self) -> dict[str, Any]:
        """The JSON Web Key that everybody may read."""
        return dict(self.key.as_dict(private=False))

    def sign(self, claims: Mapping[str, Any]) -> str:
        header = {"alg": self.algorithm, "kid": self.id, "typ": "JWT"}
        return jwt.encode(header, dict(claims), self.key, algorithms=[self.algorithm])


def id_token(key: SigningKey, claims: Claims, mistakes: Collection[Mistake]) -> str:
    """Signed claims, with whatever mistakes concern them."""
    for mistake in mistakes:
        _SPOIL.get(mistake, _nothing)(claims)
    for mistake in mistakes:
        if mistake in _SIGN:
            return _SIGN[mistake](key, claims)
    return key.sign(claims)


def _nothing(claims: Claims) -> None:
    """Mistakes of elsewhere."""


def _move(claims: Claims, seconds: float) -> None:
    for claim in ("iat", "exp", "auth_time"):
        claims[claim] += seconds


def _not_yet(claims: Claims) -> None:
    _move(claims, 3600)
    claims["nbf"] = int(time.time()) + 3600


_SPOIL: dict[Mistake, Callable[[Claims], object]] = {
    Mistake.WRONG_NONCE: lambda claims: claims.update(nonce=secrets.token_urlsafe()),
    Mistake.NO_NONCE: lambda claims: claims.pop("nonce", None),
    Mistake.WRONG_AUDIENCE: lambda claims: claims.update(aud="another-client"),
    Mistake.OTHER_PARTY: lambda claims: claims.update(
        aud=[claims["aud"], "another-client"], azp="another-client"
    ),
    Mistake.WRONG_ISSUER: lambda claims: claims.update(iss="https://evil.example.com"),
    Mistake.EXPIRED: lambda claims: _move(claims, -3600),
    Mistake.NOT_YET_VALID: _not_yet,
    Mistake.NO_SUBJECT: lambda claims: claims.pop("sub"),
}


def _part(value: Mapping[str, Any] | bytes) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _alg_none(key: SigningKey, claims: Claims) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def _with_public_key(key: SigningKey, claims: Claims) -> str:
    """RFC 8725 §2.1: the public key, which everybody has, taken for a shared secret."""
    signed = f"{_part({'alg': 'HS256', 'kid': key.id, 'typ': 'JWT'})}.{_part(claims)}"
    secret = key.key.as_pem(private=False)
    return f"{signed}.{_part(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def _changed(key: SigningKey, claims: Claims) -> str:
    header, _, signature = key.sign(claims).split(".")
    return f"{header}.{_part(claims | {'groups': ['admins']})}.{signature}"


_SIGN: dict[Mistake, Callable[[SigningKey, Claims], str]] = {
    Mistake.ALG_NONE: _alg_none,
    Mistake.HS256_WITH_PUBLIC_KEY: _with_public_key,
    Mistake.OTHER_KEY_OF_SAME_ID: lambda key, claims: replace(
        SigningKey.new(key.algorithm), id=key.id
    ).sign(claims),
    Mistake.UNKNOWN_KEY_ID: lambda key, claims: SigningKey.new(key.algorithm).sign(claims),
    Mistake.CHANGED_AFTER_SIGNING: _changed,
    Mistake.NOT_A_TOKEN: lambda key, claims: "not.a.token",
}
