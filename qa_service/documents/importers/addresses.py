"""Addresses of pages: which may be asked for, and which are the same page. Pure.

Rules of `page_key`, which finds a page again under another spelling of its address:

| rule | example |
|---|---|
| 1 scheme, `www.`, last dot, fragment | `http://www.hsc.gov.ua./a#b` -> `hsc.gov.ua/a` |
| 2 slash at the end | `https://hsc.gov.ua/a/` -> `hsc.gov.ua/a` |
| 3 AMP | `https://amp.hsc.gov.ua/amp/a?amp=1` -> `hsc.gov.ua/a` |
| 4 what only counts visits | `https://hsc.gov.ua/a?utm_source=x&id=7` -> `hsc.gov.ua/a?id=7` |
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from qa_service.errors import SourceError

DEFAULT_HOSTS = ("gov.ua", "zakon.rada.gov.ua")
"""Hosts that may be imported from, with their subdomains."""

_SCHEMES = {"http": 80, "https": 443}
_NAT64 = ip_network("64:ff9b::/96")
_AMP = frozenset({"amp", "amp-page"})
_COUNTERS = re.compile(r"utm_\w+|fbclid|gclid|amp|outputtype")
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
_URL_SAFE = "/%:=&?~+!$,;'@()*[]"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: `host` in ASCII, `path` with the query, escaped."""

    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Access:
    """Whom we may ask. `private` lets addresses through that are not public: for tests only."""

    hosts: tuple[str, ...] = DEFAULT_HOSTS
    private: bool = False

    def target(self, url: str) -> Target:
        """Raises SourceError for no web address and for a host that is not on the list."""
        parts = _split(url)
        host = _ascii_host(parts)
        if not any(host == known or host.endswith(f".{known}") for known in self.hosts):
            raise SourceError(f"{host} is not among the allowed hosts: add --allow {host}")
        path = quote(parts.path, safe=_URL_SAFE) or "/"
        query = f"?{quote(parts.query, safe=_URL_SAFE)}" if parts.query else ""
        return Target(parts.scheme, host, _port(parts), path + query)

    def check(self, host: str, address: str) -> None:
        """Raises SourceError where `address`, which `host` resolved to, is not a public one."""
        if not (self.private or is_public(address)):
            raise SourceError(f"{host} leads to {address}, which is not a public address: refused")


def is_web(source: str) -> bool:
    """Whether `source` is a web address and not a file."""
    return source.lower().startswith(("http://", "https://"))


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also one inside of another."""
    ip = ip_address(address)
    inner = _inner(ip) if isinstance(ip, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def page_key(url: str) -> str:
    """The same for every spelling of a page's address, by rules 1-4. Any text is taken."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
        port = f":{parts.port}" if parts.port not in (None, *_SCHEMES.values()) else ""
    except ValueError:
        return url.strip()
    host = host.removeprefix("www.").removeprefix("amp.") + port
    kept = [part for part in unquote(parts.path).split("/") if part and part not in _AMP]
    asked = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _COUNTERS.fullmatch(name.lower())
    ]
    query = f"?{urlencode(sorted(asked))}" if asked else ""
    return "/".join([host, *kept]) + query


def allowed_hosts(more: Iterable[str]) -> tuple[str, ...]:
    """The default hosts and `more`, each a name alone. Raises SourceError."""
    named = [host.strip().lower().strip(".") for host in more]
    for host in named:
        if not re.fullmatch(r"[\w.:-]+", host):
            raise SourceError(f"--allow {host}: give a host's name alone, e.g. --allow hsc.gov.ua")
    return (*DEFAULT_HOSTS, *(host.encode("idna").decode() for host in named))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port  # may be no number
    except ValueError as error:
        raise SourceError(f"{url} is no address ({error}): check its spelling") from error
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise SourceError(f"{url} is no address of a page: it must begin with http:// or https://")
    if parts.username is not None:
        raise SourceError("the address holds a name or password: leave out what stands before @")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or _SCHEMES[parts.scheme]


def _ascii_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        ascii_host = host if ":" in host else host.encode("idna").decode()
    except UnicodeError:
        ascii_host = ""
    if not _HOST.fullmatch(ascii_host):
        raise SourceError(f"{host} is no host's name: check its spelling")
    return ascii_host


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address of a transition mechanism leads to."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
