"""Create what follows from the log for promises: items, obligations, scores, days; log facts of datasets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_freshness_002"
down_revision = "jambi_freshness_001"

LOG = "jambi_freshness_observation"
INSTANT = sa.DateTime(timezone=True)
BEFORE = (
    "upload datastore remote_fetch harvest_ok harvest_fail attestation item policy calendar exemption appeal "
    "retire portal_fault report"
)
OUTCOMES = "open met met_late attested skipped excused"


def upgrade() -> None:
    """Create the tables and let the log take facts."""
    _kinds(f"{BEFORE} facts")
    _create_items()
    _create_obligations()
    _create_scores()


def downgrade() -> None:
    """Drop the tables; rows of facts must be gone from the log before its kinds shrink."""
    for table in ("progress", "organization_day", "score", "obligation", "item_dataset", "item"):
        op.drop_table(f"jambi_freshness_{table}")
    _kinds(BEFORE)


def _kinds(words: str) -> None:
    op.drop_constraint(f"{LOG}_kind_check", LOG)
    op.create_check_constraint(f"{LOG}_kind_check", LOG, _one_of("kind", words))


def _create_items() -> None:
    table = "jambi_freshness_item"
    op.create_table(
        table,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("anchor", sa.Date),
        sa.Column("lag_days", sa.SmallInteger, sa.CheckConstraint("lag_days BETWEEN 0 AND 180")),
        sa.Column("grace_days", sa.SmallInteger, sa.CheckConstraint("grace_days BETWEEN 0 AND 180")),
        sa.Column("calendar", sa.Text, nullable=False),
        sa.Column("max_delay_seconds", sa.Integer),
        sa.Column("weight", sa.SmallInteger, sa.CheckConstraint("weight BETWEEN 1 AND 3"), nullable=False),
        sa.Column("class", sa.Text, nullable=False),
        sa.Column("peristiwa", sa.Boolean, nullable=False),
        sa.Column(
            "access",
            sa.Text,
            sa.CheckConstraint(_one_of("access", "terbuka terbatas tertutup")),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    op.create_index(f"{table}_organization", table, ["organization_id"])
    op.create_table(
        "jambi_freshness_item_dataset",
        sa.Column("item_id", sa.Text, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("selector", JSONB),
        sa.UniqueConstraint("package_id", "selector", postgresql_nulls_not_distinct=True),
    )


def _create_obligations() -> None:
    table = "jambi_freshness_obligation"
    op.create_table(
        table,
        sa.Column("item_id", sa.Text, sa.ForeignKey("jambi_freshness_item.id", ondelete="CASCADE")),
        sa.Column("package_id", sa.Text),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("period_start", sa.Date, nullable=False),
        sa.Column("period_end", sa.Date, nullable=False),
        *(
            sa.Column(name, INSTANT, nullable=False)
            for name in ("soon_at", "due_at", "overdue_at", "delinquent_at")
        ),
        sa.Column("policy_version", sa.Text, nullable=False),
        sa.Column("calendar_version", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, sa.CheckConstraint(_one_of("outcome", OUTCOMES)), nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("closing_seq", sa.BigInteger, sa.ForeignKey(f"{LOG}.seq")),
        sa.UniqueConstraint(
            "item_id", "package_id", "period_start", "period_end", postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index(f"{table}_outcome", table, ["outcome", "due_at"])


def _create_scores() -> None:
    table = "jambi_freshness_score"
    op.create_table(
        table,
        sa.Column("item_id", sa.Text, sa.ForeignKey("jambi_freshness_item.id", ondelete="CASCADE")),
        sa.Column("package_id", sa.Text),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        *(sa.Column(name, INSTANT) for name in ("due_at", "overdue_at", "delinquent_at")),
        *(sa.Column(name, sa.Numeric(12, 9), nullable=False) for name in ("p", "t", "a", "q", "score")),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("evidence_seq", sa.BigInteger),
        sa.Column("score_at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT),
        sa.UniqueConstraint("item_id", "package_id", postgresql_nulls_not_distinct=True),
    )
    op.create_index(f"{table}_organization", table, ["organization_id", "score"])
    op.create_index(f"{table}_next", table, ["next_at"])
    op.create_table(
        "jambi_freshness_organization_day",
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("index_value", sa.Numeric(12, 9)),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("open_overdue", sa.Integer, nullable=False),
        sa.Column("open_delinquent", sa.Integer, nullable=False),
    )
    op.create_table(
        "jambi_freshness_progress",
        sa.Column("one", sa.Boolean, sa.CheckConstraint("one"), primary_key=True),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("last_tick_at", INSTANT, nullable=False),
    )


def _one_of(column: str, words: str) -> str:
    return f"{column} IN ({', '.join(repr(name) for name in words.split())})"
