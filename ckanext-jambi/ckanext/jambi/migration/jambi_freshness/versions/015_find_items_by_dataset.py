"""Find the items that name a dataset without reading all of them: evidence is new to an item (F17)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_015"
down_revision = "jambi_freshness_014"

LOG = "jambi_freshness_observation"
INDEX = f"{LOG}_datasets"


def upgrade() -> None:
    """Create the index over the rows of items."""
    op.create_index(
        INDEX,
        LOG,
        [sa.text("(detail #> '{item,datasets}') jsonb_path_ops")],
        postgresql_using="gin",
        postgresql_where=sa.text("kind = 'item'"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(INDEX, LOG)
