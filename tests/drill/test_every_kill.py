"""Every place where a run can be killed, in a pytest run of its own (this level has no CKAN)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_p01_every_kill_point_resumes_without_loss_or_double() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-s", "tests/ckan/harvest/test_kills.py"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"JAMBI_KILLS": "all"}, check=False)
    assert done.returncode == 0
