"""Sources of other harvesters as actions and the board show them: like ours, as far as they go.

What ours keep in a row of their own follows here from ckanext-harvest's row and from the runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestSource
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import screening, status
from ckanext.jambi.harvest.model import ENDED_STATES, run, stock_approval
from ckanext.jambi.metadata.pii import keyed_hash
from jambi_harvesters.canonical import canonical_json

ORIGIN = "stock"
COMPLETE = ("succeeded", "unchanged")
READ = (*COMPLETE, "partial", "quarantined")

_package, _group, _own = model.Package.__table__, model.Group.__table__, HarvestSource.__table__


def find(connection: Connection, name_or_id: str) -> dict[str, Any] | None:
    """Return a source of another harvester as far as the row of one of ours goes, or None."""
    named = sa.or_(_package.c.id == name_or_id, _package.c.name == name_or_id)
    return next(iter(_rows(connection, named)), None)


def board(connection: Connection, organization_id: str | None = None) -> list[dict[str, Any]]:
    """Return every source, ours and those of other harvesters, with its last run, by name."""
    listed = _package.c.state == "active"
    if organization_id:
        listed &= _package.c.owner_org == organization_id
    foreign = [plain(row) for row in _rows(connection, listed)]
    return sorted([*status.board(connection, organization_id), *foreign], key=lambda one: one["name"])


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """Return what everybody may read of such a source; never its config."""
    last = status.plain_run(found["last_run"]) if found["last_run"] else None
    return status.plain_source({**found, "definition": {"kind": found["type"]}}, last)


def _rows(connection: Connection, wanted: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    query = (
        sa.select(
            _package.c.id.label("source_id"),
            *(_package.c[name] for name in ("name", "title", "owner_org")),
            *(_own.c[name] for name in ("url", "type", "config", "active", "next_run", "frequency")),
            _group.c.name.label("organization"),
            _group.c.title.label("organization_title"),
            _group.c.extras[status.POST].astext.label("post"),
            stock_approval.c.approved_hash,
            status.open_quarantines(_package.c.id).label("open_quarantines"),
        )
        .join(_own, _own.c.id == _package.c.id)
        .outerjoin(_group, _group.c.id == _package.c.owner_org)
        .outerjoin(stock_approval, stock_approval.c.source_id == _package.c.id)
        .where(wanted, _own.c.type != "jambi")
        .order_by(_package.c.name)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    ids = [row["source_id"] for row in rows]
    last, stands = _last_runs(connection, ids), _stands(connection, ids)
    for row in rows:
        row |= _settings(row) | stands.get(row["source_id"], NEVER_RUN)
        row["last_run"] = last.get(row["source_id"])
    return rows


def _settings(row: dict[str, Any]) -> dict[str, Any]:
    """Return what stands in place of a definition; its hash is keyed, since a config may hold a key."""
    stated = [row["type"], row["url"], row["owner_org"] or "", row["config"] or ""]
    polled = row["active"] and row["frequency"] != "MANUAL" and row["next_run"]
    return {
        "definition": None,
        "definition_hash": keyed_hash(screening.key(), canonical_json(stated).decode()),
        "origin": ORIGIN,
        "state": "active" if row["active"] else "paused",
        "next_due_at": row["next_run"].replace(tzinfo=UTC) if polled else None,
    }


NEVER_RUN: dict[str, Any] = {
    "failures": 0,
    "probe_failures": 0,
    **dict.fromkeys(("down_since", "checked_at", "changed_at", "last_complete_at")),
}


def _last_runs(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    query = sa.select(run).where(run.c.source_id.in_(ids)).distinct(run.c.source_id)
    rows = connection.execute(query.order_by(run.c.source_id, run.c.due_at.desc())).mappings()
    return {row["source_id"]: dict(row) for row in rows}


def _stands(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return when sources were read, changed and complete last, and since when they fail."""
    other = run.alias()
    good_at = (
        sa.select(sa.func.max(other.c.due_at))
        .where(other.c.source_id == run.c.source_id, other.c.state.in_(READ))
        .scalar_subquery()
    )
    failed = sa.and_(
        run.c.state == "failed", run.c.due_at > sa.func.coalesce(good_at, sa.text("'-infinity'"))
    )
    end, moved = sa.func.max(run.c.finished_at), run.c.new + run.c.changed + run.c.vanished > 0
    query = sa.select(
        run.c.source_id,
        sa.func.count().filter(failed).label("failures"),
        sa.func.min(run.c.finished_at).filter(failed).label("down_since"),
        end.filter(run.c.state.in_(READ)).label("checked_at"),
        end.filter(moved).label("changed_at"),
        end.filter(run.c.state.in_(COMPLETE)).label("last_complete_at"),
    ).where(run.c.source_id.in_(ids), run.c.state.in_(ENDED_STATES))
    rows = connection.execute(query.group_by(run.c.source_id)).mappings()
    return {row["source_id"]: NEVER_RUN | dict(row) for row in rows}
