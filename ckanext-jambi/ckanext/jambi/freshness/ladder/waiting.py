"""Datasets of which something waits for a decision: the ladder says nothing of them meanwhile (F14)."""

from __future__ import annotations

from collections.abc import Collection

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

REVIEW = ("diajukan", "diperiksa")
"""What `status_pemeriksaan` says while walidata looks at a submission."""


def among(package_ids: Collection[str]) -> set[str]:
    """Return those of these datasets that wait for walidata, or of which a change set is held."""
    return _in_review(package_ids) | (_held() & set(package_ids))


def _in_review(package_ids: Collection[str]) -> set[str]:
    package = model.Package.__table__
    status = package.c.extras["status_pemeriksaan"].astext
    query = sa.select(package.c.id).where(package.c.id.in_(package_ids), status.in_(REVIEW))
    return set(model.Session.scalars(query))


def _held() -> set[str]:
    """Ask the harvest room, where there is one."""
    if not p.plugin_loaded("jambi_harvest"):
        return set()
    return set(tk.get_action("jambi_quarantine_dataset_list")({"ignore_auth": True}, {}))
