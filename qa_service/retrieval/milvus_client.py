"""Milvus over gRPC: every call has a deadline, and whatever fails is one EngineError.

Only `retrievers.py` imports what imports this, where QA_RETRIEVER asks for it.
"""

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Self, TypeVar
from urllib.parse import unquote, urlsplit

import grpc
import numpy as np
from pymilvus import MilvusClient, MilvusException

from qa_service.errors import EngineError, SettingsError
from qa_service.retrieval.milvus_layout import CONSISTENCY, METRIC, ROW, Collection
from qa_service.types import Hits

CONNECT_S = 2.0
MOST_HITS = 16_384
"""Milvus answers a search with no more."""

_SCHEMES = {"milvus": "http", "milvus+https": "https"}
_PORT = 19_530
_MISSING, _NOT_LOADED = 100, 101
PUBLISH = "run `qa-service engine publish`"
_CHARS = 200
_DATABASE = re.compile(r"\w*", re.ASCII)
"""What a password with a stray `/` is not: it holds the `@` before the host."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Milvus is. Prints without its user and password."""

    uri: str
    database: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """`milvus://[user:password@]host[:port][/database]`, or `milvus+https://`. Raises
        SettingsError.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or _PORT
        except ValueError:
            host, port = None, 0
        database = parts.path.strip("/") if host else ""
        beside = parts.query or parts.fragment or not _DATABASE.fullmatch(database)
        if not host or parts.scheme not in _SCHEMES or beside:
            raise SettingsError(
                "QA_RETRIEVER names no engine: expected `local`, milvus://host:port[/database] or "
                "milvus+https://…; a password's special characters as %XX"
            )
        name = f"[{host}]" if ":" in host else host
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(f"{_SCHEMES[parts.scheme]}://{name}:{port}", database, user, password)

    def __str__(self) -> str:
        return f"{self.uri.partition('://')[2]}{self.database and '/'}{self.database}"


class Milvus:
    """A client that connects when it is first asked. Safe to use from threads; one a process.

    Deadlines are in seconds of `time.monotonic`. Every method raises EngineError.
    """

    def __init__(self, address: Address) -> None:
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)  # whoever asks says it
        self.address = address
        self._client: MilvusClient | None = None
        self._connecting = Lock()

    def ask(self, until: float, call: Callable[[MilvusClient, float], Found]) -> Found:
        """What `call` answers; it is given the client and the seconds that it has."""
        try:
            client = self._client or self._connected(until)
            return call(client, self._left(until))
        except MilvusException as error:
            raise EngineError(f"Milvus at {self.address} {_reason(error)}") from None
        except grpc.RpcError as error:
            code = error.code().name.lower().replace("_", " ")
            raise EngineError(f"Milvus at {self.address} does not answer ({code})") from None

    def search(
        self, collection: Collection, query: object, most: int, only: str, until: float
    ) -> Hits:
        """At most `most` rows by inner product, best first, ties by row. query: a vector, or the
        weight of each term. only: an expression that rows must fulfil; empty for all.
        """
        limit = min(most, collection.rows, MOST_HITS)
        [found] = self.ask(
            until,
            lambda client, seconds: client.search(
                collection.name,
                data=[query],
                filter=only,
                limit=limit,
                output_fields=[ROW],
                search_params={"metric_type": METRIC, "params": collection.depth(limit)},
                timeout=seconds,
                anns_field=collection.field,
            ),
        )
        rows, scores = np.array(found.ids, np.int64), np.array(found.distances, np.float32)
        order = np.lexsort((rows, -scores))
        return Hits(rows[order], scores[order])

    def check(self, collection: Collection, until: float, consistency: str = CONSISTENCY) -> None:
        """That all rows can be found, once it is loaded. Raises EngineError where some cannot."""
        if (found := self.count(collection, until, consistency)) != collection.rows:
            raise EngineError(
                f"Milvus at {self.address} holds {found} of {collection.rows} rows of "
                f"{collection.name}: {PUBLISH}"
            )

    def count(self, collection: Collection, until: float, consistency: str = CONSISTENCY) -> int:
        """How many rows can be found, once it is loaded."""
        name = collection.name
        with suppress(EngineError):  # one that may only read needs others to load it
            self.ask(until, lambda client, seconds: client.load_collection(name, timeout=seconds))
        [row] = self.ask(
            until,
            lambda client, seconds: client.query(
                name,
                output_fields=["count(*)"],
                consistency_level=consistency,
                timeout=seconds,
            ),
        )
        return int(row["count(*)"])

    def _connected(self, until: float) -> MilvusClient:
        """One thread connects; others wait for it, or fail at their deadline."""
        if not self._connecting.acquire(timeout=self._left(until)):
            raise EngineError(f"Milvus at {self.address} does not answer (connecting)")
        try:
            if self._client is None:
                address = self.address
                self._client = MilvusClient(
                    uri=address.uri,
                    user=address.user,
                    password=address.password,
                    db_name=address.database,
                    timeout=min(CONNECT_S, self._left(until)),
                )
            return self._client
        finally:
            self._connecting.release()

    def _left(self, until: float) -> float:
        return max(0.001, until - monotonic())


def _reason(error: MilvusException) -> str:
    """As a message goes on. The server's first line only: the rest is a trace of its code."""
    if error.code == _MISSING:
        return f"lacks a collection of this version: {PUBLISH}"
    if error.code == _NOT_LOADED:
        return f"has not loaded a collection of this version: {PUBLISH}"
    said = str(error.message).strip().partition("\n")[0][:_CHARS]
    if "onnect" in said:
        return "cannot be reached: start it, or mend QA_RETRIEVER"
    return f"fails: {said}"
