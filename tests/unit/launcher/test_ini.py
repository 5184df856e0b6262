"""The ini file: marks, secrets, and the options that reliability.md asks for."""

from __future__ import annotations

import base64
import configparser
import stat
from pathlib import Path

import pytest

from ckanext.jambi.launcher import ini
from ckanext.jambi.launcher.errors import LauncherError
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.portal import Portal
from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.valkey import Valkey

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def written(tmp_path: Path) -> Layout:
    layout = Layout(CHECKOUT, tmp_path)
    ini.write(Portal(layout, 5000, 5001, 5002), Postgres(tmp_path / "postgres"), Valkey(tmp_path / "valkey"))
    return layout


@pytest.fixture
def options(written: Layout) -> configparser.SectionProxy:
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(written.ini)
    return parser["app:main"]


def test_fill_replaces_marks_and_keeps_comments() -> None:
    assert ini.fill("# the @MARKS@\na = @A@/x\n", {"A": "1"}) == "# the @MARKS@\na = 1/x\n"


def test_fill_doubles_percent_signs_for_the_reader() -> None:
    assert ini.fill("a = @A@\n", {"A": "50%"}) == "a = 50%%\n"


def test_unknown_mark_is_refused_by_name() -> None:
    with pytest.raises(LauncherError, match="@NOBODY@"):
        ini.fill("a = @NOBODY@\n", {})


def test_only_we_can_read_ini_and_secrets(written: Layout) -> None:
    assert stat.S_IMODE(written.ini.stat().st_mode) == 0o600
    assert stat.S_IMODE(written.secrets.stat().st_mode) == 0o600
    assert stat.S_IMODE(written.vault_key.stat().st_mode) == 0o400


def test_rl08_key_of_the_vault_is_made_once(tmp_path: Path) -> None:
    first = ini.vault_key(tmp_path / "vault.key").read_bytes()

    assert ini.vault_key(tmp_path / "vault.key").read_bytes() == first
    assert len(base64.b64decode(first)) == ini.VAULT_KEY_BYTES


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = ini.secrets_of(tmp_path / "secrets.json")
    assert ini.secrets_of(tmp_path / "secrets.json") == first
    assert len(set(first.values())) == len(ini.SECRETS)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("PERMANENT_SESSION_LIFETIME", "28800"),
        ("SESSION_COOKIE_SAMESITE", "Lax"),
        ("REMEMBER_COOKIE_DURATION", "604800"),
        ("REMEMBER_COOKIE_SAMESITE", "Lax"),
        ("WTF_CSRF_TIME_LIMIT", "28800"),
        ("ckan.auth.enable_cookie_auth_in_api", "true"),
        ("ckan.auth.public_user_details", "false"),
        ("ckan.hide_version", "true"),
        ("ckan.datastore.sqlsearch.enabled", "false"),
        ("ckan.datastore.search.rows_max", "32000"),
        ("ckan.harvest.mq.type", "redis"),
        ("ckan.harvest.timeout", "1440"),
        ("MAX_FORM_PARTS", "1000"),
        ("expire_api_token.default_lifetime", "7776000"),
    ],
)
def test_rl03_option_is_set(options: configparser.SectionProxy, option: str, value: str) -> None:
    assert options[option] == value


@pytest.mark.parametrize("plugin", ["tracking", "resource_proxy", "xloader"])
def test_rl03_plugin_stays_off(options: configparser.SectionProxy, plugin: str) -> None:
    assert plugin not in options["ckan.plugins"].split()


def test_rl02_tokens_expire(options: configparser.SectionProxy) -> None:
    assert "expire_api_token" in options["ckan.plugins"].split()


def test_datastore_reader_is_another_role_of_another_database(options: configparser.SectionProxy) -> None:
    assert options["ckan.datastore.read_url"].startswith("postgresql://datastore_ro@/datastore?")
    assert options["sqlalchemy.url"].startswith("postgresql://ckan@/ckan?")
