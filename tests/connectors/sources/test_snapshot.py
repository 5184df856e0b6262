from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from reading import BASE, NOW, merged, records, rows, sumber, workbook

from jambi_harvesters import errors
from jambi_harvesters.definition import parse
from jambi_harvesters.http import Client
from jambi_harvesters.sources import Connector, policy_for
from jambi_harvesters.sources.snapshot import SnapshotConnector

FIXTURES = Path(__file__).parents[1] / "fixtures" / "snapshot"
FIELDS = {"kode": "kode", "nama": "nama", "jumlah": {"type": "integer"}}
PER_RECORD = {
    "dataset__mode": "per_record",
    "dataset__title": "{nama}",
    "dataset__notes": "Jumlah {jumlah}",
    "primary_key": "kode",
}
FORMS = ("csv", "xlsx", "json")


def body_of(form: str, name: str) -> bytes:
    """Return a fixture in one of the three forms."""
    data = (FIXTURES / f"{name}.csv").read_text("utf-8")
    if form == "csv":
        return data.encode()
    if form == "xlsx":
        return workbook({"Data": list(csv.reader(data.splitlines()))})
    return json.dumps({"data": list(csv.DictReader(data.splitlines()))}).encode()


def opened(folder: Path | None, path: str = "data.csv", **changes: Any) -> Connector:
    base = {**BASE, "kind": "snapshot", "schema": {"fields": FIELDS}}
    del base["client"]
    spec = parse(merged(base, endpoint__path=path, **changes))
    client = Client(policy_for(spec, SnapshotConnector))
    return SnapshotConnector(spec, client, now=NOW, files=folder)


def read(folder: Path, path: str = "data.csv", **changes: Any) -> list[Any]:
    return list(opened(folder, path, **changes).pages())


@pytest.mark.parametrize("form", FORMS)
def test_hv10_second_run_is_equal_and_changes_are_found_exactly(tmp_path: Path, form: str) -> None:
    def hashes(name: str) -> dict[str, str | None]:
        (tmp_path / f"data.{form}").write_bytes(body_of(form, name))
        pages = read(tmp_path, f"data.{form}", **PER_RECORD)
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again, after = hashes("before"), hashes("before"), hashes("after")
    assert before == again
    assert set(after) - set(before) == {"P4"}
    assert set(before) - set(after) == {"P3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"P2"}


def test_f18_a_table_has_its_hash_whatever_the_form(tmp_path: Path) -> None:
    found = set()
    for form in FORMS:
        (tmp_path / f"data.{form}").write_bytes(body_of(form, "before"))
        (page,) = read(tmp_path, f"data.{form}")
        assert len(rows([page])) == 3
        found.add(page.records[0].rows_digest)
    assert len(found) == 1


def test_hv02_equal_file_is_not_read_again(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_bytes(body_of("csv", "before"))
    first = opened(tmp_path).probe({})
    assert not first.unchanged
    assert opened(tmp_path).probe(first.markers).unchanged
    assert not opened(tmp_path, schema__locale="id-ID").probe(first.markers).unchanged
    file.write_bytes(body_of("csv", "after"))
    assert not opened(tmp_path).probe(first.markers).unchanged


def test_hv27_health_probe_looks_for_the_file(tmp_path: Path) -> None:
    with pytest.raises(errors.UnreadableError):
        opened(tmp_path).reach()
    (tmp_path / "data.csv").write_bytes(body_of("csv", "before"))
    opened(tmp_path).reach()


def test_s32_a_retired_system_is_not_polled() -> None:
    assert not SnapshotConnector.polled
    assert Connector.polled


def test_json_list_is_one_document_whatever_it_says_of_pages(tmp_path: Path) -> None:
    document = json.loads(body_of("json", "before"))
    paged = {**document, "links": {"next": "https://lama.test/api?page=2"}, "current_page": 1, "last_page": 9}
    (tmp_path / "data.json").write_text(json.dumps(paged), "utf-8")
    (page,) = read(tmp_path, "data.json", guard__success="current_page == `1`")
    assert page.complete
    assert len(rows([page])) == 3


def test_file_in_a_folder_of_its_organization_is_found(tmp_path: Path) -> None:
    (tmp_path / "dinkes").mkdir()
    (tmp_path / "dinkes" / "Rekap 2023.csv").write_bytes(body_of("csv", "before"))
    assert read(tmp_path, "dinkes/Rekap 2023.csv")[-1].complete


@pytest.mark.parametrize(
    "path",
    ["", "data.pdf", "/etc/passwd.csv", "../data.csv", "a/../../data.csv", "a..csv", ".csv", "x\0.csv"],
)
def test_bad_input_path_that_is_no_name_of_a_file_is_refused(path: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        opened(None, path)
    assert [problem.path for problem in caught.value.problems] == ["endpoint.path"]


def test_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "unggahan", tmp_path / "rahasia.csv"
    inside.mkdir()
    outside.write_bytes(body_of("csv", "before"))
    (inside / "data.csv").symlink_to(outside)
    with pytest.raises(errors.UnreadableError, match="not in the folder"):
        read(inside)


def test_missing_file_or_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.UnreadableError, match=r"data\.csv cannot be read: it is not in"):
        read(tmp_path)
    with pytest.raises(errors.UnreadableError, match="no folder") as caught:
        opened(None).probe({})
    assert "belum diatur" in caught.value.pesan


@pytest.mark.parametrize("form", FORMS)
def test_s06_s07_what_is_no_data_is_refused(tmp_path: Path, form: str) -> None:
    file = tmp_path / f"data.{form}"
    for body in (b"", sumber("halaman-masuk.html")):
        file.write_bytes(body)
        with pytest.raises(errors.ContentError):
            read(tmp_path, f"data.{form}")


def test_s11_file_above_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SnapshotConnector, "max_bytes", 10)
    (tmp_path / "data.csv").write_bytes(body_of("csv", "before"))
    with pytest.raises(errors.TooLargeError):
        read(tmp_path)


def test_s20_missing_column_is_drift(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("kode,nama\na,b\n", "utf-8")
    with pytest.raises(errors.SchemaDriftError, match="jumlah"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"client": {"base_url": "https://a.test/"}}, "client.base_url"),
        ({"trigger": {"every": "1h"}}, "trigger"),
        ({"endpoint__data_selector": "data"}, "endpoint.data_selector"),
        ({"guard__success": "ok"}, "guard.success"),
    ],
)
def test_keys_of_a_living_system_have_no_effect(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        opened(None, **changes)
    assert [problem.path for problem in caught.value.problems] == [where]


def test_other_kinds_still_need_their_address() -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        parse(merged(BASE, client=None))
    assert caught.value.problems[0].path == "client.base_url"


def test_hv39_one_outside_table_in_three_forms_is_one_table(frictionless: Path) -> None:
    """Read a table of frictionless-py, whose copies say the same in other forms."""
    fields = {"id": {"type": "integer"}, "name": "name"}
    digests = set()
    for name in ("table.csv", "table.xlsx", "table.keyed.json"):
        (page,) = read(frictionless, name, schema__fields=fields)
        assert rows([page]) == [(1, "english"), (2, "中国人")]
        digests.add(page.records[0].rows_digest)
    assert len(digests) == 1


@pytest.mark.parametrize("url", ["https://a.test/data.csv", "file:///data.csv"])
def test_sniff(url: str) -> None:
    assert SnapshotConnector.sniff(url, b"kode,nama") == 0.0
