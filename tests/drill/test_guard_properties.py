"""The guards on 10,000 made lists and tables each (reliability.md P3, P4); `make test` runs the same on hundreds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ("tests/unit/harvest/test_guarded_lists.py", "tests/connectors/test_tables.py")


def test_p03_p04_no_list_or_table_of_ten_thousand_gets_past_the_guards() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:ckan", "-p", "no:ckan_fixtures"]
    environment = {**os.environ, "JAMBI_EXAMPLES": "10000"}
    ended = subprocess.run([*command, *TESTS], cwd=ROOT, env=environment, check=False)
    assert ended.returncode == 0
