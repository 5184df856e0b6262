"""Freshness in search without reindexing (F41): dates in the index, states as ranges of dates.

The index holds when a dataset becomes due, overdue and delinquent; whoever filters by state
compares these dates with the portal's clock, so that a state changes without a write. Pure but for
the clock that callers pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ckanext.jambi.freshness.rules.states import State
from ckanext.jambi.freshness.rules.thresholds import Boundaries

NAMES = tuple(state.value for state in State)
DUE, OVERDUE, DELINQUENT = "jambi_due_date", "jambi_overdue_date", "jambi_delinquent_date"
SCORE = "jambi_score"
_NEVER = "9999-12-31T00:00:00Z"  # data that is never due (archive) stays fresh in every comparison
_CLAUSE = re.compile(r'([+-])?\b(?:kemutakhiran|jambi_state)\s*:\s*(?:"([^"]*)"|\(([^)]*)\)|(\w+))')


def fields(boundaries: Boundaries | None, score: str | None = None) -> dict[str, str]:
    """Return the index fields of a dataset: no dates where it cannot be judged, no score without an item."""
    return _dates(boundaries) | ({SCORE: score} if score else {})


def _dates(boundaries: Boundaries | None) -> dict[str, str]:
    if boundaries is None:
        return {}
    instants = (boundaries.due_at, boundaries.overdue_at, boundaries.delinquent_at)
    return {
        name: _written(instant) if instant else _NEVER
        for name, instant in zip((DUE, OVERDUE, DELINQUENT), instants, strict=True)
    }


def rewrite(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return search parameters whose filters by state have become ranges of dates.

    Read are `jambi_state:overdue` and `kemutakhiran:"overdue"` in `fq` and `fq_list`, several
    states as `(due OR overdue)`, a leading minus, and the extra `ext_kemutakhiran`. States exclude
    each other, so several clauses mean any of them.

    Raises:
        ValueError: for a state that does not exist.
    """
    states = _asked(params)
    if states is None:
        return dict(params)
    rest = without_state(params)
    return rest | {"fq": f"{rest.get('fq') or ''} {_any_of(states, now)}".strip()}


def _any_of(states: list[State], now: datetime) -> str:
    if len(states) == 1:
        return _range(states[0], now)
    # A clause that only excludes finds nothing inside brackets; `*:*` gives it something to exclude from.
    inner = " OR ".join(f"(*:* {_range(state, now)})" for state in states)
    return f"+({inner})" if inner else "-*:*"


def without_state(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return search parameters without any filter by state."""
    left = dict(params)
    if left.get("fq"):
        left["fq"] = _CLAUSE.sub("", left["fq"]).strip()
    if left.get("fq_list"):
        left["fq_list"] = [text for each in left["fq_list"] if (text := _CLAUSE.sub("", each).strip())]
    if left.get("extras"):
        left["extras"] = {key: value for key, value in left["extras"].items() if key != "ext_kemutakhiran"}
    return left


def _asked(params: Mapping[str, Any]) -> list[State] | None:
    """Return the states that may be found, or None if nobody asked."""
    wanted, excluded = _named(params)
    if not wanted and not excluded:
        return None
    return [state for state in State if (state in wanted or not wanted) and state not in excluded]


def _named(params: Mapping[str, Any]) -> tuple[set[State], set[State]]:
    wanted: set[State] = set()
    excluded: set[State] = set()
    for sign, text in _clauses(params):
        (excluded if sign == "-" else wanted).update(_states(text))
    return wanted, excluded


def _clauses(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for text in (params.get("fq") or "", *(params.get("fq_list") or [])):
        yield from ((sign, "".join(spelled)) for sign, *spelled in _CLAUSE.findall(text))
    extra = (params.get("extras") or {}).get("ext_kemutakhiran") or []
    yield from (("+", word) for word in ([extra] if isinstance(extra, str) else extra))


def _states(text: str) -> set[State]:
    return {State(word.strip('"')) for word in re.split(r"\s+(?:OR\s+)?", text.strip())}


def _range(state: State, now: datetime) -> str:
    at = _written(now)
    past, ahead = f"[* TO {at}]", f"{{{at} TO *]"
    ranges = {
        State.FRESH: f"+{DUE}:{ahead}",
        State.DUE: f"+{DUE}:{past} +{OVERDUE}:{ahead}",
        State.OVERDUE: f"+{OVERDUE}:{past} +{DELINQUENT}:{ahead}",
        State.DELINQUENT: f"+{DELINQUENT}:{past}",
        State.UNKNOWN: f"-{DUE}:[* TO *]",
    }
    return ranges[state]


def _written(instant: datetime) -> str:
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{text}Z"
