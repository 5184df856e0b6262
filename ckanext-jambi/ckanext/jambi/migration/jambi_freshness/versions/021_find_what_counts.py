"""Find the rows of datasets that count without reading all others: most looks bring nothing new."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_021"
down_revision = "jambi_freshness_020"

LOG = "jambi_freshness_observation"
INDEX = f"{LOG}_counting"
COUNTS = "kind = 'facts' OR detail ->> 'credit' = 'new_content' OR detail ? 'answers_since'"


def upgrade() -> None:
    """Create the index over content that counts, complete runs, and facts."""
    op.create_index(INDEX, LOG, ["package_id", "seq"], postgresql_where=sa.text(COUNTS))


def downgrade() -> None:
    """Drop it."""
    op.drop_index(INDEX, LOG)
