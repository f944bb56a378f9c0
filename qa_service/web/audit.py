"""One line for each thing that staff did: who signed in and out, what was changed or exported.

Every room calls `Audit.note`. The line is logged, with no personal data but the account's name, and
kept in the journal where there is one.
"""

import logging

from qa_service.errors import JournalError
from qa_service.journal.entries import mask_detail
from qa_service.service import QuestionService
from qa_service.web.dependencies import Caller

logger = logging.getLogger("qa_service.audit")


class Audit:
    """Thread-safe."""

    def __init__(self, service: QuestionService) -> None:
        self._service = service

    def log(self, caller: Caller, action: str, detail: str) -> None:
        """What the journal has already: whoever changed it kept the line in the same transaction,
        which this, kept by a writer in the background, cannot be part of.
        """
        said = mask_detail(detail)
        fields = {"actor": caller.name, "role": caller.role, "action": action, "detail": said}
        logger.info("audit", extra=fields)

    def note(self, caller: Caller, action: str, detail: str = "") -> None:
        """action: a word or two in English. detail: of what, without words that citizens wrote."""
        self.log(caller, action, detail)
        if not self._service.takes_feedback:
            return
        try:
            self._service.audit(caller.name, caller.role, action, detail)
        except JournalError as error:
            logger.error("an audit line is in this log only", extra={"cause": str(error)})
