"""Rules and items enter the log: versions of policy, calendar and posts, and what walidata says of an item.

Everything is written on `model.Session`, under the log's lock, and committed by the caller.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from ckan import model

from ckanext.jambi import clock, frequency
from ckanext.jambi import ledger as audit
from ckanext.jambi.freshness import dates, ledger
from ckanext.jambi.freshness.errors import FreshnessError
from ckanext.jambi.freshness.ladder import adopted
from ckanext.jambi.freshness.ladder.posts import Posts
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises import judging
from ckanext.jambi.freshness.promises.file import Item, ItemError, Translate
from ckanext.jambi.freshness.promises.places import SELECTORS
from ckanext.jambi.freshness.promises.replay import calendar_of, in_force_at
from ckanext.jambi.freshness.rules.policy import IndexPolicy

SYSTEM: Mapping[str, Any] = {"actor": None, "actor_class": "system"}
POSTS = "posts"
_NAMESPACE = uuid.UUID("6f0f3c1c-4a52-4d7b-8f0c-6a616d626901")


class RuleError(FreshnessError):
    """A file of a policy, a calendar or posts cannot be adopted."""


def adopt(path: Path, actor: Mapping[str, Any] = SYSTEM) -> str | None:
    """Write a version of a policy, a calendar or posts into the log; None if it is there already.

    The addresses of posts are kept beside the log, which everyone may read (F34).

    Raises:
        RuleError: if the file is none of them, another body has the same version, or they name an
            organization that does not exist.
    """
    kind, body = _read(path)
    sha256, version = audit.digest(body), str(body["version"])
    known = model.Session.scalar(
        sa.select(log.c.detail["sha256"].astext).where(
            log.c.kind == kind, log.c.detail["version"].astext == version
        )
    )
    if known == sha256:
        return None
    if known:
        raise RuleError(f"{path}: {kind} {version} is in force with another text: give it a new version.")
    detail: dict[str, Any] = {"version": version, "sha256": sha256}
    if kind == POSTS:
        _require_organizations(path, body)
        (seq,) = _write([{"kind": kind, "detail": detail}], actor)
        adopted.keep(seq, body)
    else:
        _write([{"kind": kind, "detail": detail | {"body": body}}], actor)
    return f"{kind} {version}"


def put(
    items: Sequence[Item], reason: str, actor: Mapping[str, Any] = SYSTEM, _: Translate = str
) -> list[str]:
    """Write the items that are new or other than the log's newest; return their codes.

    Args:
        _: translates what is said of a problem; who types commands reads English.

    Raises:
        ItemError: if an organization does not exist, a code belongs to another one, or an item was retired.
    """
    organizations = _organizations({each["organization"] for each in items})
    newest = _newest()
    changed = [each for each in items if newest.get(each["code"], {}).get("item") != each]
    problems = [text for each in items if (text := _problem(each, organizations, newest, _))]
    problems += [*_retired_before(changed, _), *_claimed_twice(items, newest, _)]
    if problems:
        raise ItemError(problems)
    rows = [_row(each, organizations[each["organization"]], each["code"] in newest) for each in changed]
    _write(rows, actor)
    for each in changed:
        audit.record(
            audit.Entry(
                action="item.write",
                object=f"item:{each['code']}",
                after=audit.digest(each),
                reason=reason,
                **actor,
            )
        )
    return [each["code"] for each in changed]


def retire(
    code: str, last_day: date, reason: str, actor: Mapping[str, Any] = SYSTEM, _: Translate = str
) -> None:
    """End the duty of an item for periods that end on `last_day` or later.

    Raises:
        ItemError: if there is no such item, or it has ended: a later day would owe the time since then.
    """
    row, before = _newest().get(code), judging.known(packages=[]).items.get(item_id(code))
    if row is None:
        raise ItemError([_("There is no item {code}.").format(code=code)])
    if before and before.retired_from and before.retired_from <= clock.today().date():
        said = _("{code}: this item ended on {day}; take a new code.")
        raise ItemError([said.format(code=code, day=dates.day(before.retired_from))])
    about = {"item_id": item_id(code), "organization_id": row["organization_id"]}
    _write([{"kind": "retire", **about, "detail": {"from": last_day.isoformat()}}], actor)
    audit.record(audit.Entry(action="item.retire", object=f"item:{code}", reason=reason, **actor))


def review(code: str, reason: str, actor: Mapping[str, Any], _: Translate = str) -> None:
    """Note that walidata looked at an archive and left it one: it may be so for another year (F25, G14).

    Raises:
        ItemError: if there is no such item, or it is no archive.
    """
    row = _newest().get(code)
    if row is None or frequency.parse(row["item"]["frequency"]).code != frequency.STATIC_CODE:
        raise ItemError([_("{code}: there is no such archive (`sekali`).").format(code=code)])
    about = {"item_id": item_id(code), "organization_id": row["organization_id"]}
    _write([{"kind": "item", **about, "detail": {"event": "review"}}], actor)
    audit.record(audit.Entry(action="item.review", object=f"item:{code}", reason=reason, **actor))


def said(code: str) -> dict[str, Any] | None:
    """Return an item as it was said last; None where there is none."""
    found: dict[str, Any] | None = _newest().get(code, {}).get("item")
    return found


def write(rows: Sequence[Mapping[str, Any]], actor: Mapping[str, Any] = SYSTEM) -> list[int]:
    """Append rows that the portal itself writes, or `actor`; return their numbers."""
    return _write(rows, actor)


def item_id(code: str) -> str:
    """Return the id of an item, which follows from its code."""
    return str(uuid.uuid5(_NAMESPACE, code))


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        body = _plain(yaml.safe_load(path.read_text(encoding="utf-8")))
        in_force_at(body, clock.now())
        if "days" in body:
            calendar_of(body)
            return "calendar", body
        if POSTS in body:
            Posts.read(body)
            return POSTS, body
        IndexPolicy.read(body)
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as err:
        raise RuleError(f"{path} is neither a policy nor a calendar nor posts: {err}") from err
    return "policy", body


def _require_organizations(path: Path, body: Mapping[str, Any]) -> None:
    named = Posts.read(body).organizations
    missing = sorted(named - set(_organizations(named)))
    if missing:
        raise RuleError(
            f"{path}: the panel or a channel names {missing[0]!r}, and there is no such organization."
        )


def _plain(value: Any) -> Any:
    """Return YAML as plain JSON values: days become texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _organizations(names: set[str]) -> dict[str, str]:
    table = model.Group.__table__
    query = sa.select(table.c.name, table.c.id).where(
        table.c.name.in_(names), table.c.is_organization, table.c.state == "active"
    )
    return {row.name: row.id for row in model.Session.execute(query)}


