"""Tables of the live room; migrations make them, this module only names them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

signature = sa.Table(
    "jambi_live_signature",
    metadata,
    sa.Column("source_id", sa.Text, primary_key=True),
    sa.Column("signature", sa.LargeBinary, primary_key=True),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)


def _at(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.FetchedValue())


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, server_default=sa.FetchedValue())


webhook = sa.Table(
    "jambi_webhook",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("filters", JSONB, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
    _at("created_at"),
    _at("due_at"),
    _count("failures"),
    _at("delivered_at"),
)

delivery = sa.Table(
    "jambi_webhook_delivery",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("webhook_id", sa.Text, nullable=False),
    sa.Column("event_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, server_default=sa.FetchedValue()),
    _count("attempts"),
    _at("queued_at"),
    _at("due_at"),
    _at("ended_at"),
    sa.Column("outcome", sa.Text),
    sa.Column("status", sa.Integer),
)

place = sa.Table(
    "jambi_webhook_reader",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("cursor", sa.Text, nullable=False),
)
