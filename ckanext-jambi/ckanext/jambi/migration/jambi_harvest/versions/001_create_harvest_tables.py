"""Create the tables of the harvest engine.

Rows of one source go with it (ON DELETE CASCADE), so that clearing a source leaves nothing behind.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jambi_harvest_001"
down_revision = None

ACTIVE = "('queued', 'probe', 'gather', 'guard', 'import', 'finish')"
ENDED = "('succeeded', 'unchanged', 'partial', 'quarantined', 'failed', 'aborted')"


def upgrade() -> None:
    """Create all tables and the sequence of fencing tokens."""
    _create_source()
    _create_run()
    op.execute("CREATE SEQUENCE jambi_harvest_token OWNED BY jambi_harvest_run.lease_token")
    _create_record()
    _create_incoming()
    _create_load()
    _create_attempt()
    _create_quarantine()
    _create_target()


def downgrade() -> None:
    """Drop them all."""
    for name in ("target", "quarantine", "attempt", "load", "chunk", "incoming", "record", "run", "source"):
        op.drop_table(f"jambi_harvest_{name}")


def _at(name: str, **kwargs: Any) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def _source_key() -> sa.Column:
    # Deferred: our hook on a new source may run before ckanext-harvest's, which makes the row.
    source = sa.ForeignKey("harvest_source.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED")
    return sa.Column("source_id", sa.Text, source, nullable=False)


def _run_key(**kwargs: Any) -> sa.Column:
    return sa.Column(
        "run_id", sa.Text, sa.ForeignKey("jambi_harvest_run.id", ondelete="CASCADE"), nullable=False, **kwargs
    )


def _create_source() -> None:
    op.create_table(
        "jambi_harvest_source",
        _source_key(),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("definition", sa.JSON, nullable=False),
        sa.Column("definition_hash", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, sa.CheckConstraint("origin IN ('file', 'form')"), nullable=False),
        sa.Column(
            "state",
            sa.Text,
            sa.CheckConstraint("state IN ('active', 'paused', 'retired')"),
            nullable=False,
            server_default="active",
        ),
        sa.Column("approved_hash", sa.Text),
        sa.Column("approved_by", sa.Text),
        _at("approved_at"),
        sa.Column("markers", JSONB),
        sa.Column("cursor", JSONB),
        _at("next_due_at"),
        sa.Column("interval", sa.Interval),
        sa.Column("follow_up", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        _at("checked_at"),
        _at("changed_at"),
        _at("last_read_at"),
        _at("last_complete_at"),
        _at("evidence_at"),
        sa.Column("last_good_run", sa.Text),
        sa.PrimaryKeyConstraint("source_id"),
    )
    op.create_index("jambi_harvest_source_due", "jambi_harvest_source", ["next_due_at"])


def _create_run() -> None:
    counters = (
        "requests",
        "bytes",
        "pages",
        "seen",
        "new",
        "changed",
        "unchanged",
        "vanished",
        "failed",
        "held",
    )
    op.create_table(
        "jambi_harvest_run",
        sa.Column("id", sa.Text, primary_key=True),
        _source_key(),
        sa.Column("job_id", sa.Text),
        sa.Column("trigger", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False, server_default="normal"),
        sa.Column("state", sa.Text, nullable=False, server_default="queued"),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_token", sa.BigInteger),
        _at("lease_until"),
        sa.Column("abort_requested", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("cursor", JSONB),
        sa.Column("markers", JSONB),
        sa.Column("complete", sa.Boolean),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in counters),
        sa.Column("expected", sa.BigInteger),
        sa.Column("error_code", sa.Text),
        sa.Column("error", sa.Text),
        _at("due_at", nullable=False, server_default=sa.text("clock_timestamp()")),
        _at("started_at"),
        _at("finished_at"),
        sa.CheckConstraint(f"state IN {ACTIVE[:-1]}, {ENDED[1:]}", name="jambi_harvest_run_state"),
    )
    op.create_index(
        "jambi_harvest_run_active",
        "jambi_harvest_run",
        ["source_id"],
        unique=True,
        postgresql_where=sa.text(f"state IN {ACTIVE}"),
    )
    op.create_index(
        "jambi_harvest_run_due",
        "jambi_harvest_run",
        ["due_at"],
        postgresql_where=sa.text(f"state IN {ACTIVE}"),
    )
    op.create_index("jambi_harvest_run_history", "jambi_harvest_run", ["source_id", "due_at"])
    op.create_index("jambi_harvest_run_job", "jambi_harvest_run", ["job_id"])


def _create_record() -> None:
    op.create_table(
        "jambi_harvest_record",
        _source_key(),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("hash", sa.Text),
        sa.Column("package_id", sa.Text),
        _at("seen_at"),
        _at("changed_at"),
        _at("missing_since"),
        _at("tombstone_until"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failed_hash", sa.Text),
        _at("retry_at"),
        sa.Column("last_error", sa.Text),
        sa.Column("gaps", JSONB),
        sa.PrimaryKeyConstraint("source_id", "guid"),
    )
    op.execute("ALTER TABLE jambi_harvest_record SET (fillfactor = 70)")
    op.create_index(
        "jambi_harvest_record_package",
        "jambi_harvest_record",
        ["package_id"],
        unique=True,
        postgresql_where=sa.text("package_id IS NOT NULL"),
    )


def _create_incoming() -> None:
    op.create_table(
        "jambi_harvest_incoming",
        _run_key(),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column(
            "kind", sa.Text, sa.CheckConstraint("kind IN ('new', 'changed', 'vanished')"), nullable=False
        ),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("imported", sa.Boolean, nullable=False, server_default="false"),
        sa.PrimaryKeyConstraint("run_id", "guid"),
    )
    op.create_table(
        "jambi_harvest_chunk",
        _run_key(),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "guid", "number"),
    )
    op.execute("ALTER TABLE jambi_harvest_chunk ALTER COLUMN body SET STORAGE EXTERNAL")


def _create_load() -> None:
    op.create_table(
        "jambi_harvest_load",
        sa.Column("load_id", sa.Text, primary_key=True),
        sa.Column("resource_id", sa.Text, nullable=False),
        _run_key(),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column(
            "state",
            sa.Text,
            sa.CheckConstraint("state IN ('intended', 'done', 'dropped')"),
            nullable=False,
            server_default="intended",
        ),
        sa.Column("rows", sa.BigInteger),
        sa.Column("rows_before", sa.BigInteger),
        _at("done_at"),
    )
    op.create_index("jambi_harvest_load_resource", "jambi_harvest_load", ["resource_id", "done_at"])
    op.create_index(
        "jambi_harvest_load_open",
        "jambi_harvest_load",
        ["run_id"],
        postgresql_where=sa.text("state = 'intended'"),
    )


def _create_attempt() -> None:
    op.create_table(
        "jambi_harvest_attempt",
        _run_key(),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("bytes", sa.BigInteger),
        sa.Column("ms", sa.Integer),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "n"),
    )


def _create_quarantine() -> None:
    op.create_table(
        "jambi_harvest_quarantine",
        sa.Column("id", sa.Text, primary_key=True),
        _source_key(),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("summary", JSONB, nullable=False),
        sa.Column("samples", JSONB, nullable=False),
        sa.Column(
            "state",
            sa.Text,
            sa.CheckConstraint("state IN ('open', 'approved', 'rejected', 'superseded')"),
            nullable=False,
            server_default="open",
        ),
        _at("opened_at", nullable=False),
        sa.Column("decided_by", sa.Text),
        _at("decided_at"),
        sa.Column("note", sa.Text),
    )
    op.create_index(
        "jambi_harvest_quarantine_open",
        "jambi_harvest_quarantine",
        ["source_id", "reason"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def _create_target() -> None:
    op.create_table(
        "jambi_harvest_target",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("cidr", sa.Text, nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("path_prefix", sa.Text, nullable=False, server_default="/"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        _at("created_at", nullable=False),
        _at("expires_at"),
    )
