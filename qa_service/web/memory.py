"""What one process remembers of its answers: to give them again at once, and to know what feedback
is about. Thread-safe.
"""

from dataclasses import replace
from threading import Lock
from time import perf_counter

from cachetools import LRUCache
from prometheus_client import Counter

from qa_service.engine import new_answer_id
from qa_service.journal import Asked
from qa_service.monitoring.metrics import Ask
from qa_service.text.normalise import normalise
from qa_service.types import Answer, Query

_ASKED_CHARS = 1_000  # of a question: what overlong ones ask, nobody reads


class AnswerCache:
    """`ask`, its latest answers kept. A repeated answer gets an id and a time of its own.

    Questions are the same where they are the same once normalised; the whole query counts, filters
    and channel included.
    """

    def __init__(self, ask: Ask, answers: int, longest_chars: int, hits: Counter) -> None:
        self._ask, self._longest, self._hits = ask, longest_chars, hits
        self._answers: LRUCache[Query, Answer] = LRUCache(answers)
        self._lock = Lock()

    def __call__(self, query: Query) -> Answer:
        if len(query.question) > self._longest:
            return self._ask(query)
        started = perf_counter()
        key = replace(query, question=normalise(query.question))
        with self._lock:
            known = self._answers.get(key)
        if known is None:
            answer = self._ask(query)
            with self._lock:
                self._answers[key] = answer
            return answer
        self._hits.inc()
        return replace(
            known, answer_id=new_answer_id(), question=query.question, took_ms=_ms_since(started)
        )


class RecentAnswers:
    """`ask`, and what its latest answers were about, by their ids."""

    def __init__(self, ask: Ask, answers: int) -> None:
        self._ask = ask
        self._asked: LRUCache[str, Asked] = LRUCache(answers)
        self._lock = Lock()

    def __call__(self, query: Query) -> Answer:
        answer = self._ask(query)
        best = answer.passages[0].passage if answer.passages else None
        asked = Asked(
            question=query.question[:_ASKED_CHARS],
            channel=query.channel,
            service=best.service if best else None,
            passage_id=best.id if best else None,
            confidence=answer.confidence,
            reason=answer.reason,
            index_version=answer.index_version,
        )
        with self._lock:
            self._asked[answer.answer_id] = asked
        return answer

    def about(self, answer_id: str) -> Asked | None:
        """None for an answer that another process gave, or that was long ago."""
        with self._lock:
            return self._asked.get(answer_id)


def _ms_since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 3)
