"""Keep the Merkle root of each day of the log; append-only like the log itself (F32)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_014"
down_revision = "jambi_freshness_013"

TABLE = "jambi_freshness_root"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table and guard it."""
    op.create_table(
        TABLE,
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("first_seq", sa.BigInteger, sa.CheckConstraint("first_seq > 0"), nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("merkle_root", sa.LargeBinary, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("mailed_at", INSTANT),
        sa.CheckConstraint("last_seq >= first_seq - 1", name=f"{TABLE}_order"),
        sa.CheckConstraint("octet_length(merkle_root) = 32", name=f"{TABLE}_length"),
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}"
        " FOR EACH STATEMENT EXECUTE FUNCTION jambi_freshness_refuse_change()"
    )


def downgrade() -> None:
    """Drop the table; roots can be made again from the log, their mails are out."""
    op.drop_table(TABLE)
