from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import misbehaving
import pytest
from misbehaving import Handler, Source
from reading import api, connect, definition, expected, numbered, read, records, rows, shown, sumber
from repeated import assert_changes_are_found_exactly

from jambi_harvesters import documents, errors
from jambi_harvesters.dates import ZONES
from jambi_harvesters.paginators import PAGINATORS
from jambi_harvesters.sources.rest_api import RestApiConnector

ITEMS = list(numbered(7))
FIELDS = {"id": {"type": "integer"}, "nama": "nama"}


def spec(server: Source, **changes: Any) -> Any:
    return definition(server, "/api", **{"kind": "rest_api", "schema__fields": FIELDS, **changes})


def slices(size: int) -> list[list[dict[str, Any]]]:
    return [ITEMS[at : at + size] for at in range(0, len(ITEMS), size)]


def by_page(
    outside: Callable[[int, int], dict[str, Any]], base: int = 1, size: int = 3
) -> misbehaving.Behaviour:
    parts = slices(size)

    def behave(handler: Handler) -> None:
        page = int(handler.query.get("page", base)) - base
        items = parts[page] if page < len(parts) else []
        handler.answer(api(items, **outside(page + base, len(parts))))

    return behave


def by_offset(handler: Handler) -> None:
    """Clamp the page size to two, whatever is asked."""
    at = int(handler.query["offset"])
    handler.answer(api(ITEMS[at : at + 2], total=len(ITEMS)))


def by_link(handler: Handler) -> None:
    page = int(handler.query.get("p", 0))
    following = f"/api?p={page + 1}" if page + 1 < len(slices(3)) else None
    handler.answer(api(slices(3)[page], links={"next": following}))


def by_header(handler: Handler) -> None:
    page = int(handler.query.get("p", 0))
    more = page + 1 < len(slices(3))
    headers = {"Link": f'</api?p={page + 1}>; rel="next"', "X-Next": str(page + 1)} if more else {}
    handler.answer(api(slices(3)[page]), 200, {**headers, "Content-Length": str(len(api(slices(3)[page])))})


def by_cursor(handler: Handler) -> None:
    page = int(handler.query.get("cursor", 0))
    following = page + 1 if page + 1 < len(slices(3)) else None
    handler.answer(api(slices(3)[page], meta={"next_cursor": following}))


WALKS: dict[str, tuple[misbehaving.Behaviour, dict[str, Any]]] = {
    "page_number with total": (
        by_page(lambda page, pages: {"last_page": pages}),
        {"type": "page_number", "base_page": 1, "total_path": "last_page"},
    ),
    "page_number to the empty page": (
        by_page(lambda page, pages: {}),
        {"type": "page_number", "base_page": 1},
    ),
    "page_number from zero": (by_page(lambda page, pages: {}, base=0), {"type": "page_number"}),
    "page_number with a flag": (
        by_page(lambda page, pages: {"lagi": page < pages}),
        {"type": "page_number", "base_page": 1, "has_more_path": "lagi"},
    ),
    "offset with total": (by_offset, {"type": "offset", "limit": 100, "total_path": "total"}),
    "offset to the empty page": (by_offset, {"type": "offset", "limit": 100}),
    "json_link": (by_link, {"type": "json_link", "next_url_path": "links.next"}),
    "header_link": (by_header, {"type": "header_link"}),
    "header_cursor": (by_header, {"type": "header_cursor", "cursor_key": "X-Next", "cursor_param": "p"}),
    "cursor": (by_cursor, {"type": "cursor", "cursor_path": "meta.next_cursor"}),
    "single_page": (lambda handler: handler.answer(api(ITEMS)), {"type": "single_page"}),
    "auto numbered": (by_page(lambda page, pages: {"meta": {"current_page": page, "last_page": pages}}), {}),
    "auto offset": (
        lambda handler: handler.answer(
            api(ITEMS[int(handler.query.get("offset", 0)) :][:3], offset=0, limit=3, total=7)
        ),
        {"type": "auto"},
    ),
    "auto json_link": (by_link, {"type": "auto"}),
    "auto header_link": (by_header, {"type": "auto"}),
    "auto cursor": (by_cursor, {"type": "auto"}),
    "auto single_page": (lambda handler: handler.answer(json.dumps(ITEMS).encode()), {}),
}


