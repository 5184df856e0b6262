"""The commands inside CKAN (F36, F37, F38)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ckan import model
from click.testing import CliRunner

from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe

START = """
[app:main]
use = egg:ckan
SECRET_KEY = a secret of the tests alone and long enough
api_token.jwt.encode.secret = string:a secret of the tests alone and long enough
api_token.jwt.decode.secret = string:a secret of the tests alone and long enough
sqlalchemy.url = {database}
ckan.redis.url = redis://127.0.0.1:9/0
solr_url = http://127.0.0.1:9/solr/none
ckan.site_url = http://test.ckan.net
ckan.plugins =
"""


def test_f37_state_answers_without_redis_search_and_plugins(ckan_config, tmp_path: Path) -> None:
    ini = tmp_path / "ckan.ini"
    ini.write_text(START.format(database=ckan_config["sqlalchemy.url"]), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("ckan")), "-c", str(ini), "jambi", "freshness", "state"]
    options = ["--frequency", "-1", "--evidence-at", "2026-01-01", "--now", "2026-11-24"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "fresh"


@pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi")
@pytest.mark.usefixtures("with_plugins", "clean_db")
@pytest.mark.parametrize("name", ["log.txt", "log.gz"])
def test_f38_exported_log_verifies(dataset, seen, tmp_path: Path, name: str) -> None:
    one = dataset()
    observe([seen(one, f"h{number}", detail={"berkas": "Café"}) for number in range(5)])
    model.Session.commit()
    file = tmp_path / name
    assert CliRunner().invoke(freshness, ["export-log", "--output", str(file)]).exit_code == 0
    result = CliRunner().invoke(freshness, ["verify", str(file)])
    assert (result.exit_code, json.loads(result.stdout)["rows"]) == (0, 5)
    printed = CliRunner().invoke(freshness, ["export-log"])
    assert printed.stdout_bytes.count(b"\n") == 5
