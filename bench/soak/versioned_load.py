"""A load at an even pace, each answer judged by what it is made of: of one version, not of two."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from itertools import count, islice, takewhile
from threading import Event
from urllib.parse import quote

from bench.service import PORT
from bench.soak.publication import MARK, Json
from qa_service.documents.questions import load_questions
from qa_service.settings import load_settings

RATE = 100
"""Requests a second."""

_CLIENTS, _QUESTIONS = 16, 100
_BATCH, _BATCHED_EVERY, _BY_URL_EVERY = 3, 10, 3


@dataclass
class Outcome:
    """What became of the requests. times_ms: from when each was due."""

    times_ms: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def _to_service() -> HTTPConnection:
    return HTTPConnection("127.0.0.1", PORT, timeout=30)


def dev_questions() -> list[str]:
    file = load_settings().corpus / "questions" / "dev.jsonl"
    return [one.question for one in islice(load_questions(file), _QUESTIONS)]


@dataclass(frozen=True, slots=True)
class Load:
    """Asks by single questions, batches and addresses. marked: the version with marked titles.
    rate: requests a second. connect: makes a connection for each of the clients.
    """

    marked: str
    questions: Sequence[str] = field(default_factory=dev_questions)
    rate: float = RATE
    connect: Callable[[], HTTPConnection] = _to_service

    def send(self, requests: int) -> Outcome:
        return self._ask(lambda first: range(first, requests, _CLIENTS))

    def send_beside(self, does: Callable[[], object]) -> Outcome:
        """What becomes of requests while something is done."""
        end = Event()

        def going_on(first: int) -> Iterable[int]:
            return takewhile(lambda _: not end.is_set(), count(first, _CLIENTS))

        with ThreadPoolExecutor(1) as loading:
            loaded = loading.submit(self._ask, going_on)
            try:
                does()
            finally:
                end.set()
            return loaded.result()

    def _ask(self, numbers_from: Callable[[int], Iterable[int]]) -> Outcome:
        outcome, started = Outcome(), time.perf_counter()
        with ThreadPoolExecutor(_CLIENTS) as clients:
            asking = [
                clients.submit(_Client(self, outcome).ask_all, numbers_from(first), started)
                for first in range(_CLIENTS)
            ]
            for one in asking:
                one.result()
        return outcome


class _Client:
    """One that keeps its connection, and what it was answered by address, as a browser does."""

    def __init__(self, load: Load, outcome: Outcome) -> None:
        self.questions, self.marked, self.rate = load.questions, load.marked, load.rate
        self.connection, self.outcome = load.connect(), outcome
        self.held = dict[str, str]()
        self.version_of = dict[tuple[str, str], str]()

    def ask_all(self, numbers: Iterable[int], started: float) -> None:
        for number in numbers:
            due = started + number / self.rate
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                said = self._ask(number)
            except (OSError, HTTPException, ValueError, KeyError) as error:
                self.connection.close()
                said = f"failed: {error!r}"
            self.outcome.times_ms.append((time.perf_counter() - due) * 1000)
            self.outcome.counts[said.partition(":")[0]] += 1
            if said.startswith(("failed", "mixed")):
                self.outcome.wrong.append(said)
        self.connection.close()

    def _ask(self, number: int) -> str:
        question = self._question(number)
        if number % _BATCHED_EVERY == 0:
            some = [self._question(number + more) for more in range(_BATCH)]
            _, _, found = self._exchange("POST", "/v1/ask/batch", {"questions": some})
            return self._outcome_of(found["answers"], found["index_version"])
        if number % _BY_URL_EVERY == 0:
            return self._ask_by_url(f"/v1/ask?q={quote(question)}")
        _, _, answer = self._exchange("POST", "/v1/ask", {"question": question})
        return self._outcome_of([answer], answer["index_version"])

    def _question(self, number: int) -> str:
        return self.questions[number % len(self.questions)]

    def _ask_by_url(self, path: str) -> str:
        held = self.held.get(path)
        headers = {"If-None-Match": held} if held else {}
        status, tag, answer = self._exchange("GET", path, headers=headers)
        if status == HTTPStatus.NOT_MODIFIED:
            return "not modified" if tag == held else f"mixed: {tag} is not {held}"
        self.held[path] = tag
        version = self.version_of.setdefault((path, tag), answer["index_version"])
        return self._outcome_of([answer], version)

    def _outcome_of(self, answers: Sequence[Json], version: str) -> str:
        """Whether all of it is of one version: what it says, and what it shows."""
        said = {answer["index_version"] for answer in answers}
        shown = {
            one["title"].startswith(MARK)
            for answer in answers
            for one in (*answer["passages"], *answer["siblings"])
        }
        if said != {version} or not shown <= {version == self.marked}:
            return f"mixed: {said} in an answer of {version}"
        if any(answer["degraded"] for answer in answers):
            return "degraded"
        return "marked" if version == self.marked else "plain"

    def _exchange(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str, Json]:
        """Status, ETag, body. Raises OSError, HTTPException, ValueError."""
        content = json.dumps(body) if body else None
        sent = {"Content-Type": "application/json"} | dict(headers or {})
        self.connection.request(method, path, content, sent)
        response = self.connection.getresponse()
        found = response.read()
        if response.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            raise ValueError(f"status {response.status}")
        return response.status, response.headers.get("ETag", ""), json.loads(found or b"{}")