def test_every_paginator_is_walked() -> None:
    assert {spec["type"] for _, spec in WALKS.values() if spec} - {"auto"} == set(PAGINATORS)
    assert set(RestApiConnector.paginators) == {*PAGINATORS, "auto"}


@pytest.mark.parametrize("name", WALKS)
def test_list_is_read_to_its_proven_end(server: Source, name: str) -> None:
    behave, paginator = WALKS[name]
    server.routes["/api"] = behave
    pages = read(server, spec(server, client__paginator=paginator))
    assert rows(pages) == [(item["id"], item["nama"]) for item in ITEMS]
    assert pages[-1].complete
    assert pages[-1].problem is None


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    assert_changes_are_found_exactly(server, "rest_api")


def laravel(server: Source, last: str = "3") -> None:
    pages = {str(n): sumber(f"laravel-paginator-hal{n}.json") for n in (1, 2, 3)}
    server.routes["/api"] = misbehaving.paged(pages, "page", "1")
    if last == "4":
        pages["4"] = sumber("laravel-paginator-hal4-ulang.json")


VILLAGES = {
    "Thehok": "15.71.02.1004",
    "THE HOK": "15.71.02.1004",
    "Simpang Empat Sipin": "15.71.01.1001",
    "Sijinjang": "15.71.03.1001",
    "Kenali Kecil": "15.71.01.1012",
}


def test_laravel_paginator_gives_the_expected_rows(server: Source) -> None:
    laravel(server)
    pages = read(
        server,
        spec(
            server,
            guard__success="status == `true`",
            schema={
                "locale": "id-ID",
                "missing": ["", "-"],
                "date_formats": ["d MMMM yyyy", "dd-MM-yy", "dd/MM/yyyy"],
                "fields": {
                    "id": {"type": "integer"},
                    "tanggal": {"path": "tgl_terbit", "type": "date"},
                    "jenis_izin": "jenis_izin",
                    "kemendagri_kode_kelurahan": {"path": "kelurahan", "type": "area", "format": "kelurahan"},
                    "jumlah": {"type": "integer"},
                    "retribusi": {"type": "decimal"},
                },
            },
        ),
        resolvers={"area": lambda text, level: VILLAGES.get(text)},
    )
    names = ["id", "tanggal", "jenis_izin", "kemendagri_kode_kelurahan", "jumlah", "retribusi"]
    wanted = [{name: row[name] for name in names} for row in expected("laravel-paginator.csv")]
    assert shown(pages, names) == wanted
    assert pages[-1].complete
    found = {(one.code, one.field, one.detail) for one in pages[-1].records[0].warnings}
    assert found == {
        ("unknown_area", "kemendagri_kode_kelurahan", "row 4"),
        ("unknown_area", "kemendagri_kode_kelurahan", "row 5"),
        ("zero_date", "tanggal", "row 7"),
    }


def test_s17_last_page_that_repeats_ends_the_list_incomplete(server: Source) -> None:
    laravel(server, last="4")
    paginator = {"type": "page_number", "page_param": "page", "base_page": 1}
    pages = read(server, spec(server, client__paginator=paginator, schema__fields={"id": "id"}))
    assert [row[0] for row in rows(pages)] == ["1", "2", "3", "4", "5", "6", "7"]
    assert not pages[-1].complete
    assert isinstance(pages[-1].problem, errors.IncompleteListError)
    assert "berulang" in pages[-1].problem.pesan


def test_s17_repeating_page_is_complete_where_a_total_agrees(server: Source) -> None:
    server.put("/api", api(ITEMS, total=7))
    paginator = {"type": "offset", "total_path": "jumlah", "limit": 7}
    assert not read(server, spec(server, client__paginator=paginator))[-1].complete
    paginator = {"type": "cursor", "cursor_path": "data[0].id", "total_path": "total"}
    assert read(server, spec(server, client__paginator=paginator))[-1].complete


