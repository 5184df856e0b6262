"""Fixtures of the doctor's tests, shared with the harvest and the notices tests."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

ROOMS = Path(__file__).parents[1]
sys.path[:0] = [str(ROOMS / "harvest"), str(ROOMS / "notices")]

_harvest = runpy.run_path(str(ROOMS / "harvest" / "conftest.py"))
_notices = runpy.run_path(str(ROOMS / "notices" / "conftest.py"))

agency = _harvest["agency"]
allow_source = _harvest["allow_source"]
apply_source = _harvest["apply_source"]
command = _harvest["command"]
server = _harvest["server"]
source = _harvest["source"]
mail = _notices["mail"]
