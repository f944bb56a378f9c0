"""Which channels there are, and the inbox that serves them."""

from dataclasses import dataclass, field
from secrets import token_hex

from qa_service.channels import Platform
from qa_service.channels.conversation import Conversation
from qa_service.channels.inbox import Inbox, Within
from qa_service.channels.sending import Exchange, HttpExchange, Sender
from qa_service.channels.talks import MemoryTalks, Talks
from qa_service.service import QuestionService
from qa_service.types import Handoff

DEMO, MCP, WEBHOOK = "demo", "mcp", "webhook"
NAMES = ("telegram", "messenger", "viber", WEBHOOK, DEMO, MCP)
"""Of all channels, as QA_CHANNELS_OFF names them."""


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """platforms: those that have their settings. exchange: makes their calls. off: names of
    channels that are switched off. hours: of the contact centre. webhook_secret: signs what other
    bot platforms send, empty for none. secret: hides the ids of people.
    """

    platforms: tuple[Platform, ...] = ()
    talks: Talks = field(default_factory=MemoryTalks)
    exchange: Exchange = field(default_factory=HttpExchange)
    off: frozenset[str] = frozenset()
    hours: str = ""
    webhook_secret: str = field(default="", repr=False)
    secret: str = field(default_factory=token_hex, repr=False)

    @property
    def has_messengers(self) -> bool:
        """Whether people write on platforms of others."""
        return bool(self.platforms or self.webhook_secret)


def open_inbox(
    options: ChatOptions,
    service: QuestionService,
    contact: Handoff,
    *,
    site: str,
    at_once: int,
    within: Within,
) -> Inbox:
    """site: address of our own pages, empty where it is not known. at_once, within: see `Inbox`."""
    conversation = Conversation(service, contact, options.hours, site)
    sender = Sender(options.exchange, service.metrics)
    return Inbox(
        conversation,
        options.talks,
        sender,
        service.metrics,
        secret=options.secret,
        at_once=at_once,
        within=within,
        off=options.off,
    )
