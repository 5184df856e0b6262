"""Tables of the notices room; migrations make them, this module only names them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text)


def _at(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.FetchedValue())


notice = sa.Table(
    "jambi_notice",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("about"),
    _text("event"),
    sa.Column("day", sa.Date),
    _text("source_id"),
    _text("source_name"),
    _text("organization_id"),
    _text("subject"),
    _text("body"),
    _at("happened_at"),
    _at("created_at"),
)

delivery = sa.Table(
    "jambi_notice_delivery",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("notice_id"),
    _text("recipient"),
    sa.Column("state", sa.Text, server_default=sa.FetchedValue()),
    sa.Column("attempts", sa.Integer, server_default=sa.FetchedValue()),
    _at("due_at"),
    _at("sent_at"),
    _text("last_error"),
    _at("created_at"),
)

reader = sa.Table(
    "jambi_notice_reader",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _text("cursor"),
    sa.Column("digested_on", sa.Date),
)
