"""Let the tests of metadata build datasets of the demonstration catalogue and values of nobody."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("demo", "pribadi"):
    sys.path.insert(0, str(Path(__file__).parents[2] / "data" / folder))
