"""The release calendar as iCalendar (RFC 5545), written by the library icalendar. Imports no CKAN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

REFRESH = timedelta(hours=12)


def feed(rows: Iterable[Mapping[str, Any]], name: str, told: str, host: str, at: datetime) -> bytes:
    """Return one event a release on the last day in time; `told` describes the calendar.

    `rows` carry `code`, `period_start`, `last_day`, `summary`, `description`, and `url` or None. An event
    keeps its identity over time, so that a deadline that moves moves the event.
    """
    made = Calendar()
    made.add("prodid", f"-//{host}//Kalender rilis//ID")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("name", name)
    if told:
        made.add("x-wr-caldesc", told)
        made.add("description", told)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for row in rows:
        made.add_component(_event(row, host, at))
    return bytes(made.to_ical())


def _event(row: Mapping[str, Any], host: str, at: datetime) -> Event:
    made = Event()
    made.add("uid", f"{row['code']}-{row['period_start']}@{host}")
    made.add("dtstamp", at)
    made.add("dtstart", row["last_day"])
    made.add("dtend", row["last_day"] + timedelta(days=1))
    made.add("summary", row["summary"])
    made.add("description", row["description"])
    made.add("transp", "TRANSPARENT")
    if row["url"]:
        made.add("url", row["url"])
    return made
