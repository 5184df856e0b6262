"""What a report says, reckoned from rows of the log: equal rows, equal report (F46). Imports no CKAN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ckanext.jambi.freshness.promises import figures, quarters
from ckanext.jambi.freshness.promises.replay import World, at_instant, retired
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.rules import ALGORITHM, index, remedies
from ckanext.jambi.freshness.rules.assessing import Assessed, assess
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.obligations import Law

STEPS = 8
"""So many steps of what to do; who wants more asks `jambi_freshness_todo_list`."""
_OF_INDEX = ("index", "stars", "band", "mean", "weakest", "distribution", "items", "items_waiting")
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose report it is, with what the log does not hold: names, and which organizations are ranked.

    `organization_id` None means all ranked OPDs. `names` and `titles` are by the id of the organization.
    """

    organization_id: str | None
    names: Mapping[str, str]
    titles: Mapping[str, str]
    ranked: frozenset[str]

    @property
    def wanted(self) -> frozenset[str]:
        """The organizations of which the report speaks."""
        return frozenset({self.organization_id}) if self.organization_id else self.ranked

    def listed(self) -> list[Report]:
        """Return the organizations as the report keeps them, so that it can be reckoned again."""
        return [
            {"id": key, "name": name, "title": self.titles[key], "ranked": key in self.ranked}
            for key, name in sorted(self.names.items())
        ]


def compose(
    found: World, scope: Scope, period: Interval, as_of: datetime, end: Mapping[str, Any]
) -> Report | None:
    """Return the report over a period as known at an instant; None where no rules were in force.

    The index is that of the period's last instant (or of `as_of`, if that comes first); obligations are
    those whose deadline lies in the period, with what was known of them at `as_of`. `end` is the last row
    of the log by then.
    """
    law = found.law
    if law is None:
        return None
    at = min(period.end, as_of)
    then = at_instant(found, None, at)
    now = _of(at_instant(found, None, as_of), scope)
    return {
        "organization_id": scope.organization_id,
        "organization": scope.names[scope.organization_id] if scope.organization_id else "all",
        "organization_title": scope.titles[scope.organization_id] if scope.organization_id else None,
        "period": {"name": quarters.name(period), **lines.interval(period)},
        "as_of": lines.iso(as_of),
        **_figures(found, _of(then, scope), law, at),
        **_on_time(now, period),
        **_place(then, scope, law, at),
        "before": _before(found, scope, law, min(period.start, at)),
        "obligations": lines.due_in(now, period, found, scope.names),
        "rolling": lines.rolling(now, period, as_of, found, scope.names),
        "worst": lines.worst(now, period, as_of, found, scope.names),
        "todo": _todo(found, scope, law, as_of),
        **lines.decisions(found, now, scope.wanted, period, scope.names),
        "algorithm_version": ALGORITHM,
        "policy_version": law.policy_at(at).version,
        "calendar_version": law.calendar_at(as_of).version,
        "organizations": scope.listed(),
        "log": dict(end),
    }


def _of(judged: Sequence[Assessed], scope: Scope) -> list[Assessed]:
    return [each for each in judged if each.item.organization_id in scope.wanted]


def _figures(found: World, judged: Sequence[Assessed], law: Law, at: datetime) -> Report:
    """Return the index as of the period's end, also as it were had nothing been exempt (F26)."""
    scoring = law.policy_at(at).scoring
    figured = figures.of_items(judged, scoring, at)
    bare = [
        assess(found.docket(each.item.id, at, exempting=False), law, at)
        if found.exempt(each.item.id)
        else each
        for each in judged
    ]
    without = figures.of_items(bare, scoring, at)["index"]
    return {**{name: figured[name] for name in _OF_INDEX}, "index_without_exemptions": without}


def _on_time(judged: Sequence[Assessed], period: Interval) -> Report:
    """Return what became of the obligations that were due in the period."""
    obligations = [one for each in judged for of_one in each.judged for one in of_one.obligations]
    tallied = index.tally(obligations, period)
    return {
        "on_time_rate": figures.rounded(tallied.on_time_rate, 4),
        **{name: getattr(tallied, name) for name in ("met", "judged", "skipped")},
    }


def _place(judged: Sequence[Assessed], scope: Scope, law: Law, at: datetime) -> Report:
    """Return the rank among the OPDs, by the index as shown, to the tenth; the city has none."""
    scoring = law.policy_at(at).scoring
    known = {
        key: figures.of_items(of_one, scoring, at)["index"]
        for key, of_one in figures.by_organization(judged).items()
        if key in scope.ranked
    }
    shown = {key: round(value, 1) for key, value in known.items() if value is not None}
    mine = shown.get(scope.organization_id or "")
    rank = None if mine is None else 1 + sum(other > mine for other in shown.values())
    return {"rank": rank, "ranked": len(shown)}


def _before(found: World, scope: Scope, law: Law, at: datetime) -> Report:
    """Return index and rank at the period's beginning, for the change since."""
    judged = at_instant(found, None, at)
    value = figures.of_items(_of(judged, scope), law.policy_at(at).scoring, at)["index"]
    return {"at": lines.iso(at), "index": value, "rank": _place(judged, scope, law, at)["rank"]}


def _todo(found: World, scope: Scope, law: Law, now: datetime) -> list[Report]:
    """Return the steps that raise the index of one OPD, the greatest gain first; nothing for all."""
    owed = [
        key
        for key, each in sorted(found.items.items())
        if each.organization_id == scope.organization_id and not retired(each, now)
    ]
    steps = remedies.steps([found.docket(key, now) for key in owed], law, now)
    return [
        {
            **lines.about(found.items[each.item_id], now),
            "step": each.remedy.value,
            "points": figures.rounded(each.points, 4),
            "gain": figures.rounded(each.gain, 4),
        }
        for each in steps[:STEPS]
        if each.points
    ]
