"""The drill: properties are tried on new examples each time."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("searching", deadline=None)
settings.load_profile("searching")
