"""Looking at an address through the portal: who may, what is proposed, what is never shown (HV30)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import yaml
from ckan.tests import factories
from harvest_source import PLUGINS, Answer, count

from ckanext.jambi.harvest.cli import source as source_commands
from jambi_harvesters.definition import parse

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "allow_source"),
]
PERSONS = (
    "bulan,puskesmas,NIK,Nama Pasien,kunjungan\n"
    "2026-01,Putri Ayu,1571014101900001,Budi Contoh,3\n"
    "2026-02,Simpang IV Sipin,1571015502880002,Siti Contoh,4\n"
)


def _sniff(user: str, url: str, **over: Any) -> Any:
    data = {"url": url, "organization": "dinkes"} | over
    return tk.get_action("jambi_source_sniff")({"user": user, "ignore_auth": False}, data)


def test_hv30_editor_gets_a_draft_that_validates_once_frekuensi_is_filled(source: Any, editor: str) -> None:
    source.csv(6, "/kunjungan.csv")
    found = _sniff(editor, f"{source.url}/kunjungan.csv")
    draft = found["draft"]
    assert draft["kind"] == "csv"
    assert draft["id"] == "dinkes-kunjungan"
    assert draft["guard"] == {"internal_target": "uji"}
    assert [one["name"] for one in found["columns"]] == ["bulan", "puskesmas", "kunjungan"]
    assert found["rows"][0] == ["2026-01", "Puskesmas 0", "0"]
    draft["dataset"]["fields"]["frekuensi"] = "bulanan"
    assert parse(draft).schema.fields


def test_hv30_personal_data_is_dropped_from_the_draft_and_its_values_are_not_shown(
    source: Any, editor: str
) -> None:
    source.answers["/pasien.csv"] = Answer(PERSONS.encode(), headers={"Content-Type": "text/csv"})
    found = _sniff(editor, f"{source.url}/pasien.csv")
    marked = {one["name"]: one["personal"] for one in found["columns"]}
    assert marked["nik"]["severity"] == "block"
    assert "NIK" in found["draft"]["schema"]["drop"]
    assert "nik" not in found["draft"]["schema"]["fields"]
    assert "1571014101900001" not in str(found)


def test_hv30_names_that_are_taken_are_not_proposed(source: Any, editor: str, agency: Any) -> None:
    factories.Dataset(name="kunjungan", type="dataset", owner_org=agency["id"], private=True)
    source.csv(6, "/kunjungan.csv")
    assert _sniff(editor, f"{source.url}/kunjungan.csv")["draft"]["dataset"]["name"] == "kunjungan-2"


def test_hv30_looking_writes_nothing(source: Any, editor: str) -> None:
    source.csv(6, "/kunjungan.csv")
    before = count("package", "true"), count("jambi_harvest_source", "true")
    _sniff(editor, f"{source.url}/kunjungan.csv")
    assert before == (count("package", "true"), count("jambi_harvest_source", "true"))


def test_hv30_strangers_may_not_look(source: Any, editor: str) -> None:
    with pytest.raises(tk.NotAuthorized):
        _sniff(factories.User()["name"], f"{source.url}/kunjungan.csv")


def test_hv30_what_went_wrong_is_told_at_the_address(source: Any, editor: str) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        _sniff(editor, f"{source.url}/tidak-ada.csv")
    assert "404" in caught.value.error_dict["url"][0]


def test_hv30_unknown_kind_is_refused(source: Any, editor: str) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        _sniff(editor, f"{source.url}/x", kind="faks")
    assert "kind" in caught.value.error_dict


def test_hv30_new_prints_a_file_to_complete(source: Any, editor: str, command: Any) -> None:
    source.csv(6, "/kunjungan.csv")
    answer = command(source_commands, "new", f"{source.url}/kunjungan.csv", "--organization", "dinkes")
    draft = yaml.safe_load(answer.stdout)
    draft["dataset"]["fields"]["frekuensi"] = "bulanan"
    assert parse(draft).id == "dinkes-kunjungan"


def test_hv30_sniff_prints_json_and_names_what_is_wrong(source: Any, editor: str, command: Any) -> None:
    source.csv(6, "/kunjungan.csv")
    answer = command(source_commands, "sniff", f"{source.url}/kunjungan.csv")
    assert '"kind": "csv"' in answer.stdout
    refused = command(source_commands, "sniff", f"{source.url}/tidak-ada.csv")
    assert refused.exit_code == 1
    assert "404" in refused.stderr
