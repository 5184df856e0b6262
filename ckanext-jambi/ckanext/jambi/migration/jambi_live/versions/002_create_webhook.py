"""Create webhooks, their deliveries, and the place up to which the outbox was laid out for them (HV34)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_live_002"
down_revision = "jambi_live_001"

NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "jambi_webhook",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False, index=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("filters", JSONB, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "jambi_webhook_delivery",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "webhook_id", sa.Text, sa.ForeignKey("jambi_webhook.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text),
        sa.Column("status", sa.Integer),
        sa.UniqueConstraint("webhook_id", "event_id"),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'dead', 'withdrawn')"),
    )
    op.create_index(
        "jambi_webhook_delivery_due",
        "jambi_webhook_delivery",
        ["webhook_id", "due_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("jambi_webhook_delivery_ended", "jambi_webhook_delivery", ["ended_at"])
    op.create_table(
        "jambi_webhook_reader",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("cursor", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables; the secrets of webhooks stay in the vault."""
    op.drop_table("jambi_webhook_reader")
    op.drop_table("jambi_webhook_delivery")
    op.drop_table("jambi_webhook")
