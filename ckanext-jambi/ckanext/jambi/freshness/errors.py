"""Errors of the freshness room."""

from __future__ import annotations

from ckanext.jambi.errors import JambiError


class FreshnessError(JambiError):
    """Base of what the freshness room raises."""


class ObservationError(FreshnessError):
    """An observation cannot enter the log; nothing of its batch was written."""


class DecisionError(FreshnessError):
    """A request or decision that cannot be taken; `field` is what was given, the text says why not."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text
