"""What a steward can do for the index, over all organizations that the steward works for (F51)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.freshness import stamps, standings
from ckanext.jambi.theme.pages import board, promises, words

Answer = dict[str, Any]


def page() -> Answer:
    """Return the steps by what they bring, and the shortest way of each organization to its next band."""
    mine = tk.get_action("organization_list_for_user")({}, {"permission": "update_dataset"})
    found = [_of_organization(each, row) for each, row in _promising(mine)]
    steps = [step for each in found for step in each["steps"]]
    return {
        "steps": sorted(steps, key=lambda each: (-each["gain"], -each["points"], each["code"])),
        "organizations": found,
        "stamp": stamps.at(standings.minute()),
        "several": len(found) > 1,
        "member": bool(mine),
    }


def _promising(mine: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Answer]]:
    """Return the reader's organizations that promised something, each with its row of the scoreboard."""
    rows = {each["id"]: each for each in board.answer()["results"] if each["items"] is not None}
    return [(each, rows[each["id"]]) for each in mine if each["id"] in rows]


def _of_organization(one: Mapping[str, Any], row: Mapping[str, Any]) -> Answer:
    scores = tk.get_action("jambi_freshness_organization_show")({}, {"id": one["id"]})["scores"]
    title = one["display_name"]
    return {
        **row,
        "title": title,
        "steps": [_told(each, title) for each in promises.steps(one["id"], scores)],
        "shortcut": promises.shortcut(one["id"], scores),
    }


def _told(step: Mapping[str, Any], title: str) -> Answer:
    deadline = words.instant(step["deadline"])
    return {**step, "organization": title, "late": bool(deadline and deadline <= clock.now())}
