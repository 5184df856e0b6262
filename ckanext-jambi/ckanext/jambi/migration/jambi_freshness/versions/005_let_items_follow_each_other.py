"""Let an item take the dataset of a retired one: both keep their rows, since tables follow from the log."""

from __future__ import annotations

from alembic import op

revision = "jambi_freshness_005"
down_revision = "jambi_freshness_004"

TABLE = "jambi_freshness_item_dataset"
OLD = f"{TABLE}_package_id_selector_key"
NEW = f"{TABLE}_once"


def upgrade() -> None:
    """Count the item among what may stand once."""
    op.drop_constraint(OLD, TABLE)
    columns = ["item_id", "package_id", "selector"]
    op.create_unique_constraint(NEW, TABLE, columns, postgresql_nulls_not_distinct=True)


def downgrade() -> None:
    """Count dataset and value alone."""
    op.drop_constraint(NEW, TABLE)
    op.create_unique_constraint(OLD, TABLE, ["package_id", "selector"], postgresql_nulls_not_distinct=True)
