"""Faults of the portal: time in which no OPD could deliver, or those that a fault names (F28)."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness.decisions.desk import Actor, Desk, Row, plain
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.rules.cases import Kind
from ckanext.jambi.freshness.rules.exclusions import Interval


class Cause(StrEnum):
    """What was down."""

    WEB = "web"  # public page and API
    WORKER = "worker"  # the harvester
    NETWORK = "network"  # the city's network, confirmed (city-systems.md C24)


def note(interval: Interval, cause: Cause, named: Collection[str] | None, words: Words, actor: Actor) -> Row:
    """Write a fault that is over into the log; `named` are ids of OPDs, None means all.

    Raises:
        DecisionError: if it is not over, ends before it begins, or names an organization that is none.
    """
    desk = Desk()
    if interval.end <= interval.start:
        raise DecisionError("to", tk._("The fault ends before it begins."))
    if interval.end > desk.now:
        raise DecisionError("to", tk._("A fault is noted once it is over."))
    detail: Row = {"reason_code": cause.value, **plain(interval)}
    detail["organizations"] = None if named is None else _organizations(named)
    return desk.ask(Kind.PORTAL_FAULT, {}, detail, words, actor)


def _organizations(named: Collection[str]) -> list[str]:
    query = sa.select(group.c.id).where(group.c.is_organization, group.c.state == "active")
    found = set(model.Session.scalars(query.where(group.c.id.in_(list(named)))))
    unknown = sorted(set(named) - found)
    if unknown or not named:
        text = tk._("There is no organization of the id {id}.")
        raise DecisionError("organizations", text.format(id=", ".join(unknown)))
    return sorted(found)