def test_s17_total_that_changes_is_incomplete(server: Source) -> None:
    server.routes["/api"] = misbehaving.in_turn(
        (200, api(ITEMS[:4], total=7), {}), (200, api(ITEMS[4:], total=8), {}), (200, api([], total=8), {})
    )
    paginator = {"type": "offset", "limit": 4, "total_path": "total"}
    (page,) = read(server, spec(server, client__paginator=paginator))
    assert not page.complete
    assert "berubah" in page.problem.pesan


@pytest.mark.parametrize("paginator", [{}, {"type": "single_page", "total_path": "total"}])
def test_bad_input_list_cut_in_half_is_incomplete(server: Source, paginator: dict[str, Any]) -> None:
    server.put("/api", api(ITEMS[:3], total=7))
    (page,) = read(server, spec(server, client__paginator=paginator))
    assert not page.complete
    assert page.problem.code == "incomplete_list"
    assert "3 dari 7" in page.problem.pesan


def test_bad_input_empty_page_before_the_last_is_incomplete(server: Source) -> None:
    answers = [(200, api(ITEMS[:3], last_page=5), {}), (200, api([], last_page=5), {})]
    server.routes["/api"] = misbehaving.in_turn(*answers)
    paginator = {"type": "page_number", "base_page": 1, "total_path": "last_page"}
    (page,) = read(server, spec(server, client__paginator=paginator))
    assert not page.complete
    assert "halaman 2 dari 5" in page.problem.pesan


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"polite__max_pages": 2}, "max_pages"),
        ({"client__paginator__maximum_page": 2}, "maximum_page"),
    ],
)
def test_s17_page_caps_leave_the_list_incomplete(server: Source, changes: dict[str, Any], words: str) -> None:
    server.routes["/api"] = by_page(lambda page, pages: {})
    paginator = {"type": "page_number", "base_page": 1}
    pages = read(server, spec(server, client__paginator=paginator, **changes))
    assert len(rows(pages)) == 6
    assert not pages[-1].complete
    assert words in pages[-1].problem.pesan


def test_maximum_offset_leaves_the_list_incomplete(server: Source) -> None:
    server.routes["/api"] = by_offset
    paginator = {"type": "offset", "limit": 2, "maximum_offset": 4}
    pages = read(server, spec(server, client__paginator=paginator))
    assert not pages[-1].complete


@pytest.mark.parametrize(
    ("name", "success", "error"),
    [
        ("http200-galat.json", "status == `true`", errors.SourceFailedError),
        ("http200-galat.json", None, errors.UnexpectedContentError),
        ("http200-token-habis.json", "status == 'success'", errors.SourceFailedError),
        ("http200-php-warning.txt", None, errors.UnexpectedContentError),
        ("halaman-masuk.html", None, errors.UnexpectedContentError),
        ("status-larik-kosong.json", "success == '1'", errors.UnexpectedContentError),
    ],
)
def test_bad_input_answer_that_is_no_list(
    server: Source, name: str, success: str | None, error: type[errors.ContentError]
) -> None:
    server.put("/api", sumber(name))
    selector = "result" if "larik" in name else None
    changes = {"guard__success": success, "endpoint__data_selector": selector}
    with pytest.raises(error) as caught:
        read(server, spec(server, **changes))
    assert caught.value.pesan


SHAPES = [
    (
        "status-larik.json",
        None,
        "success == '1'",
        {"harga": {"type": "integer"}},
        [(45000,), (13500,), (None,)],
    ),
    (
        "rsud-tempat-tidur.json",
        None,
        "metadata.code == `200`",
        {"kosong": {"type": "integer"}},
        [(8,), (-1,)],
    ),
    ("ispu.json", "parameter", None, {"ispu": {"type": "integer"}}, [(72,), (None,)]),
    ("sipaten-rekap.json", None, None, {"kec": "kecamatan"}, [("TELANAIPURA",), ("PASAR",)]),
    (
        "laravel-resource.json",
        None,
        None,
        {"v": {"path": "attributes.volume_m3", "type": "decimal"}},
        [(Decimal("3.5"),), (Decimal("12.25"),)],
    ),
    ("code-message-data.json", None, "code == `200`", {"panjang": {"type": "decimal"}}, [(Decimal("1.25"),)]),
]


