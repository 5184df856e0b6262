"""Create the notices, their deliveries, and the place up to which events have been read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_notices_001"
down_revision = None

NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Create the tables; reading begins with the events that commit from now on."""
    op.create_table(
        "jambi_notice",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("source_id", sa.Text),
        sa.Column("source_name", sa.Text),
        sa.Column("organization_id", sa.Text),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.UniqueConstraint("about", "event", "day", name="jambi_notice_once"),
    )
    op.create_index("jambi_notice_organization", "jambi_notice", ["organization_id", "created_at"])
    _create_deliveries()
    op.create_table(
        "jambi_notice_reader",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("digested_on", sa.Date),
    )
    op.execute(
        "INSERT INTO jambi_notice_reader (name, cursor)"
        " VALUES ('notices', pg_snapshot_xmin(pg_current_snapshot())::text || '-0')"
    )


def _create_deliveries() -> None:
    op.create_table(
        "jambi_notice_delivery",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("notice_id", sa.Text, sa.ForeignKey("jambi_notice.id", ondelete="CASCADE"), nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="queued"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.UniqueConstraint("notice_id", "recipient", name="jambi_notice_delivery_once"),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'deferred', 'digested')",
            name="jambi_notice_delivery_state",
        ),
    )
    op.create_index(
        "jambi_notice_delivery_due",
        "jambi_notice_delivery",
        ["due_at"],
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("jambi_notice_reader")
    op.drop_table("jambi_notice_delivery")
    op.drop_table("jambi_notice")
