from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import misbehaving
import pytest
from misbehaving import Handler, Source
from reading import NOW, connect, definition, read, records, rows, sumber

from jambi_harvesters import documents, errors
from jambi_harvesters.sources.spse import SpseConnector

FIXTURES = Path(__file__).parents[1] / "fixtures" / "spse"
JANUARY = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
"""Half past midnight of 1 January 2027 in Jambi."""
FIELDS = {
    "kode": {"path": "Kode Tender", "public": True},
    "tahun": {"path": "Tahun Anggaran", "type": "integer"},
}
PER_PACKAGE = {
    "dataset__mode": "per_record",
    "dataset__title": "{nama}",
    "dataset__notes": "{status}",
    "schema__fields": {"nama": "Nama Paket", "status": "Status Tender"},
    "primary_key": "Kode Tender",
}


def spec(server: Source, start: str = "2024-01-01", **changes: Any) -> Any:
    base = {
        "kind": "spse",
        "schema__fields": FIELDS,
        "schema__locale": "id-ID",
        "dataset__fields__periode_mulai": start,
        "endpoint__path": "tender",
        "endpoint__params": {"tahun": "{tahun}", "klpd": "D000"},
    }
    return definition(server, "/isb/", **{**base, **changes})


def package(year: int, number: int, **changes: Any) -> dict[str, Any]:
    return {"Tahun Anggaran": year, "Kode Tender": year * 1_000 + number, "Kode RUP": "6", **changes}


def by_year(years: Mapping[int, list[Any]]) -> misbehaving.Behaviour:
    def behave(handler: Handler) -> None:
        handler.answer(json.dumps(years[int(handler.query["tahun"])]).encode())

    return behave


def asked_years(server: Source) -> list[str]:
    return [path.partition("tahun=")[2].partition("&")[0] for path in server.asked("/isb/tender")]


THREE = {2026: [package(2026, 1)], 2025: [package(2025, 1), package(2025, 2)], 2024: [package(2024, 1)]}


def test_every_year_is_read_from_the_open_one_back(server: Source) -> None:
    server.routes["/isb/tender"] = by_year(THREE)
    pages = read(server, spec(server))
    assert [row[1] for row in rows(pages)] == [2026, 2025, 2025, 2024]
    assert (pages[-1].complete, pages[-1].problem) == (True, None)
    assert server.log[0][1] == "/isb/tender?tahun=2026&klpd=D000"
    assert asked_years(server) == ["2026", "2025", "2024"]


def test_year_may_stand_in_the_path(server: Source) -> None:
    for year, items in THREE.items():
        server.put(f"/isb/tipe/4/parameter/{year}:97", json.dumps(items).encode())
    changes = {"endpoint__path": "tipe/4/parameter/{tahun}:97", "endpoint__params": {}}
    assert len(rows(read(server, spec(server, **changes)))) == 4


def test_without_a_year_there_is_one_array(server: Source) -> None:
    server.put("/isb/tender", json.dumps(THREE[2025]).encode())
    pages = read(server, spec(server, endpoint__params={}))
    assert len(rows(pages)) == 2
    assert pages[-1].complete
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (
            "judul",
            ("Kode Tender", "Kode RUP", "Nama Satuan Kerja", "Pagu", "HPS", "Tanggal Pengumuman"),
        ),
        ("kunci", ("kd_tender", "kd_rup", "nama_satker", "pagu", "hps", "tgl_pengumuman_tender")),
    ],
)
def test_both_forms_of_the_reference_data_read_alike(
    server: Source, name: str, fields: tuple[str, ...]
) -> None:
    server.put("/isb/tender", (FIXTURES / f"tender-{name}.json").read_bytes())
    types = ("text", "text", "organization", "decimal", "decimal", "date")
    names = ("kode", "rup", "opd", "pagu", "hps", "tanggal")
    columns = {
        one: {"path": path, "type": kind} for one, path, kind in zip(names, fields, types, strict=True)
    }
    changes = {"schema__fields": columns, "schema__date_formats": ["d MMMM yyyy"], "endpoint__params": {}}
    pages = read(server, spec(server, **changes), resolvers={"organization": lambda text: "dpupr"})
    wanted = (
        *("90000001", "60000001;60000002", "dpupr"),
        *(Decimal(1_250_000_000), Decimal("1249000000.5"), date(2026, 1, 12)),
    )
    assert rows(pages) == [wanted]
    assert fields[0] in pages[-1].records[0].source_columns


