"""Addresses of the room, and the way back after signing in. Pure."""

import re
from urllib.parse import quote, urlsplit

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
PROVIDER_START, PROVIDER_CALLBACK = "/sign-in/oidc/start", "/sign-in/oidc/callback"
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,2000}")


def with_next(address: str, way_back: str | None) -> str:
    """`address`, which leads to `way_back` at the end."""
    return f"{address}?next={quote(way_back, safe='/')}" if way_back else address


def sign_in_address(way_back: str | None, has_ended: bool) -> str:
    """Where to sign in and come back to `way_back`. has_ended: to say that the session did."""
    address = with_next(SIGN_IN, way_back)
    return address + ("&" if "?" in address else "?") + "ended=1" if has_ended else address


def own_path(address: str) -> str | None:
    """`address` where it is a path of ours to go to, else None.

    Browsers take `//host`, `/\\host` and paths with tabs or newlines in them for other sites.
    """
    if not _PRINTABLE.fullmatch(address) or "\\" in address:
        return None
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    is_here = parts.path.startswith((SIGN_IN, SIGN_OUT))  # they would lead in circles
    return None if is_here or address.startswith("//") else address
