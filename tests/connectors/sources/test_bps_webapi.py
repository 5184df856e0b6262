from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from misbehaving import Handler, Source
from reading import NOW, Attempts, client, connect, cut, definition, read, records, rows, sumber

from jambi_harvesters import errors
from jambi_harvesters.sources import connector_for, policy_for
from jambi_harvesters.sources.bps_webapi import BpsWebApiConnector

FIXTURES = Path(__file__).parents[1] / "fixtures" / "bps_webapi"
KEY = "kelabu/jingga 12"
SECRETS = {"KUNCI_BPS": KEY}
AUTH = {"type": "api_key", "name": "key", "api_key": "secret:KUNCI_BPS"}
IN_PATH = "key/kelabu%2Fjingga%2012/"
LIST, TABLE = "list/model/var/domain/1571", "list/model/data/domain/1571/var/31/th/123;124"
TABLE_FIELDS = {
    "kode": {"path": "vervar.val"},
    "kecamatan": {"path": "vervar.label"},
    "tahun": {"path": "tahun.label", "type": "date", "format": "yyyy"},
    "satuan": {"path": "var.unit"},
    "jumlah": {"path": "datacontent", "type": "integer"},
}
LIST_FIELDS = {"kode": "kode", "nama": "nama", "jumlah": {"type": "integer"}}


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def spec(server: Source, path: str, fields: Mapping[str, Any], **changes: Any) -> Any:
    wanted = {
        "kind": "bps_webapi",
        "schema": {"fields": fields},
        "client__auth": AUTH,
        "endpoint": {"path": path},
    }
    return definition(server, "/v1/api/", **{**wanted, **changes})


def put_page(server: Source, number: int, body: bytes) -> None:
    server.put(f"/v1/api/{LIST}/page/{number}/{IN_PATH}", body)


def put_table(server: Source, body: bytes) -> None:
    server.put(f"/v1/api/{TABLE}/{IN_PATH}", body)


def listed(*items: Any, page: int = 1, pages: int = 1, total: int | None = None) -> bytes:
    head = {"page": page, "pages": pages, "total": len(items) if total is None else total}
    return json.dumps(
        {"status": "OK", "data-availability": "available", "data": [head, list(items)]}
    ).encode()


def table(**changes: Any) -> bytes:
    return json.dumps({**json.loads(fixture("bps-dynamic")), **changes}).encode()


def read_table(server: Source, **changes: Any) -> list[Any]:
    return read(server, spec(server, TABLE, TABLE_FIELDS, **changes), secrets=SECRETS)


def read_list(server: Source, **changes: Any) -> list[Any]:
    return read(server, spec(server, LIST, LIST_FIELDS, **changes), secrets=SECRETS)


