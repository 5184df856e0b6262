"""Create the tables of the PostgreSQL search engine."""

from __future__ import annotations

from alembic import op

from ckanext.jambi.search import schema

revision = "jambi_search_001"
down_revision = None


def upgrade() -> None:
    """Create the tables, unless the engine has already made them for itself."""
    for statement in (*schema.VERSION_1, schema.TRIGRAMS):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Drop the tables; the index can be rebuilt from the datasets."""
    for table in reversed(schema.TABLES):
        op.execute(f"DROP TABLE IF EXISTS {table}")
