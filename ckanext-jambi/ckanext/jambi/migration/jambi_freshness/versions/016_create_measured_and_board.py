"""Create what spares repeated work: in which state facts were measured, and the scoreboard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_freshness_016"
down_revision = "jambi_freshness_015"

LOG = "jambi_freshness_observation"


def upgrade() -> None:
    """Create both tables, and let the items of an organization be found in the log."""
    op.create_table(
        "jambi_freshness_measured",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("metadata_modified", sa.DateTime),
    )
    op.create_table(
        "jambi_freshness_board",
        sa.Column("one", sa.Boolean, sa.CheckConstraint("one"), primary_key=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("body", JSONB, nullable=False),
    )
    op.create_index(f"{LOG}_promised", LOG, ["organization_id"], postgresql_where=sa.text("kind = 'item'"))
    op.create_index("jambi_freshness_item_dataset_item", "jambi_freshness_item_dataset", ["item_id"])


def downgrade() -> None:
    """Drop what upgrade made."""
    op.drop_index("jambi_freshness_item_dataset_item")
    op.drop_index(f"{LOG}_promised")
    for table in ("board", "measured"):
        op.drop_table(f"jambi_freshness_{table}")
