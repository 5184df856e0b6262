"""What `harvest.links` learns of the files to which datasets link enters the log here (F18, F22)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import evidence, uploads
from ckanext.jambi.freshness.content import Measured
from ckanext.jambi.freshness.model import item_dataset, observation
from ckanext.jambi.freshness.model import state as state_table
from ckanext.jambi.freshness.rules.credit import LINKED
from ckanext.jambi.freshness.rules.scoring import AVAILABLE

HARVESTER = (None, "harvester")
REASON = "reason"


def looked(package_id: str, resource_id: str, at: datetime, *, ok: bool, reason: str | None) -> None:
    """Note whether the linked files of a dataset could be had at `at`: on a change, or once in 24 hours.

    Of a dataset that stands for no item of the Daftar Data a change alone is noted: nothing is reckoned from
    the rest. `reason` is the code of what went wrong with the file.
    """
    last = _last_look(package_id)
    turned = last is None or last.detail[AVAILABLE] != ok
    if turned or (at - last.valid_at >= evidence.AGAIN and _is_assigned(package_id)):
        detail = {AVAILABLE: ok} | ({REASON: reason} if reason else {})
        evidence.observe(
            [evidence.Observation(
                kind=LINKED, package_id=package_id, resource_id=resource_id, valid_at=at, detail=detail
            )]
        )  # fmt: skip
        return
    noted = {"reachable": ok} | ({"checked_at": at} if ok else {})
    model.Session.execute(
        sa.update(state_table).where(state_table.c.package_id == package_id).values(**noted)
    )


def changed(
    package_id: str, resource_id: str, measured: Measured, at: datetime, *, stable: bool
) -> evidence.Credit:
    """Note new content of a linked file; not `stable` if it was another when it was read again."""
    seen = uploads.observation(LINKED, package_id, resource_id, measured, HARVESTER, at)
    return evidence.observe([replace(seen, stable=stable)])[0]


def is_awaited(package_id: str) -> bool:
    """Whether new content of a dataset is due."""
    query = sa.select(state_table.c.due_at <= clock.now()).where(state_table.c.package_id == package_id)
    return bool(model.Session.scalar(query))


def _last_look(package_id: str) -> Any:
    query = (
        sa.select(observation.c.detail, observation.c.valid_at)
        .where(
            observation.c.package_id == package_id,
            observation.c.kind == LINKED,
            observation.c.detail.has_key(AVAILABLE),
        )
        .order_by(observation.c.seq.desc())
        .limit(1)
    )
    return model.Session.execute(query).first()


def _is_assigned(package_id: str) -> bool:
    query = sa.select(item_dataset.c.item_id).where(item_dataset.c.package_id == package_id).limit(1)
    return model.Session.scalar(query) is not None
