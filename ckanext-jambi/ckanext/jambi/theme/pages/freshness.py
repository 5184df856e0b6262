"""The page of a dataset's freshness: its states and scores over two years, obligations, evidence (F50)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import wording
from ckanext.jambi.theme import charts, formats, series
from ckanext.jambi.theme.pages import exempt, promises, states, words

Answer = dict[str, Any]
STEPS = (20, 40, 60, 80)
PERIODS, LOOKED_THROUGH = 30, 100
SHOWN = timedelta(minutes=1)
"""So exactly tables write an instant."""


def page(id: str) -> Answer:
    """Return what the page shows.

    Raises:
        ObjectNotFound: if there is no such dataset.
        NotAuthorized: if this reader may not see it.
    """
    dataset = tk.get_action("package_show")({}, {"id": id})
    found = tk.get_action("jambi_freshness_timeline_show")({}, {"id": dataset["id"]})
    state = states.of([dataset["id"]])[dataset["id"]]
    return {
        "dataset": dataset,
        "stamp": found,
        "state": state,
        "bar": bar(found["bands"]),
        "curve": curve(found["scores"], state["score"], found["as_of"]),
        "obligations": _obligations(dataset, found["obligations"][:PERIODS]),
        "older": max(0, len(found["obligations"]) - PERIODS),
        "evidence": [each | {"what": wording.evidence(each["kind"])} for each in found["evidence"]],
    }


def _obligations(dataset: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Return the latest periods in words, and until when each may be objected to (F29)."""
    asked = {"id": dataset["id"], "limit": LOOKED_THROUGH}
    listed = tk.get_action("jambi_freshness_obligation_list")({}, asked)["results"] if rows else []
    known = {
        (each["code"], each["period_end"]): {name: each[name] for name in ("appeal", "appeal_until")}
        for each in listed
    }
    return exempt.told(
        [
            promises.obligation(each)
            | {"dataset": dataset["name"]}
            | known.get((each["code"], each["period_end"]), {})
            for each in rows
        ]
    )


def bar(bands: Sequence[Mapping[str, str]]) -> Answer | None:
    """Draw the states over time, and sum up how long each lasted."""
    bands = lasting(bands)
    if not bands:
        return None
    spans = [(datetime.fromisoformat(each["from"]), datetime.fromisoformat(each["to"])) for each in bands]
    since, whole = spans[0][0], spans[-1][1] - spans[0][0]
    placed = [
        (100 * ((start - since) / whole), 100 * ((end - since) / whole), each["state"])
        for (start, end), each in zip(spans, bands, strict=True)
    ]
    told = _lasted(spans, [each["state"] for each in bands])
    return {
        "drawn": charts.states(placed, ticks=_ticks(since, spans[-1][1])),
        "lasted": told,
        "told": ", ".join(f"{states.label(name)} {days}" for name, days in told),
        "behind": [_band(each) for each in reversed(bands)],
    }


def lasting(bands: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the bands that last a minute at least: of others a table shows the same instant twice.

    Their neighbours meet, and are one where they are of one state.
    """
    found: list[Mapping[str, str]] = []
    for each in bands:
        if datetime.fromisoformat(each["to"]) - datetime.fromisoformat(each["from"]) < SHOWN:
            continue
        if found and found[-1]["state"] == each["state"]:
            found[-1] = {**found[-1], "to": each["to"]}
        else:
            found.append({**each, "from": found[-1]["to"] if found else each["from"]})
    return found


def _lasted(spans: Sequence[tuple[datetime, datetime]], named: Sequence[str]) -> list[tuple[str, str]]:
    """Return how long each state lasted in all, in words, and leave out those that never were."""
    lasted = {name: timedelta() for name in states.ORDER}
    for (start, end), state in zip(spans, named, strict=True):
        lasted[state] += end - start
    return [(name, _days(length)) for name, length in lasted.items() if length]


def _band(band: Mapping[str, str]) -> Answer:
    return {**band, "badge": {"state": band["state"], "label": states.label(band["state"])}}


def _days(length: timedelta) -> str:
    days = round(length / timedelta(days=1))
    return tk.ungettext("{days} day", "{days} days", days).format(days=days) if days else tk._("under a day")


def _ticks(since: datetime, until: datetime) -> list[charts.Mark]:
    """Name the days at the ends and in the middle; where they are one day, only once."""
    places = ((0, "start"), (50, "middle"), (100, "end"))
    named = {
        formats.day(since + (until - since) * (x / 100), tk.h.lang(), "short"): (x, anchor)
        for x, anchor in reversed(places)
    }
    return [charts.Mark(x, 63, text, anchor) for text, (x, anchor) in reversed(named.items())]


def curve(scores: Sequence[Mapping[str, Any]], score: float | None, as_of: str) -> Answer | None:
    """Draw the score at the end of each week and now; None where there is no way yet."""
    if score is None or not scores:
        return None
    points = [(each["day"], each["score"]) for each in scores] + [(as_of, score)]
    values = [value for _, value in points]
    line = charts.line(
        values,
        height=200,
        steps=[(step, str(step)) for step in STEPS],
        ticks=[(n, _tick(points[n][0])) for n in series.thinned(len(points), 4)],
    )
    return {"line": line, "first": points[0], "last": score, "behind": points[::-1]}


def _tick(text: str) -> str:
    found = words.instant(text)
    return formats.day(found, tk.h.lang(), "tick") if found else ""
