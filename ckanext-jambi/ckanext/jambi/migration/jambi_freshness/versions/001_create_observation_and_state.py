"""Create the append-only log of observations, the states that follow from it, and open measurements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_freshness_001"
down_revision = None

LOG = "jambi_freshness_observation"
KINDS = (
    "upload",
    "datastore",
    "remote_fetch",
    "harvest_ok",
    "harvest_fail",
    "attestation",
    "item",
    "policy",
    "calendar",
    "exemption",
    "appeal",
    "retire",
    "portal_fault",
    "report",
)
ACTORS = ("person", "harvester", "token", "system")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables and guard the log."""
    _create_log()
    _guard_log()
    _create_state()
    op.create_table(
        "jambi_freshness_pending",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text),
        sa.Column("actor_class", sa.Text, nullable=False),
        sa.Column("touched_at", INSTANT, nullable=False),
        sa.Column("quiet_from", INSTANT, nullable=False, server_default=sa.text("clock_timestamp()")),
    )


def downgrade() -> None:
    """Drop what upgrade made; the log goes with it."""
    for table in ("jambi_freshness_pending", "jambi_freshness_state", LOG):
        op.drop_table(table)
    op.execute("DROP FUNCTION IF EXISTS jambi_freshness_refuse_change()")


def _create_log() -> None:
    op.create_table(
        LOG,
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, sa.CheckConstraint(_one_of("kind", KINDS)), nullable=False),
        sa.Column("package_id", sa.Text),
        sa.Column("resource_id", sa.Text),
        sa.Column("item_id", sa.Text),
        sa.Column("obligation_id", sa.Text),
        sa.Column("organization_id", sa.Text),
        sa.Column("content_hash", sa.Text),
        sa.Column("hash_method", sa.Text),
        sa.Column("row_count", sa.BigInteger, sa.CheckConstraint("row_count >= 0")),
        sa.Column("period_start", sa.Date),
        sa.Column("period_end", sa.Date),
        sa.Column("actor_id", sa.Text),
        sa.Column("actor_class", sa.Text, sa.CheckConstraint(_one_of("actor_class", ACTORS)), nullable=False),
        sa.Column("valid_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("detail", JSONB, nullable=False),
        sa.Column("row_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.CheckConstraint("seq > 0", name=f"{LOG}_seq_positive"),
        sa.CheckConstraint("octet_length(row_hash) = 32", name=f"{LOG}_row_hash_length"),
        sa.CheckConstraint("period_end >= period_start", name=f"{LOG}_period_order"),
        sa.CheckConstraint("valid_at <= recorded_at + interval '5 minutes'", name=f"{LOG}_not_ahead"),
    )
    op.create_index(f"{LOG}_package", LOG, ["package_id", sa.text("recorded_at DESC")])
    op.create_index(f"{LOG}_kind", LOG, ["kind", "recorded_at"])
    op.create_index(f"{LOG}_item", LOG, ["item_id", "content_hash"])
    op.create_index(f"{LOG}_content", LOG, ["package_id", "content_hash"])


def _guard_log() -> None:
    op.execute(
        """
        CREATE OR REPLACE FUNCTION jambi_freshness_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'jambi_freshness_observation is append-only: % is refused', TG_OP
                USING ERRCODE = 'insufficient_privilege';
        END
        $$
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER {LOG}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {LOG}
        FOR EACH STATEMENT EXECUTE FUNCTION jambi_freshness_refuse_change()
        """
    )


def _create_state() -> None:
    table = "jambi_freshness_state"
    boundaries = ("soon_at", "due_at", "overdue_at", "delinquent_at")
    op.create_table(
        table,
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, sa.CheckConstraint("basis IN ('rolling', 'scheduled')"), nullable=False),
        *(sa.Column(name, INSTANT) for name in boundaries),
        sa.Column("evidence_seq", sa.BigInteger),
        sa.Column("evidence_kind", sa.Text),
        sa.Column("evidence_at", INSTANT),
        sa.Column("period_end", sa.Date),
        sa.Column("checked_at", INSTANT),
        sa.Column("reachable", sa.Boolean),
    )
    for name in (*boundaries, "organization_id"):
        op.create_index(f"{table}_{name}", table, [name])


def _one_of(column: str, names: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(name) for name in names)})"
