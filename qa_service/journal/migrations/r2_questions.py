"""All questions, events, gaps and the audit; what a vote was about becomes a question.

Of those questions the language, the certainty and the passages shown are not known: the language is
`und`, a question with a reason had no answer, and one without was sure.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from qa_service.text.normalise import normalise
from qa_service.text.personal import mask

revision = "2"
down_revision = "1"

_AT_ONCE = 1_000
_ASKED = ("question", "channel", "service", "passage_id", "confidence", "reason", "index_version")
_KNOWN = ("question", "channel", "confidence", "index_version")  # of whatever has a question
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_INDEXES = {
    "conversation": ["conversation", "at"],
    "at": ["at", "channel", "took_ms"],
    "same_as": ["same_as", "at", "channel", "certainty"],
    "passage": ["service", "passage_id", "channel", "certainty", "reason", "at"],
}


def upgrade() -> None:
    questions = _make_questions()
    _make_others()
    for rows in _asked():
        op.bulk_insert(questions, rows)
    _change_feedback()


def _make_questions() -> sa.Table:
    made = op.create_table(
        "questions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("answer_id", sa.String, nullable=False, unique=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("same_as", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("certainty", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("confidence", sa.Float, nullable=False),
        *(sa.Column(name, sa.String) for name in ("service", "topic", "passage_id")),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("parts", sa.JSON, nullable=False),
        sa.Column("index_version", sa.String, nullable=False),
        sa.Column("took_ms", sa.Float, nullable=False),
        sa.Column("conversation", sa.String),
        sa.Column("goes_on", sa.Boolean, nullable=False),
    )
    for name, columns in _INDEXES.items():
        op.create_index(f"ix_questions_{name}", "questions", columns)
    return made


def _make_others() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False, index=True),
        sa.Column("answer_id", sa.String, nullable=False),
        sa.Column("use", sa.String, nullable=False),
        sa.UniqueConstraint("answer_id", "use"),
    )
    op.create_table(
        "jobs",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("claimed_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
    )
    op.create_table(
        "gaps",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("made_at", _MOMENT, nullable=False, index=True),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("questions", sa.JSON, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("conversations", sa.Integer, nullable=False),
        sa.Column("first_at", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("weekly", sa.JSON, nullable=False),
        sa.Column("service", sa.String),
        sa.Column("passage_id", sa.String),
        sa.Column("state", sa.String, nullable=False, server_default="open"),
        sa.Column("handled_at", _MOMENT),
        sa.Column("handled_by", sa.String),
    )
    op.create_table(
        "audit",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False, index=True),
        *(
            sa.Column(name, sa.String, nullable=False)
            for name in ("actor", "role", "action", "detail")
        ),
    )


def _asked() -> Iterator[list[dict[str, Any]]]:
    """What votes were about as rows of questions, the oldest first: once an answer, as the newest
    vote knew it.
    """
    feedback = sa.table(
        "feedback",
        sa.column("id", sa.Integer),
        sa.column("at", _MOMENT),
        sa.column("answer_id"),
        *(sa.column(f"asked_{name}") for name in _ASKED),
    )
    newest = (
        sa.select(sa.func.max(feedback.c.id))
        .where(*(feedback.c[f"asked_{name}"].is_not(None) for name in _KNOWN))
        .group_by(feedback.c.answer_id)
    )
    ids = sorted(op.get_bind().scalars(newest))
    for start in range(0, len(ids), _AT_ONCE):
        some = feedback.c.id.in_(ids[start : start + _AT_ONCE])
        rows = op.get_bind().execute(sa.select(feedback).where(some).order_by(feedback.c.id))
        yield [_question(row) for row in rows]


def _question(row: sa.Row[Any]) -> dict[str, Any]:
    about = {name: getattr(row, f"asked_{name}") for name in _ASKED}
    question = mask(about["question"])  # by the rules of today
    return about | {
        "at": row.at,
        "answer_id": row.answer_id,
        "question": question,
        "same_as": normalise(question),
        "language": "und",
        "certainty": "none" if row.asked_reason else "sure",
        "topic": None,
        "shown": [row.asked_passage_id] if row.asked_passage_id else [],
        "parts": [],
        "took_ms": 0.0,
        "conversation": None,
        "goes_on": False,
    }


def _change_feedback() -> None:
    """In place, so that rights which were granted on the table stay."""
    for name in _ASKED:
        op.drop_column("feedback", f"asked_{name}")
    op.add_column("feedback", sa.Column("state", sa.String, nullable=False, server_default="open"))
    op.add_column("feedback", sa.Column("handled_at", _MOMENT))
    op.add_column("feedback", sa.Column("handled_by", sa.String))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("feedback", "id", type_=sa.BigInteger)
