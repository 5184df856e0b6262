"""A bundle is checked in an environment of its own: the wheel, click and PyYAML, and nothing else (F35, F37).

    .venv/bin/pytest -p no:ckan -p no:ckan_fixtures tests/drill/test_bundle_elsewhere.py

click reads the command line and PyYAML the vocabulary of frequencies; both are fetched from a registry.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import venv
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from ckanext.jambi.freshness.promises import quarters
from ckanext.jambi.freshness.promises.replay import world
from ckanext.jambi.freshness.reports import bundle, content
from ckanext.jambi.freshness.rules import chain

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "freshness"))
from test_replay import _content, _log  # noqa: E402 - lies there

NEEDED = ("click", "PyYAML")
COLUMNS = (
    *("seq", "kind", "package_id", "resource_id", "item_id", "obligation_id", "organization_id"),
    *("content_hash", "hash_method", "row_count", "period_start", "period_end", "actor_id", "actor_class"),
    *("valid_at", "recorded_at", "detail"),
)
AS_OF = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with the project's wheel."""
    folder = tmp_path_factory.mktemp("elsewhere")
    source = folder / "source"
    listed = _run(["git", "ls-files", "-co", "--exclude-standard"], ROOT)
    for name in filter(None, listed.splitlines()):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = "import setuptools.build_meta as b, sys; b.build_wheel(sys.argv[1])"
    _run([sys.executable, "-c", build, str(folder)], source)
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    _run([str(python), "-m", "pip", "install", "-q", "--no-deps", str(wheel)], folder)
    _run(
        [str(python), "-m", "pip", "install", "-q", *(f"{name}=={version(name)}" for name in NEEDED)], folder
    )
    return python


def _run(command: list[str], folder: Path) -> str:
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=True).stdout


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return value.isoformat() if isinstance(value, date) else value


def _bundle() -> bytes:
    """Return the bundle of a report over a log of two items, made without a portal."""
    rows = [
        each | {"actor_class": "system"}
        for each in _log([_content("A", n * 7, 0, True) for n in range(2, 12)])
    ]
    lines, previous = [], chain.GENESIS
    for row in rows:
        payload = chain.canonical({name: _plain(row.get(name)) for name in COLUMNS})
        previous = chain.link(previous, payload)
        lines.append(chain.line(previous, payload))
    names = {"opd": "opd"}
    scope = content.Scope("opd", names, names, frozenset(names))
    end: dict[str, Any] = {"seq": rows[-1]["seq"], "row_hash": previous.hex()}
    made = content.compose(world(rows), scope, quarters.interval("2025-Q4"), AS_OF, end)
    assert made is not None
    return bundle.packed(made, lines)


def test_f37_a_bundle_is_checked_without_ckan(elsewhere: Path, tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    file.write_bytes(_bundle())
    missing = (
        "import importlib.util as u; print([n for n in ('ckan', 'sqlalchemy', 'flask') if u.find_spec(n)])"
    )
    assert _run([str(elsewhere), "-c", missing], tmp_path) == "[]\n"
    begun = time.monotonic()
    said = json.loads(_run([str(elsewhere), "-m", "ckanext.jambi.freshness", "verify", str(file)], tmp_path))
    assert (said["ok"], said["errors"]) == (True, [])
    assert said["rows"] > 10
    assert time.monotonic() - begun < 60  # a shared machine; alone it takes a second


def test_f37_a_damaged_bundle_is_told_there_too(elsewhere: Path, tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    body = bytearray(_bundle())
    file.write_bytes(bytes(body[: len(body) // 2]))
    command = [str(elsewhere), "-m", "ckanext.jambi.freshness", "verify", str(file)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
