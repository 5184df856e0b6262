"""All levels: properties are tried on the same examples each time; `tests/drill` looks for new ones."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")
