"""How a dataset stood at an instant, from the rows that were recorded by then (F33).

What the log does not hold is taken as it is now: the frequency of a dataset outside the Daftar Data, and
whether it has a file as long as no item stood for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import report, stamps, standing
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises import datasets, holding, judging
from ckanext.jambi.freshness.promises.datasets import OfItem
from ckanext.jambi.freshness.promises.entries import score_of
from ckanext.jambi.freshness.promises.replay import World, retired
from ckanext.jambi.freshness.promises.tables import exact
from ckanext.jambi.freshness.rules.credit import CONTENT_KINDS, Reason
from ckanext.jambi.freshness.rules.thresholds import V1
from ckanext.jambi.freshness.standing import Promise, Standing

Answer = dict[str, Any]


def of_dataset(package_id: str, now: datetime) -> Answer:
    """Return what was known of a dataset at an instant, as `jambi_freshness_show` says it of the present."""
    found = judging.of_organizations(_owners(package_id, now), now)
    items = _items(found, package_id, now)
    known = _seen(standing.load([package_id])[package_id], found, now)
    policy = found.law.policy_at(now).rolling if found.law else V1
    then = replace(known, promise=_promise(found, package_id, items), policy=policy)
    told = report.of_known({package_id: then}, now)[package_id]
    return {**told, "parts": _parts(items), **stamps.at(now)}


def _owners(package_id: str, now: datetime) -> list[str]:
    """Return the organizations whose items name the dataset."""
    query = sa.select(log.c.organization_id).where(log.c.package_id == package_id, log.c.kind == "item")
    return list(model.Session.scalars(query.where(log.c.recorded_at <= now).distinct()))


def _items(found: World, package_id: str, now: datetime) -> list[OfItem]:
    """Return the items for which the dataset stands, with what became of it for each."""
    owed = [each for each in holding.of_organization(found, None, now) if not retired(each[0].item, now)]
    return [(each, one, at) for each, at in owed for one in each.judged if one.package_id == package_id]


def _seen(present: Standing, found: World, now: datetime) -> Standing:
    """Return a dataset with the evidence that it had; looks that found nothing new are not told of then."""
    seen_at = sa.func.least(log.c.valid_at, log.c.recorded_at).label("seen_at")
    query = sa.select(log.c.seq, log.c.kind, seen_at, log.c.period_end).where(
        log.c.package_id == present.package_id,
        log.c.item_id.is_(None),
        log.c.kind.in_(CONTENT_KINDS),
        log.c.detail["credit"].astext == Reason.NEW_CONTENT.value,
        log.c.recorded_at <= now,
    )
    rows: Any = list(model.Session.execute(query.order_by(standing.place.desc())))
    facts, last = found.facts_at(present.package_id, now), rows[0] if rows else None
    return replace(
        present,
        has_resource=facts.has_resource if facts else present.has_resource,
        evidence_seq=last.seq if last else None,
        evidence_kind=last.kind if last else None,
        evidence_at=last.seen_at if last else None,
        period_end=next((each.period_end for each in rows if each.period_end), None),
        checked_at=None,
        reachable=None,
    )


def _promise(found: World, package_id: str, items: Sequence[OfItem]) -> Promise | None:
    """Return what the items made of the dataset; None where none stood for it."""
    law = found.law
    if law is None or not items:
        return None
    owed, at = datasets.owed(found, items, law), items[0][2]
    owner = found.items[owed.item_id] if owed else None
    score = exact(min(judged.score.total for _, judged, _ in items))
    code, calendar = (owner.code, owner.terms(at).calendar) if owner else (None, None)
    return Promise(score, at, owed, code, calendar, datasets.age(found, package_id, items))


def _parts(items: Sequence[OfItem]) -> Answer | None:
    """Return the parts of the weakest score."""
    if not items:
        return None
    told = score_of(min((one for _, one, _ in items), key=lambda each: each.score.total))
    return {name: told[name] for name in ("p", "t", "a", "q")}
