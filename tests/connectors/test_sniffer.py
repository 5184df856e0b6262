"""The sniffer: what it takes an address for, within its limits, and how it says that it cannot tell."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sniffer_cases as cases
from misbehaving import Source
from reading import NOW, Attempts, client, sumber, workbook
from werkzeug.serving import make_server

from ckanext.jambi.demo_city.app import create_app
from jambi_harvesters import errors
from jambi_harvesters.addresses import Target
from jambi_harvesters.definition import parse
from jambi_harvesters.http import Client
from jambi_harvesters.sniffer import MAX_BYTES, MAX_REQUESTS, Sniffed, sniff, sniff_policy

CITY_NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def city() -> Iterator[int]:
    """The simulated city on loopback; yields its port."""
    server = make_server("127.0.0.1", 0, create_app(now=lambda: CITY_NOW), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()


def look(server: Source, path: str, **options: object) -> Sniffed:
    """Sniff a path of the test server."""
    policy = sniff_policy((server.target,), demo=True, max_rps=1_000)
    return sniff(server.url + path, client(server, policy, **options), now=NOW)


def look_at_city(port: int, path: str) -> Sniffed:
    """Sniff a path of the simulated city."""
    target = Target("kota-peraga", "kota-peraga.invalid", "127.0.0.0/8", port, "/")
    opened = Client(
        sniff_policy((target,), demo=True, max_rps=1_000), resolver=lambda host, number: ["127.0.0.1"]
    )
    return sniff(f"{cases.CITY_HOST}:{port}{path}", opened, now=CITY_NOW)


def is_right(case: cases.Case, found: Sniffed) -> bool:
    """Say whether kind and selector are those of the case."""
    selector = found.draft.get("endpoint", {}).get("data_selector")
    return found.draft["kind"] == case.kind and (case.selector is None or selector == case.selector)


def outcome(case: cases.Case, found: Sniffed | Exception) -> str:
    """Return what was wrong with a case, for people."""
    if isinstance(found, Exception):
        return f"{case.path}: {found}"
    selector = found.draft.get("endpoint", {}).get("data_selector")
    return f"{case.path}: {found.draft['kind']} {selector}, not {case.kind} {case.selector}"


def test_hv30_sniffer_is_right_on_nine_of_ten_addresses(
    server: Source, city: int, record_property: pytest.RecordProperty
) -> None:
    wrong, total = [], 0
    for case in cases.fixtures():
        server.put(case.path.partition("?")[0], case.body, headers=case.headers)
        found = _tried(lambda case=case: look(server, case.path))
        total += 1
        wrong += [] if isinstance(found, Sniffed) and is_right(case, found) else [outcome(case, found)]
    for case in (*cases.city(), *cases.native()):
        found = _tried(lambda case=case: look_at_city(city, case.path))
        total += 1
        wrong += [] if isinstance(found, Sniffed) and is_right(case, found) else [outcome(case, found)]
    print(f"sniffer: {total - len(wrong)} of {total} addresses right", *wrong, sep="\n  ")  # noqa: T201 - the share is the point
    record_property("sniffer_right", f"{total - len(wrong)}/{total}")
    assert total >= 70
    assert (total - len(wrong)) / total >= 0.9


def _tried(sniffing):
    try:
        return sniffing()
    except errors.HarvesterError as err:
        return err


@pytest.mark.parametrize("case", list(cases.city()), ids=lambda case: case.path)
def test_hv30_draft_of_a_city_system_validates_once_its_blanks_are_filled(
    city: int, case: cases.Case
) -> None:
    draft = dict(look_at_city(city, case.path).draft)
    draft |= {"id": "uji-sumber", "organization": "dinkes"}
    draft["dataset"] = {**draft["dataset"], "fields": {"frekuensi": "bulanan"}}
    if case.kind == "spse":
        draft["dataset"]["fields"]["periode_mulai"] = "2025-01-01"
    assert parse(draft).kind == case.kind


def test_hv30_columns_get_types_forms_and_the_locale_of_their_numbers(server: Source) -> None:
    text = (
        "Tanggal;Kecamatan;Jumlah;Harga;Kode\n"
        "05/01/2026;Telanaipura;12;1.204,50;01\n"
        "25/01/2026;Jambi Timur;-;2.000,00;02\n"
    )
    server.put("/x.csv", text.encode())
    draft = look(server, "/x.csv").draft
    fields = {name: (one["type"], one.get("format")) for name, one in draft["schema"]["fields"].items()}
    assert fields == {
        "tanggal": ("date", "dd/MM/yyyy"),
        "kecamatan": ("text", None),
        "jumlah": ("integer", None),
        "harga": ("decimal", None),
        "kode": ("text", None),
    }
    assert draft["schema"]["locale"] == "id-ID"
    assert draft["schema"]["missing"] == ["", "-"]
    assert draft["schema"]["dialect"] == {"delimiter": ";", "encoding": "utf-8"}
    assert draft["dataset"]["period_column"] == "tanggal"


def test_hv30_titles_above_merged_headings_and_the_footer_are_seen(server: Source) -> None:
    rows = [
        ["Rekapitulasi Kunjungan Tahun 2026"],
        [],
        ["Puskesmas", "Kunjungan", None],
        [None, "Baru", "Lama"],
        ["Putri Ayu", 10, 20],
        ["Simpang IV Sipin", 11, 21],
        ["Jumlah", 21, 41],
    ]
    server.put("/rekap.xlsx", workbook({"Sheet1": rows}))
    draft = look(server, "/rekap.xlsx").draft
    assert draft["schema"]["dialect"] == {"skip_rows": 2, "header_rows": 2, "footer": ["Jumlah"]}
    assert list(draft["schema"]["fields"]) == ["puskesmas", "kunjungan_baru", "kunjungan_lama"]
    assert draft["schema"]["fields"]["kunjungan_baru"]["type"] == "integer"


def test_hv30_sheets_of_equal_headings_are_stacked(server: Source) -> None:
    sheets = {str(year): [["Sekolah", "Siswa"], ["SD 1", year], ["SD 2", year]] for year in (2024, 2025)}
    server.put("/sekolah.xlsx", workbook(sheets))
    assert look(server, "/sekolah.xlsx").draft["schema"]["dialect"] == {"sheets": "stack"}


def test_hv30_looking_stays_within_five_requests_and_a_megabyte(server: Source) -> None:
    large = "Nama,Jumlah\n" + "".join(f"Pasar {n},{n}\n" for n in range(200_000))
    server.put("/besar.csv", large.encode())
    attempts = Attempts()
    found = look(server, "/besar.csv", recorder=attempts)
    assert found.seen.cut
    assert list(found.draft["schema"]["fields"]) == ["nama", "jumlah"]
    assert len(attempts.all) <= MAX_REQUESTS
    assert sum(one.bytes for one in attempts.all) <= MAX_BYTES


def test_hv30_large_json_is_read_as_far_as_it_came(server: Source) -> None:
    items = ",".join(f'{{"id": {n}, "nama": "Pasar nomor {n}"}}' for n in range(60_000))
    server.put("/besar", f'{{"status": true, "hasil": [{items}]}}'.encode())
    draft = look(server, "/besar").draft
    assert draft["endpoint"]["data_selector"] == "hasil"
    assert list(draft["schema"]["fields"]) == ["id", "nama"]


def test_hv30_more_than_five_requests_are_not_sent(server: Source) -> None:
    attempts = Attempts()
    for number in range(9):
        server.put(f"/{number}", b"", 302, {"Location": f"/{number + 1}"})
    with pytest.raises(errors.FetchError):
        look(server, "/0", recorder=attempts)
    assert len(attempts.all) <= MAX_REQUESTS


def test_hv30_nested_objects_become_paths(server: Source) -> None:
    server.put("/x", b'[{"pos": {"nama": "Tanggo Rajo", "Elevasi (m)": 3}, "tma": "12,5"}]')
    fields = look(server, "/x").draft["schema"]["fields"]
    assert {name: one["path"] for name, one in fields.items()} == {
        "pos_nama": "pos.nama",
        "pos_elevasi_m": 'pos."Elevasi (m)"',
        "tma": "tma",
    }


def test_hv30_key_in_the_address_becomes_a_secret_to_name_and_is_nowhere_else(server: Source) -> None:
    server.put("/api", b'[{"a": 1}, {"a": 2}]')
    found = look(server, "/api?API-KEY=KUNCI-RAHASIA&tahun=2026")
    assert found.draft["client"]["auth"] == {
        "type": "api_key",
        "name": "API-KEY",
        "api_key": "secret:",
        "location": "query",
    }
    assert found.draft["endpoint"]["params"] == {"tahun": "2026"}
    assert "KUNCI-RAHASIA" not in repr(found)


def test_s27_number_of_twenty_million_digits_is_no_number_to_the_sniffer(server: Source) -> None:
    server.put("/x", b'[{"id": 1, "nilai": 1e20000000}, {"id": 2, "nilai": 3}]')
    fields = look(server, "/x").draft["schema"]["fields"]
    assert fields["nilai"]["type"] == "text"


def test_hv30_json_with_control_characters_is_shown_with_what_a_run_would_refuse(server: Source) -> None:
    server.put("/x", b'{"data": [{"id": 1, "nama": "a\nb"}]}'.replace(b"\\n", b"\n"))
    found = look(server, "/x")
    assert list(found.draft["schema"]["fields"]) == ["id", "nama"]
    assert isinstance(found.problem, errors.UnreadableError) or found.rows


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (sumber("halaman-masuk.html"), 200, errors.UnexpectedContentError),
        (b"<html><body><div id='root'></div></body></html>", 200, errors.UnreadableError),
        (b"", 404, errors.NotFoundError),
        (b"", 401, errors.AuthFailedError),
        (b"", 503, errors.SourceDownError),
        (b"%PDF-1.7 x", 200, errors.UnexpectedContentError),
        (b"", 200, errors.UnexpectedContentError),
    ],
)
def test_hv30_what_cannot_be_read_is_told_by_name(
    server: Source, body: bytes, status: int, expected: type[errors.HarvesterError]
) -> None:
    server.put("/x", body, status)
    with pytest.raises(expected) as caught:
        look(server, "/x")
    assert caught.value.pesan


def test_hv30_internal_address_is_refused_without_a_row_of_the_allowlist(server: Source) -> None:
    with pytest.raises(errors.AddressRefusedError):
        sniff(f"{server.url}/x", client(server, sniff_policy(max_rps=1_000)), now=NOW)
