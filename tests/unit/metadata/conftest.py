"""Let the tests of metadata build datasets of the demonstration catalogue."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "data" / "demo"))
