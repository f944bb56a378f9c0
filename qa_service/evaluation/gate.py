"""A version before it is published answers the judged questions, and the last real ones."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from qa_service.documents.questions import JudgedQuestion
from qa_service.encoders import Encoder
from qa_service.engine import QAEngine
from qa_service.errors import EvaluationError, GateError, ModelError, SnapshotError
from qa_service.indexing.gate import Comparison, Outcome, Trial
from qa_service.indexing.parts import digest
from qa_service.indexing.versions import current_folder, current_version
from qa_service.types import Answer, Certainty, Context, Progress, Query, no_progress

logger = logging.getLogger(__name__)

_JUDGED = 3

OpenEngine = Callable[[Path, Encoder], QAEngine]
"""A version's folder and the encoder that made it -> its engine. Raises SnapshotError."""


class Gate:
    """Compares each version with the one that `index` serves, before it takes its place.

    judged: questions with the passages that answer them. asked: real questions, which nobody judged
    and of which only changes count. force: whether a version is published whatever was found.
    """

    def __init__(
        self,
        index: Path,
        open_engine: OpenEngine,
        judged: Sequence[JudgedQuestion],
        asked: Sequence[str] = (),
        force: bool = False,
        progress: Progress = no_progress,
    ) -> None:
        self._index, self._open = index, open_engine
        self.judged, self._asked = judged, asked
        self._force, self._progress = force, progress
        self.comparison: Comparison | None = None
        """Of the last version, None where there was nothing to compare it with."""

    def __call__(self, folder: Path, encoder: Encoder) -> None:
        """Keeps the answers in the version. Raises GateError where it must not be published."""
        after = self._trial(folder, encoder)
        after.save(folder)
        before = self._before(encoder, after.asked)
        if before is None:
            return
        self.comparison = Comparison(before, after)
        try:
            self.comparison.require()
        except GateError as error:
            if not self._force:
                raise
            logger.warning("published though the gate refuses it: %s", error.why)

    def _before(self, encoder: Encoder, asked: str) -> Trial | None:
        """The trial of the served version; None where there is none that this model opens."""
        try:
            if current_version(self._index) is None:
                return None
            folder = current_folder(self._index)
            kept = Trial.load(folder)
            return kept if kept and kept.asked == asked else self._trial(folder, encoder)
        except (SnapshotError, ModelError) as error:
            logger.warning("there is no version to compare with: %s", error)
            return None

    def _trial(self, folder: Path, encoder: Encoder) -> Trial:
        engine, outcomes = self._open(folder, encoder), {}
        questions = [(one, one.question, one.context) for one in self.judged]
        unjudged = [(None, question, None) for question in self._asked]
        every = [*questions, *unjudged]
        for done, (judged, question, service) in enumerate(every, 1):
            answer = engine.answer(Query(question, _JUDGED, context=Context(service)))
            name = f"{question} [{service}]" if service else question
            outcomes[name] = _outcome(answer, judged)
            self._progress("gate", done, len(every))
        return Trial(self._fingerprint(), outcomes)

    def _fingerprint(self) -> str:
        judged = [(one.question, one.context, sorted(one.passages)) for one in self.judged]
        return digest(judged, list(self._asked))


def _outcome(answer: Answer, judged: JudgedQuestion | None) -> Outcome:
    if answer.degraded:
        raise EvaluationError(
            f"a part of the search failed ({', '.join(answer.degraded)}): versions cannot be "
            "compared; see the log, or build with --no-gate"
        )
    shown = [] if answer.certainty is Certainty.NONE else answer.passages
    found = None
    if judged is not None and judged.answerable:
        first = (ranked.passage.document for ranked in answer.passages[:_JUDGED])
        found = not judged.passages.isdisjoint(first)
    return Outcome(shown[0].passage.id if shown else None, found)
