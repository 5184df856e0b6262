"""The wheel carries what the tree has: a file that is forgotten fails here and not on a server."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = {"ckanext-jambi/ckanext": "ckanext", "schemas": "ckanext/jambi/schemas", "harvesters": ""}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    target = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source")
    for name in tracked("."):
        copied = source / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes((ROOT / name).read_bytes())
    build = [
        sys.executable,
        "-c",
        "import setuptools.build_meta as b, sys; b.build_wheel(sys.argv[1])",
        target,
    ]
    done = subprocess.run(build, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = target.glob("*.whl")
    return {name for name in zipfile.ZipFile(built).namelist() if ".dist-info/" not in name}


def tracked(folder: str) -> list[str]:
    command = ["git", "ls-files", "-co", "--exclude-standard", folder]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.splitlines() if (ROOT / name).is_file()]


def test_wheel_holds_exactly_the_files_of_the_packages(wheel: set[str]) -> None:
    expected = {
        "/".join(part for part in (place, name.removeprefix(f"{folder}/")) if part)
        for folder, place in FOLDERS.items()
        for name in tracked(folder)
    }

    assert wheel == expected


def test_recorded_catalogues_are_not_packaged(wheel: set[str]) -> None:
    assert not [name for name in wheel if "corpus" in name or "tests/" in name]
