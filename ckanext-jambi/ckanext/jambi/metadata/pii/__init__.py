"""Detect personal data in tables and texts (metadata.md 6, N1-N10, M12): pure, knows no CKAN.

Whoever takes in data asks a `Screen` before anything of it is stored; `docs/privacy.md` tells the rules,
what follows from them and how well they find.
"""

from __future__ import annotations

from ckanext.jambi.metadata.pii.columns import ScreenColumn
from ckanext.jambi.metadata.pii.findings import Finding, Severity, keyed_hash, worst
from ckanext.jambi.metadata.pii.protecting import MOST_ROWS, Protection, protection
from ckanext.jambi.metadata.pii.screen import Screen, masked

__all__ = [
    "MOST_ROWS",
    "Finding",
    "Protection",
    "Screen",
    "ScreenColumn",
    "Severity",
    "keyed_hash",
    "masked",
    "protection",
    "worst",
]
