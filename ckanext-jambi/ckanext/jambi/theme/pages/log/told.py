"""What a row of the log says happened, and who did it, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import wording
from ckanext.jambi.freshness.decisions.desk import decider
from ckanext.jambi.freshness.kinds import HARVESTED
from ckanext.jambi.freshness.rules.cases import OBSERVATION, Kind, Step
from ckanext.jambi.freshness.rules.closing import Act
from ckanext.jambi.freshness.rules.scoring import AVAILABLE

CASES = frozenset(Kind)
Row = Mapping[str, Any]


def headline(row: Row) -> str:
    """Return what happened."""
    kind, detail = row["kind"], row["detail"] or {}
    if detail.get("event") == Step.DECIDE and kind in CASES:
        return f"{_noun(kind)}: {wording.case('decided', detail['outcome'])}"
    if (kind, detail.get("event")) == (Kind.ATTESTATION, Step.ASK):
        return stated(detail.get("act"))
    return _events().get((kind, detail.get("event"))) or _seen(row, detail)


def counts(row: Row) -> str:
    """Return whether evidence counts, and why; empty for other rows."""
    detail = row["detail"] or {}
    repeated = detail.get(OBSERVATION) if "credit" in detail else None
    return wording.upheld(repeated) if repeated else wording.reason(detail.get("credit"))


def who(row: Row) -> str:
    """Return by role who made a row: the log names no person."""
    kind, event = row["kind"], (row["detail"] or {}).get("event")
    if row["actor_class"] != "person":
        return {
            "harvester": tk._("the harvester"),
            "token": tk._("a system, by its token"),
            "system": tk._("the portal itself"),
        }[row["actor_class"]]
    if event == Step.DECIDE:
        return decider(Kind(kind))
    return _askers().get(kind) or tk._("a person who is signed in")


def stated(act: str | None) -> str:
    """Return what somebody stated of a period or of data that comes as needed."""
    words = {
        Act.UNCHANGED: tk._("stated that nothing has changed in a period"),
        Act.NIL: tk._("stated that nothing happened in a period"),
        Act.CONFIRMED: tk._("confirmed that the data is still right"),
    }
    return words[Act(act)] if act else wording.kind(Kind.ATTESTATION)


def _events() -> dict[tuple[str, str | None], str]:
    return {
        ("item", "create"): tk._("item taken into the Daftar Data"),
        ("item", "update"): tk._("item of the Daftar Data changed"),
        ("item", "assign"): tk._("a dataset stands for an item of the Daftar Data"),
        ("item", "review"): tk._("archive reviewed: it may stay one"),
        ("exemption", "ask"): tk._("exemption asked for"),
        ("exemption", "withdraw"): tk._("exemption withdrawn"),
        ("appeal", "ask"): tk._("objection filed"),
        ("report", "draft"): tk._("Draft of a report"),
        ("report", "final"): tk._("report made final"),
    }


def _noun(kind: str) -> str:
    return tk._("statement") if kind == Kind.ATTESTATION else wording.kind(kind)


def _seen(row: Row, detail: Mapping[str, Any]) -> str:
    """Return what was seen; a look that brought no content changed nothing."""
    if row["kind"] == HARVESTED and row["package_id"] is None:
        return tk._("the source answered")
    if row["kind"] == "remote_fetch" and row["content_hash"] is None:
        could = detail.get(AVAILABLE) is not False
        return tk._("the linked files could be had") if could else tk._("the linked files could not be had")
    return wording.kind(row["kind"])


def _askers() -> dict[str, str]:
    admin, walidata = tk._("an admin of the OPD"), tk._("walidata")
    return {
        Kind.EXEMPTION: admin,
        Kind.APPEAL: admin,
        Kind.ATTESTATION: tk._("a data producer of the OPD"),
        Kind.PORTAL_FAULT: tk._("a sysadmin"),
        **dict.fromkeys(("item", "retire", "report", "policy", "calendar", "posts"), walidata),
    }