def test_s23_money_as_text_needs_the_declared_locale(server: Source) -> None:
    server.put("/isb/tender", (FIXTURES / "tender-judul.json").read_bytes())
    changes = {"schema__fields": {"pagu": {"path": "Pagu", "type": "integer"}}, "endpoint__params": {}}
    with pytest.raises(errors.NumberLocaleError):
        read(server, spec(server, schema__locale="en-US", **changes))


@pytest.mark.parametrize(
    ("written", "wanted"),
    [("1;2", "1;2"), (" 1 ; 2;", "1;2"), (12, "12"), ("12", "12"), (";", None), (None, None)],
)
def test_plan_codes_are_parted_by_a_semicolon(server: Source, written: Any, wanted: str | None) -> None:
    server.put("/isb/tender", json.dumps([package(2026, 1, **{"Kode RUP": written})]).encode())
    changes = {"schema__fields": {"rup": "Kode RUP"}, "endpoint__params": {}}
    assert rows(read(server, spec(server, **changes))) == [(wanted,)]


def test_keys_differ_by_case_and_blanks(server: Source) -> None:
    server.put("/isb/tender", json.dumps([{"KODE  TENDER": 1, "Tahun  anggaran": 2026}]).encode())
    assert rows(read(server, spec(server, endpoint__params={}))) == [("1", 2026)]


def test_s20_key_under_another_name_is_drift(server: Source) -> None:
    server.put("/isb/tender", json.dumps([{"Kode_Tender": 1, "Tahun Anggaran": 2026}]).encode())
    with pytest.raises(errors.SchemaDriftError, match="Kode Tender"):
        read(server, spec(server, endpoint__params={}))


def test_system_that_moved_is_down_until_the_definition_is_changed(server: Source) -> None:
    server.routes["/isb/tender"] = misbehaving.redirect("https://data.inaproc.contoh.test/isb/tender")
    with pytest.raises(errors.SourceDownError) as caught:
        read(server, spec(server))
    assert caught.value.code == "source_moved"
    assert not caught.value.transient
    assert "client.base_url" in caught.value.pesan


def test_redirect_on_the_own_host_is_followed(server: Source) -> None:
    server.routes["/isb/tender"] = misbehaving.redirect("/isb2/tender")
    server.put("/isb2/tender", json.dumps(THREE[2026]).encode())
    assert len(rows(read(server, spec(server, endpoint__params={})))) == 1


def test_new_year_may_be_empty_in_january_and_older_years_stay(server: Source) -> None:
    server.routes["/isb/tender"] = by_year({2027: [], **THREE})
    pages = read(server, spec(server), now=JANUARY)
    assert [row[1] for row in rows(pages)] == [2026, 2025, 2025, 2024]
    assert (pages[-1].complete, pages[-1].problem) == (True, None)
    assert asked_years(server)[0] == "2027"


@pytest.mark.parametrize(("now", "empty"), [(NOW, 2026), (NOW, 2025), (JANUARY, 2026), (JANUARY, 2024)])
def test_any_other_empty_year_leaves_the_list_incomplete(server: Source, now: datetime, empty: int) -> None:
    server.routes["/isb/tender"] = by_year({2027: [], **THREE, empty: []})
    pages = read(server, spec(server), now=now)
    assert not pages[-1].complete
    assert isinstance(pages[-1].problem, errors.IncompleteListError)
    assert f"tahun {empty} kosong" in pages[-1].problem.pesan


def test_nothing_at_all_in_january_is_an_empty_list(server: Source) -> None:
    server.routes["/isb/tender"] = by_year({2027: []})
    (page,) = read(server, spec(server, "2027-01-01"), now=JANUARY)
    assert isinstance(page.problem, errors.EmptyListError)


def test_s17_server_that_ignores_the_year_is_not_complete(server: Source) -> None:
    server.put("/isb/tender", json.dumps(THREE[2026]).encode())
    pages = read(server, spec(server))
    assert len(rows(pages)) == 1
    assert isinstance(pages[-1].problem, errors.IncompleteListError)


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    def hashes(name: str) -> dict[str, str | None]:
        open_year = json.loads((FIXTURES / f"{name}.json").read_bytes())
        server.routes["/isb/tender"] = by_year({2026: open_year, 2025: [package(2025, 1)]})
        pages = read(server, spec(server, "2025", **PER_PACKAGE))
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again, after = hashes("before"), hashes("before"), hashes("after")
    assert before == again
    assert set(after) - set(before) == {"90000004"}
    assert set(before) - set(after) == {"90000003"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"90000002"}


