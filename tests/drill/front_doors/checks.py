"""What must hold of a portal that is filled, or was ended: each check raises AssertionError and says why."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import machine
from portal import Portal

PROCESSES = {"postgres", "valkey", "demo-city", "web", "worker", "jobs", "live"}
OWN = {"akar-log-kemutakhiran"}
"""What the portal publishes of itself once a day of its log is over; no source brings it."""

ORGANIZATIONS = 6
STATES = 3
END_SECONDS = 60.0
RESTART_SECONDS = 120.0


def status_lists_every_process(portal: Portal) -> None:
    """All processes run, `jambi status` names them, and the launcher has no child besides."""
    status, text = portal.status(), portal.jambi("status").stdout
    entries = status["processes"]
    names = {entry["name"] for entry in entries if entry["alive"]}
    assert names == PROCESSES, f"running: {sorted(names)}"
    assert all(re.search(rf"^{name} +\d+ +running", text, re.M) for name in {"launcher", *PROCESSES}), text
    listed = {entry["pid"] for entry in entries}
    children = {
        p for p in machine.processes_of(portal.checkout) if machine.parent_of(p) == status["launcher"]
    }
    assert children == listed, f"children of the launcher that status does not list: {children - listed}"


def datasets_are_there(portal: Portal) -> str:
    """Every definition has its public dataset, and every dataset rows in the DataStore."""
    datasets = _datasets(portal)
    names = {found["name"] for found in datasets}
    assert names == expected(portal), f"{names ^ expected(portal)} differ"
    rows = {dataset["name"]: _rows(portal, dataset) for dataset in datasets}
    assert all(rows.values()), f"no rows: {[name for name, count in rows.items() if not count]}"
    organizations = {dataset["organization"]["name"] for dataset in datasets}
    assert len(organizations) >= ORGANIZATIONS, organizations
    return f"{len(names)} datasets of {len(organizations)} organizations, {sum(rows.values())} rows"


def states_are_known(portal: Portal) -> str:
    """Every dataset has a state of freshness, and they differ."""
    found = portal.action("jambi_freshness_list")["results"]
    states = Counter(each["state"] for each in found if each["name"] not in OWN)
    assert sum(states.values()) == len(expected(portal)), states
    assert len(states) >= STATES, f"only {states}"
    return ", ".join(f"{count} {state}" for state, count in states.most_common())


def index_is_true(portal: Portal) -> None:
    """The search index holds what CKAN would index now."""
    checked = portal.ckan("search", "check")
    assert checked.returncode == 0, checked.stdout


def doctor_finds_nothing(portal: Portal) -> None:
    """The portal's own checks pass."""
    checked = portal.ckan("doctor")
    assert checked.returncode == 0, checked.stdout


def killed_children_come_back(portal: Portal) -> None:
    """Each process that dies is started again, and the portal serves as before."""
    for before in portal.entries().values():
        os.kill(before["pid"], signal.SIGKILL)
        back = machine.eventually(partial(_is_back, portal, before), RESTART_SECONDS)
        assert back, f"{before['name']} stays away"
    served = machine.eventually(lambda: portal.count() >= len(expected(portal)), RESTART_SECONDS)
    assert served, "the portal does not serve its datasets any more"


def nothing_runs(portal: Portal, seconds: float = 0.0) -> None:
    """No process of the portal is left after so many seconds."""
    gone = machine.eventually(lambda: not machine.processes_of(portal.checkout), seconds)
    assert gone, f"processes left: {machine.processes_of(portal.checkout)}"
    assert portal.jambi("status").returncode == 3, "`jambi status` says that something runs"


def definition_names(text: str) -> list[str]:
    """Return the name of the dataset that a definition makes."""
    return re.findall(r"^dataset:\n(?:  .*\n)*?  name: (\S+)", text, re.M)


def defined(checkout: Path) -> set[str]:
    """Return the names of the datasets that the checkout's definitions make."""
    folder = checkout / "config" / "sources"
    return {name for path in folder.glob("*.yaml") for name in definition_names(path.read_text("utf-8"))}


def expected(portal: Portal) -> set[str]:
    """Return the names of the datasets that the portal must have."""
    return defined(portal.checkout) | portal.added


def _datasets(portal: Portal) -> list[dict[str, Any]]:
    found = portal.action("package_search", rows=100, fq="dataset_type:dataset")["results"]
    return [dataset for dataset in found if dataset["name"] not in OWN]


def _rows(portal: Portal, dataset: dict[str, Any]) -> int:
    tables = [resource["id"] for resource in dataset["resources"] if resource["datastore_active"]]
    return sum(portal.action("datastore_search", resource_id=table, limit=0)["total"] for table in tables)


def _is_back(portal: Portal, before: dict[str, Any]) -> bool:
    now = portal.entries().get(before["name"], before)
    return bool(now["alive"] and now["pid"] != before["pid"] and now["restarts"] > before["restarts"])
