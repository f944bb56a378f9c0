"""The journal's tables, as the newest migration leaves them (`migrations/`).

Texts that people wrote are masked before they come here. Ids of conversations, and of people in
chats, are HMACs.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """SQLite keeps no time zone, PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


METADATA = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what is INTEGER

QUESTIONS = Table(
    "questions",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("answer_id", String, nullable=False, unique=True),
    Column("channel", String, nullable=False),
    Column("question", String, nullable=False),
    Column("same_as", String, nullable=False),  # normalised: alike for questions asked alike
    Column("language", String, nullable=False),
    Column("certainty", String, nullable=False),
    Column("reason", String),
    Column("confidence", Float, nullable=False),
    Column("service", String),  # this and the next two: of the first passage
    Column("topic", String),
    Column("passage_id", String),
    Column("shown", JSON, nullable=False),  # ids of passages, in the order shown
    Column("parts", JSON, nullable=False),  # what was asked, a JSON object each
    Column("index_version", String, nullable=False),
    Column("took_ms", Float, nullable=False),
    Column("conversation", String),
    Column("goes_on", Boolean, nullable=False),  # asked in the context of an earlier answer
    Index("ix_questions_conversation", "conversation", "at"),
    # Reports read these instead of the wide rows, in the order in which they group them.
    Index("ix_questions_at", "at", "channel", "took_ms"),
    Index("ix_questions_same_as", "same_as", "at", "channel", "certainty"),
    Index("ix_questions_passage", "service", "passage_id", "channel", "certainty", "reason", "at"),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("answer_id", String, nullable=False),
    Column("use", String, nullable=False),
    UniqueConstraint("answer_id", "use"),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("answer_id", String, nullable=False, index=True),
    Column("passage_id", String),
    Column("helpful", Boolean, nullable=False),
    Column("complaint", String),
    Column("comment", String),
    Column("state", String, nullable=False),  # in the queue: open, drafted, done, dismissed
    Column("handled_at", UtcDateTime),
    Column("handled_by", String),
)

GAPS = Table(
    "gaps",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("made_at", UtcDateTime, nullable=False, index=True),
    Column("question", String, nullable=False),  # the one that stands for the others
    Column("questions", JSON, nullable=False),  # others, the most frequent first
    Column("asked", Integer, nullable=False),
    Column("conversations", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("weekly", JSON, nullable=False),  # times asked in each week, the oldest first
    Column("service", String),
    Column("passage_id", String),  # the nearest passage
    Column("state", String, nullable=False, server_default="open"),  # or dismissed, for good
    Column("handled_at", UtcDateTime),
    Column("handled_by", String),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor", String, nullable=False),
    Column("role", String, nullable=False),
    Column("action", String, nullable=False),
    Column("detail", String, nullable=False),
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("name", String, primary_key=True),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),  # none while it runs, 1970 where it failed
)

# Of chats of which several processes know (`channels/talks_journal.py`).

CHAT_TALKS = Table(
    "chat_talks",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("person", String, unique=True),  # none once another talk followed
    Column("written", String, nullable=False),  # a JSON array
    Column("ends_at", UtcDateTime, nullable=False, index=True),
)

CHAT_DELIVERIES = Table(
    "chat_deliveries",
    METADATA,
    Column("delivery", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
)

CHAT_TURNS = Table(
    "chat_turns",
    METADATA,
    Column("person", String, primary_key=True),
    Column("token", String, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
