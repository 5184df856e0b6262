"""Tables of freshness: most follow from the log, `observation`.

`pending`, `file`, `measured`, `pulse`, `refusal` and `notice` do not; `writing`, `posts`, `report`,
`report_file` and `root` are kept beside the log and bound to it.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

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

item = sa.Table(
    "jambi_freshness_item",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("frequency", sa.Text, nullable=False),
    sa.Column("anchor", sa.Date),
    sa.Column("lag_days", sa.SmallInteger),
    sa.Column("grace_days", sa.SmallInteger),
    sa.Column("calendar", sa.Text, nullable=False),
    sa.Column("max_delay_seconds", sa.Integer),
    sa.Column("weight", sa.SmallInteger, nullable=False),
    sa.Column("class", sa.Text, nullable=False),
    sa.Column("peristiwa", sa.Boolean, nullable=False),
    sa.Column("access", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("seq", sa.BigInteger, nullable=False),
)

item_dataset = sa.Table(
    "jambi_freshness_item_dataset",
    metadata,
    sa.Column("item_id", sa.Text, nullable=False),
    sa.Column("package_id", sa.Text, nullable=False),
    sa.Column("selector", JSONB(none_as_null=True)),
)

obligation = sa.Table(
    "jambi_freshness_obligation",
    metadata,
    sa.Column("item_id", sa.Text),
    sa.Column("package_id", sa.Text),
    sa.Column("frequency", sa.Text, nullable=False),
    sa.Column("period_start", sa.Date, nullable=False),
    sa.Column("period_end", sa.Date, nullable=False),
    sa.Column("soon_at", _INSTANT, nullable=False),
    sa.Column("due_at", _INSTANT, nullable=False),
    sa.Column("overdue_at", _INSTANT, nullable=False),
    sa.Column("delinquent_at", _INSTANT, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("calendar_version", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("closed_at", _INSTANT),
    sa.Column("closing_seq", sa.BigInteger),
)

score = sa.Table(
    "jambi_freshness_score",
    metadata,
    sa.Column("item_id", sa.Text),
    sa.Column("package_id", sa.Text),
    sa.Column("organization_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("due_at", _INSTANT),
    sa.Column("overdue_at", _INSTANT),
    sa.Column("delinquent_at", _INSTANT),
    *(sa.Column(name, sa.Numeric(12, 9), nullable=False) for name in ("p", "t", "a", "q", "score")),
    sa.Column("counts", sa.Boolean, nullable=False),
    sa.Column("evidence_seq", sa.BigInteger),
    sa.Column("score_at", _INSTANT, nullable=False),
    sa.Column("next_at", _INSTANT),
)

dataset = sa.Table(
    "jambi_freshness_dataset",
    metadata,
    sa.Column("package_id", sa.Text, primary_key=True),
    sa.Column("item_id", sa.Text),
    sa.Column("owed_from", sa.Date),
    sa.Column("owed_to", sa.Date),
    sa.Column("soon_at", _INSTANT),
    sa.Column("due_at", _INSTANT),
    sa.Column("overdue_at", _INSTANT),
    sa.Column("delinquent_at", _INSTANT),
    sa.Column("begun", sa.Boolean, nullable=False),
    sa.Column("frequency", sa.Text),
    sa.Column("excluded", JSONB(none_as_null=True)),
    sa.Column("confirmed_at", _INSTANT),
    sa.Column("score", sa.Numeric(12, 9), nullable=False),
    sa.Column("touched_at", _INSTANT, nullable=False),
)

dataset_week = sa.Table(
    "jambi_freshness_dataset_week",
    metadata,
    sa.Column("package_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("score", sa.Numeric(12, 9), nullable=False),
)

organization_day = sa.Table(
    "jambi_freshness_organization_day",
    metadata,
    sa.Column("organization_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("index_value", sa.Numeric(12, 9)),
    sa.Column("items", sa.Integer, nullable=False),
    sa.Column("open_overdue", sa.Integer, nullable=False),
    sa.Column("open_delinquent", sa.Integer, nullable=False),
)

snapshot = sa.Table(
    "jambi_freshness_snapshot",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("organization_id", sa.Text, primary_key=True),
    sa.Column("log_seq", sa.BigInteger, nullable=False),
    sa.Column("algorithm", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

progress = sa.Table(
    "jambi_freshness_progress",
    metadata,
    sa.Column("one", sa.Boolean, primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("last_tick_at", _INSTANT, nullable=False),
)

file = sa.Table(
    "jambi_freshness_file",
    metadata,
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("package_id", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text),
    sa.Column("sound", sa.Boolean, nullable=False),
    sa.Column("checked_at", _INSTANT, nullable=False),
)

measured = sa.Table(
    "jambi_freshness_measured",
    metadata,
    sa.Column("package_id", sa.Text, primary_key=True),
    sa.Column("metadata_modified", sa.DateTime),
)

board = sa.Table(
    "jambi_freshness_board",
    metadata,
    sa.Column("one", sa.Boolean, primary_key=True),
    sa.Column("as_of", _INSTANT, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("body", JSONB, nullable=False),
)

writing = sa.Table(
    "jambi_freshness_writing",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("legal_basis", sa.Text, nullable=False),
    sa.Column("document_url", sa.Text, nullable=False),
)

pulse = sa.Table(
    "jambi_freshness_pulse",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("seen_at", _INSTANT, nullable=False),
    sa.Column("failed_at", _INSTANT),
)

refusal = sa.Table(
    "jambi_freshness_refusal",
    metadata,
    sa.Column("package_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("valid_at", _INSTANT, nullable=False),
)

posts = sa.Table(
    "jambi_freshness_posts",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("body", JSONB, nullable=False),
)

notice = sa.Table(
    "jambi_freshness_notice",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("subject_key", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("item_id", sa.Text, nullable=False),
    sa.Column("package_id", sa.Text),
    sa.Column("period_end", sa.Date),
    sa.Column("organization_id", sa.Text, nullable=False),
    sa.Column("recipient_posts", ARRAY(sa.Text), nullable=False),
    sa.Column("due_at", _INSTANT, nullable=False),
    sa.Column("written_at", _INSTANT, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("receipts", ARRAY(sa.Text), nullable=False),
)

report = sa.Table(
    "jambi_freshness_report",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("from_at", _INSTANT, nullable=False),
    sa.Column("to_at", _INSTANT, nullable=False),
    sa.Column("revision", sa.SmallInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("as_of", _INSTANT, nullable=False),
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("objection_until", _INSTANT, nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("sha256", JSONB, nullable=False),
    sa.Column("draft_seq", sa.BigInteger, nullable=False),
    sa.Column("final_seq", sa.BigInteger),
    sa.Column("final_at", _INSTANT),
)

report_file = sa.Table(
    "jambi_freshness_report_file",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("format", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

root = sa.Table(
    "jambi_freshness_root",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("merkle_root", sa.LargeBinary, nullable=False),
    sa.Column("made_at", _INSTANT, nullable=False),
    sa.Column("mailed_at", _INSTANT),
)

link = sa.Table(
    "jambi_freshness_link",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("expires_at", _INSTANT, nullable=False),
    sa.Column("used_at", _INSTANT),
)

ladder = sa.Table(
    "jambi_freshness_ladder",
    metadata,
    sa.Column("one", sa.Boolean, primary_key=True),
    sa.Column("begun_at", _INSTANT, nullable=False),
)
