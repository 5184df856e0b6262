"""The words and looks of sources: health, states of runs, reasons of quarantines, kinds of change."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

LOOKS = {
    "sehat": "fresh",
    "terganggu": "due",
    "mati": "delinquent",
    "dijeda": "skipped",
    "pensiun": "archive",
}
RUN_LOOKS = {
    "succeeded": "fresh",
    "unchanged": "fresh",
    "partial": "due",
    "quarantined": "overdue",
    "failed": "delinquent",
    "aborted": "skipped",
}
ENDED = frozenset(RUN_LOOKS)


def health(code: str) -> dict[str, str]:
    """Return look and word of a source's health."""
    words = {
        "sehat": tk._("Healthy"),
        "terganggu": tk._("Disturbed"),
        "mati": tk._("Down"),
        "dijeda": tk._("Paused"),
        "pensiun": tk._("Retired"),
    }
    return {"state": LOOKS.get(code, "unknown"), "label": words.get(code, code)}


def run(state: str) -> dict[str, str]:
    """Return look and word of a run's state."""
    words = {
        "queued": tk._("Waiting"),
        "probe": tk._("Asking the source"),
        "gather": tk._("Reading the source"),
        "guard": tk._("Checking the changes"),
        "import": tk._("Storing"),
        "finish": tk._("Finishing"),
        "succeeded": tk._("Succeeded"),
        "unchanged": tk._("Nothing new"),
        "partial": tk._("Partly done"),
        "quarantined": tk._("Waits for a decision"),
        "failed": tk._("Failed"),
        "aborted": tk._("Stopped"),
    }
    return {"state": RUN_LOOKS.get(state, "pending"), "label": words.get(state, state)}


def trigger(code: str) -> str:
    """Return what started a run."""
    words = {
        "timer": tk._("by the clock"),
        "manual": tk._("by hand"),
        "button": tk._("by hand"),
        "cli": tk._("by a command"),
        "follow_up": tk._("after the run before"),
        "approval": tk._("after an approval"),
        "decision": tk._("after a decision"),
        "ping": tk._("by a message of the source"),
        "push": tk._("sent by the source"),
        "probe": tk._("after the source answered again"),
    }
    return words.get(code, code)


def reason(code: str) -> dict[str, str]:
    """Return title and explanation of why a change set is held."""
    titles = {
        "empty": tk._("The list came empty"),
        "mass_deletion": tk._("Many datasets would vanish"),
        "possible_rename": tk._("Perhaps only renamed"),
        "rows_vanished": tk._("Many rows would vanish"),
        "schema_drift": tk._("The columns changed"),
        "too_many_bad_rows": tk._("Too many rows cannot be read"),
        "personal_data": tk._("Personal data was found"),
        "personal_data_review": tk._("This may be personal data"),
    }
    advice = {
        "empty": tk._("Ask the owner of the system whether the list is really empty."),
        "mass_deletion": tk._("Approve only if the source really no longer keeps these datasets."),
        "possible_rename": tk._("Approve to let the renamed ones keep their pages and their history."),
        "rows_vanished": tk._("Approve only if the source really no longer keeps these rows."),
        "schema_drift": tk._(
            "New columns may pass; missing ones must be mended at the source or in the form."
        ),
        "too_many_bad_rows": tk._("Correct the source or its form, then run it again."),
        "personal_data": tk._("Drop the column in the form, or ask the owner to leave it out."),
        "personal_data_review": tk._("Approve only if these values identify nobody."),
    }
    return {"title": titles.get(code, code), "advice": advice.get(code, "")}


def quarantine(state: str) -> dict[str, str]:
    """Return look and word of a quarantine's state."""
    words = {
        "open": ("overdue", tk._("Waits for a decision")),
        "approved": ("met", tk._("Approved")),
        "rejected": ("skipped", tk._("Rejected")),
        "superseded": ("archive", tk._("Replaced by a newer run")),
    }
    look, label = words.get(state, ("unknown", state))
    return {"state": look, "label": label}


def change(kind: str) -> dict[str, str]:
    """Return look and word of a kind of change."""
    words = {
        "new": ("fresh", tk._("New")),
        "changed": ("due", tk._("Changed")),
        "vanished": ("delinquent", tk._("Vanished")),
        "missing": ("delinquent", tk._("Missing")),
        "renamed": ("due", tk._("Renamed")),
        "type": ("due", tk._("Other type")),
    }
    look, label = words.get(kind, ("unknown", kind))
    return {"state": look, "label": label}


def spell(seconds: float) -> str:
    """Write a span of time in words."""
    whole = round(seconds)
    if whole < 90:
        return tk.ungettext("{count} second", "{count} seconds", whole).format(count=whole)
    minutes = round(whole / 60)
    if minutes < 90:
        return tk.ungettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    hours = round(minutes / 60)
    return tk.ungettext("{count} hour", "{count} hours", hours).format(count=hours)
