"""Whether a source of another harvester may publish directly (HV22).

Its settings (type, address, owner, config) take the place of a definition: an approval is bound to their
hash, so that changed settings need an approval anew. The hash is keyed, since a config may hold a key.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestSource
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import breaker, screening, status
from ckanext.jambi.harvest.errors import DecisionRefusedError
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import quarantine, run, stock_approval
from ckanext.jambi.metadata.pii import keyed_hash
from jambi_harvesters.canonical import canonical_json

ORIGIN = "stock"
READ = ("succeeded", "unchanged", "partial", "quarantined")


def find(connection: Connection, name_or_id: str) -> dict[str, Any] | None:
    """Return a source of another harvester as far as the row of one of ours goes, or None."""
    package, own = model.Package.__table__, HarvestSource.__table__
    query = (
        sa.select(
            package.c.id.label("source_id"),
            package.c.name,
            package.c.title,
            package.c.owner_org,
            own.c.url,
            own.c.type,
            own.c.config,
            own.c.active,
        )
        .join(own, own.c.id == package.c.id)
        .where(sa.or_(package.c.id == name_or_id, package.c.name == name_or_id), own.c.type != "jambi")
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    settings = [row["type"], row["url"], row["owner_org"] or "", row["config"] or ""]
    hashed = keyed_hash(screening.key(), canonical_json(settings).decode())
    last = _last_run(connection, row["source_id"])
    failed = last["state"] == "failed" if last else False
    return {
        **row,
        "definition": None,
        "definition_hash": hashed,
        "origin": ORIGIN,
        "state": "active" if row["active"] else "paused",
        "failures": int(failed),
        "probe_failures": 0,
        "down_since": last["finished_at"] if last and failed else None,
        "checked_at": _checked_at(connection, row["source_id"]),
        "last_run": last,
    }


def show(connection: Connection, found: dict[str, Any]) -> dict[str, Any]:
    """Return what everybody may read of such a source, as `status.plain_source` does; never its config."""
    owner = model.Group.get(found["owner_org"])
    same = ("name", "url", "state", "origin", "definition_hash", "failures")
    held = sa.and_(quarantine.c.source_id == found["source_id"], quarantine.c.state == "open")
    return {
        **{name: found[name] for name in same},
        "id": found["source_id"],
        "kind": found["type"],
        "title": found["title"] or found["name"],
        "organization": owner.name if owner else None,
        "organization_title": owner.title if owner else None,
        "post": (owner.extras or {}).get(status.POST) if owner else None,
        "open_quarantines": connection.scalar(sa.select(sa.func.count()).where(held)),
        "approved": approved(connection, found["source_id"]),
        "health": breaker.health(found["state"], found["failures"], 0).value,
        "down_since": status.iso(found["down_since"]),
        "checked_at": status.iso(found["checked_at"]),
        **dict.fromkeys(("changed_at", "last_complete_at", "next_due_at")),
        "last_run": status.plain_run(found["last_run"]) if found["last_run"] else None,
    }


def _last_run(connection: Connection, source_id: str) -> dict[str, Any] | None:
    query = sa.select(run).where(run.c.source_id == source_id).order_by(run.c.due_at.desc()).limit(1)
    found = connection.execute(query).mappings().first()
    return dict(found) if found else None


def _checked_at(connection: Connection, source_id: str) -> Any:
    """Return when the source was read last."""
    read = sa.and_(run.c.source_id == source_id, run.c.state.in_(READ))
    return connection.scalar(sa.select(sa.func.max(run.c.finished_at)).where(read))


def approved(connection: Connection, source_id: str) -> bool:
    """Return whether a source may publish with the settings that it has now."""
    found = find(connection, source_id)
    stated = sa.select(stock_approval.c.approved_hash).where(stock_approval.c.source_id == source_id)
    return found is not None and connection.scalar(stated) == found["definition_hash"]


def approve(connection: Connection, found: dict[str, Any], definition_hash: str, by: str) -> bool:
    """Let a source publish as long as its settings stay; return whether that is new.

    Raises:
        DecisionRefusedError: if the settings are others by now.
    """
    if found["definition_hash"] != definition_hash:
        raise DecisionRefusedError(
            tk._("The definition has changed since you looked at it; look at it again.")
        )
    if approved(connection, found["source_id"]):
        return False
    values = {"approved_hash": definition_hash, "approved_by": by, "approved_at": NOW}
    connection.execute(
        insert(stock_approval)
        .values(source_id=found["source_id"], **values)
        .on_conflict_do_update(index_elements=["source_id"], set_=values)
    )
    return True