def validated(years: Mapping[int, list[Any]]) -> misbehaving.Behaviour:
    def behave(handler: Handler) -> None:
        body = json.dumps(years[int(handler.query["tahun"])]).encode()
        misbehaving.with_validators(body, f'"{hash(body)}"')(handler)

    return behave


def test_hv01_unchanged_open_year_is_one_request(server: Source) -> None:
    server.routes["/isb/tender"] = validated(THREE)
    markers = connect(server, spec(server)).probe({}).markers
    server.log.clear()
    later = NOW + timedelta(days=29)
    found = connect(server, spec(server), now=later).probe(markers)
    assert found.unchanged
    assert asked_years(server) == ["2026"]
    assert found.markers["closed_read_at"] == markers["closed_read_at"]


def test_hv01_changed_open_year_is_not_asked_twice(server: Source) -> None:
    server.routes["/isb/tender"] = validated(THREE)
    markers = connect(server, spec(server)).probe({}).markers
    server.routes["/isb/tender"] = validated({**THREE, 2026: [package(2026, 2)]})
    server.log.clear()
    connector = connect(server, spec(server))
    assert not connector.probe(markers).unchanged
    assert len(rows(list(connector.pages()))) == 4
    assert asked_years(server) == ["2026", "2025", "2024"]


@pytest.mark.parametrize("now", [NOW + timedelta(days=30), JANUARY])
def test_closed_years_are_read_monthly_and_at_the_turn_of_the_year(server: Source, now: datetime) -> None:
    server.routes["/isb/tender"] = validated({2027: [], **THREE})
    markers = connect(server, spec(server)).probe({}).markers
    found = connect(server, spec(server), now=now).probe(markers)
    assert not found.unchanged
    assert found.markers["closed_read_at"] == now.isoformat()


def test_probe_of_one_array_goes_by_its_validators(server: Source) -> None:
    server.routes["/isb/tender"] = misbehaving.with_validators(json.dumps(THREE[2026]).encode(), '"1"')
    single = spec(server, endpoint__params={})
    markers = connect(server, single).probe({}).markers
    assert connect(server, single).probe(markers).unchanged


def test_hv07_large_year_is_streamed(server: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", 10)
    server.routes["/isb/tender"] = by_year({**THREE, 2025: [package(2025, n) for n in range(1_200)]})
    pages = read(server, spec(server))
    assert [len(one.rows.rows) for page in pages for one in page.records] == [1_000, 202]


@pytest.mark.parametrize("name", ["halaman-masuk.html", "http200-php-warning.txt", "http200-galat.json"])
def test_bad_input_answer_that_is_no_list(server: Source, name: str) -> None:
    server.put("/isb/tender", sumber(name))
    with pytest.raises(errors.UnexpectedContentError):
        read(server, spec(server))


def test_bad_input_failure_of_a_closed_year_ends_the_run(server: Source) -> None:
    def behave(handler: Handler) -> None:
        year = handler.query["tahun"]
        handler.answer(
            json.dumps(THREE[2026]).encode() if year == "2026" else b"", 200 if year == "2026" else 404
        )

    server.routes["/isb/tender"] = behave
    with pytest.raises(errors.NotFoundError):
        read(server, spec(server))


@pytest.mark.parametrize("start", ["", "tahun lalu", "1999-01-01", "20260101"])
def test_first_year_must_be_stated(server: Source, start: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        spec(server, start)
    assert [one.path for one in caught.value.problems] == ["dataset.fields.periode_mulai"]


def test_hv11_key_without_effect_is_refused(server: Source) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        spec(server, client__paginator={"type": "page_number"}, endpoint__method="POST")
    assert {one.path for one in caught.value.problems} == {"client.paginator.type", "endpoint.method"}


@pytest.mark.parametrize(
    ("head", "likely"),
    [
        (b'[{"Kode Tender":1,"Kode RUP":"2"', 0.95),
        (b'{"data":[{"kd_tender":1,"kd_rup":"2"', 0.95),
        (b'[{"kd_tender":1}]', 0.0),
        (b"a,b", 0.0),
    ],
)
def test_sniff(head: bytes, likely: float) -> None:
    assert SpseConnector.sniff("http://a.test/", head) == likely
