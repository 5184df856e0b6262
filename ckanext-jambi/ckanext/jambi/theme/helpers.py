"""Template helpers of all pages: frame, icons, formats, badges. A page's own data is in `pages/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from flask import current_app, g, get_flashed_messages
from markupsafe import Markup

from ckanext.jambi import day_words
from ckanext.jambi.freshness import wording
from ckanext.jambi.theme import assets, formats
from ckanext.jambi.theme.pages import (
    board,
    dataset,
    errors,
    formula,
    home,
    organization,
    promises,
    reports,
    resource,
    search,
    states,
    who,
    words,
)

__all__ = [
    "jambi_asset",
    "jambi_band",
    "jambi_band_place",
    "jambi_cell",
    "jambi_dataset_page",
    "jambi_day",
    "jambi_days_to_object",
    "jambi_error",
    "jambi_formula",
    "jambi_group_title",
    "jambi_has_route",
    "jambi_icon",
    "jambi_last_day",
    "jambi_moment",
    "jambi_notices",
    "jambi_number",
    "jambi_organization_page",
    "jambi_organizations_page",
    "jambi_other_languages",
    "jambi_pager",
    "jambi_percent",
    "jambi_period",
    "jambi_promises_page",
    "jambi_reports",
    "jambi_resource_page",
    "jambi_results",
    "jambi_search_page",
    "jambi_size",
    "jambi_state_label",
    "jambi_symbol",
    "jambi_symbols",
    "jambi_topics",
    "jambi_who_decides",
    "jambi_who_is_told",
    "jambi_without_handlers",
    "jambi_word",
]

HANDLER = re.compile(r"\son[a-z]+=\"[^\"]*\"")

jambi_band = wording.band
jambi_band_place = board.band_place
jambi_dataset_page = dataset.page
jambi_days_to_object = who.days_to_object
jambi_error = errors.told
jambi_formula = formula.in_force
jambi_group_title = search.group_title
jambi_organization_page = organization.page
jambi_organizations_page = organization.index
jambi_pager = search.pager
jambi_promises_page = promises.of_organization
jambi_reports = reports.of_organization
jambi_resource_page = resource.page
jambi_results = search.results
jambi_search_page = search.page
jambi_state_label = states.label
jambi_topics = home.topics
jambi_who_decides = who.decides
jambi_who_is_told = who.is_told
jambi_word = words.label


def jambi_asset(name: str) -> str:
    """Return the address of one of the theme's files; it changes with the content."""
    return tk.h.url_for("jambi_pages.asset", digest=assets.digest(name), name=name, locale="default")


def jambi_has_route(endpoint: str) -> bool:
    """Tell whether the running portal answers this endpoint, so that no dead link is shown."""
    return endpoint in current_app.view_functions


def jambi_other_languages() -> list[dict[str, str]]:
    """Return the languages to switch to, each with the address of this page in it."""
    here = tk.h.lang()
    return [
        {
            "code": locale.short_name,
            "name": str(locale.display_name),
            "url": tk.h.url_for(tk.h.current_url(), locale=locale.short_name),
        }
        for locale in tk.h.get_available_locales()
        if locale.short_name != here
    ]


def jambi_notices() -> list[tuple[str, str]]:
    """Return the messages that the last action left for this reader, with the look they get."""
    looks = {"alert-success": "good", "alert-danger": "stop", "alert-error": "stop"}
    messages: Iterable[Any] = get_flashed_messages(with_categories=True)
    return [(looks.get(category, "warn"), message) for category, message in messages]


def jambi_symbol(name: str) -> str:
    """Say that this page draws the symbol `name`, and return its id."""
    if "jambi_symbols" not in g:
        g.jambi_symbols = {}
    g.jambi_symbols[name] = True
    if name == "cloth":
        g.jambi_symbols["d"] = True
    return name


def jambi_symbols() -> Markup:
    """Return the symbols that this page drew, each once."""
    known = assets.symbols()
    return Markup("".join(known[name] for name in g.get("jambi_symbols", {}) if name in known))  # noqa: S704


def jambi_icon(name: str) -> Markup:
    """Draw an icon beside the word that says the same."""
    identifier = jambi_symbol(f"i-{name}")
    return Markup('<svg class="jambi-icon" aria-hidden="true"><use href="#{}"/></svg>').format(identifier)


def jambi_number(value: object, decimals: int | None = None) -> str:
    """Write a number in the language of the page."""
    return formats.number(value, tk.h.lang(), decimals)


def jambi_percent(part: float, whole: float) -> str:
    """Write a share."""
    return formats.percent(part, whole, tk.h.lang())


def jambi_day(value: object, style: str = "long") -> str:
    """Write a day in the language of the page."""
    found = formats.parse(value)
    return formats.day(found, tk.h.lang(), style) if found else ""


def jambi_moment(value: object, style: str = "long") -> str:
    """Write an instant in WIB; what CKAN stores without an offset is UTC."""
    found = words.instant(value)
    return day_words.moment(found, tk.h.lang(), style) if found else ""


def jambi_last_day(deadline: object) -> str:
    """Write the last day before a deadline that falls on midnight in WIB."""
    found = words.instant(deadline)
    return formats.day(found - timedelta(seconds=1), tk.h.lang(), "short") if found else ""


def jambi_period(value: object, style: str = "long") -> str:
    """Write the value of a period column."""
    return formats.period(value, tk.h.lang(), style)


def jambi_cell(value: object, kind: str = "teks", decimals: int | None = None) -> str:
    """Write one cell of a table."""
    return formats.cell(value, kind, tk.h.lang(), decimals)


def jambi_size(count: float | None) -> str:
    """Write a file size."""
    return formats.size(count, tk.h.lang())


def jambi_without_handlers(markup: str) -> Markup:
    """Return CKAN's own markup without inline handlers, whose work assets/forms.js does."""
    return Markup(HANDLER.sub(" ", str(markup)))  # noqa: S704 (a template's own output)
