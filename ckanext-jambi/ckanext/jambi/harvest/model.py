"""Tables of the harvest engine (harvesting.md 7); migrations make them, this module only names them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

ACTIVE_STATES = ("queued", "probe", "gather", "guard", "import", "finish")
ENDED_STATES = ("succeeded", "unchanged", "partial", "quarantined", "failed", "aborted")
COUNTERS = (
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


def _text(name: str, **kwargs: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, **kwargs)


def _at(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.FetchedValue())


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, server_default=sa.FetchedValue())


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(none_as_null=True))


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, server_default=sa.FetchedValue())


token = sa.Sequence("jambi_harvest_token", metadata=metadata)

source = sa.Table(
    "jambi_harvest_source",
    metadata,
    _text("source_id", primary_key=True),
    _text("name"),
    # Not JSONB, which would forget the order of a table's columns.
    sa.Column("definition", sa.JSON(none_as_null=True)),
    _text("definition_hash"),
    _text("origin"),
    sa.Column("state", sa.Text, server_default=sa.FetchedValue()),
    _text("approved_hash"),
    _text("approved_by"),
    _at("approved_at"),
    _json("markers"),
    _json("cursor"),
    _at("next_due_at"),
    sa.Column("interval", sa.Interval),
    _flag("follow_up"),
    sa.Column("follow_up_mode", sa.Text, server_default=sa.FetchedValue()),
    _count("failures"),
    _at("checked_at"),
    _at("changed_at"),
    _at("last_read_at"),
    _at("last_complete_at"),
    _at("evidence_at"),
    _text("last_good_run"),
    _text("host"),
    _at("down_since"),
    _count("probe_failures"),
    _at("probe_at"),
)

run = sa.Table(
    "jambi_harvest_run",
    metadata,
    _text("id", primary_key=True),
    _text("source_id"),
    _text("job_id"),
    _text("trigger"),
    sa.Column("mode", sa.Text, server_default=sa.FetchedValue()),
    sa.Column("state", sa.Text, server_default=sa.FetchedValue()),
    _text("lease_owner"),
    sa.Column("lease_token", sa.BigInteger),
    _at("lease_until"),
    _flag("abort_requested"),
    _json("cursor"),
    _json("markers"),
    _json("columns"),
    _text("quarantine_id"),
    sa.Column("complete", sa.Boolean),
    *(_count(name) for name in COUNTERS),
    _count("expected"),
    _text("error_code"),
    _text("error"),
    _at("due_at"),
    _at("started_at"),
    _at("finished_at"),
)

record = sa.Table(
    "jambi_harvest_record",
    metadata,
    _text("source_id", primary_key=True),
    _text("guid", primary_key=True),
    _text("hash"),
    _text("delta_hash"),
    _text("package_id"),
    _at("seen_at"),
    _at("changed_at"),
    _at("missing_since"),
    _at("tombstone_until"),
    _at("kept_since"),
    _count("failures"),
    _text("failed_hash"),
    _at("retry_at"),
    _text("last_error"),
    _json("gaps"),
)

incoming = sa.Table(
    "jambi_harvest_incoming",
    metadata,
    _text("run_id", primary_key=True),
    _text("guid", primary_key=True),
    sa.Column("position", sa.Integer),
    _text("hash"),
    _text("kind"),
    _json("content"),
    _flag("held"),
    _flag("imported"),
    _text("reason"),
    _text("quarantine_id"),
    _text("package_id"),
)

chunk = sa.Table(
    "jambi_harvest_chunk",
    metadata,
    _text("run_id", primary_key=True),
    _text("guid", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("body", sa.LargeBinary),
)

place = sa.Table(
    "jambi_harvest_place",
    metadata,
    _text("run_id", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("guids", sa.ARRAY(sa.Text)),
    _json("state"),
    _at("kept_at"),
)

load = sa.Table(
    "jambi_harvest_load",
    metadata,
    _text("load_id", primary_key=True),
    _text("resource_id"),
    _text("run_id"),
    _text("guid"),
    sa.Column("state", sa.Text, server_default=sa.FetchedValue()),
    _count("rows"),
    _count("rows_before"),
    _at("done_at"),
)

attempt = sa.Table(
    "jambi_harvest_attempt",
    metadata,
    _text("run_id", primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    _text("url"),
    sa.Column("status", sa.Integer),
    sa.Column("bytes", sa.BigInteger),
    sa.Column("ms", sa.Integer),
    _text("outcome"),
)

quarantine = sa.Table(
    "jambi_harvest_quarantine",
    metadata,
    _text("id", primary_key=True),
    _text("source_id"),
    _text("run_id"),
    _text("reason"),
    _json("summary"),
    _json("samples"),
    _text("change_hash"),
    sa.Column("state", sa.Text, server_default=sa.FetchedValue()),
    _at("opened_at"),
    _text("decided_by"),
    _at("decided_at"),
    _text("note"),
)

schema = sa.Table(
    "jambi_harvest_schema",
    metadata,
    _text("source_id", primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    _text("definition_hash"),
    _json("columns"),
    _text("approved_by"),
    _at("approved_at"),
)

push = sa.Table(
    "jambi_harvest_push",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _text("run_id"),
    _text("source_id"),
    _text("key"),
    _text("mode"),
    _text("media_type"),
    _text("digest"),
    sa.Column("body", sa.LargeBinary),
    sa.Column("state", sa.Text, server_default=sa.FetchedValue()),
    _at("received_at"),
    _at("ended_at"),
)

host = sa.Table(
    "jambi_harvest_host",
    metadata,
    _text("host", primary_key=True),
    _at("free_at"),
)

link = sa.Table(
    "jambi_harvest_link",
    metadata,
    _text("resource_id", primary_key=True),
    _text("package_id"),
    _text("url"),
    _text("host"),
    _json("validators"),
    _flag("distrusted"),
    _text("hash"),
    _text("once"),
    sa.Column("rest", sa.Interval, server_default=sa.FetchedValue()),
    sa.Column("ok", sa.Boolean),
    _at("next_at"),
    _at("content_at"),
)

target = sa.Table(
    "jambi_harvest_target",
    metadata,
    _text("name", primary_key=True),
    _text("host"),
    _text("cidr"),
    sa.Column("port", sa.Integer),
    _text("path_prefix"),
    _text("reason"),
    _text("created_by"),
    _at("created_at"),
    _at("expires_at"),
)

stock_approval = sa.Table(
    "jambi_harvest_stock_approval",
    metadata,
    _text("source_id", primary_key=True),
    _text("approved_hash"),
    _text("approved_by"),
    _at("approved_at"),
)
