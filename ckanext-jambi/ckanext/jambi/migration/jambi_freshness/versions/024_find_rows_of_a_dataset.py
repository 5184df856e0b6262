"""Find what is owed, and scored, of one dataset without reading that of all others."""

from __future__ import annotations

from alembic import op

revision = "jambi_freshness_024"
down_revision = "jambi_freshness_023"

TABLES = ("jambi_freshness_obligation", "jambi_freshness_score", "jambi_freshness_item_dataset")


def upgrade() -> None:
    """Create an index over the datasets of each table."""
    for table in TABLES:
        op.create_index(f"{table}_package", table, ["package_id"])


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_index(f"{table}_package", table)
