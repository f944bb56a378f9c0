"""What `qa-service channels` asks of a platform that is told by calls where to deliver."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from qa_service.channels import Call
from qa_service.errors import ChannelError


@runtime_checkable
class Setup(Protocol):
    """Pure. Whether the calls of `webhook_calls` were taken is read by `Platform.outcome`."""

    def check_call(self) -> Call:
        """Asks the platform who the bot is and where it delivers."""

    def checked(self, status: int, body: bytes, own_url: str = "") -> str:
        """What the answer to `check_call` says, in a line for a person. own_url: where it is to
        deliver, empty where that is not known. Raises ChannelError with what to do.
        """

    def webhook_calls(self, url: str) -> Sequence[Call]:
        """Have it deliver to this address, in order."""


def require_delivery(name: str, who: str, url: str, own_url: str) -> None:
    """url: to which a platform delivers. Raises ChannelError for none or another than our own."""
    again = f"run `qa-service channels set-webhook {name}`"
    if not url:
        raise ChannelError(f"{who} delivers nowhere: {again}")
    if own_url and url != own_url:
        raise ChannelError(f"{who} delivers to {url}, not to {own_url}: {again}")
