"""By which rules and on which log figures stand, as files, feeds and pictures say it (F5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi import day_words
from ckanext.jambi.theme.pages import words

RULES = ("policy_version", "calendar_version", "log_seq", "log_root")
FIELDS = ("as_of", *RULES)
"""The columns that a file of figures ends with."""
_SHOWN_OF_HASH = 12
Stamp = Mapping[str, Any]


def columns(stamp: Stamp) -> dict[str, Any]:
    """Return what an answer of a freshness action says of itself, by `FIELDS`."""
    end = stamp.get("log") or {"seq": None, "row_hash": None}
    told = {name: stamp.get(name) for name in ("as_of", "policy_version", "calendar_version")}
    return {**told, "log_seq": end["seq"], "log_root": end["row_hash"]}


def sentence(stamp: Stamp) -> str:
    """Return the same in words, with the whole hash; nothing where nothing was said."""
    known, found = columns(stamp), words.instant(stamp.get("as_of"))
    if found is None:
        return ""
    at = tk._("As known on {time}").format(time=day_words.moment(found, tk.h.lang()))
    return f"{at} · {_rules(known)} · log {known['log_seq']} {known['log_root']}"


def short(stamp: Stamp) -> str:
    """Return rules and log in as many letters as a picture has room for: the hash is cut."""
    known = columns(stamp)
    return f"{_rules(known)} · log {known['log_seq']} {known['log_root'][:_SHOWN_OF_HASH]}"


def _rules(known: Stamp) -> str:
    said = tk._("policy v{policy}, calendar v{calendar}")
    return said.format(policy=known["policy_version"], calendar=known["calendar_version"])
