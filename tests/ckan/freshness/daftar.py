"""A Daftar Data of few items, and what the portal keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness.model import item, item_dataset, obligation, organization_day, score
from ckanext.jambi.freshness.promises import adopting, file

CONFIG = Path(__file__).parents[3] / "config"
TABLES = (item, item_dataset, obligation, score, organization_day)


def promise(one: dict[str, Any], **values: Any) -> str:
    """Take an item for a dataset into the Daftar Data and return its code."""
    owner = model.Group.get(one["owner_org"]).name
    said = {"code": "A", "organization": owner, "title": "T", "frequency": "mingguan", "weight": 1}
    row = {**said, "valid_from": "2026-01-01", "datasets": [one["name"]], **values}
    assert file.problems_of(row) == []
    adopting.put([file.complete(row)], "a reason")
    model.Session.commit()
    return row["code"]


@dataclass(frozen=True)
class Cases:
    """The actions about cases of a kind."""

    kind: str

    def call(self, name: str, who: dict[str, Any], **data: Any) -> Any:
        """Call an action."""
        return tk.get_action(f"jambi_freshness_{self.kind}_{name}")(dict(who), data)

    def refused(self, name: str, who: dict[str, Any], **data: Any) -> dict[str, Any]:
        """Return why an action refuses, by field."""
        with pytest.raises(tk.ValidationError) as caught:
            self.call(name, who, **data)
        return caught.value.error_dict


def stored() -> dict[str, list[tuple]]:
    """Return every row that follows from the log."""
    return {table.name: sorted(map(repr, model.Session.execute(sa.select(table)))) for table in TABLES}


def outcomes(code: str = "A") -> list[str]:
    joined = obligation.join(item, item.c.id == obligation.c.item_id)
    query = sa.select(obligation.c.outcome).select_from(joined).where(item.c.code == code)
    return list(model.Session.scalars(query.order_by(obligation.c.period_start)))
