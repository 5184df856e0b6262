"""A harvester in ckanext-harvest's manner that misbehaves as its source's config says."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import requests
from ckan import model
from ckanext.harvest.interfaces import IHarvester
from ckanext.harvest.model import HarvestGatherError, HarvestObject

REMOVALS = {
    "delete": ("package_delete", {}),
    "purge": ("dataset_purge", {}),
    "patch": ("package_patch", {"state": "deleted"}),
}


class UjiHarvester(p.SingletonPlugin):
    """Makes one dataset an entry of `names`; `traps` maps a name to what happens in its import."""

    p.implements(IHarvester)

    def info(self) -> dict[str, str]:
        """Describe the type."""
        return {"name": "uji", "title": "Uji", "description": "Uji"}

    def validate_config(self, config: str) -> str:
        """Take every config."""
        return config

    def gather_stage(self, job: Any) -> list[str] | None:
        """Make an object for each name; die once in the middle where a marker file says so."""
        config = json.loads(job.source.config)
        self._note(config, "gather")
        if "ask" in config:
            answer = requests.get(config["ask"], timeout=10)
            HarvestGatherError.create(message=f"status {answer.status_code}", job=job)
            return []
        if config.get("gather") == "raise":
            raise RuntimeError("gather fails")
        if config.get("gather") == "err":
            HarvestGatherError.create(message="one record is no dataset", job=job)
        ids = []
        for at, name in enumerate(config["names"]):
            found = HarvestObject(guid=name, job=job, content=config.get("contents", {}).get(name))
            found.save()
            ids.append(found.id)
            if at == 1:
                _once(config, "gather-killed", lambda: os._exit(9))
        return ids

    def fetch_stage(self, found: Any) -> bool:
        """Fetch what the config says, or nothing."""
        fetched = json.loads(found.source.config).get("fetched", {}).get(found.guid)
        if fetched:
            found.content = fetched
            found.save()
        return True

    def import_stage(self, found: Any) -> bool | str:
        """Make the dataset, or do what the trap says."""
        config = json.loads(found.source.config)
        self._note(config, f"import {found.guid}")
        trap = config.get("traps", {}).get(found.guid)
        if trap == "raise":
            raise RuntimeError(config.get("says", "import fails"))
        if trap == "exit":
            os._exit(9)
        if trap == "loop":
            while True:
                time.sleep(0.1)
        if trap == "memory":
            bytearray(4 * 10**9)
        if trap == "once":
            _once(config, "import-killed", lambda: os._exit(9))
        if trap in ("unchanged", *REMOVALS):
            return "unchanged" if trap == "unchanged" else _removed(found, *REMOVALS[trap])
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        source = model.Package.get(found.harvest_source_id)
        dataset = {
            "name": f"uji-{found.guid}",
            "title": found.guid,
            "owner_org": source.owner_org,
            "private": True,
            **config.get("adds", {}).get(found.guid, {}),
        }
        made = tk.get_action("package_create")({"ignore_auth": True, "user": user}, dataset)
        found.package_id, found.current = made["id"], True
        found.save()
        return True

    def _note(self, config: dict[str, Any], text: str) -> None:
        with Path(config["log"]).open("a") as log:
            log.write(f"{text}\n")


def _removed(found: Any, action: str, values: dict[str, str]) -> bool:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    found.package_id = model.Package.get(f"uji-{found.guid}").id
    found.current = False
    found.save()
    tk.get_action(action)({"ignore_auth": True, "user": user}, {"id": found.package_id, **values})
    return True


def _once(config: dict[str, Any], name: str, act: Any) -> None:
    marker = Path(config["log"]).with_suffix(f".{name}")
    if config.get(name) and not marker.exists():
        marker.touch()
        act()
