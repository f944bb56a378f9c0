"""The table of feedback as versions before migrations left it: taken as it is where it is there."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

_LATER = ("complaint",)
"""Columns that the first versions did not have."""


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("feedback"):
        _complete()
        return
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("answer_id", sa.String, nullable=False, index=True),
        sa.Column("helpful", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.String) for name in ("passage_id", "comment", "complaint")),
        sa.Column("asked_question", sa.String),
        sa.Column("asked_channel", sa.String),
        sa.Column("asked_service", sa.String),
        sa.Column("asked_passage_id", sa.String),
        sa.Column("asked_confidence", sa.Float),
        sa.Column("asked_reason", sa.String),
        sa.Column("asked_index_version", sa.String),
    )


def _complete() -> None:
    inspector = sa.inspect(op.get_bind())
    indexes = {index["name"] for index in inspector.get_indexes("feedback")}
    for name in ("at", "answer_id"):
        if f"ix_feedback_{name}" not in indexes:
            op.create_index(f"ix_feedback_{name}", "feedback", [name])
    there = {column["name"] for column in inspector.get_columns("feedback")}
    for name in _LATER:
        if name not in there:
            op.add_column("feedback", sa.Column(name, sa.String))
