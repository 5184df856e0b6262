"""`ckan_harvester` and ckanext-dcat's RDF harvester, as they are, under our runner (HV38, HV19, P11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestObjectError
from harvest_source import PLUGINS, Handler, count, site_context
from stock_sites import CATALOGUE, SEARCH, ckan_site, rdf_catalogue, remote

BLOCK = b"x" * 65_536

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"{PLUGINS} ckan_harvester dcat_rdf_harvester"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def datasets() -> dict[str, dict[str, Any]]:
    """Return all datasets by title, as the portal shows them."""
    ids = model.Session.query(model.Package.id).filter_by(type="dataset", state="active").all()
    found = [tk.get_action("package_show")(site_context(), {"id": one.id}) for one in ids]
    return {one["title"]: one for one in found}


def gather_errors() -> list[str]:
    return [one.message for one in model.Session.query(HarvestGatherError)]


def object_errors() -> list[str]:
    return [one.message for one in model.Session.query(HarvestObjectError)]


def endless(handler: Handler) -> None:
    """Send text for as long as somebody reads."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/turtle")
    handler.end_headers()
    while True:
        handler.wfile.write(BLOCK)


@pytest.mark.usefixtures("allow_source")
def test_hv38_ckan_harvester_brings_every_dataset_with_its_content(
    make_stock: Any, harvest_stock: Any, source: Any
) -> None:
    sent = [remote(number) for number in range(3)]
    source.answers[SEARCH] = ckan_site(*sent)
    run = harvest_stock(make_stock("ckan", source.url))

    assert (run["state"], run["seen"], run["new"], run["failed"]) == ("succeeded", 3, 3, 0)
    assert count("harvest_object", "state = 'COMPLETE' AND report_status = 'added' AND current") == 3
    arrived = datasets()
    assert set(arrived) == {one["title"] for one in sent}
    for one in sent:
        found = arrived[one["title"]]
        same = ("id", "name", "notes", "license_id", "frekuensi", "konsep", "topik", "kontak_surel")
        assert {name: found[name] for name in same} == {name: one[name] for name in same}
        assert {tag["name"] for tag in found["tags"]} == {tag["name"] for tag in one["tags"]}
        [resource] = found["resources"]
        assert resource["url"] == one["resources"][0]["url"]
        assert found["organization"]["name"] == "dinkes"
        assert {"key": "asal-usul", "value": one["extras"][0]["value"]} in found["extras"]


@pytest.mark.usefixtures("allow_source")
def test_hv38_rdf_harvester_brings_every_dataset_with_its_content(
    make_stock: Any, harvest_stock: Any, source: Any
) -> None:
    source.answers["/dua.ttl"] = rdf_catalogue(2)
    source.answers[CATALOGUE] = rdf_catalogue(0, 1, following=f"{source.url}/dua.ttl")
    run = harvest_stock(make_stock("dcat_rdf", f"{source.url}{CATALOGUE}"))

    assert (run["state"], run["seen"], run["new"], run["failed"]) == ("succeeded", 3, 3, 0)
    arrived = datasets()
    assert set(arrived) == {f"Kunjungan RDF {number}" for number in range(3)}
    for number in range(3):
        found = arrived[f"Kunjungan RDF {number}"]
        assert found["notes"].endswith(f"Nomor {number}.")
        assert [tag["name"] for tag in found["tags"]] == ["kesehatan"]
        assert [one["url"] for one in found["resources"]] == [
            f"https://data.example.go.id/dataset/{number}.csv"
        ]


@pytest.mark.usefixtures("allow_source")
@pytest.mark.parametrize("kind", ["ckan", "dcat_rdf"])
def test_hv19_second_run_adds_nothing(kind: str, make_stock: Any, harvest_stock: Any, source: Any) -> None:
    source.answers[SEARCH] = ckan_site(remote(0, metadata_modified="2026-01-01T00:00:00"))
    source.answers[CATALOGUE] = rdf_catalogue(0)
    source_id = make_stock(kind, source.url + (CATALOGUE if kind == "dcat_rdf" else ""))
    assert harvest_stock(source_id)["new"] == 1
    again = harvest_stock(source_id)

    assert (again["new"], again["failed"]) == (0, 0), object_errors()
    assert len(datasets()) == 1


@pytest.mark.parametrize("kind", ["ckan", "dcat_rdf"])
def test_p11_hv19_internal_address_is_refused_and_named_as_the_reason(
    kind: str, make_stock: Any, harvest_stock: Any, source: Any
) -> None:
    source.answers[SEARCH] = ckan_site(remote(0))
    source.answers[CATALOGUE] = rdf_catalogue(0)
    run = harvest_stock(make_stock(kind, source.url + (CATALOGUE if kind == "dcat_rdf" else "")))

    assert source.asked == []
    assert (run["state"], run["error_code"]) == ("failed", "address_refused")
    assert "jaringan internal" in run["error"]
    assert run["error"] in gather_errors()


@pytest.mark.usefixtures("allow_source")
def test_p11_catalogue_that_points_to_an_internal_address_is_followed_no_further(
    make_stock: Any, harvest_stock: Any, source: Any
) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(0, following="http://169.254.169.254/latest/meta-data/")
    run = harvest_stock(make_stock("dcat_rdf", f"{source.url}{CATALOGUE}"))

    assert run["error_code"] == "address_refused"
    assert run["error"] in gather_errors()


@pytest.mark.usefixtures("allow_source")
@pytest.mark.parametrize("spelling", ["file://{path}", "{path}"])
def test_s15_catalogue_that_points_to_a_file_reads_none(
    spelling: str, make_stock: Any, harvest_stock: Any, source: Any, tmp_path: Path
) -> None:
    path = tmp_path / "rahasia.ttl"
    path.write_bytes(rdf_catalogue(7).body)
    source.answers[CATALOGUE] = rdf_catalogue(0, following=spelling.format(path=path))
    run = harvest_stock(make_stock("dcat_rdf", f"{source.url}{CATALOGUE}"))

    assert "Kunjungan RDF 7" not in datasets()
    assert run["state"] == "partial"
    assert any("http" in one for one in gather_errors())


@pytest.mark.parametrize("spelling", ["file://{path}", "{path}"])
def test_s15_source_whose_address_is_a_file_is_never_started(
    spelling: str, make_stock: Any, harvest_stock: Any, tmp_path: Path
) -> None:
    path = tmp_path / "rahasia.ttl"
    path.write_bytes(rdf_catalogue(7).body)
    run = harvest_stock(make_stock("dcat_rdf", spelling.format(path=path)))

    assert (run["state"], run["error_code"]) == ("failed", "address_refused")
    assert datasets() == {}


@pytest.mark.usefixtures("allow_source")
@pytest.mark.ckan_config("ckanext.jambi.harvest.stock_max_bytes", 300_000)
@pytest.mark.parametrize("kind", ["ckan", "dcat_rdf"])
def test_s11_endless_answer_is_cut_and_named_as_the_reason(
    kind: str, make_stock: Any, harvest_stock: Any, source: Any
) -> None:
    place = CATALOGUE if kind == "dcat_rdf" else SEARCH
    source.behaviours[place] = endless
    run = harvest_stock(make_stock(kind, source.url + (CATALOGUE if kind == "dcat_rdf" else "")))

    assert (run["state"], run["error_code"]) == ("failed", "answer_cut")
    assert "300000" in run["error"]
    assert datasets() == {}
