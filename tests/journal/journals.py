"""What the journal's tests record."""

from qa_service.journal import Asked
from qa_service.types import Channel, Feedback

FEEDBACK = Feedback(
    "a-1", helpful=False, passage_id="licence-exchange.fee", comment="ціна вже інша"
)
ABOUT = Asked(
    question="скільки коштує обмін прав",
    channel=Channel.SITE,
    service="licence-exchange",
    passage_id="licence-exchange.fee",
    confidence=0.75,
    reason=None,
    index_version="20261124-1",
)
