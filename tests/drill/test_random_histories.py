"""Histories of the harvester drawn by a seed, JAMBI_MOVES moves in all (JAMBI_SEED: where to begin)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOVES = "600"


def test_p01_p02_p03_p05_no_history_breaks_a_promise() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-s", "tests/ckan/harvest/test_simulation.py"]
    done = subprocess.run(command, cwd=ROOT, env={"JAMBI_MOVES": MOVES} | os.environ, check=False)
    assert done.returncode == 0
