"""Datasets that wait for walidata: the ladder says nothing of them meanwhile (F14).

A change set that a guard holds is no submission: its own agency decides it, and could keep silent for good.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from ckan import model

REVIEW = ("diajukan", "diperiksa")
"""What `status_pemeriksaan` says while walidata looks at a submission."""


def among(package_ids: Collection[str]) -> set[str]:
    """Return those of these datasets of which a submission waits for walidata."""
    package = model.Package.__table__
    status = package.c.extras["status_pemeriksaan"].astext
    query = sa.select(package.c.id).where(package.c.id.in_(package_ids), status.in_(REVIEW))
    return set(model.Session.scalars(query))
