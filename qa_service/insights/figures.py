"""What the database counts for one report, all of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from qa_service.indexing.changes import KEPT
from qa_service.journal import reports_answers, reports_questions, reports_rises, reports_votes
from qa_service.journal.reports import Reports, Scope


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database counted for a scope. first_at: of the oldest question that is kept."""

    scope: Scope
    first_at: datetime | None
    hours: tuple[reports_answers.HourCount, ...]
    latency: tuple[reports_answers.Latency, ...]
    answers: tuple[reports_answers.AnswerCount, ...]
    questions: tuple[reports_questions.QuestionCount, ...]
    disappointments: reports_questions.Disappointments
    rises: tuple[reports_rises.Rise, ...]
    votes: tuple[reports_votes.Votes, ...]
    queue: tuple[reports_votes.Queued, ...]
    doubts: tuple[reports_votes.Doubt, ...]
    gaps: reports_votes.Gaps

    @property
    def compares(self) -> bool:
        """Whether the whole period before is kept too."""
        return self.first_at is not None and self.first_at < self.scope.before_start + _A_DAY


_A_DAY = timedelta(days=1)


def read_figures(reports: Reports, scope: Scope) -> Figures:
    """Raises JournalError."""
    with reports.reading() as connection:
        first = reports_answers.first_at(connection)
        return Figures(
            scope=scope,
            first_at=first,
            hours=reports_answers.hours(connection, scope),
            latency=reports_answers.latency(connection, scope),
            answers=reports_answers.answers(connection, scope),
            questions=reports_questions.questions(connection, scope),
            disappointments=reports_questions.disappointments(connection, scope),
            rises=reports_rises.rises(connection, scope, first),
            votes=reports_votes.votes(connection, scope),
            queue=reports_votes.queue(connection),
            doubts=reports_votes.doubts(connection, scope.end - KEPT),
            gaps=reports_votes.gaps(connection),
        )


def read_gaps(reports: Reports) -> reports_votes.Gaps:
    """Alone, which takes milliseconds. Raises JournalError."""
    with reports.reading() as connection:
        return reports_votes.gaps(connection)
