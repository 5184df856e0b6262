"""Views of the release calendar: the page, CSV, and the feed for calendars."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.jambi import clock
from ckanext.jambi.theme import formats, ical
from ckanext.jambi.theme.pages import proof, releases

jambi_calendar = Blueprint("jambi_calendar", __name__)


@jambi_calendar.get("/calendar")
@jambi_calendar.get("/kalender")
def index() -> str:
    """Show what comes when."""
    return tk.render("jambi/calendar/page.html", {"calendar": releases.page(_owner())})


@jambi_calendar.get("/calendar.csv")
def table() -> Response:
    """Return the releases as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, releases.FIELDS)
    writer.writeheader()
    writer.writerows(releases.rows_as_data(releases.answer(), _owner()[1]))
    headers = {"Content-Disposition": "attachment; filename=kalender-rilis.csv"}
    return Response(text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


@jambi_calendar.get("/calendar.ics")
def feed() -> Response:
    """Return the releases as iCalendar."""
    host = urlsplit(tk.config["ckan.site_url"]).hostname or "localhost"
    found = releases.answer()
    events = [_event(row) for row in releases.rows(found, _owner()[1])]
    at = clock.now().replace(second=0, microsecond=0)
    body = ical.feed(events, tk._("Release calendar of Kota Jambi"), proof.sentence(found), host, at)
    return Response(body, content_type="text/calendar; charset=utf-8")


def _owner() -> releases.Owner:
    """Return the organization that the reader chose."""
    try:
        return releases.owner(tk.request.args.get("organization", ""))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Organization not found"))


def _event(row: dict[str, Any]) -> dict[str, Any]:
    title = row["title"] or row["code"]
    due = tk._("{owner}. Expected from {day}.").format(owner=row["owner"], day=_day(row["due_at"]))
    there, dataset = tk._("It is there already."), row["dataset"]
    return {
        **row,
        "summary": f"{title}: {row['period']}",
        "description": f"{due} {there}" if row["delivered"] else due,
        "url": tk.url_for("dataset.read", id=dataset, _external=True, locale="default") if dataset else None,
    }


def _day(instant: str) -> str:
    found = formats.parse(instant)
    return formats.day(found, tk.h.lang()) if found else ""
