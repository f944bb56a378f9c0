"""How a platform delivers to the bot's webhook, and what happens to deliveries on their way."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from random import Random
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

from starlette.testclient import TestClient


@dataclass(frozen=True)
class Delivery:
    """One POST to the bot's webhook, byte for byte.

    id: what its receiver tells repeats by: `update_id`, `mid`, `message_token`.
    cut_after: bytes of the body after which the connection drops; None sends all of it.
    """

    id: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    cut_after: int | None = None

    def header(self, name: str) -> str | None:
        found = (value for key, value in self.headers if key.lower() == name.lower())
        return next(found, None)

    def with_header(self, name: str, value: str | None) -> Self:
        """The same with another value of the header; None leaves it out."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))

    def with_body(self, body: bytes) -> Self:
        """The same headers, so also the old signature, over other bytes."""
        return replace(self, body=body)

    def cut(self, after: int) -> Self:
        return replace(self, cut_after=after)


@dataclass(frozen=True)
class Ack:
    """What the bot answered to a delivery.

    status: None where the connection broke or the bot took longer than the platform waits.
    seconds: from the first byte sent to the whole answer.
    """

    id: str
    status: int | None
    seconds: float
    body: bytes = b""


Target = Callable[[Delivery], Ack]
"""Delivers once, somewhere."""


def over_http(url: str, timeout_s: float = 20.0) -> Target:
    """Delivers over a connection of its own to a server at `url` (http only)."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def post(delivery: Delivery) -> Ack:
        began = monotonic()
        connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout_s)
        try:
            connection.putrequest("POST", path, skip_accept_encoding=True)
            for name, value in delivery.headers:
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(delivery.body)))
            connection.endheaders(delivery.body[: delivery.cut_after])
            if delivery.cut_after is not None:
                return Ack(delivery.id, None, monotonic() - began)
            response = connection.getresponse()
            body = response.read()
            return Ack(delivery.id, response.status, monotonic() - began, body)
        except (OSError, HTTPException):
            return Ack(delivery.id, None, monotonic() - began)
        finally:
            connection.close()

    return post


def in_process(client: TestClient, path: str) -> Target:
    """Delivers to an application of this process; `cut_after` means nothing here."""

    def post(delivery: Delivery) -> Ack:
        began = monotonic()
        response = client.post(path, content=delivery.body, headers=dict(delivery.headers))
        return Ack(delivery.id, response.status_code, monotonic() - began, response.content)

    return post


Asking = Callable[[str], Ack]
"""Asks the webhook's address by GET with this query string."""


def asked_over_http(url: str, timeout_s: float = 20.0) -> Asking:
    parts = urlsplit(url)

    def ask(query: str) -> Ack:
        began = monotonic()
        connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout_s)
        try:
            connection.request("GET", f"{parts.path or '/'}?{query}")
            response = connection.getresponse()
            return Ack("", response.status, monotonic() - began, response.read())
        except (OSError, HTTPException):
            return Ack("", None, monotonic() - began)
        finally:
            connection.close()

    return ask


def asked_in_process(client: TestClient, path: str) -> Asking:
    def ask(query: str) -> Ack:
        began = monotonic()
        response = client.get(f"{path}?{query}")
        return Ack("", response.status_code, monotonic() - began, response.content)

    return ask


@dataclass
class Courier:
    """Delivers to `target` and keeps every acknowledgement.

    accepted: the statuses that end the platform's retries.
    """

    target: Target
    accepted: frozenset[int] = frozenset({200})
    acks: list[Ack] = field(default_factory=list)

    def deliver(self, delivery: Delivery) -> Ack:
        ack = self.target(delivery)
        self.acks.append(ack)
        return ack

    def until_accepted(self, delivery: Delivery, most: int = 5) -> Ack:
        """Retries at once, where the platform would wait between tries; the last answer."""
        for _ in range(most):
            ack = self.deliver(delivery)
            if ack.status in self.accepted:
                break
        return ack

    def all(self, deliveries: Iterable[Delivery], at_once: int = 1) -> list[Ack]:
        """Each until it is accepted, so many at the same time, begun in the order given."""
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(self.until_accepted, deliveries))

    def slower_than(self, seconds: float) -> list[Ack]:
        return [ack for ack in self.acks if ack.seconds > seconds]


def disturbed(
    deliveries: Sequence[Delivery], duplicated: float = 0.1, moved: float = 0.1, seed: int = 1
) -> list[Delivery]:
    """The deliveries with a share of them twice and a share a few places late."""
    random = Random(seed)
    placed: list[tuple[float, Delivery]] = []
    for place, delivery in enumerate(deliveries):
        late = random.uniform(1, 5) if random.random() < moved else 0.0
        placed.append((place + late, delivery))
        if random.random() < duplicated:
            placed.append((place + late + random.uniform(0, 5), delivery))
    return [delivery for _, delivery in sorted(placed, key=lambda pair: pair[0])]