@pytest.mark.parametrize(("name", "selector", "success", "fields", "wanted"), SHAPES)
def test_shapes_of_real_systems(
    server: Source, name: str, selector: str | None, success: str | None, fields: Any, wanted: Any
) -> None:
    server.put("/api", sumber(name))
    changes = {"guard__success": success, "endpoint__data_selector": selector, "schema__locale": "id-ID"}
    pages = read(server, spec(server, schema__fields=fields, schema__missing=["", "-"], **changes))
    assert rows(pages) == wanted


def test_hv06_two_zones_of_one_instant_are_one(server: Source) -> None:
    server.put("/api", sumber("laravel-resource.json"))
    fields = {"waktu": {"path": "updated_at", "type": "timestamp"}}
    found = rows(read(server, spec(server, schema__fields=fields)))
    assert found[0] == found[1]


def test_river_gauge_refuses_a_lost_comma(server: Source) -> None:
    server.put("/api", sumber("tma-batanghari.json"))
    fields = {
        "waktu": {"type": "timestamp"},
        "tinggi_muka_air": {"path": "tma", "type": "decimal", "format": "0,00"},
    }
    contract = {"data_type": "discard_value"}
    changes = {"schema__fields": fields, "schema__contract": contract, "schema__locale": "id-ID"}
    (page,) = read(server, spec(server, **changes, guard__success="status == '1'"))
    wanted = [
        (one["waktu"], one["tinggi_muka_air"])
        for one in json.loads(sumber("harapan/tma-batanghari.json"), parse_float=Decimal)
    ]
    found = [(moment.astimezone(ZONES["Asia/Jakarta"]).isoformat(), level) for moment, level in rows([page])]
    assert found == wanted
    assert [(one.code, one.detail) for one in page.records[0].warnings] == [("bad_form", "row 3")]


def test_response_that_is_ignored_ends_the_list_incomplete(server: Source) -> None:
    answers = [(200, api(ITEMS[:3]), {}), (404, b'{"pesan":"habis"}', {})]
    server.routes["/api"] = misbehaving.in_turn(*answers)
    actions = [{"status_code": 404, "action": "ignore"}]
    paginator = {"type": "page_number", "base_page": 1}
    pages = read(server, spec(server, client__paginator=paginator, endpoint__response_actions=actions))
    assert len(rows(pages)) == 3
    assert not pages[-1].complete


def test_post_and_params_are_sent(server: Source) -> None:
    server.put("/api", api(ITEMS))
    endpoint = {"method": "POST", "json": {"tahun": 2026}, "params": {"per_page": 50}}
    read(server, spec(server, endpoint=endpoint))
    assert server.log[0][:2] == ("POST", "/api?per_page=50")


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        ({"type": "bearer", "token": "secret:KUNCI"}, ("Authorization", "Bearer rahasia")),
        ({"type": "api_key", "name": "X-API-Key", "api_key": "secret:KUNCI"}, ("X-API-Key", "rahasia")),
        (
            {"type": "api_key", "name": "sesi", "api_key": "secret:KUNCI", "location": "cookie"},
            ("Cookie", "sesi=rahasia"),
        ),
        (
            {"type": "http_basic", "username": "portal", "password": "secret:KUNCI"},
            ("Authorization", "Basic cG9ydGFsOnJhaGFzaWE="),
        ),
    ],
)
def test_credentials_are_sent_by_their_kind(
    server: Source, auth: dict[str, str], sent: tuple[str, str]
) -> None:
    server.put("/api", api(ITEMS))
    read(server, spec(server, client__auth=auth), secrets={"KUNCI": "rahasia"})
    assert server.log[0][2][sent[0]] == sent[1]


def test_key_in_the_query_and_missing_secret(server: Source) -> None:
    server.put("/api", api(ITEMS))
    auth = {"type": "api_key", "name": "kunci", "api_key": "secret:KUNCI", "location": "query"}
    read(server, spec(server, client__auth=auth), secrets={"KUNCI": "a b"})
    assert server.log[0][1] == "/api?kunci=a+b"
    with pytest.raises(errors.SecretMissingError, match="KUNCI"):
        read(server, spec(server, client__auth=auth))


