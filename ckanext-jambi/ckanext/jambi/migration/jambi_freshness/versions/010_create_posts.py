"""Keep the posts of the ladder beside the log, which takes a row for each version of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_freshness_010"
down_revision = "jambi_freshness_005"

LOG = "jambi_freshness_observation"
TABLE = "jambi_freshness_posts"
BEFORE = (
    "upload datastore remote_fetch harvest_ok harvest_fail attestation item policy calendar exemption appeal "
    "retire portal_fault report facts"
)


def upgrade() -> None:
    """Create the table, guarded as the log is, and let the log take posts."""
    _kinds(f"{BEFORE} posts")
    op.create_table(
        TABLE,
        sa.Column("seq", sa.BigInteger, sa.ForeignKey(f"{LOG}.seq"), primary_key=True, autoincrement=False),
        sa.Column("body", JSONB, nullable=False),
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}"
        " FOR EACH STATEMENT EXECUTE FUNCTION jambi_freshness_refuse_change()"
    )


def downgrade() -> None:
    """Drop the table; rows of posts must be gone from the log before its kinds shrink."""
    op.drop_table(TABLE)
    _kinds(BEFORE)


def _kinds(words: str) -> None:
    names = ", ".join(f"'{word}'" for word in words.split())
    op.drop_constraint(f"{LOG}_kind_check", LOG)
    op.create_check_constraint(f"{LOG}_kind_check", LOG, f"kind IN ({names})")
