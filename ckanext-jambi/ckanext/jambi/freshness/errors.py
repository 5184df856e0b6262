"""Errors of the freshness room."""

from __future__ import annotations

from ckanext.jambi.errors import JambiError


class FreshnessError(JambiError):
    """Base of what the freshness room raises."""


class ObservationError(FreshnessError):
    """An observation cannot enter the log; nothing of its batch was written."""
