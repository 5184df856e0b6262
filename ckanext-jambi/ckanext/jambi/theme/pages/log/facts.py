"""What a row of the log says, by its kind: items, rules, reports, evidence, what is known of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import wording
from ckanext.jambi.theme.pages import board, words

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Fact:
    """A name, what is said by it, and where that leads."""

    label: str
    text: str
    href: str = ""


def row_link(label: str, seq: int) -> Fact:
    """Return a fact that is another row of the log."""
    return Fact(label, tk._("row {seq}").format(seq=seq), tk.h.url_for("jambi_pages.log", seq=seq))


def moments(first: str | None, last: str | None) -> str:
    """Write the time between two instants."""
    return f"{tk.h.jambi_moment(first)} – {tk.h.jambi_moment(last)}" if first and last else ""


def of(row: Row) -> Iterator[Fact]:
    """Yield what a row says that is no step of a case."""
    yield from _OF_KIND.get(row["kind"], _evidence)(row, row["detail"] or {})


def _evidence(row: Row, detail: Row) -> Iterator[Fact]:
    yield Fact(tk._("Data up to"), tk.h.jambi_day(row["period_end"]))
    yield Fact(tk._("Rows"), tk.h.jambi_number(row["row_count"]))
    yield Fact(tk._("Datasets of the source"), tk.h.jambi_number(detail.get("datasets")))
    yield Fact(tk._("Hash of the content"), row["content_hash"] or "")


def _item(_row: Row, detail: Row) -> Iterator[Fact]:
    said = detail.get("item")
    if not said:
        return
    yield Fact(tk._("Title"), said["title"] if said["title"] != said["code"] else "")
    yield Fact(tk._("Frequency"), words.label("frekuensi", said["frequency"]))
    yield Fact(tk._("Weight"), f"{said['weight']} ({words.readable(said['class'])})")
    yield Fact(tk._("Access"), words.readable(said["access"]))
    yield Fact(tk._("Calendar"), words.readable(said["calendar"]))
    for name, label in (("lag_days", tk._("Days until it is due")), ("grace_days", tk._("Days of grace"))):
        yield Fact(label, tk.h.jambi_number(said.get(name)))
    yield Fact(tk._("Valid from"), tk.h.jambi_day(said["valid_from"]))
    yield Fact(tk._("Datasets that stand for it"), "; ".join(map(_dataset, said["datasets"])))


def _dataset(said: Row) -> str:
    """Write one dataset of an item, with the rows of it that count."""
    if "column" in said:
        return f"{said['name']} ({said['column']}: {said['value']})"
    return ", ".join(str(each) for each in said.values() if each)


def _retire(_row: Row, detail: Row) -> Iterator[Fact]:
    yield Fact(tk._("No longer owed from"), tk.h.jambi_day(detail["from"]))


def _rule(row: Row, detail: Row) -> Iterator[Fact]:
    version, body = str(detail["version"]), detail.get("body") or {}
    name = f"jambi_freshness_{row['kind']}_show"
    href = tk.h.url_for("api.action", ver=3, logic_function=name, version=version, locale="default")
    yield Fact(tk._("Version"), version, href if body else "")
    yield Fact(tk._("Valid from"), tk.h.jambi_day(body.get("valid_from")))
    yield Fact(tk._("Closed days"), tk.h.jambi_number(len(body["days"])) if "days" in body else "")
    yield Fact(tk._("Hash of the text"), detail["sha256"])


_CHECKS = ("metadata_valid", "open_format", "dictionary_complete", "rows_valid", "licence_set")


def _known(_row: Row, detail: Row) -> Iterator[Fact]:
    yes, no = tk._("yes"), tk._("no")
    for name, label in (("published", tk._("Public")), ("stored", tk._("Files kept in the portal"))):
        if name in detail:
            yield Fact(label, yes if detail[name] else no)
    missing = [wording.step(name) for name in _CHECKS if detail.get(name) is False]
    yield Fact(tk._("Missing"), "; ".join(missing) or tk._("nothing"))


def _report(row: Row, detail: Row) -> Iterator[Fact]:
    name = "all"
    if row["organization_id"]:
        name = tk.get_action("organization_show")({}, {"id": row["organization_id"]})["name"]
    at = {"organization": name, "period": detail["period"], "revision": detail["revision"]}
    told = tk._("Report, revision {revision}").format(revision=detail["revision"])
    yield Fact(tk._("Period"), words.period(detail["period"]))
    yield Fact(tk._("Report"), told, tk.h.url_for("jambi_reports.read", **at))
    yield Fact(tk._("As known on"), tk.h.jambi_moment(detail["as_of"]))
    for form, digest in sorted(detail["sha256"].items()):
        yield Fact(tk._("Hash of the report as {form}").format(form=form.upper()), digest)


_OF_KIND: Mapping[str, Callable[[Row, Row], Iterator[Fact]]] = {
    "item": _item,
    "retire": _retire,
    "policy": _rule,
    "calendar": _rule,
    "posts": _rule,
    "facts": _known,
    "report": _report,
}


def organization(organization_id: str | None) -> Fact:
    """Return the OPD of which a row speaks; without a text where there is none."""
    if not organization_id:
        return Fact("", "")
    found = tk.get_action("organization_show")({}, {"id": organization_id})
    href = tk.h.url_for("organization.read", id=found["name"])
    return Fact(tk._("OPD"), board.short_title(found["title"] or found["name"]), href)


def dataset(package_id: str | None) -> Fact:
    """Return a dataset (id or name) if this reader may see it; else a fact without a text."""
    if not package_id:
        return Fact("", "")
    try:
        found = tk.get_action("package_show")({}, {"id": package_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return Fact("", "")
    href = tk.h.url_for("dataset.read", id=found["name"])
    return Fact(tk._("Dataset"), found["title"] or found["name"], href)
