"""QuestionService: ask, suggest, feedback.

Every entrypoint - API, pages, terminal, chat - calls it and knows nothing of caches, metrics or the
journal.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from cachetools import LRUCache

from qa_service.errors import NotFoundError, OverloadedError
from qa_service.journal import CLOSING_S, Asked, Entry, Feedback, Journal, NullJournal
from qa_service.live import Live, Serving
from qa_service.monitoring.metrics import Metrics
from qa_service.suggest.entries import Suggestion
from qa_service.text.cost import cost
from qa_service.text.personal import mask
from qa_service.types import Answer, Query, Use

REMEMBERED_ANSWERS = 20_000
"""About which feedback still knows what was asked: an hour of a busy day, some 10 MB."""

_ASKED_CHARS = 1_000
_LONGEST_NUMBER = 150  # of what masking replaces, gaps included
_NONCE_BYTES, _MAC_BYTES = 9, 9


class QuestionService:
    """Thread-safe. `ask` raises RequestError and OverloadedError only."""

    def __init__(
        self,
        live: Live,
        journal: Journal | None = None,
        metrics: Metrics | None = None,
        secret: str = "",
    ) -> None:
        """`secret`: signs the ids of answers; processes that share it know each other's."""
        self.live = live
        self.metrics = metrics or Metrics()
        self._journal = journal or NullJournal()
        self._ids = AnswerIds(secret or secrets.token_hex())
        self._asked: LRUCache[str, Asked] = LRUCache(REMEMBERED_ANSWERS)
        self._lock = Lock()

    @property
    def takes_feedback(self) -> bool:
        """Whether there is a journal that keeps it."""
        return not isinstance(self._journal, NullJournal)

    def ask(self, query: Query, serving: Serving | None = None) -> Answer:
        """The answer to a question; `serving`: the version that the request took already."""
        serving = serving or self.live.current
        try:
            answer, was_cached = serving.answers.answer(query)
        except OverloadedError:
            self.metrics.answers.labels(query.channel, "overloaded").inc()
            raise
        answer = replace(answer, answer_id=self._ids.new())
        self.metrics.count_answer(query, answer, was_cached)
        if self.takes_feedback:
            self._remember(query, answer)
        return answer

    def ask_all(self, queries: Sequence[Query]) -> list[Answer]:
        """The answers to several questions, all from one version."""
        serving = self.live.current
        return [self.ask(query, serving) for query in queries]

    def cost(self, question: str) -> int:
        """What it costs to answer, in units of a short question."""
        return cost(question, self.live.current.answers.max_question_chars)

    @property
    def signature(self) -> str:
        """Differs where answers would get ids of another secret."""
        return self._ids.signature

    def suggest(
        self, typed: str, limit: int, serving: Serving | None = None
    ) -> Sequence[Suggestion]:
        """What may be meant by the beginning of a question, the best first."""
        return (serving or self.live.current).suggester.suggest(typed, limit)

    def feedback(self, feedback: Feedback) -> None:
        """Keep what a person says of an answer, together with what it is about.

        Raises NotFoundError for an answer that was never given or a passage that does not exist,
        JournalError where feedback cannot be kept now.
        """
        self._check_given(feedback.answer_id)
        if feedback.passage_id is not None:
            self.live.current.catalogue.passage(feedback.passage_id)
        with self._lock:
            about = self._asked.get(feedback.answer_id)
        self._journal.record(Entry(datetime.now(UTC), feedback, about))

    def used(self, answer_id: str, use: Use) -> None:
        """Count what a person did with an answer. Raises NotFoundError for one never given."""
        self._check_given(answer_id)
        self.metrics.uses.labels(use).inc()

    def kept_feedback(self, limit: int) -> list[Entry]:
        """The latest feedback, newest first. Raises JournalError."""
        return self._journal.entries(limit)

    def close(self, within_s: float = CLOSING_S) -> None:
        """Keep what waits to be kept, for so long at most."""
        self._journal.close(within_s)

    def _check_given(self, answer_id: str) -> None:
        if not self._ids.is_genuine(answer_id):
            raise NotFoundError(
                "there is no such answer: send the answer_id of an answer as it was"
            )

    def _remember(self, query: Query, answer: Answer) -> None:
        """What feedback on the answer will be about, personal data masked."""
        best = answer.passages[0].passage if answer.passages else None
        asked = Asked(
            question=_kept(query.question),
            channel=query.channel,
            service=best.service if best else None,
            passage_id=best.id if best else None,
            confidence=answer.confidence,
            reason=answer.reason,
            index_version=answer.index_version,
        )
        with self._lock:
            self._asked[answer.answer_id] = asked


class AnswerIds:
    """Random bytes with their HMAC (RFC 2104): known as genuine without a list of those given."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self.signature = self._mac(b"").hex()

    def new(self) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.urlsafe_b64encode(nonce + self._mac(nonce)).decode()

    def is_genuine(self, answer_id: str) -> bool:
        try:
            decoded = base64.urlsafe_b64decode(answer_id)
        except ValueError:
            return False
        nonce, mac = decoded[:_NONCE_BYTES], decoded[_NONCE_BYTES:]
        is_plain = base64.urlsafe_b64encode(decoded).decode() == answer_id  # decoding forgives much
        return is_plain and hmac.compare_digest(mac, self._mac(nonce))

    def _mac(self, nonce: bytes) -> bytes:
        return hmac.digest(self._secret, nonce, hashlib.sha256)[:_MAC_BYTES]


def _kept(question: str) -> str:
    """The beginning of a question, masked.

    Half a number at the cut would not be recognised: what may be one is cut off after masking.
    """
    if len(question) <= _ASKED_CHARS:
        return mask(question)
    masked = mask(question[: _ASKED_CHARS + _LONGEST_NUMBER])
    return masked[: min(_ASKED_CHARS, len(masked) - _LONGEST_NUMBER)]
