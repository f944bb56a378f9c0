"""Settings -> what reads the journal for managers."""

from typing import TYPE_CHECKING

from qa_service.settings import OFF, Settings

if TYPE_CHECKING:
    from qa_service.journal.reports import Reports


def open_reports(settings: Settings) -> "Reports | None":
    """None where QA_JOURNAL is off. Connects to nothing yet. Raises SettingsError,
    MissingExtraError.
    """
    url = settings.journal.get_secret_value()
    if url == OFF:
        return None
    from qa_service.journal.reports import Reports

    return Reports.of(url)
