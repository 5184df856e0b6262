"""Keep the links of notices by which a person answers: whose each is, until when, and when it was used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_012"
down_revision = "jambi_freshness_009"

TABLE = "jambi_freshness_link"
NOTICE = "jambi_freshness_notice"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table, and let the steps of a message be found."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
    )
    op.create_index(f"{NOTICE}_receipts", NOTICE, ["receipts"], postgresql_using="gin")


def downgrade() -> None:
    """Drop both."""
    op.drop_index(f"{NOTICE}_receipts", NOTICE)
    op.drop_table(TABLE)
