"""One CKAN site through `ckan_harvester` and through our kind `ckan`: the same datasets come of it (HV37)."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from harvest_source import PLUGINS, Answer, raw_definition, site_context
from stock_sites import JSON, SEARCH, ckan_site, remote

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"{PLUGINS} ckan_harvester"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]

OF_THE_HARVEST = {
    "id": "ours derives from source and record, so that no second dataset of a record can be; theirs is the site's",
    "name": "ours derives from source and id, so that no name of another dataset is taken; theirs is the site's",
    "metadata_created": "when it was harvested",
    "metadata_modified": "when it was harvested",
    "creator_user_id": "both the site's own user; a source of theirs may name another",
    "revision_id": "gone from CKAN",
}
LEFT_OUT = {
    "author": "names a person",
    "author_email": "names a person",
    "maintainer": "names a person",
    "maintainer_email": "names a person",
    "kontak_jabatan": "a contact of another portal; the definition states that of this one",
    "kontak_surel": "a contact of another portal; the definition states that of this one",
}
OF_A_RESOURCE = {
    "id": "ours derives from dataset, place and address",
    "package_id": "that of the dataset",
    "created": "when it was harvested",
    "metadata_modified": "when it was harvested",
    "last_modified": "a claim of the site; ours is that of the portal",
    "asal": "ours says that it came by harvest",
}
HARVEST_EXTRAS = {"harvest_object_id", "harvest_source_id", "harvest_source_title", "guid"}


def plain(dataset: dict[str, Any]) -> dict[str, Any]:
    """Return a dataset without what is of the harvest."""
    kept = {name: value for name, value in dataset.items() if name not in OF_THE_HARVEST}
    extras = {one["key"]: one["value"] for one in dataset["extras"] if one["key"] not in HARVEST_EXTRAS}
    resources = [
        {name: value for name, value in one.items() if name not in OF_A_RESOURCE}
        for one in dataset["resources"]
    ]
    tags = sorted(tag["name"] for tag in dataset["tags"])
    return {**kept, "extras": extras, "resources": resources, "tags": tags}


def by_title() -> dict[str, dict[str, Any]]:
    """Return what is there now, by title."""
    ids = model.Session.query(model.Package.id).filter_by(type="dataset", state="active").all()
    shown = [tk.get_action("package_show")(site_context(), {"id": one.id}) for one in ids]
    return {one["title"]: plain(one) for one in shown}


def given(value: Any) -> bool:
    return value not in (None, "", [], {})


@pytest.fixture
def site(source: Any, allow_source: None) -> list[dict[str, Any]]:
    """Let the test server be a CKAN site, and return its datasets."""
    listed = [
        remote(0, author="Budi", maintainer="Ani", url="https://instansi.example.go.id/0", version="2"),
        remote(1, private=False, groups=[{"name": "kesehatan"}], metadata_modified="2026-01-01T00:00:00"),
        remote(2, extras=[]),
    ]
    names = {"success": True, "result": [one["name"] for one in listed]}
    source.answers["/api/3/action/package_list"] = Answer(json.dumps(names).encode(), headers=JSON)
    source.answers[SEARCH] = ckan_site(*listed)
    return listed


def test_hv37_both_harvesters_make_the_same_of_one_site(
    site: list[dict[str, Any]],
    source: Any,
    make_stock: Any,
    harvest_stock: Any,
    apply_source: Any,
    harvest: Any,
) -> None:
    assert harvest_stock(make_stock("ckan", source.url))["new"] == len(site)
    theirs = by_title()
    for one in model.Session.query(model.Package).filter_by(type="dataset"):
        tk.get_action("package_delete")(site_context(), {"id": one.id})
    model.Session.remove()

    raw = raw_definition(source) | {
        "kind": "ckan",
        "endpoint": {},
        "dataset": {"fields": {"frekuensi": "bulanan"}},
    }
    del raw["schema"]
    run = harvest(apply_source(raw, approve_by=None))
    assert (run["state"], run["new"]) == ("succeeded", len(site)), run["error"]
    ours = by_title()

    assert set(ours) == set(theirs) == {one["title"] for one in site}
    for title, mine in ours.items():
        other = theirs[title]
        differing = {
            name
            for name in set(mine) | set(other)
            if mine.get(name) != other.get(name) and (given(mine.get(name)) or given(other.get(name)))
        }
        assert differing <= set(LEFT_OUT), {name: (other.get(name), mine.get(name)) for name in differing}
        assert not [name for name in LEFT_OUT if given(mine.get(name))]
