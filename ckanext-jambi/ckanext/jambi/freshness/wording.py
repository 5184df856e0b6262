"""Words for states, evidence and the sentence beside a badge, in the language of the request."""

from __future__ import annotations

from datetime import date, datetime

import ckan.plugins.toolkit as tk

from ckanext.jambi import day_words
from ckanext.jambi.freshness import dates, vocabulary
from ckanext.jambi.freshness.kinds import HARVESTED, UNANSWERED
from ckanext.jambi.freshness.rules.cases import Ruling, Status
from ckanext.jambi.freshness.rules.statement import Clause, Owed, Part
from ckanext.jambi.freshness.rules.states import Look
from ckanext.jambi.languages import language

SEPARATOR = " · "


def label(look: Look) -> str:
    """Return the word of a badge (specification 4)."""
    words = {
        Look.FRESH: tk._("Up to date"),
        Look.SOON: tk._("Due soon"),
        Look.DUE: tk._("Due"),
        Look.OVERDUE: tk._("Overdue"),
        Look.DELINQUENT: tk._("Long overdue"),
        Look.UNKNOWN: tk._("Cannot be judged"),
        Look.ARCHIVE: tk._("Archive"),
    }
    return words[look]


def band(code: str | None) -> str:
    """Return what an index is called (F24)."""
    return tk._(vocabulary.BANDS[code]) if code else ""


def outcome(code: str) -> str:
    """Return what became of an obligation (specification 4)."""
    return tk._(vocabulary.OUTCOMES[code])


def duty(look: str) -> str:
    """Return the word of an open obligation: it is not the data that is fresh, the time has not come."""
    return tk._("Not due yet") if look == Look.FRESH else label(Look(look))


def step(code: str) -> str:
    """Return what to do (F51)."""
    return tk._(vocabulary.STEPS[code])


def lost(part: str) -> str:
    """Return to what points of an item are lost (F23)."""
    words = {
        "fresh": tk._("coming on time"),
        "available": tk._("being there to download"),
        "quality": tk._("quality"),
    }
    return words[part]


def kind(code: str) -> str:
    """Return what a row of the log is."""
    words = {
        UNANSWERED: tk._("the source did not answer"),
        "item": tk._("item of the Daftar Data"),
        "retire": tk._("end of an item of the Daftar Data"),
        "policy": tk._("policy in force"),
        "calendar": tk._("calendar in force"),
        "posts": tk._("posts in force"),
        "facts": tk._("what the portal knows of the dataset"),
        "exemption": tk._("exemption"),
        "appeal": tk._("appeal"),
        "portal_fault": tk._("fault of the portal"),
        "report": tk._("report of an OPD"),
    }
    return words.get(code) or evidence(code)


def case(status: str, ruling: str | None) -> str:
    """Return where an exemption or appeal stands."""
    words = {
        Status.PENDING: tk._("waits for a decision"),
        Status.WITHDRAWN: tk._("withdrawn"),
        Ruling.ACCEPTED: tk._("granted"),
        Ruling.PARTLY: tk._("granted in part"),
        Ruling.REFUSED: tk._("refused"),
    }
    return words[Ruling(ruling) if ruling and status == Status.DECIDED else Status(status)]


def ground(code: str | None) -> str:
    """Return why time may be exempt (F27)."""
    words = {
        "bencana": tk._("disaster"),
        "sistem_nasional": tk._("a national system was down"),
        "perubahan_peraturan": tk._("regulation"),
        "perubahan_kelembagaan": tk._("reorganization"),
        "proses_hukum": tk._("legal proceedings"),
    }
    return words.get(code or "", code or "")


def cause(code: str | None) -> str:
    """Return what was down in a fault of the portal (F28)."""
    words = {
        "web": tk._("public pages and API"),
        "worker": tk._("the harvester"),
        "network": tk._("the city's network"),
    }
    return words.get(code or "", code or "")


