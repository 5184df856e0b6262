"""Which event of the outbox is told, under which name, and on which day: pure rules (HV29, S2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ckanext.jambi.clock import WIB

ACCESS_CODES = frozenset({"auth_failed", "auth_required", "secret_missing", "secret_locked"})
PERSONAL_REASONS = frozenset({"personal_data", "personal_data_review"})


class Occasion(StrEnum):
    """What a notice tells of; one notice a source, occasion and day; other rooms post the last five."""

    FAILED = "failed"
    AUTH_FAILED = "auth_failed"
    QUARANTINED = "quarantined"
    PERSONAL_DATA = "personal_data"
    DOWN = "down"
    RECOVERED = "recovered"
    DIGEST = "digest"
    LADDER = "ladder"
    ROOTS = "roots"
    PUBLIC_PERSONAL_DATA = "public_personal_data"
    FUTURE = "future"
    REVIEW = "review"


# The word of `notify.on` that an occasion goes under; personal data that is held is always told.
SETTING = {
    Occasion.FAILED: "failed",
    Occasion.AUTH_FAILED: "failed",
    Occasion.QUARANTINED: "quarantined",
    Occasion.DOWN: "down",
    Occasion.RECOVERED: "recovered",
}
_KINDS = {
    "source.down": Occasion.DOWN,
    "source.recovered": Occasion.RECOVERED,
}


def occasion_of(kind: str, payload: Mapping[str, Any]) -> Occasion | None:
    """Return what an event is told as; None if it is not."""
    if kind == "run.failed":
        return Occasion.AUTH_FAILED if payload.get("code") in ACCESS_CODES else Occasion.FAILED
    if kind == "quarantine.opened":
        personal = payload.get("reason") in PERSONAL_REASONS
        return Occasion.PERSONAL_DATA if personal else Occasion.QUARANTINED
    return _KINDS.get(kind)


def is_wanted(occasion: Occasion, on: list[str]) -> bool:
    """Return whether the people of a source want to hear of it; `on` is what its definition says."""
    return occasion not in SETTING or SETTING[occasion] in on


def day_of(at: datetime) -> date:
    """Return the civil day of an instant in Jambi."""
    return at.astimezone(WIB).date()
