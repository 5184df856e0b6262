"""What an OPD promised, what became of it, and what to do: the index on the page of an organization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi import day_words
from ckanext.jambi.freshness import wording
from ckanext.jambi.freshness.rules.remedies import Remedy
from ckanext.jambi.freshness.rules.spans import SCHEDULED
from ckanext.jambi.harvest import status
from ckanext.jambi.theme import charts, formats, series
from ckanext.jambi.theme.pages import board, exempt, formula, states, words

OPEN, MISSED, STEPS, CASES = 30, 12, 8, 20
Answer = dict[str, Any]


def of_organization(organization_id: str) -> Answer | None:
    """Return the index of an organization with all that it is made of; None where it promised nothing."""
    found = board.answer()
    row = next((each for each in found["results"] if each["id"] == organization_id), None)
    if row is None or row["items"] is None:
        return None
    asked = {"id": organization_id, "as_of": found["index_as_of"]}
    figures = tk.get_action("jambi_freshness_organization_show")({}, asked)
    return {
        "row": row,
        "ranked": sum(each["rank"] is not None for each in found["results"]),
        "figures": figures,
        "curve": curve(row["trend"], row["index"], found["index_as_of"]),
        **_plan(organization_id, figures["scores"]),
        "scores": [_score(each) for each in figures["scores"]],
        "open": _obligations(organization_id, "open", OPEN),
        "cases": cases(organization_id),
        "missed": [_obligations(organization_id, outcome, MISSED) for outcome in ("met_late", "skipped")],
    }


def _plan(organization_id: str, scores: Sequence[Mapping[str, Any]]) -> Answer:
    """Return what to do, for those whom it concerns: members of the organization and walidata."""
    if not tk.h.check_access("jambi_freshness_todo_list", {"organization_id": organization_id}):
        return {"todo": [], "shortcut": None}
    return {"todo": steps(organization_id, scores)[:STEPS], "shortcut": shortcut(organization_id, scores)}


def standing_of(name: str) -> Answer | None:
    """Return how an organization stands, in words; None where it has no index."""
    found = board.answer()
    row = next((each for each in found["results"] if each["name"] == name), None)
    if row is None or row["index"] is None:
        return None
    ranked = sum(each["rank"] is not None for each in found["results"])
    rank = tk._("rank {rank} of {count} OPD").format(rank=row["rank"], count=ranked) if row["rank"] else ""
    told = {"rank_words": rank, "as_of": words.instant(found["index_as_of"]), "stamp": board.stamp(found)}
    return {**row, **told}


def cases(organization_id: str) -> list[Answer]:
    """Return the newest exemptions and appeals of an organization, with days and outcome (F27, F29)."""
    asked = {"organization_id": organization_id, "limit": CASES}
    found = [
        each | {"what": wording.kind(kind)}
        for kind in ("exemption", "appeal")
        for each in tk.get_action(f"jambi_freshness_{kind}_list")({}, dict(asked))["results"]
    ]
    return [_case(each) for each in sorted(found, key=lambda each: -each["asked"]["seq"])[:CASES]]


def _case(each: Mapping[str, Any]) -> Answer:
    first, last = each["granted_from_at"] or each["from_at"], each["granted_to_at"] or each["to_at"]
    steps = [each[name] for name in ("asked", "decided", "withdrawn") if each[name]]
    return {
        **each,
        "from": first,
        "to": last,
        "days": _days(first, last),
        "period": span(each["period_start"], each["period_end"]),
        "told": wording.case(each["status"], each["outcome"]),
        "reason": wording.ground(each["reason_code"]),
        "proof": [step["seq"] for step in steps],
    }


def span(first: str | None, last: str | None) -> str:
    """Write the days of a period; nothing where there is none."""
    if first is None or last is None:
        return ""
    return day_words.span(date.fromisoformat(first), date.fromisoformat(last), tk.h.lang())


def _days(first: str | None, last: str | None) -> int | None:
    start, end = words.instant(first), words.instant(last)
    return (end - start).days if start and end else None


def curve(trend: Sequence[Mapping[str, Any]], index: float | None, as_of: str) -> Answer | None:
    """Draw the weeks of a year and now; None where there is no way yet."""
    known = [each for each in trend if each["index"] is not None]
    if index is None or not known:
        return None
    lang = tk.h.lang()
    points = [(each["day"], each["index"]) for each in known] + [(as_of, index)]
    values = [value for _, value in points]
    low, high = min(values), max(values)
    line = charts.line(
        values,
        height=200,
        steps=_limits(low - 5, high + 5),
        ticks=[(n, _tick(points[n][0], lang)) for n in series.thinned(len(points), 4)],
    )
    return {"line": line, "first": points[0], "behind": points[::-1]}


def _limits(low: float, high: float) -> list[tuple[float, str]]:
    """Return the lower ends of the bands between two values, lowest first, each with its name (F24)."""
    known = reversed((formula.in_force() or {"bands": ()})["bands"])
    return [(limit, f"{limit} {word}") for limit, word in known if low < limit < high]


def _tick(text: str, lang: str) -> str:
    found = formats.parse(text)
    return formats.day(found, lang, "tick") if found else ""


def steps(organization_id: str, scores: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Return every step that raises the index, the greatest gain first, with the item's next deadline."""
    found = tk.get_action("jambi_freshness_todo_list")({}, {"organization_id": organization_id})["results"]
    by_code, sources = _by_code(scores), _sources([each["dataset"] for each in scores if each["dataset"]])
    return [_step(each, by_code.get(each["code"], []), sources) for each in found]


