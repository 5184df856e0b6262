from __future__ import annotations

import demo_catalogue
import pytest

from ckanext.jambi.metadata import seeding

pytestmark = [
    pytest.mark.ckan_config(
        "ckan.plugins", "jambi_metadata jambi_search jambi scheming_datasets scheming_organizations"
    ),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture(autouse=True)
def topics(with_plugins, clean_db) -> None:
    seeding.seed_topics()


def groups(dataset: dict) -> set[str]:
    return {group["name"] for group in dataset["groups"]}


@pytest.mark.parametrize("caller", ["steward", "importer"])
def test_dataset_joins_and_leaves_the_groups_of_its_topics(caller: str, request, anonymous) -> None:
    call = request.getfixturevalue(caller)
    made = call("package_create", **demo_catalogue.dataset(owner_org="dinkes"))
    moved = call("package_patch", id=made["id"], topik=["kesehatan", "sosial"])

    assert groups(made) == {"ekonomi-umkm"}
    assert groups(moved) == {"kesehatan", "sosial"}
    assert groups(anonymous("package_show", id=made["id"])) == {"kesehatan", "sosial"}


def test_dataset_is_found_by_its_topic_s_group(steward, anonymous) -> None:
    steward("package_create", **demo_catalogue.dataset(owner_org="dinkes"))
    found = anonymous("package_search", fq="groups:ekonomi-umkm", **{"facet.field": ["vocab_topik"]})

    assert [one["name"] for one in found["results"]] == ["harga-bahan-pokok"]
    assert found["facets"]["vocab_topik"] == {"ekonomi-umkm": 1}


def test_groups_that_are_no_topics_are_left_alone(importer, action) -> None:
    importer("group_create", name="pekan-data")
    made = importer(
        "package_create", **demo_catalogue.dataset(owner_org="dinkes", groups=[{"name": "pekan-data"}])
    )
    moved = importer("package_patch", id=made["id"], topik=["hukum"])

    assert groups(made) == {"pekan-data", "ekonomi-umkm"}
    assert groups(moved) == {"pekan-data", "hukum"}
