"""How bot platforms of any kind sign what they post to us. Pure.

A signature covers the time at which it was made, so that what somebody overheard is worth nothing
five minutes later.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import astuple
from enum import StrEnum

from qa_service.channels import Inbound

SIGNATURE, TIMESTAMP = "X-QA-Signature", "X-QA-Timestamp"
FRESH_S, LEAST_SECRET_CHARS = 300, 32
_MOST_DIGITS = 12


class Refusal(StrEnum):
    """Why a request is not taken, in words for whoever sends it."""

    UNSIGNED = f"this needs the headers {SIGNATURE} and {TIMESTAMP}"
    FORGED = f"{SIGNATURE} is not sha256= and the HMAC of {TIMESTAMP}, a dot and the body"
    STALE = f"{TIMESTAMP} is not a time in seconds within {FRESH_S} s of now"


def refusal(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> Refusal | None:
    """None for a genuine request. headers: by names in lower case. now_s: since 1970."""
    given, timestamp = (headers.get(name.lower(), "") for name in (SIGNATURE, TIMESTAMP))
    if not given or not timestamp:
        return Refusal.UNSIGNED
    if not hmac.compare_digest(given.encode(), signature(secret, timestamp, body).encode()):
        return Refusal.FORGED
    is_time = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MOST_DIGITS
    if not is_time or abs(now_s - int(timestamp)) > FRESH_S:
        return Refusal.STALE
    return None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA256 (RFC 2104) of `<timestamp>.<body>`, in hex."""
    signed = timestamp.encode() + b"." + body
    return f"sha256={hmac.digest(secret.encode(), signed, hashlib.sha256).hex()}"


def delivery_id(secret: str, person: str, event: str) -> str:
    """What repeats are known by: two people may have events of one id. It tells nothing of them."""
    named = f"{len(person)} {person} {event}"
    return hmac.digest(secret.encode(), named.encode(), hashlib.sha256).hex()


def digest(secret: str, inbound: Inbound) -> bytes:
    """The HMAC of all that a person did, which tells nothing of it."""
    return hmac.digest(secret.encode(), repr(astuple(inbound)).encode(), hashlib.sha256)
