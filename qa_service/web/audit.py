"""One line for each thing that staff did: who signed in and out, what was changed or exported.

Every room calls `Audit.note`. The line is logged, with no personal data but the account's name, and
kept in the journal where there is one.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from qa_service.errors import JournalError
from qa_service.journal import AuditLine
from qa_service.web.dependencies import Caller

logger = logging.getLogger("qa_service.audit")


class Audit:
    """Thread-safe. keep: takes a line into the journal; what it raises as JournalError is logged.
    None where there is no journal.
    """

    def __init__(self, keep: Callable[[AuditLine], None] | None = None) -> None:
        self._keep = keep

    def note(self, caller: Caller, action: str, detail: str = "") -> None:
        """action: a word or two in English. detail: of what, without words that citizens wrote."""
        line = AuditLine(datetime.now(UTC), caller.name, caller.role, action, detail)
        fields = {"actor": line.actor, "role": line.role, "action": action, "detail": line.detail}
        logger.info("audit", extra=fields)
        if self._keep is None:
            return
        try:
            self._keep(line)
        except JournalError as error:
            logger.error("an audit line is in this log only", extra={"cause": str(error)})