PER_RECORD = {
    "dataset": {
        "mode": "per_record",
        "title": "{nama}",
        "notes": "{jumlah}",
        "fields": {"frekuensi": "bulanan"},
    },
    "primary_key": "kode",
}


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    def hashes(name: str) -> dict[str, str | None]:
        put_page(server, 1, fixture(name))
        pages = read_list(server, **PER_RECORD)
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again, after = hashes("before"), hashes("before"), hashes("after")
    assert before == again
    assert set(after) - set(before) == {"P4"}
    assert set(before) - set(after) == {"P3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"P2"}


def test_hv10_a_table_keeps_its_hash_until_a_value_changes(server: Source) -> None:
    def seen(body: bytes) -> str | None:
        put_table(server, body)
        return read_table(server)[-1].records[0].content_hash

    before, changed = seen(fixture("bps-dynamic")), seen(table(datacontent={"15710103101230": 1}))
    assert before == seen(fixture("bps-dynamic"))
    assert before != changed


def test_cells_are_found_by_joining_the_ids_of_their_parts(server: Source) -> None:
    put_table(server, fixture("bps-dynamic"))
    pages = read_table(server)
    assert rows(pages) == [
        ("1571010", "KOTA BARU", date(2023, 1, 1), "Jiwa", 10001),
        ("1571010", "KOTA BARU", date(2024, 1, 1), "Jiwa", 10002),
        ("1571011", "ALAM BARAJO", date(2023, 1, 1), "Jiwa", 20001),
    ]
    assert pages[-1].complete
    assert pages[-1].total == 3


def test_key_that_two_sets_of_ids_make_is_never_split(server: Source) -> None:
    twice = table(
        vervar=[{"val": 1, "label": "A"}, {"val": 11, "label": "B"}],
        var=[{"val": 12, "label": "x", "unit": "u"}, {"val": 2, "label": "y", "unit": "u"}],
        datacontent={"11201230": 5},
    )
    put_table(server, twice)
    with pytest.raises(errors.TooManyBadRowsError) as caught:
        read_table(server)
    assert "two sets" in str(caught.value)


def test_key_that_fits_no_ids_is_a_bad_row(server: Source) -> None:
    put_table(server, table(datacontent={"99990": 1}))
    with pytest.raises(errors.TooManyBadRowsError):
        read_table(server)


def test_markup_in_labels_is_removed(server: Source) -> None:
    put_table(server, table(vervar=[{"val": 1571010, "label": "<b>KOTA BARU</b>"}, {"val": 1571011}]))
    assert {row[1] for row in rows(read_table(server))} == {"KOTA BARU", None}


@pytest.mark.parametrize("part", ["vervar", "var", "turvar", "tahun", "turtahun"])
@pytest.mark.parametrize("value", [None, [], "x", [{"label": "tanpa val"}]])
def test_table_without_one_of_its_parts_is_refused(server: Source, part: str, value: Any) -> None:
    put_table(server, table(**{part: value}))
    with pytest.raises(errors.UnexpectedContentError):
        read_table(server)


def test_table_of_too_many_combinations_is_refused(server: Source) -> None:
    many = [{"val": number, "label": ""} for number in range(1_001)]
    put_table(server, table(vervar=many, tahun=many))
    with pytest.raises(errors.TooLargeError):
        read_table(server)


def test_hv07_answer_above_8_mb_is_never_parsed(server: Source) -> None:
    put_table(server, table(filler="x" * 8_000_001))
    with pytest.raises(errors.TooLargeError):
        read_table(server)


def test_list_is_walked_by_the_pages_of_its_first_element(server: Source) -> None:
    items = [{"kode": str(number), "nama": "n", "jumlah": 1} for number in range(5)]
    for number in range(1, 4):
        part = items[2 * number - 2 : 2 * number]
        put_page(server, number, listed(*part, page=number, pages=3, total=5))
    pages = read_list(server)
    assert len(rows(pages)) == 5
    assert pages[-1].complete
    assert len(server.log) == 3


def put_pages(server: Source, pages: int, total: int) -> None:
    """Let a list have pages of two items each."""
    for number in range(1, pages + 1):
        items = [{"kode": f"K{at}", "nama": "n", "jumlah": at} for at in (2 * number - 1, 2 * number)]
        put_page(server, number, listed(*items, page=number, pages=pages, total=total))


def test_hv07_list_goes_on_with_the_page_at_which_it_was_cut(server: Source) -> None:
    put_pages(server, 3, 6)
    asked = spec(server, LIST, LIST_FIELDS, **PER_RECORD)
    before, place = cut(connect(server, asked, secrets=SECRETS))
    assert KEY not in str(place)
    server.log.clear()
    pages = list(connect(server, asked, secrets=SECRETS).pages(place))
    assert (set(before), set(records(pages))) == ({"K1", "K2"}, {"K3", "K4", "K5", "K6"})
    # The page before the cut is looked at once more.
    assert (pages[-1].complete, pages[-1].total, len(server.log)) == (True, 6, 3)


def test_hv07_list_of_the_same_length_that_moved_begins_again(server: Source) -> None:
    put_pages(server, 3, 6)
    asked = spec(server, LIST, LIST_FIELDS, **PER_RECORD)
    _, place = cut(connect(server, asked, secrets=SECRETS))
    for number in (1, 2, 3):
        items = [{"kode": f"K{at}", "nama": "n", "jumlah": at} for at in (2 * number, 2 * number + 1)]
        put_page(server, number, listed(*items, page=number, pages=3, total=6))
    with pytest.raises(errors.PlaceLostError):
        next(connect(server, asked, secrets=SECRETS).pages(place))


def test_hv07_list_of_another_length_begins_again(server: Source) -> None:
    put_pages(server, 3, 6)
    asked = spec(server, LIST, LIST_FIELDS, **PER_RECORD)
    _, place = cut(connect(server, asked, secrets=SECRETS))
    put_pages(server, 4, 8)
    with pytest.raises(errors.PlaceLostError):
        next(connect(server, asked, secrets=SECRETS).pages(place))


def test_recorded_list_is_not_complete_without_its_further_pages(server: Source) -> None:
    put_page(server, 1, fixture("bps-list-var"))
    put_page(server, 2, listed(page=2, pages=4, total=40))
    fields = {"var_id": {"type": "integer"}, "title": "title", "unit": "unit"}
    pages = read(server, spec(server, LIST, fields), secrets=SECRETS)
    assert rows(pages) == [(31, "Jumlah Penduduk", "Jiwa"), (32, "Kepadatan Penduduk", "Jiwa/km²")]
    assert not pages[-1].complete
    assert "page 2 of 4 is empty" in str(pages[-1].problem)


@pytest.mark.parametrize(("total", "whole"), [(2, True), ("2", True), (3, False)])
def test_list_that_names_no_pages_is_whole_where_its_total_agrees(
    server: Source, total: object, whole: bool
) -> None:
    items = [{"kode": "P1", "nama": "a"}, {"kode": "P2", "nama": "b"}]
    body = {"status": "OK", "data-availability": "available", "data": [{"total": total}, items]}
    put_page(server, 1, json.dumps(body).encode())
    pages = read_list(server, schema={"fields": {"kode": "kode"}}, polite={"max_pages": 1})
    assert pages[-1].complete is whole


def test_s17_page_that_repeats_ends_the_list_without_proof(server: Source) -> None:
    item = {"kode": "1", "nama": "n", "jumlah": 1}
    for number in (1, 2):
        put_page(server, number, listed(item, page=1, pages=9, total=9))
    pages = read_list(server)
    assert len(rows(pages)) == 1
    assert not pages[-1].complete
    assert "repeats" in str(pages[-1].problem)


def test_s17_total_that_grows_while_paging_is_not_complete(server: Source) -> None:
    for number, total in ((1, 2), (2, 3)):
        item = {"kode": str(number), "nama": "n", "jumlah": 1}
        put_page(server, number, listed(item, page=number, pages=2, total=total))
    pages = read_list(server)
    assert not pages[-1].complete
    assert "changed" in str(pages[-1].problem)


def test_s17_reached_page_limit_is_not_complete(server: Source) -> None:
    put_page(server, 1, listed({"kode": "1", "nama": "n", "jumlah": 1}, pages=2, total=2))
    assert not read_list(server, polite={"max_pages": 1})[-1].complete


@pytest.mark.parametrize("put", [put_table, lambda server, body: put_page(server, 1, body)])
@pytest.mark.parametrize(
    ("name", "error"), [("bps-kosong", errors.SourceFailedError), ("bps-galat", errors.AuthFailedError)]
)
def test_s02_s07_ok_without_a_list_and_a_refused_key_are_failures(
    server: Source, put: Any, name: str, error: type[errors.HarvesterError]
) -> None:
    put(server, fixture(name))
    reading = read_table if put is put_table else read_list
    with pytest.raises(error):
        reading(server)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", errors.UnexpectedContentError),
        (b"[1]", errors.UnexpectedContentError),
        (b'{"a": 1}', errors.UnexpectedContentError),
        (b'{"status": "Error", "message": "rahasia"}', errors.SourceFailedError),
        (b'{"status": "OK", "data-availability": "available"}', errors.UnexpectedContentError),
        (b'{"status": "OK"', errors.UnreadableError),
    ],
)
def test_s06_answer_that_is_none_is_refused(
    server: Source, body: bytes, error: type[errors.HarvesterError]
) -> None:
    put_page(server, 1, body)
    with pytest.raises(error) as caught:
        read_list(server)
    assert type(caught.value) is error
    assert "rahasia" not in f"{caught.value} {caught.value.pesan}"


