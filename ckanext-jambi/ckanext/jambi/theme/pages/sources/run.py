"""The page of one run: how far it has come while it runs, and what it did when it has ended (HV28)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme import formats
from ckanext.jambi.theme.pages.sources import source as sources
from ckanext.jambi.theme.pages.sources import words

REFRESH_SECONDS = 2
COUNTED = ("new", "changed", "unchanged", "vanished", "failed", "held")
STAGES = ("queued", "gather", "guard", "import", "finish")


def page(name: str, run_id: str) -> dict[str, Any]:
    """Return what the page of a run shows.

    Raises:
        ObjectNotFound: if there is no such run of this source.
        NotAuthorized: if the reader may not see runs of this source.
    """
    run = tk.get_action("jambi_run_show")({}, {"id": run_id})
    source = tk.get_action("jambi_source_show")({}, {"id": name})
    if run["source_id"] != source["id"]:
        raise tk.ObjectNotFound
    progress = run["progress"]
    return {
        "source": source,
        "run": run,
        "badge": words.run(run["state"]),
        "why": words.trigger(run["trigger"]),
        "may": sources.rights(source),
        "refresh": REFRESH_SECONDS if progress else None,
        "progress": _progress(progress) if progress else None,
        "counts": [(sources.count_word(one), run[one]) for one in COUNTED],
        "stages": _stages(run["state"]),
    }


def _progress(progress: Mapping[str, Any]) -> dict[str, Any]:
    total, done = progress["total"], progress["done"]
    share = min(round(100 * done / total), 100) if total else None
    return {**progress, "share": share, "amount": _amount(done, total), "notes": _notes(progress)}


def _amount(done: int, total: int | None) -> str:
    shown = formats.number(done, tk.h.lang())
    if not total:
        return tk._("{count} so far").format(count=shown)
    return tk._("{count} of {total}").format(count=shown, total=formats.number(total, tk.h.lang()))


def _notes(progress: Mapping[str, Any]) -> list[str]:
    notes = []
    if progress["per_second"]:
        pace = formats.number(round(progress["per_second"], 1), tk.h.lang())
        notes.append(tk._("{count} a second").format(count=pace))
    if progress["left_seconds"] is not None:
        notes.append(
            tk._("about {time} left (± {margin})").format(
                time=words.spell(progress["left_seconds"]), margin=words.spell(progress["margin_seconds"])
            )
        )
    if progress["wait_seconds"]:
        notes.append(tk._("waits {time} for the source").format(time=words.spell(progress["wait_seconds"])))
    if progress["place"]:
        notes.append(tk._("place {number} in the queue").format(number=progress["place"]))
    return notes


def _stages(state: str) -> list[tuple[str, str]]:
    """Return the steps of a run, each done, here or ahead."""
    here = STAGES.index(state) if state in STAGES else len(STAGES)
    here = 1 if state == "probe" else here
    return [
        (words.run(stage)["label"], "done" if at < here else "here" if at == here else "")
        for at, stage in enumerate(STAGES)
    ]
