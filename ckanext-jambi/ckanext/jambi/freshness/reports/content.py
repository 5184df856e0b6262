"""What a report says, reckoned from rows of the log: equal rows, equal report (F46). Imports no CKAN."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ckanext.jambi.freshness.promises import entries, figures, holding, quarters
from ckanext.jambi.freshness.promises.entries import Entry
from ckanext.jambi.freshness.promises.replay import World, at_instant, retired
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.rules import ALGORITHM, index, remedies
from ckanext.jambi.freshness.rules.assessing import Assessed
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.obligations import Law

STEPS = 8
"""So many steps of what to do; who wants more asks `jambi_freshness_todo_list`."""
_OF_INDEX = (
    *("index", "stars", "band", "mean", "weakest", "distribution", "items", "items_waiting"),
    "index_without_exemptions",
)
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


Indexes = Mapping[str, float | None]
"""The index of each organization, by its id."""


def nobody(_at: datetime) -> Indexes:
    """Return the indexes of no further organizations: the rows tell of all."""
    return {}


def compose(
    found: World,
    scope: Scope,
    period: Interval,
    as_of: datetime,
    end: Mapping[str, Any],
    others: Callable[[datetime], Indexes] = nobody,
) -> Report | None:
    """Return the report over a period as known at an instant; None where no rules were in force.

    The index is that of the period's last instant (or of `as_of`, if that comes first); obligations are
    those whose deadline lies in the period, with what was known of them at `as_of`. `end` is the last row
    of the log by then. `others` gives the indexes of the OPDs of which `found` does not tell, at an instant.
    """
    law = found.law
    if law is None:
        return None
    at = min(period.end, as_of)
    then = _judged(found, at)
    now = [each for each in at_instant(found, None, as_of) if each.item.organization_id in scope.wanted]
    return {
        "organization_id": scope.organization_id,
        "organization": scope.names[scope.organization_id] if scope.organization_id else "all",
        "organization_title": scope.titles[scope.organization_id] if scope.organization_id else None,
        "period": {"name": quarters.name(period), **lines.interval(period)},
        "as_of": lines.iso(as_of),
        **_figures(then, scope, law, at),
        **_on_time(now, period),
        **_place(then, scope, law, at, others),
        "before": _before(found, scope, law, min(period.start, at), others),
        "obligations": lines.due_in(now, period, found, scope.names),
        "rolling": lines.rolling(now, period, as_of, found, scope.names),
        "worst": lines.worst(now, period, as_of, found, law, scope.names),
        "todo": _todo(found, scope, law, as_of),
        **lines.decisions(found, now, scope.wanted, period, scope.names),
        "algorithm_version": ALGORITHM,
        "policy_version": law.policy_at(at).version,
        "calendar_version": law.calendar_at(as_of).version,
        "organizations": scope.listed(),
        "log": dict(end),
    }


def _judged(found: World, at: datetime) -> dict[str, list[Entry]]:
    """Return the items as judged at an instant, by organization."""
    return entries.by_owner(entries.of(found, holding.of_organization(found, None, at)))


def _figures(judged: Mapping[str, Sequence[Entry]], scope: Scope, law: Law, at: datetime) -> Report:
    """Return the index as of the period's end, also as it were had nothing been exempt (F26)."""
    mine = [each for key, some in judged.items() if key in scope.wanted for each in some]
    figured = entries.together(mine, law.policy_at(at).scoring)
    return {name: figured[name] for name in _OF_INDEX}


def _on_time(judged: Sequence[Assessed], period: Interval) -> Report:
    """Return what became of the obligations that were due in the period."""
    obligations = [one for each in judged for of_one in each.judged for one in of_one.obligations]
    tallied = index.tally(obligations, period)
    return {
        "on_time_rate": figures.rounded(tallied.on_time_rate, 4),
        **{name: getattr(tallied, name) for name in ("met", "judged", "skipped")},
    }


def _place(
    judged: Mapping[str, Sequence[Entry]],
    scope: Scope,
    law: Law,
    at: datetime,
    others: Callable[[datetime], Indexes],
) -> Report:
    """Return the rank among the OPDs, by the index as shown, to the tenth; the city has none."""
    scoring = law.policy_at(at).scoring
    known = {**others(at), **{key: entries.together(some, scoring)["index"] for key, some in judged.items()}}
    shown = {
        key: round(value, 1) for key, value in known.items() if key in scope.ranked and value is not None
    }
    mine = shown.get(scope.organization_id or "")
    rank = None if mine is None else 1 + sum(other > mine for other in shown.values())
    return {"rank": rank, "ranked": len(shown)}


def _before(
    found: World, scope: Scope, law: Law, at: datetime, others: Callable[[datetime], Indexes]
) -> Report:
    """Return index and rank, among how many OPDs, at the period's beginning, for the change since."""
    judged = _judged(found, at)
    value = _figures(judged, scope, law, at)["index"]
    return {"at": lines.iso(at), "index": value, **_place(judged, scope, law, at, others)}


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
