"""From which source a dataset comes: who is to send its data is led there (F51)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS

from ckanext.jambi.harvest import status
from ckanext.jambi.harvest.model import record
from ckanext.jambi.harvest.model import source as sources

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def test_f51_a_harvested_dataset_names_its_source_and_others_none(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source.csv(3)
    source_id = apply_source()
    harvest(source_id)
    package = model.Session.scalar(sa.select(record.c.package_id).where(record.c.source_id == source_id))
    name = model.Package.get(package).name
    found = status.sources_of([name, "tidak-ada"])
    assert found == {name: _name(source_id)}


def _name(source_id: str) -> str | None:
    return model.Session.scalar(sa.select(sources.c.name).where(sources.c.source_id == source_id))
