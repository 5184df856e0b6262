"""Create the outbox and the clock-driven duties of the ground floor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_001"
down_revision = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "jambi_event",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "transaction",
            sa.BigInteger,
            nullable=False,
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
        ),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text),
        sa.Column("organization_id", sa.Text),
        sa.Column("source_id", sa.Text),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column(
            "emitted_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("clock_timestamp()"),
        ),
    )
    op.create_index("jambi_event_order", "jambi_event", ["transaction", "id"])
    op.create_index("jambi_event_package", "jambi_event", ["package_id", "transaction", "id"])
    op.create_table(
        "jambi_tick",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("last_run_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("jambi_tick")
    op.drop_table("jambi_event")
