"""The options that a safe portal needs are those of config/portal.ini (RL03)."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import Any

import pytest

from ckanext.jambi.doctor.options import OptionsError, differences, require, table

PORTAL_INI = Path(__file__).parents[3] / "config" / "portal.ini"
KEYS = [one["key"] for one in table()["options"]]


def good(**over: Any) -> dict[str, Any]:
    values = {one["key"]: one["value"] for one in table()["options"]}
    return (
        values
        | {"ckan.site_url": "https://data.example.go.id", "ckan.plugins": "jambi expire_api_token"}
        | over
    )


def test_rl03_every_option_of_the_table_is_set_in_the_ini_file() -> None:
    ini = configparser.RawConfigParser(inline_comment_prefixes=None, strict=False)
    ini.optionxform = str  # type: ignore[assignment, method-assign]
    ini.read_string(PORTAL_INI.read_text("utf-8"))
    assert [key for key in KEYS if key not in ini["app:main"]] == []


def test_rl03_every_option_has_its_reason() -> None:
    assert all(one["why"].endswith(".") for one in table()["options"])


def test_good_options_differ_in_nothing() -> None:
    assert differences(good()) == []
    require(good())


@pytest.mark.parametrize("key", KEYS)
def test_rl03_each_option_that_differs_is_named(key: str) -> None:
    [wrong] = differences(good(**{key: "lain"}))
    assert wrong.key == key
    assert "must be" in str(wrong)
    with pytest.raises(OptionsError, match=key):
        require(good(**{key: "lain"}))


@pytest.mark.parametrize(
    ("plugins", "said"), [("jambi", "lacks expire_api_token"), ("expire_api_token tracking", "has tracking")]
)
def test_rl03_plugins_are_part_of_it(plugins: str, said: str) -> None:
    assert [one.text for one in differences(good(**{"ckan.plugins": plugins}))] == [said]


def test_secure_cookies_are_asked_for_where_the_portal_is_https() -> None:
    assert differences(good(SESSION_COOKIE_SECURE=False)) != []
    assert (
        differences(good(**{"SESSION_COOKIE_SECURE": False, "ckan.site_url": "http://127.0.0.1:5000"})) == []
    )


def test_debug_mode_starts_with_any_options() -> None:
    require(good(debug=True, **{"ckan.hide_version": False}))


def test_values_of_an_ini_file_and_of_ckan_are_the_same() -> None:
    assert differences(good(**{"ckan.hide_version": "True", "MAX_FORM_PARTS": "1000"})) == []
    assert differences(good(**{"ckan.plugins": ["jambi", "expire_api_token"]})) == []
