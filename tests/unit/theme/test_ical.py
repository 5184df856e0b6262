"""The feed of releases is iCalendar that a library reads back."""

from __future__ import annotations

from datetime import UTC, date, datetime

from icalendar import Calendar

from ckanext.jambi.theme import ical

AT = datetime(2026, 10, 12, 3, tzinfo=UTC)
ROW = {
    "code": "DD-09",
    "period_start": "2026-10-01",
    "last_day": date(2026, 11, 18),
    "summary": "Kunjungan, penyakit; puskesmas: Oktober 2026",
    "description": "Dinas Kesehatan. " + "Diharapkan mulai 13 November 2026. " * 5,
    "url": "https://data.example.go.id/dataset/kunjungan",
}


def test_a_release_is_a_whole_day_and_keeps_its_words() -> None:
    read = Calendar.from_ical(ical.feed([ROW], "Kalender rilis", "kebijakan v1", "data.example.go.id", AT))
    (event,) = read.walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 11, 18), date(2026, 11, 19))
    assert str(event["summary"]) == ROW["summary"]
    assert str(event["description"]) == ROW["description"]
    assert str(event["uid"]) == "DD-09-2026-10-01@data.example.go.id"
    assert str(event["url"]) == ROW["url"]
    assert event.decoded("dtstamp") == AT
    assert str(read["x-wr-calname"]) == "Kalender rilis"
    assert str(read["x-wr-caldesc"]) == str(read["description"]) == "kebijakan v1"


def test_a_deadline_that_moves_moves_the_event() -> None:
    feeds = [
        ical.feed([ROW | {"last_day": day}], "K", "", "h", AT)
        for day in (date(2026, 11, 18), date(2026, 11, 20))
    ]
    uids = {str(Calendar.from_ical(each).walk("VEVENT")[0]["uid"]) for each in feeds}
    assert len(uids) == 1


def test_lines_are_folded_and_end_as_the_standard_says() -> None:
    body = ical.feed([ROW | {"url": None}], "K", "", "h", AT)
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert b"URL" not in body
