"""Check one link, while no run is due: what it gives enters the log, and when it is looked at again.

The requests hold no transaction. What was learnt, the evidence and the next time commit together.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from sqlalchemy.engine import Engine

from ckanext.jambi import clock, frequency
from ckanext.jambi.freshness import content, linked
from ckanext.jambi.freshness.content import Measured
from ckanext.jambi.freshness.rules import linking
from ckanext.jambi.freshness.rules.linking import Found, Kept, Promised
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.links import listing
from ckanext.jambi.harvest.links.asking import Asker
from ckanext.jambi.harvest.model import link
from jambi_harvesters.errors import HarvesterError, RateLimitedError, TooLargeError

log = logging.getLogger(__name__)

PAGES = frozenset({"", "html", "htm", "api", "rest", "wms", "wfs"})
"""Formats that are pages or services: whether they answer is all that is asked of them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a link: its format, its columns, and what is promised of its data."""

    format: str
    declared: content.Declared
    promised: Promised


@dataclass(frozen=True, slots=True)
class Learnt:
    """What one check found out; without `error` the file can be had."""

    kept: Kept
    found: Found | None = None
    measured: Measured | None = None
    settled: bool = False
    error: str | None = None


def check_next(engine: Engine) -> bool:
    """Check the link that waits longest; return whether there was one. Nobody looks at a simulated past."""
    own = None if clock.replay() else listing.take(engine)
    if own is None:
        return False
    known = _known(own["resource_id"])
    if known is None:
        return True
    try:
        learnt = _ask(engine, own, known)
    except RateLimitedError as err:
        log.info("Link %s: the host asks to wait: %s", own["resource_id"], err)
        return True
    credited = _write(own, known, learnt)
    model.Session.commit()
    if credited:
        search.rebuild(own["package_id"])
    return True


def _known(resource_id: str) -> Known | None:
    resource = model.Session.get(model.Resource, resource_id)
    if resource is None or resource.package is None:
        return None
    interval = frequency.normalise(resource.package.extras.get("frekuensi")).interval
    found = Known(
        (resource.format or "").strip().casefold(),
        content.Declared.of(resource.extras),
        Promised(interval.nominal if interval else None, linked.is_awaited(resource.package_id)),
    )
    model.Session.rollback()
    return found


def _ask(engine: Engine, own: dict[str, Any], known: Known) -> Learnt:
    """Ask for the head of a link, and for its bytes where the rules want them.

    Raises:
        RateLimitedError: if the host asks us to wait, which says nothing of the file.
    """
    before, interval = _kept(own), known.promised.interval
    kept, asker = before, Asker(engine, own["url"])
    try:
        head = asker.head(before.validators)
        said = linking.told(before, head.validators, not_modified=head.not_modified)
        kept = before if head.not_modified else linking.with_validators(before, head.validators)
        wanted = linking.wants_body(kept, said, own["unread_for"], known.promised)
        if known.format in PAGES or not wanted:
            return Learnt(kept)
        with asker.file() as path:
            measured = content.of_file(path, known.format, known.declared)
        after, found = linking.with_body(kept, said, measured.hash, interval)
        return Learnt(after, found, measured, settled=True)
    except RateLimitedError:
        raise
    except TooLargeError:
        return Learnt(linking.unread(kept, interval), settled=True)
    except HarvesterError as err:
        log.info("Link %s cannot be had: %s", own["resource_id"], err)
        return Learnt(before, error=err.code)


def _kept(own: dict[str, Any]) -> Kept:
    return Kept(own["validators"] or {}, own["distrusted"], own["hash"], own["once"], own["rest"])


def _write(own: dict[str, Any], known: Known, learnt: Learnt) -> bool:
    """Write what was learnt; return whether new content was credited."""
    kept, ok, now = learnt.kept, learnt.error is None, clock.now()
    values: dict[str, Any] = {
        "validators": dict(kept.validators),
        "distrusted": kept.distrusted,
        "hash": kept.hash,
        "once": kept.once,
        "rest": kept.rest,
        "ok": ok,
        "next_at": NOW + linking.next_look(kept, known.promised.interval, ok=ok),
    }
    if learnt.settled:
        values["content_at"] = NOW + kept.rest
    mine = link.c.resource_id == own["resource_id"]
    model.Session.execute(sa.update(link).where(mine).values(**values))
    others = sa.select(sa.func.bool_and(link.c.ok)).where(link.c.package_id == own["package_id"])
    all_ok = bool(model.Session.scalar(others))
    linked.looked(own["package_id"], own["resource_id"], now, ok=all_ok, reason=learnt.error)
    if learnt.found not in (Found.STABLE, Found.UNSTABLE) or learnt.measured is None:
        return False
    stable = learnt.found is Found.STABLE
    credit = linked.changed(own["package_id"], own["resource_id"], learnt.measured, now, stable=stable)
    return credit.credited
