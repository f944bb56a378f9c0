"""Cookies that browsers keep for us alone: not for scripts, not for other sites' requests, and by
HTTPS under a name that no other host and no plain HTTP can set (RFC 6265bis §4.1.3.2, `__Host-`).
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import Scope

SESSION, FLOW = "qa_session", "qa_flow"
"""Who is signed in; a sign-in under way at the provider."""


def read(scope: Scope, name: str) -> str | None:
    """The cookie's value; one set for the other scheme counts for nothing."""
    sent = "; ".join(Headers(scope=scope).getlist("cookie"))
    return cookie_parser(sent).get(_full(scope, name)) if sent else None


def is_set(headers: MutableHeaders, scope: Scope, name: str) -> bool:
    """Whether a response sets or clears the cookie already."""
    return any(one.startswith(f"{_full(scope, name)}=") for one in headers.getlist("set-cookie"))


def put(headers: MutableHeaders, scope: Scope, name: str, value: str) -> None:
    """Keep `value` until the browser is closed. A response with a cookie is kept by no cache.

    SameSite=Lax: a link from the telephony's program opens the console signed in; nothing that
    changes anything is a link.
    """
    secure = "; Secure" if scope["scheme"] == "https" else ""
    headers.append(
        "set-cookie", f"{_full(scope, name)}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"
    )
    headers["cache-control"] = "no-store"


def clear(headers: MutableHeaders, scope: Scope, name: str) -> None:
    put(headers, scope, name, "; Max-Age=0")


def _full(scope: Scope, name: str) -> str:
    return f"__Host-{name}" if scope["scheme"] == "https" else name
