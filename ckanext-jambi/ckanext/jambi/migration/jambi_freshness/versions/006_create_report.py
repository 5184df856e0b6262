"""Keep reports: drafts that are open to objection, and final ones that nothing changes any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_freshness_006"
down_revision = "jambi_freshness_008"

LOG = "jambi_freshness_observation"
TABLE = "jambi_freshness_report"
FILES = "jambi_freshness_report_file"
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and let the database refuse a change of what is final."""
    _create_report()
    op.create_table(
        FILES,
        sa.Column("report_id", sa.Text, sa.ForeignKey(f"{TABLE}.id"), primary_key=True),
        sa.Column("format", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.execute(
        f"""
        CREATE TRIGGER {FILES}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {FILES}
        FOR EACH STATEMENT EXECUTE FUNCTION jambi_freshness_refuse_change()
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER {TABLE}_kept BEFORE DELETE OR TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION jambi_freshness_refuse_change()
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER {TABLE}_final BEFORE UPDATE ON {TABLE}
        FOR EACH ROW WHEN (OLD.status = 'final') EXECUTE FUNCTION jambi_freshness_refuse_change()
        """
    )


def downgrade() -> None:
    """Drop what upgrade made; the reports go with it, their hashes stay in the log."""
    op.drop_table(FILES)
    op.drop_table(TABLE)


def _create_report() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("to_at", INSTANT, nullable=False),
        sa.Column("revision", sa.SmallInteger, sa.CheckConstraint("revision >= 0"), nullable=False),
        sa.Column("status", sa.Text, sa.CheckConstraint("status IN ('objection', 'final')"), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("policy_version", sa.Text, nullable=False),
        sa.Column("objection_until", INSTANT, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("sha256", JSONB, nullable=False),
        sa.Column("draft_seq", sa.BigInteger, sa.ForeignKey(f"{LOG}.seq"), nullable=False),
        sa.Column("final_seq", sa.BigInteger, sa.ForeignKey(f"{LOG}.seq")),
        sa.Column("final_at", INSTANT),
        sa.CheckConstraint("(status = 'final') = (final_seq IS NOT NULL)", name=f"{TABLE}_final_seq"),
        sa.CheckConstraint("(status = 'final') = (final_at IS NOT NULL)", name=f"{TABLE}_final_at"),
        sa.UniqueConstraint(
            "organization_id",
            "period",
            "revision",
            name=f"{TABLE}_revision",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        f"{TABLE}_one_draft",
        TABLE,
        ["organization_id", "period"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("status <> 'final'"),
    )