def _sources(datasets: Sequence[str]) -> dict[str, str]:
    """Return the source of each dataset that is harvested: its data is sent there, not here."""
    return status.sources_of(datasets) if p.plugin_loaded("jambi_harvest") else {}


def _by_code(scores: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the datasets of each item, the earliest deadline first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in sorted(scores, key=lambda each: each["overdue_at"] or "~"):
        found.setdefault(each["code"], []).append(each)
    return found


def _step(each: Mapping[str, Any], scores: Sequence[Mapping[str, Any]], sources: Mapping[str, str]) -> Answer:
    """Return a step with its deadline, and of each dataset of the item the page on which one takes it."""
    step = each["step"]
    places = [
        {"dataset": score["dataset"], "href": _page_of_step(step, each["code"], score["dataset"], sources)}
        for score in scores
        if score["dataset"] or step == Remedy.CONFIRM
    ]
    deadline = scores[0]["overdue_at"] if scores else None
    return {**each, "what": wording.step(step), "deadline": deadline, "places": places}


def _page_of_step(step: str, code: str, dataset: str | None, sources: Mapping[str, str]) -> str:
    if step == Remedy.CONFIRM:
        return tk.h.url_for("jambi_desk.form", name="confirm", code=code, dataset=dataset)
    if step == Remedy.DELIVER and (source := sources.get(dataset or "")):
        return tk.h.url_for("jambi_sources.show", name=source)
    return tk.h.url_for(f"dataset.{'resources' if step == Remedy.DELIVER else 'edit'}", id=dataset)


def shortcut(organization_id: str, scores: Sequence[Mapping[str, Any]]) -> Answer | None:
    """Return the fewest steps into the next band, each in words."""
    found = tk.get_action("jambi_freshness_shortcut_show")({}, {"organization_id": organization_id})
    if found is None:
        return None
    by_code = _by_code([each for each in scores if each["dataset"]])
    named = {code: [each["dataset"] for each in rows] for code, rows in by_code.items()}
    steps = [
        each | {"what": wording.step(each["step"]), "datasets": named.get(each["code"], [])}
        for each in found["steps"]
    ]
    return found | {"steps": steps, "label": wording.band(found["band"])}


def _score(row: Mapping[str, Any]) -> Answer:
    missing = [each | {"what": wording.lost(each["part"])} for each in row["lost"] if each["points"] >= 0.05]
    scheduled = row["frequency"] in SCHEDULED
    return {**row, "lost": missing, "label": states.label(row["state"]), "scheduled": scheduled}


def _obligations(organization_id: str, outcome: str, limit: int) -> Answer:
    asked = {"organization_id": organization_id, "outcome": outcome, "limit": limit}
    found = tk.get_action("jambi_freshness_obligation_list")({}, asked)
    return {
        "outcome": outcome,
        "label": wording.outcome(outcome),
        "count": found["count"],
        "rows": [obligation(each) for each in found["results"]],
    }


def of_dataset(dataset_id: str) -> Answer | None:
    """Return what was promised of a dataset, in words; None where it stands for no item."""
    if not p.plugin_loaded("jambi_freshness"):
        return None
    found = tk.get_action("jambi_freshness_promise_list")({}, {"id": dataset_id})
    rows = [_promise(each) for each in found["results"]]
    return {"rows": rows, "stamp": found} if rows else None


def _promise(row: Mapping[str, Any]) -> Answer:
    parts = {
        name: obligation({"state": None, **row[name]}) if row[name] else None
        for name in ("judging", "next", "last_closed")
    }
    if parts["last_closed"]:
        (parts["last_closed"],) = exempt.told([parts["last_closed"] | {"code": row["code"]}])
    return {
        **row,
        **parts,
        "scheduled": row["basis"] == "scheduled",
        "badge": {"state": row["state"], "label": states.label(row["state"])},
        "frequency": words.label("frekuensi", row["frequency"]),
    }


def obligation(row: Mapping[str, Any]) -> Answer:
    """Return an obligation with its period and state in words."""
    first, last = (date.fromisoformat(row[name]) for name in ("period_start", "period_end"))
    look, outcome = row["state"], row["outcome"]
    shown = ("pending" if look == "fresh" else look) if look else outcome.replace("_", "-")
    label = wording.duty(look) if look else wording.outcome(outcome)
    return {
        **row,
        "period": day_words.span(first, last, tk.h.lang()),
        "badge": {"state": shown, "label": label},
        "missing": bool(look) and look != "fresh",
        "closed_by": wording.kind(row["closing_kind"]) if row.get("closing_kind") else None,
    }
