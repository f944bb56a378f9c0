"""Whether a new version may take the place of the one before: both answer the same questions. Pure
but for a file in each version that keeps its answers, so that the next one is compared with them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from qa_service.errors import GateError

MOST_LOST = 0.01
"""How much of answer@3 a version may lose."""

MOST_CHANGED, FEW_CHANGED = 0.05, 10
"""Share of the questions whose top answer may be another; so many may in any case."""

GATE_FILE = "gate.json"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a version says to one question: its best passage, None where it has no answer.

    found: whether one of the first three passages answers; None where nobody judged that.
    """

    passage: str | None
    found: bool | None


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcomes of one version by question. asked: fingerprint of the questions."""

    asked: str
    outcomes: Mapping[str, Outcome]

    @property
    def answer_at_3(self) -> float:
        """Over the judged questions; 1 where there are none."""
        judged = [one.found for one in self.outcomes.values() if one.found is not None]
        return sum(judged) / len(judged) if judged else 1.0

    def save(self, folder: Path) -> None:
        """Raises OSError."""
        content = json.dumps(asdict(self), ensure_ascii=False)
        (folder / GATE_FILE).write_text(content, "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The trial of a version; None where it went through none."""
        try:
            return TypeAdapter(cls).validate_json((folder / GATE_FILE).read_bytes())
        except (OSError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Changed:
    """A question whose top answer is another."""

    question: str
    before: Outcome
    after: Outcome

    @property
    def is_lost(self) -> bool:
        """Whether the answer that it had is not among the first three any more."""
        return bool(self.before.found and not self.after.found)

    def __str__(self) -> str:
        mark = "lost" if self.is_lost else "    "
        passages = f"{self.before.passage or 'none'} -> {self.after.passage or 'none'}"
        return f"{mark} {self.question}\n     {passages}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions' answers to the same questions."""

    before: Trial
    after: Trial

    @property
    def changed(self) -> list[Changed]:
        """Those that lost their answer first."""
        pairs = (
            Changed(question, old, self.after.outcomes[question])
            for question, old in self.before.outcomes.items()
        )
        found = [pair for pair in pairs if pair.before.passage != pair.after.passage]
        return sorted(found, key=lambda pair: not pair.is_lost)

    def require(self) -> None:
        """Raises GateError where the new version must not be published."""
        before, after = self.before.answer_at_3, self.after.answer_at_3
        changed, asked = len(self.changed), len(self.before.outcomes)
        findings = []
        if round(before - after, 6) > MOST_LOST:
            findings.append(f"answer@3 falls from {before:.3f} to {after:.3f}")
        if changed > max(MOST_CHANGED * asked, FEW_CHANGED):
            findings.append(f"{changed} of {asked} questions get another top answer")
        if findings:
            raise GateError("; ".join(findings), self.report())

    def summary(self) -> dict[str, float]:
        """What `report` begins with, for programs."""
        return {
            "answer_at_3_before": round(self.before.answer_at_3, 4),
            "answer_at_3_after": round(self.after.answer_at_3, 4),
            "asked": len(self.before.outcomes),
            "changed": len(self.changed),
        }

    def report(self) -> str:
        """For people, several lines: what changed, by question the passage before and after."""
        before, after = self.before.answer_at_3, self.after.answer_at_3
        changed, asked = self.changed, len(self.before.outcomes)
        scores = f"answer@3 {before:.3f} -> {after:.3f} (at most {MOST_LOST:g} less)"
        others = f"{len(changed)} of {asked} top answers differ (at most {MOST_CHANGED:.0%})"
        more = [f"     and {len(changed) - _SHOWN} more"] if len(changed) > _SHOWN else []
        return "\n".join([f"{scores}; {others}", *map(str, changed[:_SHOWN]), *more])
