"""The root of the portal's own errors; each room derives one base of its own from it."""

from __future__ import annotations


class JambiError(Exception):
    """Something that the portal names: the message says what happened and what to do."""
