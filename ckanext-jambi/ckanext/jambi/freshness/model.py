"""Tables of the freshness room; the log `observation` is the truth, `state` follows from it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

_INSTANT = sa.DateTime(timezone=True)

observation = sa.Table(
    "jambi_freshness_observation",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("package_id", sa.Text),
    sa.Column("resource_id", sa.Text),
    sa.Column("item_id", sa.Text),
    sa.Column("obligation_id", sa.Text),
    sa.Column("organization_id", sa.Text),
    sa.Column("content_hash", sa.Text),
    sa.Column("hash_method", sa.Text),
    sa.Column("row_count", sa.BigInteger),
    sa.Column("period_start", sa.Date),
    sa.Column("period_end", sa.Date),
    sa.Column("actor_id", sa.Text),
    sa.Column("actor_class", sa.Text, nullable=False),
    sa.Column("valid_at", _INSTANT, nullable=False),
    sa.Column("recorded_at", _INSTANT, nullable=False),
    sa.Column("detail", JSONB, nullable=False),
    sa.Column("row_hash", sa.LargeBinary, nullable=False),
)

state = sa.Table(
    "jambi_freshness_state",
    metadata,
    sa.Column("package_id", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text),
    sa.Column("frequency", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("soon_at", _INSTANT),
    sa.Column("due_at", _INSTANT),
    sa.Column("overdue_at", _INSTANT),
    sa.Column("delinquent_at", _INSTANT),
    sa.Column("evidence_seq", sa.BigInteger),
    sa.Column("evidence_kind", sa.Text),
    sa.Column("evidence_at", _INSTANT),
    sa.Column("period_end", sa.Date),
    sa.Column("checked_at", _INSTANT),
    sa.Column("reachable", sa.Boolean),
)

pending = sa.Table(
    "jambi_freshness_pending",
    metadata,
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("package_id", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text),
    sa.Column("actor_class", sa.Text, nullable=False),
    sa.Column("touched_at", _INSTANT, nullable=False),
    sa.Column("quiet_from", _INSTANT, nullable=False, server_default=sa.FetchedValue()),
)
