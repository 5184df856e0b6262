"""Compare the effective options with those that a safe portal needs (RL03): pure, the table is data.

`ckan jambi doctor` shows what differs, and the web server does not start outside debug mode while anything
does (`launcher/wsgi.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from ckanext.jambi.errors import JambiError


class OptionsError(JambiError):
    """Options are not as a safe portal needs them."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One option that differs, and why that matters."""

    key: str
    text: str
    why: str

    def __str__(self) -> str:
        return f"{self.key} {self.text}. {self.why}"


@cache
def table() -> Mapping[str, Any]:
    """Return the table of options (options.yaml)."""
    text = resources.files("ckanext.jambi.doctor").joinpath("options.yaml").read_text("utf-8")
    read: Mapping[str, Any] = yaml.safe_load(text)
    return read


def differences(config: Mapping[str, Any]) -> list[Wrong]:
    """Return which effective options differ from the table."""
    return [*_values(config), *_plugins(set(_words(config.get("ckan.plugins"))))]


def require(config: Mapping[str, Any]) -> None:
    """Refuse to go on with unsafe options, except in debug mode.

    Raises:
        OptionsError: naming each.
    """
    wrong = differences(config)
    if wrong and _plain(config.get("debug")) != "true":
        lines = "\n".join(f"  {one}" for one in wrong)
        raise OptionsError(f"The portal does not start with these options (docs/operate.md):\n{lines}")


def _values(config: Mapping[str, Any]) -> Iterator[Wrong]:
    https = str(config.get("ckan.site_url", "")).startswith("https:")
    for one in table()["options"]:
        if one.get("when") == "https" and not https:
            continue
        found, wanted = _plain(config.get(one["key"])), _plain(one["value"])
        if found != wanted:
            yield Wrong(one["key"], f"is {found or 'not set'}, must be {wanted}", one["why"])


def _plugins(enabled: set[str]) -> Iterator[Wrong]:
    named = table()["plugins"]
    for one in named["needed"]:
        if one["name"] not in enabled:
            yield Wrong("ckan.plugins", f"lacks {one['name']}", one["why"])
    for one in named["refused"]:
        if one["name"] in enabled:
            yield Wrong("ckan.plugins", f"has {one['name']}", one["why"])


def _plain(value: Any) -> str:
    """Return a value as text: what an ini file and CKAN's own types say in the same way."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower()
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(map(str, value))
    return "" if value is None else " ".join(str(value).split())


def _words(value: Any) -> list[str]:
    return value.split() if isinstance(value, str) else list(value or ())
