"""Kinds of rows of the log that a harvest brings, by one name each (specification 5). Imports no CKAN."""

from __future__ import annotations

HARVESTED = "harvest_ok"
"""A run succeeded: evidence of content where it has a hash, else only that the source answers."""
UNANSWERED = "harvest_fail"
"""The source did not answer."""