def test_next_link_to_another_host_gets_no_credentials(server: Source) -> None:
    other = f"http://lain.test:{server.port}/lain"
    server.put("/api", api(ITEMS[:3], links={"next": other}))
    auth = {"type": "bearer", "token": "secret:KUNCI"}
    with pytest.raises(errors.AddressRefusedError):
        read(server, spec(server, client__auth=auth), secrets={"KUNCI": "rahasia"})
    assert len(server.log) == 1


def test_dropped_keys_never_leave_memory(server: Source) -> None:
    server.put("/api", api([{"id": 1, "nik": "9", "x": {"NIK": "9", "y": 1}}]))
    fields = {"id": {"type": "integer"}, "x": "x"}
    pages = read(server, spec(server, schema__fields=fields, schema__drop=["nik"]))
    assert rows(pages) == [(1, '{"y":1}')]
    assert pages[-1].records[0].source_columns == ("id", "x")


def test_s20_missing_key_is_drift(server: Source) -> None:
    server.put("/api", api([{"id": 1, "Nama": "a"}]))
    with pytest.raises(errors.SchemaDriftError) as caught:
        read(server, spec(server))
    assert [(one.column, one.change) for one in caught.value.diff] == [("nama", "missing")]
    assert "hilang nama" in caught.value.pesan


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"data": [', "column"),
        (b'{"data": [1e999999999999]}', "no object"),
        (b'{"data": [], "data": [1]}', "twice"),
        (b'{"data": [NaN]}', "NaN"),
        (b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
        (b'{"data": [{"id": 1, "nama": ' + b"[" * 400 + b"]" * 400 + b"}]}", "deep"),
        (b'{"data": [{"id": 1, "nama": 1e99999999999999999999}]}', "bounds"),
        (b'{"data": ["a\x01b"]}', "column"),
    ],
)
def test_s27_bad_json_is_named(server: Source, body: bytes, words: str) -> None:
    server.put("/api", body)
    with pytest.raises(errors.ContentError, match=words):
        read(server, spec(server))


@pytest.mark.parametrize("value", [b"[" * 400 + b"]" * 400, b"1e99999999999999999999"])
def test_s27_bad_value_in_a_streamed_document_is_refused(
    server: Source, monkeypatch: pytest.MonkeyPatch, value: bytes
) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", 10)
    server.put("/api", b'{"data": [{"id": 1, "nama": ' + value + b"}]}")
    with pytest.raises(errors.UnreadableError):
        read(server, spec(server))


def test_json_that_is_no_utf8_is_named_with_its_byte(server: Source) -> None:
    server.put("/api", b'{"data": ["\xff"]}')
    with pytest.raises(errors.EncodingError, match="byte 11"):
        read(server, spec(server))


def test_xml_instead_of_json(server: Source) -> None:
    server.put("/api", b"<?xml version='1.0'?><ows:ExceptionReport/>")
    with pytest.raises(errors.UnexpectedContentError, match="XML"):
        read(server, spec(server))


@pytest.mark.parametrize("selector", [None, "hasil.data", "@"])
def test_hv07_large_document_is_streamed(
    server: Source, monkeypatch: pytest.MonkeyPatch, selector: str | None
) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", 10)
    body = ITEMS if selector == "@" else {"status": True, "hasil": {"data": ITEMS}, "total": 7}
    server.put("/api", json.dumps(body).encode())
    changes = {} if selector == "@" else {"guard__success": "status == `true`"}
    (page,) = read(server, spec(server, endpoint__data_selector=selector, **changes))
    assert len(rows([page])) == 7
    assert page.complete


