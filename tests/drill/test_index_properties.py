"""The properties of the index on 10,000 made histories each (freshness specification 15, F53).

    .venv/bin/pytest -p no:ckan -p no:ckan_fixtures tests/drill/test_index_properties.py

`make test` runs the same tests on 500.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1] / "unit" / "freshness"
NAMES = sorted(
    path.name for path in TESTS.glob("test_*.py") if "EXAMPLES" in path.read_text(encoding="utf-8")
)


def test_f53_no_history_of_ten_thousand_breaks_a_property() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:ckan", "-p", "no:ckan_fixtures"]
    environment = {**os.environ, "JAMBI_EXAMPLES": "10000"}
    ended = subprocess.run([*command, *(str(TESTS / name) for name in NAMES)], env=environment, check=False)

    assert ended.returncode == 0
