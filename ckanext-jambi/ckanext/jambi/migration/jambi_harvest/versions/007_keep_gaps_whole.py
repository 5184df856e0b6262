"""Gaps of records are kept whole, so that each is told with its place and in the reader's language.

What was kept before names neither; the next change of the record writes it anew, and the page of the dataset
reckons its gaps itself.
"""

from __future__ import annotations

from alembic import op

revision = "jambi_harvest_007"
down_revision = "jambi_harvest_006"


def upgrade() -> None:
    """Forget gaps without a path."""
    op.execute("UPDATE jambi_harvest_record SET gaps = NULL WHERE gaps IS NOT NULL AND NOT gaps->0 ? 'path'")


def downgrade() -> None:
    """Forget gaps that an older portal cannot read."""
    op.execute("UPDATE jambi_harvest_record SET gaps = NULL WHERE gaps->0 ? 'path'")
