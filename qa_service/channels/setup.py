"""What `qa-service channels` asks of a platform that is told by calls where to deliver."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from qa_service.channels import Call


@runtime_checkable
class Setup(Protocol):
    """Pure. Whether the calls of `webhook_calls` were taken is read by `Platform.outcome`."""

    def check_call(self) -> Call:
        """Asks the platform who the bot is and where it delivers."""

    def checked(self, status: int, body: bytes) -> str:
        """What the answer to `check_call` says, in a line for a person. Raises ChannelError with
        what to do.
        """

    def webhook_calls(self, url: str) -> Sequence[Call]:
        """Have it deliver to this address, in order."""
