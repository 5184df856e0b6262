"""The drill: properties are tried on new examples each time; what all levels share can be imported."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parents[1]))

settings.register_profile("searching", deadline=None)
settings.load_profile("searching")
