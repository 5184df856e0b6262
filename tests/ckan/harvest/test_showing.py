"""What the importer puts into the search row is what CKAN would: compared with navl, field by field."""

from __future__ import annotations

import copy
import random
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import logic
from ckan.lib import plugins as lib_plugins
from ckan.logic.schema import default_show_package_schema
from harvest_source import PLUGINS, site_context
from samples import FIELDS, TABLE

from ckanext.jambi.harvest.showing import Showing, Validation

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
SHEET = {"name": "Lembar kerja", "format": "XLSX", "jenis_berkas": "asli", "url": "https://a.example/x.xlsx"}
COLUMN = {
    "nama": "bulan",
    "tipe": "teks",
    "label": "Bulan",
    "definisi": "Bulan laporan",
    "akses_publik": "true",
}
MUTATIONS = 300


@pytest.fixture
def make(agency: dict[str, Any]) -> Any:
    """Return a function that makes a dataset and returns its id."""

    def made(name: str, **over: Any) -> str:
        given = {"name": name, "title": f"Jumlah {name}", "owner_org": agency["id"], "private": True}
        return str(tk.get_action("package_create")(site_context(), given | over)["id"])

    return made


def test_hv22_shown_as_ckan_shows(make: Any) -> None:
    ids = [
        make("kosong"),
        make("penuh", **FIELDS, tags=[{"name": "air"}, {"name": "bumi"}], resources=[TABLE, SHEET]),
        make("penuh-juga", **FIELDS, tags=[{"name": "cuaca"}, {"name": "dana"}], resources=[TABLE, SHEET]),
        make("kolom", resources=[SHEET | {"kamus_data": [COLUMN, COLUMN | {"nama": "nilai"}]}]),
        make("ekstra", extras=[{"key": "sumber_lama", "value": "ya"}], resources=[SHEET, SHEET, SHEET]),
    ]
    showing = Showing()
    for dataset_id in [*ids, *ids]:
        expected = logic.package_show_default_and_custom_schemas(site_context(), dataset_id)
        assert showing.shown(site_context(), dataset_id) == expected


def test_hv22_validation_follows_navl_whatever_the_data(make: Any) -> None:
    dataset_id = make("penuh", **FIELDS, tags=[{"name": "air"}, {"name": "bumi"}], resources=[TABLE, SHEET])
    context = logic.fresh_context(site_context(), use_cache=False, validate=False)
    stored = tk.get_action("package_show")(context, {"id": dataset_id})
    by_type = lib_plugins.lookup_package_plugin("dataset")
    completed = by_type.show_package_schema()
    lib_plugins.plugin_validate(by_type, context, stored, completed, "package_show")
    chance = random.Random(20261130)
    for schema in (default_show_package_schema(), completed):
        validation = Validation(schema)
        for _ in range(MUTATIONS):
            data = _mutated(stored, chance)
            expected, _ = tk.navl_validate(copy.deepcopy(data), schema, context)
            assert validation.converted(data, context) == expected


def _mutated(stored: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return data with fields dropped, emptied and added, and lists cut and doubled."""
    data = copy.deepcopy(stored)
    for one in (data, *data["resources"]):
        for name in chance.sample(sorted(set(one) - {"resources", "type"}), 3):
            if isinstance(one[name], list):
                one[name] = chance.choice([[], one[name] * 2, one[name][:1]])
            else:
                one[name] = chance.choice([None, "", "lain", one[name]])
        one.pop(chance.choice(sorted(set(one) - {"resources", "type", "name", "id", "position"})))
    data["resources"] = data["resources"][: chance.randint(0, 2)]
    return data | {"tak_dikenal": "x"} if chance.random() < 0.5 else data
