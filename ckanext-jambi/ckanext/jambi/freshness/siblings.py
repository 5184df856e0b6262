"""Which other datasets stand, or stood, for the same item: what was seen there is not new here (F17, G4, G8).

An item of the Daftar Data may move from one dataset to another, or a dataset be deleted and made anew. Whole
datasets alone count; items that are one value of a column have a history of their own (`promises.selected`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from ckan import model

# `OFFSET 0` has one dataset after the other looked up in the index of names: a join would hold each against
# every item that there is.
# An item means a dataset by the name that walidata wrote, even before CKAN knew it, and by its id from then
# on. `former` is one that stands for the item no more: a period that it brought is not owed again.
_SIBLINGS = sa.text(
    """
    WITH kin AS MATERIALIZED (
        SELECT p.id, named.item_id FROM package p CROSS JOIN LATERAL (
            SELECT l.item_id FROM jambi_freshness_observation l
                WHERE l.kind = 'item' AND (l.detail #> '{item,datasets}') @>
                    jsonb_build_array(jsonb_build_object('name', p.name)) OFFSET 0
        ) named WHERE p.id = ANY(:ids)
        UNION
        SELECT l.package_id, l.item_id FROM jambi_freshness_observation l
            WHERE l.kind = 'item' AND l.package_id = ANY(:ids)
    )
    SELECT DISTINCT kin.id, o.package_id AS other,
        d.package_id IS NULL OR p.state IS DISTINCT FROM 'active' AS former, s.period_end
    FROM kin CROSS JOIN LATERAL (
        SELECT each.item_id, each.package_id FROM jambi_freshness_observation each
            WHERE each.item_id = kin.item_id AND each.kind = 'item' AND each.package_id IS NOT NULL
                AND each.package_id <> kin.id AND each.detail -> 'selector' = 'null' OFFSET 0
    ) o
    LEFT JOIN jambi_freshness_item_dataset d ON d.item_id = o.item_id AND d.package_id = o.package_id
    LEFT JOIN package p ON p.id = o.package_id
    LEFT JOIN jambi_freshness_state s ON s.package_id = o.package_id
    """
)


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another dataset of the same item; `period_end` is the last one credited to a former one."""

    package_id: str
    period_end: date | None


def of(package_ids: Collection[str]) -> dict[str, list[Sibling]]:
    """Return the siblings of each of these datasets that has some, by one statement."""
    found: dict[str, list[Sibling]] = {}
    for row in model.Session.execute(_SIBLINGS, {"ids": list(package_ids)}):
        found.setdefault(row.id, []).append(Sibling(row.other, row.period_end if row.former else None))
    return found
