"""The version that is served: `Serving` is all that is derived from it, `Live` the current one.

A request takes it once, so that a swap never mixes two versions in an answer.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version as package_version
from threading import Lock
from time import perf_counter
from typing import Self

from cachetools import LRUCache

from qa_service.catalogue import Catalogue
from qa_service.engine import QAEngine
from qa_service.errors import OverloadedError, RequestError
from qa_service.finding import EngineOptions
from qa_service.indexing.snapshot import Snapshot
from qa_service.suggest import Suggester
from qa_service.text.normalise import normalise
from qa_service.text.personal import has_personal_data
from qa_service.types import Answer, Context, Query

_STATE_CHARS = 20


class AnswerCache:
    """The latest answers of one version, to give them again. Thread-safe.

    Questions are the same where they normalise alike, contexts where they name the same services
    of this version: whatever else a client wrote there is neither kept nor read. The whole query
    counts, filters and channel included, but for the conversation's id and whether it is a draft.
    Not kept: questions with personal data, overlong ones, and answers from a search of which a part
    failed.
    """

    def __init__(
        self,
        answer: Callable[[Query], Answer],
        known_context: Callable[[Context], Context],
        answers: int,
        max_question_chars: int,
    ) -> None:
        """known_context: a context without what this version does not know. answers: how many are
        kept.
        """
        self._answer, self._known_context = answer, known_context
        self.max_question_chars = max_question_chars
        self._answers: LRUCache[Query, Answer] = LRUCache(answers)
        self._lock = Lock()

    def answer(self, query: Query) -> tuple[Answer, bool]:
        """The answer, and whether it came from the cache; then its time is the cache's."""
        if len(query.question) > self.max_question_chars:
            return self._answer(query), False
        started = perf_counter()
        key = replace(
            query,
            question=normalise(query.question),
            context=self._known_context(query.context),
            conversation=None,
            draft=False,
        )
        with self._lock:
            known = self._answers.get(key)
        if known is not None:
            took_ms = round((perf_counter() - started) * 1000, 3)
            return replace(known, question=query.question, took_ms=took_ms), True
        answer = self._answer(query)
        if not answer.degraded and not _is_personal(query.question, key.question):
            with self._lock:
                self._answers[key] = replace(answer, question="")
        return answer, False

    def latest(self, most: int) -> list[Query]:
        """What was asked last, the latest first."""
        with self._lock:
            entries = [self._answers.popitem() for _ in range(len(self._answers))]
            for query, answer in entries:  # the least recently used came first
                self._answers[query] = answer
        return [query for query, _ in reversed(entries)][:most]

    def warm(self, queries: Iterable[Query], seconds: float) -> None:
        """Answer them beforehand, for so long at most. A search that fails is for later, and a
        filter may name a service that this version does not have.
        """
        ends = perf_counter() + seconds
        for query in queries:
            if perf_counter() > ends:
                return
            with suppress(OverloadedError, RequestError):
                self.answer(query)


def _is_personal(*forms: str) -> bool:
    """Asked of the question as typed and as normalised: some rules go by capitals and signs."""
    return any(map(has_personal_data, forms))


class Probe:
    """Whether `works` was ever true of a version. Thread-safe."""

    def __init__(self, works: Callable[[], bool]) -> None:
        self._works, self._lock = works, Lock()
        self.passed = False

    def ask(self) -> bool:
        """Ask until it passes once; one caller at a time, the others get what is known."""
        if not self.passed and self._lock.acquire(blocking=False):
            try:
                self.passed = self._works()
            finally:
                self._lock.release()
        return self.passed


@dataclass(frozen=True, slots=True)
class Serving:
    """One version of the index with all that is derived from it.

    state: differs wherever the same question may get another answer, for ETags. probe: whether its
    search works.
    """

    version: str
    state: str
    probe: Probe
    engine: QAEngine
    catalogue: Catalogue
    suggester: Suggester
    answers: AnswerCache

    @classmethod
    def of(cls, engine: QAEngine, cached_answers: int) -> Self:
        """Also asks a question, which warms everything up and tells whether it works."""
        snapshot, options = engine.snapshot, engine.options
        probe = Probe(partial(_works, engine, Query(_probe(engine), top_k=1)))
        probe.ask()
        return cls(
            version=snapshot.manifest.version,
            state=_state(snapshot, options),
            probe=probe,
            engine=engine,
            catalogue=engine.catalogue,
            suggester=Suggester(snapshot),
            answers=AnswerCache(
                engine.answer,
                engine.catalogue.known_context,
                cached_answers,
                options.max_question_chars,
            ),
        )


class Live:
    """The current `Serving`. Reading and replacing it are one reference each."""

    def __init__(self, serving: Serving) -> None:
        self._current = serving

    @property
    def current(self) -> Serving:
        return self._current

    def swap(self, serving: Serving) -> None:
        """Serve another version. Requests under way end with the one that they took."""
        self._current = serving


def _state(snapshot: Snapshot, options: EngineOptions) -> str:
    content = f"{package_version('qa_service')} {snapshot.manifest.version} {options}"
    return hashlib.sha256(content.encode()).hexdigest()[:_STATE_CHARS]


def _works(engine: QAEngine, probe: Query) -> bool:
    """Whether the whole search works, once a first question has warmed it up."""
    try:
        engine.answer(probe)
        answer = engine.answer(probe)
    except OverloadedError:
        return False
    return bool(answer.passages) and not answer.degraded


def _probe(engine: QAEngine) -> str:
    """A question that this corpus answers; none where it has no passages at all."""
    texts = (text for one in engine.snapshot.passages for text in (one.title, one.text))
    questions = (text[: engine.options.max_question_chars] for text in texts)
    return next((question for question in questions if not engine.refusal(question)), "")
