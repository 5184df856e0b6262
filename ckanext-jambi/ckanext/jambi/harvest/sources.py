"""Sources: how a definition becomes a harvest source, and how a run opens its source (HV12, HV22)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi import clock, ledger
from ckanext.jambi.harvest import loosening
from ckanext.jambi.harvest.errors import DecisionRefusedError, SourceUnknownError, SourceUnsupportedError
from ckanext.jambi.harvest.leases import NOW, Lease
from ckanext.jambi.harvest.model import record, run, source
from ckanext.jambi.harvest.work import Stop, Work
from jambi_harvesters.definition import Definition, parse
from jambi_harvesters.errors import Problem

HARVESTER = "jambi"
DEFINITIONS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one definition: `change` is created, updated, approved or unchanged."""

    name: str
    source_id: str
    change: str


def open_work(lease: Lease, stop: Stop) -> Work:
    """Return what a leased run works with.

    Raises:
        SourceUnsupportedError: if the source's harvester is none of ours.
        DefinitionError: if its stored definition is no longer valid.
    """
    with lease.engine.connect() as connection:
        stated = connection.execute(sa.select(run).where(run.c.id == lease.run_id)).mappings().one()
        query = sa.select(source, model.Package.owner_org).outerjoin(
            model.Package, model.Package.id == source.c.source_id
        )
        own = connection.execute(query.where(source.c.source_id == lease.source_id)).mappings().first()
    if own is None:
        raise SourceUnsupportedError(
            tk._("This portal runs sources of the type {type} only.").format(type=HARVESTER)
        )
    if own["owner_org"] is None:
        raise SourceUnknownError(tk._("This source was removed, or belongs to no organization."))
    return Work(
        lease=lease,
        definition=_parsed(json.dumps(own["definition"]), own["origin"]),
        source=dict(own),
        run=dict(stated),
        organization_id=own["owner_org"],
        approved=own["approved_hash"] == own["definition_hash"],
        now=clock.now(),
        user=_site_user(),
        stop=stop,
    )


@lru_cache(maxsize=DEFINITIONS_KEPT)
def _parsed(text: str, origin: str) -> Definition:
    """Return what a stored definition states; a worker opens the same sources again and again."""
    return parse(json.loads(text), origin=origin)


def apply(definition: Definition, context: dict[str, Any], approve_by: str | None = None) -> Applied:
    """Make or update the harvest source of a file-defined definition; nothing to do is no write.

    Args:
        approve_by: who lets it publish directly; None leaves that open.

    Raises:
        ObjectNotFound: if its organization does not exist.
        ValidationError: if its id is taken by a dataset or by a source made in a form.
    """
    organization = tk.get_action("organization_show")({**context}, {"id": definition.organization})
    require_allowed(definition, by_sysadmin=True)
    known = _by_name(definition.id)
    if known and known["origin"] != "file":
        raise tk.ValidationError(
            {"id": [tk._("A source of this name was made in a form; choose another id.")]}
        )
    if known and known["definition_hash"] == definition.hash:
        change = _approved(known["source_id"], definition, approve_by)
        return Applied(definition.id, known["source_id"], change)
    dataset = _dataset(definition, organization["id"])
    if known:
        dataset["id"] = known["source_id"]
    shown = tk.get_action("harvest_source_update" if known else "harvest_source_create")({**context}, dataset)
    store(model.Session.connection(), definition, shown["id"], ledger.command_line())
    _approved(shown["id"], definition, approve_by)
    model.Session.commit()
    return Applied(definition.id, shown["id"], "updated" if known else "created")


def require_allowed(definition: Definition, *, by_sysadmin: bool) -> None:
    """Refuse a limit of deletions that this person may not state; one that is kept as it was stays.

    Raises:
        ValidationError: keyed `definition`, if more may go at once than the person or the day allows.
    """
    known = _by_name(definition.id)
    stated = definition.raw.get("guard", {}).get("max_delete")
    if known and known["definition"].get("guard", {}).get("max_delete") == stated:
        return
    today = clock.today().date()
    found = list(loosening.problems(definition.guard.max_delete, today, by_sysadmin=by_sysadmin))
    if found:
        raise tk.ValidationError({"definition": [problem_dict(one) for one in found]})


def problem_dict(one: Problem) -> dict[str, Any]:
    """Return a problem as actions answer it."""
    return {"path": one.path, "message": one.message, "pesan": one.pesan, "suggestion": one.suggestion}


def approve(connection: Connection, source_id: str, definition_hash: str, by: str) -> bool:
    """Let a source publish directly as long as its definition stays the same; return whether that is new.

    What was harvested before is imported again with the next run, as published datasets (HV22).

    Raises:
        DecisionRefusedError: if the definition is another one by now.
    """
    own = sa.and_(source.c.source_id == source_id, source.c.definition_hash == definition_hash)
    columns = (source.c.approved_hash, source.c.definition)
    before = connection.execute(sa.select(*columns).where(own).with_for_update()).first()
    if before is None:
        raise DecisionRefusedError(
            tk._("The definition has changed since you looked at it; look at it again.")
        )
    if before.approved_hash == definition_hash:
        return False
    values = {"approved_hash": definition_hash, "approved_by": by, "approved_at": NOW, "markers": None}
    if parse(before.definition).trigger.polled:
        values["next_due_at"] = NOW
    connection.execute(sa.update(source).where(own).values(**values))
    connection.execute(sa.update(record).where(record.c.source_id == source_id).values(hash=None))
    return True


