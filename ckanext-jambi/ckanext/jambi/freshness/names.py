"""What rows of the log name by ids: items and datasets, as far as everybody may know them (F24)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness.model import item
from ckanext.jambi.freshness.standing import package
from ckanext.jambi.freshness.standings import is_public


class Named(NamedTuple):
    """What something is called in addresses, and in words; of data that is not open there are none."""

    name: str
    title: str | None


def items(ids: Iterable[str | None]) -> dict[str, Named]:
    """Return code and title of items, by their id."""
    title = sa.case((item.c.access == "terbuka", item.c.title))
    query = sa.select(item.c.id, item.c.code, title).where(item.c.id.in_(_known(ids)))
    return {key: Named(code, said) for key, code, said in model.Session.execute(query)}


def datasets(ids: Iterable[str | None]) -> dict[str, Named]:
    """Return name and title of those datasets that are public, by their id."""
    query = sa.select(package.c.id, package.c.name, package.c.title)
    rows = model.Session.execute(query.where(package.c.id.in_(_known(ids)), is_public))
    return {key: Named(name, title or name) for key, name, title in rows}


def _known(ids: Iterable[str | None]) -> set[str]:
    return {each for each in ids if each}
