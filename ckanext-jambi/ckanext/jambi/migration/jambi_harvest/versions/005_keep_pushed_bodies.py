"""Keep what systems push until a run has read it, and their keys for good (HV32)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_harvest_005"
down_revision = "jambi_harvest_004"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "jambi_harvest_push",
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("run_id", sa.Text, nullable=False, unique=True),
        sa.Column(
            "source_id", sa.Text, sa.ForeignKey("harvest_source.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, sa.CheckConstraint("mode IN ('partial', 'complete')"), nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column(
            "state",
            sa.Text,
            sa.CheckConstraint("state IN ('waiting', 'queued', 'ended')"),
            nullable=False,
            server_default="waiting",
        ),
        sa.Column("received_at", INSTANT, nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("ended_at", INSTANT),
        sa.UniqueConstraint("source_id", "key"),
    )
    op.create_index(
        "jambi_harvest_push_open",
        "jambi_harvest_push",
        ["source_id", "number"],
        postgresql_where=sa.text("state <> 'ended'"),
    )


def downgrade() -> None:
    """Drop the table, and with it what waits."""
    op.drop_table("jambi_harvest_push")
