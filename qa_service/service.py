"""QuestionService: ask, suggest, feedback.

Every entrypoint - API, pages, terminal, chat - calls it and knows nothing of caches, metrics or the
journal.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from qa_service.errors import JournalError, NotFoundError, OverloadedError
from qa_service.journal import (
    CLOSING_S,
    AuditLine,
    Event,
    Exchange,
    Feedback,
    Journal,
    KeptVote,
    NullJournal,
    Vote,
)
from qa_service.live import Live, Serving
from qa_service.monitoring.metrics import Metrics
from qa_service.suggest.entries import Suggestion
from qa_service.text.cost import cost
from qa_service.types import Answer, Query, Use

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
        """`secret`: signs the ids of answers and hides those of conversations; processes that share
        it know each other's.
        """
        self.live = live
        self.metrics = metrics or Metrics()
        self._journal = journal or NullJournal()
        self._ids = AnswerIds(secret or secrets.token_hex())

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
        if not query.draft:
            self.metrics.count_answer(query, answer, was_cached)
            self._keep(query, answer)
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
        """Keep what a person says of an answer.

        Raises NotFoundError for an answer that was never given or a passage that does not exist,
        JournalError where feedback cannot be kept now.
        """
        self._check_given(feedback.answer_id)
        if feedback.passage_id is not None:
            self.live.current.catalogue.passage(feedback.passage_id)
        self._journal.record(Vote(datetime.now(UTC), feedback))

    def used(self, answer_id: str, use: Use) -> None:
        """Count and keep what a person did with an answer; what was asked again the journal sees by
        itself. Raises NotFoundError for an answer never given.
        """
        self._check_given(answer_id)
        self.metrics.uses.labels(use).inc()
        if use is not Use.ASKED_AGAIN:
            with suppress(JournalError):
                self._journal.record(Event(datetime.now(UTC), answer_id, use))

    def audit(self, actor: str, role: str, action: str, detail: str = "") -> None:
        """Keep what somebody of the staff did. Raises JournalError where it cannot be kept."""
        self._journal.record(AuditLine(datetime.now(UTC), actor, role, action, detail))

    def kept_feedback(self, limit: int) -> list[KeptVote]:
        """The latest feedback, newest first. Raises JournalError."""
        return self._journal.votes(limit)

    def close(self, within_s: float = CLOSING_S) -> None:
        """Keep what waits to be kept, for so long at most."""
        self._journal.close(within_s)

    def _check_given(self, answer_id: str) -> None:
        if not self._ids.is_genuine(answer_id):
            raise NotFoundError(
                "there is no such answer: send the answer_id of an answer as it was"
            )

    def _keep(self, query: Query, answer: Answer) -> None:
        """In the journal, which never makes an answer wait or fail."""
        if not self.takes_feedback:
            return
        conversation = query.conversation and self._ids.hidden(query.conversation)
        with suppress(JournalError):
            self._journal.record(Exchange.of(datetime.now(UTC), query, answer, conversation))


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

    def hidden(self, conversation: str) -> str:
        """The HMAC of a client's id, which nobody can find the id by."""
        return hmac.digest(self._secret, b"conversation:" + conversation.encode(), "sha256").hex()

    def _mac(self, nonce: bytes) -> bytes:
        return hmac.digest(self._secret, nonce, hashlib.sha256)[:_MAC_BYTES]
