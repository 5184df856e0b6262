"""Fixtures of the process tests: a launcher whose children are real."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckanext.jambi.launcher import child

sys.path.insert(0, str(Path(__file__).parent))
from launcher_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    tmp_path.chmod(0o711)
    rig = Rig(tmp_path / "data")
    yield rig
    if rig.process and rig.process.poll() is None:
        rig.process.terminate()
        rig.process.wait(30)
    for entry in rig.record().processes:
        child.kill_group(entry.pid)
