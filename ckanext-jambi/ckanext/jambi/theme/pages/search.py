"""The search page and every list of datasets: results, facets, chips, order and pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from markupsafe import Markup, escape

from ckanext.jambi.theme import facets, formats
from ckanext.jambi.theme.pages import states, words
from ckanext.jambi.theme.pages.board import short_title

EXCERPT = 220
MOST = 12
Facets = Mapping[str, Mapping[str, Any]]


def page(
    page: Any,
    q: str,
    fields_grouped: Mapping[str, Sequence[str]],
    search_facets: Facets,
    remove: Callable[..., str],
) -> dict[str, Any]:
    """Return what the search page shows, from what CKAN's view found."""
    titles = {facets.STATE: tk._("Freshness")} | facets.titles()
    counted = _states(q, fields_grouped) if page.item_count else {}
    found = {facets.STATE: counted} | dict(search_facets)
    groups = [_facet(field, title, fields_grouped.get(field, []), found) for field, title in titles.items()]
    return {
        "q": q or "",
        **_place(page),
        "facets": [group for group in groups if group["items"]],
        "chips": _chips(fields_grouped, found, titles, remove),
        "used": sum(len(values) for values in fields_grouped.values()),
        "sorts": sorts(q),
        "pages": pager(page),
        "results": results(page.items, q),
    }


def _place(page: Any) -> dict[str, int]:
    """Return how many datasets were found, and which of them this page shows."""
    shown = {"count": page.item_count, "first": page.first_item, "last": page.last_item}
    return {name: number or 0 for name, number in shown.items()}


def results(datasets: Sequence[Mapping[str, Any]], q: str = "") -> list[dict[str, Any]]:
    """Return the lines of a list of datasets."""
    found = states.of([each["id"] for each in datasets])
    return [_line(each, found.get(each["id"]), q) for each in datasets]


def sorts(q: str) -> list[tuple[str, str, bool]]:
    """Return the orders a reader may choose: label, address, whether it is the present one."""
    now = tk.request.args.get("sort", "")
    best = (tk._("best match"), "") if q else None
    late = (tk._("longest overdue"), "jambi_overdue_date asc") if p.plugin_loaded("jambi_freshness") else None
    newest = (tk._("newest data"), "metadata_modified desc")
    orders = [best, newest, late, (tk._("title"), "title_string asc")]
    present = now or ("" if q else "metadata_modified desc")
    return [
        (label, tk.h.add_url_param(new_params={"sort": order}) if order else tk.h.remove_url_param("sort"),
         order == present)
        for label, order in filter(None, orders)
    ]  # fmt: skip


def pager(page: Any) -> list[dict[str, Any]]:
    """Return the pages of a list to walk to; empty when everything is on one."""
    count = page.page_count or 0
    if count < 2:
        return []
    near = [number for number in range(1, count + 1) if abs(number - page.page) < 3 or number in (1, count)]
    return [{"number": number, "url": _page_url(number), "here": number == page.page} for number in near]


def _page_url(number: int) -> str:
    kept = [(key, value) for key, value in tk.request.args.items(multi=True) if key != "page"]
    return tk.h.url_for(tk.request.endpoint, **_arguments(), **_many(kept), page=number)


def _arguments() -> dict[str, Any]:
    return {key: value for key, value in (tk.request.view_args or {}).items() if key in ("id", "name")}


def _many(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return grouped


def _states(q: str, chosen: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the facet of freshness: it is no field of the index but a comparison with the clock."""
    narrowed = " ".join(f'+{field}:"{value}"' for field, values in chosen.items() for value in values)
    counted = states.counts({"q": q or "*:*", "fq": f"+dataset_type:dataset {narrowed}".strip()})
    return {"items": [{"name": state, "count": count} for state, count in counted.items() if count]}


def _facet(field: str, title: str, chosen: Sequence[str], found: Facets) -> dict[str, Any]:
    items = found.get(field, {}).get("items", [])
    ordered = items if field == facets.STATE else sorted(items, key=_most_first)
    return {
        "field": field,
        "title": title,
        "items": [_facet_item(field, each, each["name"] in chosen) for each in ordered[:MOST]],
    }


def _most_first(item: Mapping[str, Any]) -> tuple[int, str]:
    return -item["count"], str(item.get("display_name"))


def _facet_item(field: str, item: Mapping[str, Any], chosen: bool) -> dict[str, Any]:
    change = {field: item["name"]}
    url = (
        tk.h.remove_url_param(field, value=item["name"]) if chosen else tk.h.add_url_param(new_params=change)
    )
    return {
        "label": facets.value_label(field, item),
        "count": item["count"],
        "url": url,
        "chosen": chosen,
        "state": item["name"] if field == facets.STATE else None,
    }


def _chips(
    chosen: Mapping[str, Sequence[str]], found: Facets, titles: Mapping[str, str], remove: Callable[..., str]
) -> list[dict[str, str]]:
    chips = []
    for field, values in chosen.items():
        known = {each["name"]: each for each in found.get(field, {}).get("items", [])}
        for value in values:
            label = facets.value_label(field, known.get(value, {"name": value}))
            chips.append({"label": f"{titles.get(field, field)}: {label}", "url": remove(field, value)})
    return chips


def _line(dataset: Mapping[str, Any], state: Mapping[str, Any] | None, q: str) -> dict[str, Any]:
    organization = dataset.get("organization") or {}
    formats_of = {str(each.get("format") or "").upper() for each in dataset.get("resources", [])}
    return {
        "dataset": dataset,
        "url": tk.h.url_for("dataset.read", id=dataset["name"]),
        "title": dataset.get("title") or dataset["name"],
        "excerpt": marked(str(dataset.get("notes") or ""), q),
        "state": state,
        "organization": short_title(str(organization.get("title") or "")),
        "period": span(dataset),
        "frequency": words.label("frekuensi", dataset.get("frekuensi")).lower(),
        "formats": sorted(each for each in formats_of if each),
    }


def span(dataset: Mapping[str, Any]) -> str:
    """Return the period that a dataset covers, such as `1 Jan 2025 – 31 Okt 2026`."""
    lang = tk.h.lang()
    ends = [formats.parse(dataset.get(field)) for field in ("periode_mulai", "periode_akhir")]
    return " – ".join(formats.day(end, lang, "short") for end in ends if end)


def marked(text: str, q: str) -> Markup:
    """Return the start of a text with the reader's words marked."""
    short = text if len(text) <= EXCERPT else f"{text[:EXCERPT].rsplit(' ', 1)[0]} …"
    words_of = [re.escape(str(escape(word))) for word in re.findall(r"\w{3,}", q)]
    if not words_of:
        return escape(short)
    pattern = re.compile(rf"\b({'|'.join(words_of)})", re.IGNORECASE)
    return Markup(pattern.sub(r"<mark>\1</mark>", str(escape(short))))  # noqa: S704 (escaped before)


def group_title(group: Mapping[str, Any]) -> str:
    """Return the title of a topic in the language of the page."""
    return words.topic(str(group["name"]), str(group.get("display_name") or group.get("title") or ""))