def _newest() -> dict[str, dict[str, Any]]:
    """Return the newest statement about each item, by its code."""
    query = sa.select(log.c.detail, log.c.organization_id).where(log.c.kind == "item").order_by(log.c.seq)
    rows = [(row.detail, row.organization_id) for row in model.Session.execute(query)]
    return {
        detail["item"]["code"]: {"item": detail["item"], "organization_id": organization_id}
        for detail, organization_id in rows
        if "item" in detail
    }


def _problem(
    item: Item, organizations: Mapping[str, str], newest: Mapping[str, Any], _: Translate
) -> str | None:
    organization_id = organizations.get(item["organization"])
    if organization_id is None:
        return _("{code}: there is no `organization` {name}.").format(
            code=item["code"], name=item["organization"]
        )
    before = newest.get(item["code"])
    if before and before["organization_id"] != organization_id:
        said = _("{code}: the code belongs to another organization; retire it and take a new code.")
        return said.format(code=item["code"])
    return None


def _claimed_twice(items: Sequence[Item], newest: Mapping[str, Any], _: Translate) -> list[str]:
    """Return what is wrong where two items that are not retired stand for the same rows of a dataset."""
    gone = _retired()
    standing = {code: row["item"] for code, row in newest.items() if item_id(code) not in gone}
    claims: dict[tuple[str, ...], str] = {}
    problems = []
    said = _(
        "{code}: the dataset {name} in `datasets` stands for {other} already; name a resource, or a "
        "column and value of it, or retire one of the two."
    )
    for code, one in sorted((standing | {each["code"]: each for each in items}).items()):
        for each in one["datasets"]:
            claim = tuple(str(each.get(key) or "") for key in ("name", *SELECTORS))
            first = claims.setdefault(claim, code)
            if first != code:
                problems.append(said.format(code=code, name=each["name"], other=first))
    return problems


def _retired_before(changed: Sequence[Item], _: Translate) -> list[str]:
    """Return what is wrong with a change of items that were retired: it would owe the time since then."""
    gone = _retired()
    said = _("{code}: this item was retired; take a new code.")
    return [said.format(code=each["code"]) for each in changed if item_id(each["code"]) in gone]


def _retired() -> frozenset[str]:
    return frozenset(model.Session.scalars(sa.select(log.c.item_id).where(log.c.kind == "retire")))


def _row(item: Item, organization_id: str, known: bool) -> dict[str, Any]:
    return {
        "kind": "item",
        "item_id": item_id(item["code"]),
        "organization_id": organization_id,
        "detail": {"event": "update" if known else "create", "item": item},
    }


def _write(rows: Sequence[Mapping[str, Any]], actor: Mapping[str, Any]) -> list[int]:
    if not rows:
        return []
    end = ledger.lock()
    recorded_at = ledger.recording_at(end)
    actor_id = actor.get("actor") if actor["actor_class"] == "person" else None
    about = {"actor_id": actor_id, "actor_class": actor["actor_class"]}
    empty = dict.fromkeys(column.name for column in log.columns if column.name != "row_hash")
    instants = {"valid_at": recorded_at, "recorded_at": recorded_at}
    written = [{**empty, **about, **instants, **row, "seq": end.seq + n} for n, row in enumerate(rows, 1)]
    ledger.append(end, written)
    return [end.seq + n for n, _ in enumerate(rows, 1)]