def test_s06_sign_in_page_is_refused(server: Source) -> None:
    put_page(server, 1, sumber("halaman-masuk.html"))
    with pytest.raises(errors.UnexpectedContentError):
        read_list(server)


def test_s03_list_that_is_gone_is_an_outage(server: Source) -> None:
    with pytest.raises(errors.NotFoundError) as caught:
        read_list(server)
    assert KEY not in f"{caught.value} {caught.value.pesan}"
    assert "jingga" not in f"{caught.value} {caught.value.pesan} {caught.value.context}"


@pytest.mark.parametrize("known", [(), (KEY,)])
def test_s31_key_in_the_path_is_masked_everywhere(server: Source, known: tuple[str, ...]) -> None:
    asked = spec(server, LIST, LIST_FIELDS)
    attempts = Attempts()
    policy = policy_for(asked, connector_for(asked), targets=(server.target,), demo=True)
    opened = client(server, policy, recorder=attempts, secrets=known, sleep=lambda seconds: None)
    put_page(server, 1, fixture("bps-galat"))
    with pytest.raises(errors.AuthFailedError) as caught:
        list(BpsWebApiConnector(asked, opened, now=NOW, secrets=SECRETS).pages())
    shown = f"{caught.value} {caught.value.pesan} {caught.value.context} {attempts.all}"
    assert "jingga" not in shown
    assert "/key/***/" in shown
    assert not any("jingga" in str(headers) for _, _, headers in server.log)


def test_s31_health_probe_carries_the_key_and_never_shows_it(
    server: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "do_HEAD", Handler.do_GET, raising=False)
    asked = spec(server, LIST, LIST_FIELDS)
    made = BpsWebApiConnector(asked, client(server), now=NOW, secrets=SECRETS)
    made.reach()
    assert [full for _, full, _ in server.log] == [f"/v1/api/{LIST}/page/1/{IN_PATH}"]
    server.routes[f"/v1/api/{LIST}/page/1/{IN_PATH}"] = lambda handler: handler.answer(b"", 403)
    with pytest.raises(errors.AuthFailedError) as caught:
        made.reach()
    assert "jingga" not in f"{caught.value} {caught.value.context}"


def test_source_without_a_key_is_asked_without_one(server: Source) -> None:
    item = {"kode": "1", "nama": "n", "jumlah": 1}
    server.put(f"/v1/api/{LIST}/page/1/", listed(item))
    assert rows(read_list(server, client__auth=None)) == [("1", "n", 1)]


@pytest.mark.parametrize(
    ("url", "head", "sure"),
    [
        ("https://a.test/x", fixture("bps-kosong"), 0.95),
        ("https://webapi.bps.go.id/v1/api/x", b"{", 0.6),
        ("https://a.test/x.csv", b"a,b", 0.0),
    ],
)
def test_sniff(url: str, head: bytes, sure: float) -> None:
    assert BpsWebApiConnector.sniff(url, head) == pytest.approx(sure)