def test_large_document_without_the_list_is_refused(server: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", 10)
    server.put("/api", json.dumps({"status": True, "hasil": "kosong sekali"}).encode())
    for selector in (None, "hasil.data"):
        with pytest.raises(errors.UnexpectedContentError):
            read(server, spec(server, endpoint__data_selector=selector))


def test_hv07_large_document_that_cannot_be_streamed_is_refused(
    server: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", 10)
    server.put("/api", json.dumps({"hasil": ITEMS}).encode())
    with pytest.raises(errors.UnreadableError, match=r"endpoint\.data_selector must be plain names"):
        read(server, spec(server, endpoint__data_selector="hasil[?aktif]"))


INCREMENTAL = {
    "dataset__mode": "per_record",
    "dataset__title": "Baris {nama}",
    "primary_key": "id",
    "endpoint__incremental": {
        "cursor_path": "updated_at",
        "start_param": "sejak",
        "end_param": "sampai",
        "initial_value": "2025-01-01T00:00:00+07:00",
        "lag": 3600,
    },
}


def test_incremental_reads_on_from_the_highest_mark_with_overlap(server: Source) -> None:
    items = [
        {"id": 1, "nama": "a", "updated_at": "2026-01-02 08:00:00"},
        {"id": 2, "nama": "b", "updated_at": "2026-01-03T02:00:00Z"},
        {"id": 3, "nama": "c", "updated_at": "2026-01-03T08:00:00+07:00"},
    ]
    server.put("/api", api(items))
    (first,) = read(server, spec(server, **INCREMENTAL))
    assert first.complete
    assert not first.incremental
    assert first.next_cursor == {"since": "2026-01-03T02:00:00Z"}
    assert "sejak=2024-12-31T23%3A00%3A00%2B07%3A00" in server.log[0][1]
    (second,) = read(server, spec(server, **INCREMENTAL), cursor=first.next_cursor)
    assert second.incremental
    assert not second.complete
    assert second.problem is None
    assert "sejak=2026-01-03T08%3A00%3A00%2B07%3A00" in server.log[1][1]
    assert second.next_cursor == first.next_cursor


def changes(*days: int) -> list[dict[str, Any]]:
    return [{"id": day, "nama": f"b{day}", "updated_at": f"2026-01-{day:02}T08:00:00+07:00"} for day in days]


def ordered(server: Source, pages: list[list[dict[str, Any]]], order: str, **more: Any) -> list[Any]:
    """Read changes since the morning of 10 January that come in pages."""
    parts = {str(number): api(items, last_page=len(pages)) for number, items in enumerate(pages, 1)}
    server.routes["/api"] = misbehaving.paged(parts, "page", "1")
    since = {"cursor_path": "updated_at", "row_order": order, "lag": 0, **more.pop("since", {})}
    paginator = {"type": "page_number", "base_page": 1, "total_path": "last_page"}
    asked = {**INCREMENTAL, "endpoint__incremental": since, "client__paginator": paginator, **more}
    return read(server, spec(server, **asked), cursor={"since": "2026-01-10T08:00:00+07:00"})


def test_newest_first_is_read_until_it_is_known_and_needs_no_start(server: Source) -> None:
    pages = ordered(server, [changes(13, 12), changes(11, 10), changes(9, 8), changes(7)], "desc")
    assert (pages[-1].problem, pages[-1].incremental) == (None, True)
    assert pages[-1].next_cursor == {"since": "2026-01-13T08:00:00+07:00"}
    assert server.asked("/api") == ["/api?page=1", "/api?page=2", "/api?page=3"]


def test_order_of_a_list_is_judged_across_a_break(server: Source) -> None:
    many = [{"id": n, "nama": "b", "updated_at": "2026-01-12T08:00:00+07:00"} for n in range(500)]
    parts = [many, changes(13)]
    since = {"since": {"start_param": "sejak"}}
    assert ordered(server, parts, "desc", **since)[-1].problem is not None
    first = ordered(server, parts, "desc", **since)[0]
    assert first.place is not None
    asked = {"cursor_path": "updated_at", "row_order": "desc", "lag": 0, "start_param": "sejak"}
    paginator = {"type": "page_number", "base_page": 1, "total_path": "last_page"}
    again = spec(server, **{**INCREMENTAL, "endpoint__incremental": asked, "client__paginator": paginator})
    connector = connect(server, again, cursor={"since": "2026-01-10T08:00:00+07:00"})
    assert list(connector.pages(first.place))[-1].problem is not None


def test_row_at_the_start_itself_is_not_yet_known(server: Source) -> None:
    ordered(server, [changes(11, 10), changes(10)], "desc")
    assert len(server.log) == 2


def test_complete_reading_goes_to_the_end_whatever_the_order(server: Source) -> None:
    parts = {str(number): api(items, last_page=2) for number, items in enumerate([changes(9), changes(2)], 1)}
    server.routes["/api"] = misbehaving.paged(parts, "page", "1")
    paginator = {"type": "page_number", "base_page": 1, "total_path": "last_page"}
    since = {"cursor_path": "updated_at", "row_order": "desc"}
    asked = {**INCREMENTAL, "endpoint__incremental": since, "client__paginator": paginator}
    found = read(server, spec(server, **asked))
    assert found[-1].complete
    assert len(server.log) == 2


@pytest.mark.parametrize(("order", "days"), [("desc", (11, 12)), ("asc", (12, 11))])
def test_rows_in_another_order_than_declared_leave_the_list_incomplete(
    server: Source, order: str, days: tuple[int, ...]
) -> None:
    pages = ordered(server, [changes(*days)], order, since={"start_param": "sejak"})
    assert "row_order" in pages[-1].problem.pesan
    assert pages[-1].next_cursor is None


def test_oldest_first_that_is_cut_goes_on_from_where_it_came(server: Source) -> None:
    cut = {"polite__max_pages": 1, "since": {"start_param": "sejak"}}
    pages = ordered(server, [changes(11, 12), changes(13)], "asc", **cut)
    assert "max_pages" in pages[-1].problem.pesan
    assert pages[-1].next_cursor == {"since": "2026-01-12T08:00:00+07:00"}


def test_any_order_that_is_cut_begins_again(server: Source) -> None:
    parts = {str(n): api(items, last_page=2) for n, items in enumerate([changes(11), changes(12)], 1)}
    server.routes["/api"] = misbehaving.paged(parts, "page", "1")
    paginator = {"type": "page_number", "base_page": 1, "total_path": "last_page"}
    asked = {
        **INCREMENTAL,
        "endpoint__incremental": {"cursor_path": "updated_at", "start_param": "sejak"},
        "client__paginator": paginator,
        "polite__max_pages": 1,
    }
    found = read(server, spec(server, **asked), cursor={"since": "2026-01-10T08:00:00+07:00"})
    assert found[-1].next_cursor is None


def test_s18_doubled_ids_give_one_record_and_a_warning(server: Source) -> None:
    items = [{"id": "A 1", "nama": "a"}, {"id": " a 1 ", "nama": "b"}, {"id": None, "nama": "c"}]
    server.put("/api", api([*items, *({"id": n, "nama": "x"} for n in range(300))]))
    changes = {**INCREMENTAL, "endpoint__incremental": None}
    fields = {"id": "id", "nama": "nama"}
    pages = read(server, spec(server, **changes, schema__fields=fields))
    found = records(pages)
    assert found["A 1"].fields["title"] == "Baris a"
    assert len(found) == 301
    assert {one.code for one in pages[-1].warnings} == {"duplicate_guid", "no_key"}


def test_key_of_several_fields_is_hashed(server: Source) -> None:
    server.put("/api", api([{"id": 1, "nama": "a"}, {"id": 1, "nama": "b"}]))
    changes = {**INCREMENTAL, "endpoint__incremental": None, "primary_key": ["id", "nama"]}
    found = records(read(server, spec(server, **changes)))
    assert len(found) == 2
    assert all(guid.startswith("sha256:") for guid in found)


def test_probe_skips_only_where_one_document_is_the_list(server: Source) -> None:
    server.put("/api", api(ITEMS))
    paged = connect(server, spec(server, client__paginator={"type": "page_number"}))
    assert not paged.probe({}).markers
    single = spec(server, client__paginator={"type": "single_page"})
    connector = connect(server, single)
    markers = connector.probe({}).markers
    assert len(rows(list(connector.pages()))) == 7
    assert len(server.log) == 1
    assert connect(server, single).probe(markers).unchanged


@pytest.mark.parametrize(("head", "likely"), [(b'{"data":[]}', 0.7), (b"[{", 0.7), (b"a,b", 0.0)])
def test_sniff(head: bytes, likely: float) -> None:
    assert RestApiConnector.sniff("http://a.test/", head) == likely
