"""What the board of sources shows, read from the database alone; used by commands and actions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import breaker
from ckanext.jambi.harvest.model import COUNTERS, ENDED_STATES, quarantine, record, run, source

POST = "walidata_pendukung_jabatan"
RUN_FIELDS = (
    "id",
    "source_id",
    "job_id",
    "trigger",
    "mode",
    "state",
    *COUNTERS,
    "expected",
    "error_code",
    "error",
    "started_at",
    "finished_at",
)


def board(connection: Connection, organization_id: str | None = None) -> list[dict[str, Any]]:
    """Return every source that has a definition, with its last run, by name."""
    last = (
        sa.select(run.c.source_id, sa.func.max(run.c.due_at).label("at")).group_by(run.c.source_id).subquery()
    )
    package, group = model.Package.__table__, model.Group.__table__
    query = (
        sa.select(
            source,
            package.c.title,
            group.c.name.label("organization"),
            group.c.title.label("organization_title"),
            group.c.extras[POST].astext.label("post"),
            open_quarantines(source.c.source_id).label("open_quarantines"),
        )
        .join(package, package.c.id == source.c.source_id)
        .outerjoin(group, group.c.id == package.c.owner_org)
        .order_by(source.c.name)
    )
    if organization_id:
        query = query.where(package.c.owner_org == organization_id)
    runs = {
        row["source_id"]: plain_run(row)
        for row in connection.execute(
            sa.select(run).join(last, sa.and_(last.c.source_id == run.c.source_id, last.c.at == run.c.due_at))
        ).mappings()
    }
    return [plain_source(row, runs.get(row["source_id"])) for row in connection.execute(query).mappings()]


def open_quarantines(source_id: sa.ColumnElement[str]) -> sa.ScalarSelect[int]:
    """Return the expression that counts what of a source waits for a decision."""
    own = sa.and_(quarantine.c.source_id == source_id, quarantine.c.state == "open")
    return sa.select(sa.func.count()).select_from(quarantine).where(own).scalar_subquery()


def one(connection: Connection, found: Any) -> dict[str, Any]:
    """Return one source, whose row is given, as on the board."""
    return next(each for each in board(connection) if each["id"] == found["source_id"])


def plain_source(row: Any, last_run: dict[str, Any] | None) -> dict[str, Any]:
    """Return the public status of a source: never its definition."""
    at = ("down_since", "checked_at", "changed_at", "last_complete_at", "next_due_at")
    return {
        "id": row["source_id"],
        "name": row["name"],
        "kind": row["definition"]["kind"],
        "title": row["title"] or row["name"],
        "organization": row["organization"],
        "organization_title": row["organization_title"],
        "post": row["post"],
        "open_quarantines": row["open_quarantines"],
        "origin": row["origin"],
        "state": row["state"],
        "definition_hash": row["definition_hash"],
        "approved": row["approved_hash"] == row["definition_hash"],
        "health": breaker.health(row["state"], row["failures"], row["probe_failures"] or 0).value,
        "failures": row["failures"],
        **{name: iso(row[name]) for name in at},
        "last_run": last_run,
    }


def retired_source(package_id: str) -> dict[str, Any] | None:
    """Return `name` and `last_read_at` of the source of a dataset if its system was switched off.

    Read in the session's transaction.
    """
    query = (
        sa.select(source.c.name, source.c.last_read_at)
        .join(record, record.c.source_id == source.c.source_id)
        .where(record.c.package_id == package_id, source.c.state == "retired")
    )
    found = model.Session.execute(query).first()
    return {"name": found.name, "last_read_at": iso(found.last_read_at)} if found else None


def sources_of(names: Collection[str]) -> dict[str, str]:
    """Return the name of the source from which each dataset comes, by the dataset's name."""
    package = model.Package.__table__
    query = (
        sa.select(package.c.name, source.c.name.label("source"))
        .join(record, record.c.package_id == package.c.id)
        .join(source, source.c.source_id == record.c.source_id)
        .where(package.c.name.in_(names), source.c.state != "retired")
    )
    return {row.name: row.source for row in model.Session.execute(query)}


def plain_run(row: Any) -> dict[str, Any]:
    """Return a run as plain values."""
    return {name: iso(row[name]) if name.endswith("_at") else row[name] for name in RUN_FIELDS}


def has_ended(connection: Connection, run_id: str) -> bool:
    """Return whether a run has ended."""
    return connection.scalar(sa.select(run.c.state).where(run.c.id == run_id)) in ENDED_STATES


def line(connection: Connection, run_id: str, name: str) -> tuple[str, str]:
    """Return a run's state, and one line that tells how it ended."""
    row = connection.execute(sa.select(run).where(run.c.id == run_id)).mappings().one()
    counts = ", ".join(f"{row[each]} {each}" for each in COUNTERS[4:] if row[each])
    spent = (row["finished_at"] - row["started_at"]).total_seconds() if row["finished_at"] else 0
    text = f"{name}: {row['state']} in {spent:.1f} s" + f" ({counts})" * bool(counts)
    return row["state"], f"{text}: {row['error']}" if row["error"] else text


def iso(at: datetime | None) -> str | None:
    """Return an instant as text."""
    return at.isoformat() if at else None
