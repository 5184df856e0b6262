"""Keep held change sets until they are decided, the columns a steward has seen, and how a source stands.

What was held before this revision has lost its content: those quarantines stay open and are superseded
by the next run that reads their source.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_harvest_002"
down_revision = "jambi_harvest_001"

ADDED = (
    ("incoming", "reason", sa.Text),
    ("incoming", "quarantine_id", sa.Text),
    ("incoming", "package_id", sa.Text),
    ("quarantine", "change_hash", sa.Text),
    ("run", "quarantine_id", sa.Text),
    ("run", "columns", JSONB),
    ("record", "kept_since", lambda: sa.DateTime(timezone=True)),
    ("source", "down_since", lambda: sa.DateTime(timezone=True)),
    ("source", "probe_failures", sa.Integer),
    ("source", "probe_at", lambda: sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Add the columns and tables."""
    for table, name, kind in ADDED:
        op.add_column(f"jambi_harvest_{table}", sa.Column(name, kind()))
    op.create_index(
        "jambi_harvest_incoming_held",
        "jambi_harvest_incoming",
        ["quarantine_id"],
        postgresql_where=sa.text("quarantine_id IS NOT NULL"),
    )
    _create_schema()
    _create_host()


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM jambi_harvest_incoming WHERE quarantine_id IS NOT NULL")
    for name in ("host", "schema"):
        op.drop_table(f"jambi_harvest_{name}")
    op.drop_index("jambi_harvest_incoming_held", "jambi_harvest_incoming")
    for table, name, _ in reversed(ADDED):
        op.drop_column(f"jambi_harvest_{table}", name)


def _at(name: str, **kwargs: Any) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def _create_schema() -> None:
    op.create_table(
        "jambi_harvest_schema",
        sa.Column(
            "source_id", sa.Text, sa.ForeignKey("harvest_source.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("definition_hash", sa.Text, nullable=False),
        sa.Column("columns", JSONB, nullable=False),
        sa.Column("approved_by", sa.Text),
        _at("approved_at", nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.PrimaryKeyConstraint("source_id", "version"),
    )


def _create_host() -> None:
    op.create_table(
        "jambi_harvest_host",
        sa.Column("host", sa.Text, primary_key=True),
        _at("free_at", nullable=False),
    )