def evidence(kind: str | None) -> str:
    """Return what a kind of evidence shows; it stands beside each date (F20)."""
    words = {
        "upload": tk._("file changed"),
        "remote_fetch": tk._("linked file changed"),
        "datastore": tk._("table rows changed"),
        HARVESTED: tk._("table rows changed"),
        "attestation": tk._("declared unchanged"),
    }
    return words.get(kind or "", kind or "")


def reason(code: str | None) -> str:
    """Return why an observation counted or did not (F17)."""
    words = {
        "new_content": tk._("counts: the content is new"),
        "no_content": tk._("shows that the source answers, not that the content is new"),
        "repeated_content": tk._("does not count: this content was here before"),
        "period_missing": tk._("does not count: no cell of the period column could be read"),
        "period_not_advanced": tk._("does not count: the period is not later than the last one"),
        "period_in_future": tk._("does not count: the period ends in the future"),
        "first_linked_content": tk._("does not count yet: a linked file counts from its first change"),
        "unstable_content": tk._("does not count: the file is another each time it is read"),
    }
    return words.get(code or "", code or "")


def upheld(seq: int) -> str:
    """Return why a row counts that repeats another (F29)."""
    return tk._("counts: an appeal against row {seq} was upheld").format(seq=seq)


def sentence(parts: list[Part], kind: str | None, *, with_time: bool) -> str:
    """Join the clauses into the sentence of F48."""
    words = SEPARATOR.join(_clause(clause, value, kind, with_time) for clause, value in parts)
    return words[:1].upper() + words[1:]


def _clause(clause: Clause, value: object, kind: str | None, with_time: bool) -> str:
    if isinstance(value, Owed):
        return _with_period(clause, value)
    if isinstance(value, datetime):
        return _with_instant(clause, _instant(value, with_time), kind)
    if isinstance(value, date):
        return tk._("data up to {date}").format(date=dates.day(value, "short"))
    if isinstance(value, int):
        return _with_days(clause, value)
    fixed = {
        Clause.UNREACHABLE: tk._("the source does not answer"),
        Clause.NO_RESOURCE: tk._("no file yet"),
        Clause.NO_FREQUENCY: tk._("no update frequency set"),
        Clause.NO_EVIDENCE: tk._("no evidence of content yet"),
    }
    return fixed[clause]


def _with_period(clause: Clause, owed: Owed) -> str:
    named = {
        "period": day_words.span(owed.span.start, owed.span.end, language()),
        "date": dates.day(owed.due_at, "short"),
        "days": owed.working_days_late,
    }
    if clause is Clause.OWED_BY:
        return tk._("data for {period} expected by {date}").format(**named)
    if clause is Clause.OWED_SINCE:
        return tk._("data for {period} expected since {date}").format(**named)
    if not owed.working_days_late:
        return tk._("data for {period} late").format(**named)
    late = tk.ungettext(
        "data for {period} {days} working day late",
        "data for {period} {days} working days late",
        owed.working_days_late,
    )
    return late.format(**named)


def _with_instant(clause: Clause, instant: str, kind: str | None) -> str:
    if clause is Clause.NEXT_BY:
        return tk._("next data expected by {date}").format(date=instant)
    if clause is Clause.DUE_SINCE:
        return tk._("next data expected since {date}").format(date=instant)
    return tk._("last changed {date} ({evidence})").format(date=instant, evidence=evidence(kind))


def _with_days(clause: Clause, days: int) -> str:
    if clause is Clause.LATE_DAYS:
        late = tk.ungettext("{days} day late", "{days} days late", days)
        return late.format(days=days) if days else tk._("late since today")
    if days < 2:
        return tk._("checked yesterday") if days else tk._("checked today")
    return tk.ungettext("checked {days} day ago", "checked {days} days ago", days).format(days=days)


def _instant(instant: datetime, with_time: bool) -> str:
    return dates.moment(instant, "short") if with_time else dates.day(instant, "short")