def note_approval(name: str, definition_hash: str, note: str, by: Mapping[str, Any]) -> None:
    """Write an approval into the audit ledger, in the session's transaction."""
    entry = {"action": "source.approve", "object": f"source:{name}", "after": definition_hash, "reason": note}
    ledger.record(ledger.Entry(**entry, **by))


def store(connection: Connection, definition: Definition, source_id: str, by: Mapping[str, Any]) -> None:
    """Keep a definition beside its harvest source; a changed one is read anew as a whole.

    The hashes of its records are forgotten, since what a record becomes may have changed though the
    source has not; whether its rows earn credit is judged by the evidence log, not here.

    Args:
        by: who defines it, as the audit ledger wants it.
    """
    known = sa.select(source.c.definition_hash).where(source.c.source_id == source_id)
    before = connection.execute(known).scalar()
    values = {
        "name": definition.id,
        "definition": dict(definition.raw),
        "definition_hash": definition.hash,
        "origin": definition.origin,
        "state": definition.state,
        "host": _lane(definition),
        "markers": None,
        "cursor": None,
        "interval": None,
        "next_due_at": NOW if definition.trigger.polled else None,
    }
    connection.execute(
        insert(source)
        .values(source_id=source_id, **values)
        .on_conflict_do_update(index_elements=["source_id"], set_=values)
    )
    connection.execute(sa.update(record).where(record.c.source_id == source_id).values(hash=None))
    if before != definition.hash:
        ledger.record(
            ledger.Entry(
                action="source.update" if before else "source.create",
                object=f"source:{definition.id}",
                before=before,
                after=definition.hash,
                reason=definition.guard.max_delete.reason,
                **by,
            )
        )


def find(connection: Connection, name_or_id: str) -> dict[str, Any]:
    """Return a source's row by name or id.

    Raises:
        SourceUnknownError: if there is none.
    """
    own = sa.or_(source.c.name == name_or_id, source.c.source_id == name_or_id)
    row = connection.execute(sa.select(source).where(own)).mappings().first()
    if row is None:
        raise SourceUnknownError(
            tk._("There is no source {name}; `ckan jambi source list` names them all.").format(
                name=name_or_id
            )
        )
    return dict(row)


def stored(connection: Connection, source_id: str) -> dict[str, Any] | None:
    """Return the row of a source, None if it has no definition of ours yet."""
    query = sa.select(source).where(source.c.source_id == source_id)
    found = connection.execute(query).mappings().first()
    return dict(found) if found else None


def active(connection: Connection) -> list[dict[str, Any]]:
    """Return the rows of all active sources, by name."""
    query = sa.select(source).where(source.c.state == "active").order_by(source.c.name)
    return [dict(row) for row in connection.execute(query).mappings()]


def _approved(source_id: str, definition: Definition, by: str | None) -> str:
    """Approve if somebody does; return what that changed."""
    if not by or not approve(model.Session.connection(), source_id, definition.hash, by):
        return "unchanged"
    note_approval(definition.id, definition.hash, "", ledger.command_line())
    model.Session.commit()
    return "approved"


def _site_user() -> model.User:
    user = model.User.get(tk.config["ckan.site_id"]) or _new_site_user()
    # Detached, so that no rollback inside a batch expires it (importer.md, recipe 3).
    model.Session.expunge(user)
    model.Session.remove()
    return user


def _new_site_user() -> model.User:
    name = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return model.User.get(name)


def _by_name(name: str) -> Any:
    return model.Session.execute(sa.select(source).where(source.c.name == name)).mappings().first()


def shown_address(definition: Definition) -> str:
    """Return where a source is, as everybody may read it: a database or a file has no public address."""
    address = definition.client.base_url
    if address.casefold().startswith("http"):
        return address
    return f"{definition.kind}:{definition.endpoint.path}"


def _lane(definition: Definition) -> str | None:
    """Return what sources share that are asked one after the other (HV16): a host, or its secret's name."""
    address = definition.client.base_url
    return urlsplit(address).hostname or (f"{definition.organization}/{address}" if address else None)


def _dataset(definition: Definition, owner_org: str) -> dict[str, Any]:
    """Return the harvest source as ckanext-harvest takes it; the definition itself stays with us (HV13)."""
    return {
        "name": definition.id,
        "title": definition.dataset.title or definition.id,
        "url": shown_address(definition),
        "source_type": HARVESTER,
        "frequency": "MANUAL",
        "owner_org": owner_org,
        "config": json.dumps({"definition": definition.id}),
    }
