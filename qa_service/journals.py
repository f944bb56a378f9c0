"""Settings -> the journal: what writes it, and what reads and handles it beside."""

import logging
import os
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from qa_service.background import BackgroundJob
from qa_service.errors import SettingsError
from qa_service.journal import Journal, Limits, NullJournal
from qa_service.journal.writer import JournalWriter
from qa_service.monitoring.metrics import Metrics
from qa_service.settings import OFF, Settings, as_environment

if TYPE_CHECKING:  # SQLAlchemy takes a fifth of a second
    from qa_service.journal.open_tables import JournalTables
    from qa_service.journal.reports import Reports

logger = logging.getLogger(__name__)


def check_journal(settings: Settings) -> None:
    """Raises SettingsError for a URL that names no database, MissingExtraError without driver."""
    url = settings.journal.get_secret_value()
    if url != OFF:
        from qa_service.journal.database import check_url  # SQLAlchemy takes a fifth of a second

        check_url(url)


def open_journal(settings: Settings, metrics: Metrics) -> Journal:
    """A journal that is written in the background, or none where QA_JOURNAL is off."""
    url = settings.journal.get_secret_value()
    if url == OFF:
        return NullJournal()
    from qa_service.journal.sql import SqlJournal

    opening = partial(SqlJournal.open, url)
    limits = Limits(settings.journal_days, settings.journal_max_questions)
    return JournalWriter(
        opening,
        metrics.journal_failures.inc,
        metrics.journal_dropped.inc,
        limits,
        on_waiting=metrics.journal_waiting.set,
    )


def tables(settings: Settings) -> "JournalTables | None":
    """What the journal holds; None where QA_JOURNAL is off. Raises as `check_url` does."""
    url = settings.journal.get_secret_value()
    if url == OFF:
        return None
    from qa_service.journal.open_tables import JournalTables

    return JournalTables.open(url)


def needed_tables(settings: Settings) -> "JournalTables":
    """The same for a command. Raises SettingsError where QA_JOURNAL is off."""
    found = tables(settings)
    if found is None:
        raise SettingsError(
            "there is no journal: set QA_JOURNAL to its database, e.g. sqlite:///data/journal.sqlite"
        )
    return found


def reports(settings: Settings) -> "Reports | None":
    """What reads the journal for managers; None where QA_JOURNAL is off. Connects to nothing yet.

    Raises SettingsError, MissingExtraError.
    """
    url = settings.journal.get_secret_value()
    if url == OFF:
        return None
    from qa_service.journal.reports import Reports

    return Reports.of(url)


def gap_runs(settings: Settings, tables: "JournalTables | None") -> BackgroundJob | None:
    """What has content gaps found now and then; None where nobody asked for it or nothing can."""
    if tables is None or not settings.gaps_every_h:
        return None
    if find_spec("sklearn") is None:
        logger.info("content gaps are not found: the extra `insights` is not installed")
        return None
    from qa_service.journal.gaps import GAPS_JOB
    from qa_service.journal.jobs import Jobs

    every = timedelta(hours=settings.gaps_every_h)
    return BackgroundJob(
        GAPS_JOB,
        lambda: Jobs(tables).claim(GAPS_JOB, every),
        ("journal", "gaps", "--claimed"),
        os.environ | as_environment(settings),
    )
