"""The error tree, by who must act; `web.problems` maps it to HTTP status.

Foreign errors are wrapped at the edge. A message is one line: what is wrong and what to do.
"""

from pathlib import Path
from typing import Self


class QAServiceError(Exception):
    """Base of every error this package raises on purpose."""


class RequestError(QAServiceError):
    """The caller must change the request."""


class NotFoundError(RequestError):
    """The caller named what does not exist."""


class OverloadedError(QAServiceError):
    """Nothing can be answered now; the caller may ask again after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SettingsError(QAServiceError):
    """Whoever runs the service must change a setting."""


class CorpusError(QAServiceError):
    """An editor must change a corpus file. `problems` holds every finding, not only the first."""

    def __init__(self, problems: "list[CorpusProblem]", advice: str = "") -> None:
        """`advice`: how to see them all."""
        self.problems = problems
        others = len(problems) - 1
        more = f" (and {others} more{advice})" if others else ""
        super().__init__(f"{problems[0]}{more}")


class SourceError(QAServiceError):
    """A page or document cannot be imported: an editor must give another, or try later.

    The message goes on after the source's name.
    """


class GoneError(SourceError):
    """There is no such page or file any more."""


class CorpusProblem:
    """One finding in one corpus file; prints as `file:line: message`."""

    __slots__ = ("line", "message", "path")

    def __init__(self, path: Path, line: int, message: str) -> None:
        self.path, self.line, self.message = path, line, message

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class ModelError(QAServiceError):
    """The encoder's model is missing, damaged or of another kind: get or rebuild it."""


class SnapshotError(QAServiceError):
    """The index is missing, damaged or made for another model: rebuild it."""


class EngineError(QAServiceError):
    """The search engine on another machine cannot be used, or lacks a version: mend it, or publish
    the version to it. Where this machine has the version's stores, answers do not depend on it.
    """


class GateError(SnapshotError):
    """A new version answers worse than the one that is served: an editor must look at it."""

    def __init__(self, why: str, report: str) -> None:
        """why: one line. report: question by question, several lines."""
        self.why, self.report = why, report
        super().__init__(
            f"not published: {why}; the served version is unchanged. Mend the texts, or publish it "
            "all the same with `qa-service build --force`"
        )


class JournalError(QAServiceError):
    """The journal cannot be written or read: mend its database. Answers do not depend on it."""


class TrainingError(QAServiceError):
    """Whoever trains must give other questions."""


class EvaluationError(QAServiceError):
    """Whoever evaluates must give questions and judgements that belong together."""


class RejectedEntryError(JournalError):
    """The journal will never take this entry; others it may."""


class AccessError(QAServiceError):
    """Whoever runs the service must mend the file of keys."""


class ProviderError(QAServiceError):
    """The provider that staff sign in at cannot be used: mend it, or how it is set up here."""


class SignInError(QAServiceError):
    """A sign-in at the provider is not genuine, or too old: whoever it was begins anew."""


class ChannelError(QAServiceError):
    """A chat platform refuses what whoever runs the service set up."""


class MissingExtraError(QAServiceError):
    """An optional part of the package is not installed."""

    def __init__(self, purpose: str, extra: str) -> None:
        self._made_of = (purpose, extra)
        super().__init__(
            f"{purpose} needs an optional part: in the checkout, run pip install -e '.[{extra}]'"
        )

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """From the process in which something was missing."""
        return type(self), self._made_of
