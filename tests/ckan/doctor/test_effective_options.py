"""config/portal.ini gives the options in effect that a safe portal needs, in this version of CKAN (RL03)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mail_server import PLUGINS

from ckanext.jambi.launcher import ini

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def portal_ini(tmp_path: Path, ckan_config: Any) -> Path:
    """Return the deployment's ini file, filled in as a server would be."""
    template = (ROOT / "config" / "portal.ini").read_text("utf-8")
    values = dict.fromkeys(re.findall(r"@([A-Z_]+)@", template), "") | {
        "SITE_URL": "https://data.example.go.id",
        "SECURE_COOKIES": "true",
        "DEMO": "false",
        "SECRET_KEY": "s" * 40,
        "CSRF_SECRET": "c" * 40,
        "TOKEN_SECRET": "t" * 40,
        "STORAGE": str(tmp_path),
        "SQLALCHEMY_URL": ckan_config["sqlalchemy.url"],
        "DATASTORE_WRITE_URL": ckan_config["ckan.datastore.write_url"],
        "DATASTORE_READ_URL": ckan_config["ckan.datastore.read_url"],
        "REDIS_URL": ckan_config["ckan.redis.url"],
    }
    path = tmp_path / "portal.ini"
    path.write_text(ini.fill(template, values), encoding="utf-8")
    return path


def _run(path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CKAN")}
    environment["CKAN_INI"] = str(path)
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_rl03_options_in_effect_are_those_of_the_table(portal_ini: Path) -> None:
    answer = _run(portal_ini, str(BIN / "ckan"), "jambi", "doctor", "--only", "options", "--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert [one["state"] for one in json.loads(answer.stdout)] == ["ok"]


def test_rl03_the_web_server_does_not_start_with_unsafe_options(portal_ini: Path) -> None:
    text = portal_ini.read_text("utf-8")
    portal_ini.write_text(text.replace("ckan.hide_version = true", "ckan.hide_version = false"))
    start = "from ckanext.jambi.launcher.wsgi import application; application()"
    refused = _run(portal_ini, sys.executable, "-c", start)
    assert refused.returncode == 1
    assert "ckan.hide_version is false, must be true" in refused.stderr
    portal_ini.write_text(text)
    started = _run(portal_ini, sys.executable, "-c", f"{start}; import gc; print(gc.get_freeze_count())")
    assert started.returncode == 0, started.stderr
    assert int(started.stdout.splitlines()[-1]) > 100_000  # what is loaded is not collected over and over
