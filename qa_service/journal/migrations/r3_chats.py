"""Chats of which several processes know: talks, deliveries that came, and whose turn it is."""

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "chat_talks",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("person", sa.String, unique=True),
        sa.Column("written", sa.String, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False, index=True),
    )
    op.create_table(
        "chat_deliveries",
        sa.Column("delivery", sa.String, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False, index=True),
    )
    op.create_table(
        "chat_turns",
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
    )
