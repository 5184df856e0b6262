"""HV39: fixtures of other projects, read from checkouts that environment variables name (docs/develop.md)."""

from __future__ import annotations

import ast
import csv
import gzip
import importlib.util
import io
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from misbehaving import Handler, Source
from reading import definition, read, records, rows

from jambi_harvesters import errors
from jambi_harvesters.paginators import Answer, paginator_for

POSTS = [{"id": number, "title": f"Post {number}"} for number in range(25)]
FIELDS = {"id": {"type": "integer"}, "title": "title"}
WANTED = [(post["id"], post["title"]) for post in POSTS]


def rest(server: Source, paginator: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    spec = definition(server, "/x", kind="rest_api", schema__fields=FIELDS, client__paginator=paginator)
    pages = read(server, spec)
    assert pages[-1].complete
    return rows(pages)


def cases(dlt: Path, name: str) -> list[dict[str, Any]]:
    """Return the table of cases of one of dlt's tests of `JSONLinkPaginator`."""
    tree = ast.parse((dlt / "test_paginators.py").read_text("utf-8"))
    (group,) = [one for one in tree.body if getattr(one, "name", "") == "TestJSONLinkPaginator"]
    (test,) = [one for one in ast.walk(group) if getattr(one, "name", "") == name]
    assert isinstance(test, ast.FunctionDef)
    (call,) = test.decorator_list
    assert isinstance(call, ast.Call)
    return list(ast.literal_eval(call.args[1]))


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("outside_paginators", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def as_jmespath(path: str | None) -> str:
    """Return a path of dlt's cases as it is written here: a name with signs goes into quotes."""
    return re.sub(r"^\[['\"](.*)['\"]\]$", r'"\1"', path) if path else "next"


def test_hv39_links_of_dlts_cases_are_found(dlt: Path) -> None:
    found = cases(dlt, "test_update_state")
    for case in found:
        paginator = paginator_for({"type": "json_link", "next_url_path": as_jmespath(case["next_url_path"])})
        ask = paginator.following(Answer(case["response_json"], {}, "http://example.com/", 1))
        assert (ask.url if ask else None) == case["expected"]["next_reference"], case
    assert len(found) >= 6


def test_hv39_links_of_dlts_cases_lead_where_they_should(dlt: Path) -> None:
    found = cases(dlt, "test_update_request")
    for case in found:
        document = {"next": case["next_reference"]}
        ask = paginator_for({"type": "json_link"}).following(Answer(document, {}, case["request_url"], 1))
        assert ask is not None
        assert ask.url == case["expected"], case
    assert len(found) >= 9


def by_page(made: ModuleType, base: int) -> Callable[[Handler], None]:
    def behave(handler: Handler) -> None:
        page = made.PageNumberPaginator(POSTS, int(handler.query.get("page", base)), index_base=base)
        following = page.next_page_url_params
        link = {"next_page": f"/x?page={following['page']}"} if following else {}
        headers = {}
        if following:
            headers = {"Link": f'</x?page={following["page"]}>; rel="next"', "cursor": str(following["page"])}
        body = json.dumps({"data": page.page_records, **page.metadata, **link}).encode()
        handler.answer(body, 200, {"Content-Length": str(len(body)), **headers})

    return behave


def by_slice(kind: Any, name: str) -> Callable[[Handler], None]:
    def behave(handler: Handler) -> None:
        page = kind(POSTS, int(handler.query.get(name, 0)))
        handler.answer(json.dumps({"data": page.page_records, **page.metadata}).encode())

    return behave


def test_hv39_lists_that_dlts_test_server_pages_are_read_whole(server: Source, dlt: Path) -> None:
    made = module(dlt / "paginators.py")
    walks: list[tuple[Callable[[Handler], None], dict[str, Any]]] = [
        (by_page(made, 1), {"type": "page_number", "base_page": 1, "total_path": "total_pages"}),
        (by_page(made, 1), {"type": "page_number", "base_page": 1}),
        (by_page(made, 0), {"type": "page_number", "base_page": 0, "total_path": "total_pages"}),
        (by_page(made, 1), {"type": "json_link", "next_url_path": "next_page"}),
        (by_page(made, 1), {"type": "header_link"}),
        (by_page(made, 1), {"type": "header_cursor", "cursor_key": "cursor", "cursor_param": "page"}),
        (by_slice(made.OffsetPaginator, "offset"), {"type": "offset", "total_path": "total_records"}),
        (by_slice(made.OffsetPaginator, "offset"), {"type": "offset"}),
        (by_slice(made.CursorPaginator, "cursor"), {"type": "cursor", "cursor_path": "next_cursor"}),
    ]
    for behave, paginator in walks:
        server.routes["/x"] = behave
        assert rest(server, paginator) == WANTED, paginator


DELIMITERS = {
    **dict.fromkeys(
        ("accent", "delimiter", "issue-1009-semicolon", "issue-1100", "issue-1105-timezone"), ";"
    ),
    **dict.fromkeys(("issue-1138", "issue-1232", "table-delimiter", "vix", "issue-811"), ";"),
    "table-with-accents": ";",
    "dialect": "|",
}
ENCODINGS = dict.fromkeys(("issue-811", "latin1", "table-with-accents"), "cp1252")
REFUSED = {
    **dict.fromkeys(("capital-invalid", "duplicate-column", "duplicate-headers", "invalid"), "unreadable"),
    **dict.fromkeys(("wide",), "unreadable"),
    **dict.fromkeys(("countries", "country-2", "defective-rows", "dialect"), "too_many_bad_rows"),
    **dict.fromkeys(("issue-1004-data1", "issue-1004-data2", "matrix-with-comment"), "too_many_bad_rows"),
    **dict.fromkeys(
        ("schema-errors", "skip-blank-at-the-end", "skip-rows-before-headers"), "too_many_bad_rows"
    ),
    **dict.fromkeys(("skip-rows", "structure-errors", "without-headers-extra"), "too_many_bad_rows"),
    "empty": "unexpected_content",
}
"""Tables that are damaged on purpose, and how a run says so."""
ANOTHER_ALPHABET = "table-infer-iso-8859-7"
LARGEST = 3_000_000


def cells(path: Path) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """Read a table with Python's own reader: its headings, and its rows of as many cells."""
    text = path.read_bytes().decode(ENCODINGS.get(path.stem, "utf-8-sig"))
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS.get(path.stem, ",")))
    filled = [[cell.strip() for cell in line] for line in lines if any(cell.strip() for cell in line)]
    named = [at for at, heading in enumerate(filled[0]) if heading] if filled else []
    whole = [line for line in filled[1:] if len(line) == len(filled[0])]
    return [filled[0][at] for at in named], [tuple(line[at] or None for at in named) for line in whole]


def outcome(server: Source, kind: str, body: bytes, headings: list[str], **changes: Any) -> Any:
    """Return the rows of a table, or the code of the error that refuses it."""
    server.put("/x", body)
    fields = {f"k{at}": heading for at, heading in enumerate(headings)} or {"k0": "apa pun"}
    try:
        return rows(read(server, definition(server, "/x", kind=kind, schema__fields=fields, **changes)))
    except errors.HarvesterError as err:
        return err.code


def test_hv39_tables_of_frictionless_are_read_or_refused_by_name(server: Source, frictionless: Path) -> None:
    paths = [path for path in sorted(frictionless.glob("*.csv")) if path.stat().st_size < LARGEST]
    seen = 0
    for path in paths:
        if path.stem == ANOTHER_ALPHABET:
            continue
        headings, wanted = cells(path)
        found = outcome(server, "csv", path.read_bytes(), headings)
        assert found == REFUSED.get(path.stem, wanted), path.name
        seen += path.stem not in REFUSED
    assert seen >= 80, f"only {seen} of {len(paths)} tables were read"


BOOKS: dict[str, tuple[dict[str, Any], list[str], int, tuple[str | None, ...]]] = {
    "adjust-floating-point-error": (
        {},
        ["Sample Name", "peak PO4"],
        5,
        ("P-1-94-AR P21 16-20cm Pi split 3", "60.565"),
    ),
    "cast-int-to-string-issue-1251": ({}, ["A", "B", "C"], 2, ("001", "b", "1")),
    "issue-313": ({}, ["Column_1", "Column_3"], 2, ("column_1_value_1", "column_3_value_1")),
    "issue-870": ({}, ["First Name", "Date", "Id"], 9, ("Dulce", "15/10/2017", "1562")),
    "number-format-multicode": ({}, ["col1"], 3, ("4.51119775197299",)),
    "preserve-formatting-percentage": ({}, ["col1", "col2"], 3, ("123", "0.52")),
    "sheet2": ({"sheet": "Sheet2"}, ["id", "name"], 2, ("1", "english")),
    "sheets": ({"sheets": "stack"}, ["id", "name"], 3, ("1", "london")),
    "skip-rows": ({"skip_rows": 1}, ["A", "B"], 2, ("8", "9")),
    "table": ({}, ["id", "name"], 2, ("1", "english")),
    "table-infer-boolean": ({}, ["number", "string"], 2, ("1", "two")),
    "table-output": ({}, ["id", "name"], 2, ("1", "english")),
}


@pytest.mark.parametrize("name", BOOKS)
def test_hv39_workbooks_of_frictionless_are_read(server: Source, frictionless: Path, name: str) -> None:
    dialect, headings, count, first = BOOKS[name]
    body = (frictionless / f"{name}.xlsx").read_bytes()
    found = outcome(server, "xlsx", body, headings, schema__dialect=dialect)
    assert (len(found), found[0] if found else ()) == (count, first)


def catalogue(server: Source, body: bytes) -> tuple[int, int] | str:
    """Return how many datasets and links a data.json holds, or the code of the error that refuses it."""
    server.put("/x", body)
    try:
        found = records(
            read(server, definition(server, "/x", kind="datajson", schema={}, dataset__title=None))
        )
    except errors.HarvesterError as err:
        return err.code
    return len(found), sum(len(one.fields.get("resources", ())) for one in found.values())


def links(document: Mapping[str, Any]) -> int:
    """Count the distributions that lead somewhere."""
    listed = [one for entry in document["dataset"] for one in entry.get("distribution") or ()]
    return sum(
        any(str(one.get(key)).startswith("http") for key in ("downloadURL", "accessURL")) for one in listed
    )


def test_hv39_catalogues_of_data_gov_are_read(server: Source, datagov: Path) -> None:
    paths = sorted((datagov / "dcatus").glob("*.json"))
    read_whole = 0
    for path in paths:
        document = json.loads(path.read_bytes())
        wanted = (
            (len(document["dataset"]), links(document)) if "dataset" in document else "unexpected_content"
        )
        assert catalogue(server, path.read_bytes()) == wanted, path.name
        read_whole += "dataset" in document
    assert read_whole >= 23


def unpacked(path: Path) -> bytes:
    """Return what a file holds; the larger ones are kept packed."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_hv39_catalogues_of_indonesian_sites_are_read(server: Source, sdi: Path) -> None:
    with (sdi / "expected.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    for line in listed:
        body = unpacked(sdi / line["berkas"])
        wanted: Any = "unexpected_content"
        if line["jumlah_rekaman"]:
            wanted = int(line["jumlah_rekaman"])
        found = catalogue(server, body)
        assert (found if isinstance(found, str) else found[0]) == wanted, line["berkas"]
    assert len(listed) >= 20


FORECAST = {
    "desa": {"path": "lokasi.deskel"},
    "berlaku": {"path": "utc_datetime", "type": "timestamp"},
    "suhu": {"path": "t", "type": "integer"},
    "angin": {"path": "ws", "type": "decimal"},
}


def test_hv39_forecast_of_another_reader_of_bmkg_is_read(server: Source, bmkg_api: Path) -> None:
    whole = json.loads((bmkg_api / "forecast_response.json").read_bytes())
    (area,) = whole["data"]
    code = area["lokasi"]["adm4"]
    body = json.dumps({"lokasi": area["lokasi"], "data": [area]}).encode()
    server.put("/x", body)
    params = {"adm4": {"type": "resolve", "resource": "kelurahan", "field": "kode_kemendagri"}}
    spec = definition(server, "/x", kind="bmkg", schema__fields=FORECAST, endpoint__params=params)
    pages = read(server, spec, code_lists=lambda resource, field: [code])
    steps = [step for day in area["cuaca"] for step in day]
    assert pages[-1].complete
    assert [row[2] for row in rows(pages)] == [step["t"] for step in steps]
    assert all(row[0] == area["lokasi"]["deskel"] for row in rows(pages))
    assert f"{rows(pages)[0][1]:%Y-%m-%d %H:%M:%S %z}" == f"{steps[0]['utc_datetime']} +0000"


def bps(server: Source, path: str, fields: Mapping[str, Any]) -> Any:
    spec = definition(
        server,
        "/v1/api",
        kind="bps_webapi",
        schema__fields=fields,
        endpoint={"path": path},
        polite={"max_pages": 1},
    )
    try:
        return read(server, spec)
    except errors.HarvesterError as err:
        return err.code


def test_hv39_lists_of_another_reader_of_bps_are_read(server: Source, stadata: Path) -> None:
    read_lists = 0
    for path in sorted(stadata.glob("*_fixture.json")):
        document = json.loads(path.read_bytes())
        data = document.get("data")
        if "datacontent" in document or not (isinstance(data, list) and isinstance(data[-1], list)):
            continue
        server.put("/v1/api/list/page/1/", path.read_bytes())
        pages = bps(server, "list", {"a": json.dumps(next(iter(data[1][0])))})
        assert len(rows(pages)) == len(data[1]), path.name
        assert pages[-1].complete is (data[0].get("pages", 1) == 1 and data[0].get("total") == len(data[1]))
        read_lists += 1
    assert read_lists >= 20


def test_hv39_table_of_another_reader_of_bps_is_read(server: Source, stadata: Path) -> None:
    body = (stadata / "dynamic_table_detail_fixture.json").read_bytes()
    server.put("/v1/api/list/model/data/var/31/", body)
    fields = {"tahun": "tahun.label", "nilai": {"path": "datacontent", "type": "integer"}}
    pages = bps(server, "list/model/data/var/31", fields)
    assert [row[1] for row in rows(pages)] == list(json.loads(body)["datacontent"].values())
    assert pages[-1].complete


@pytest.mark.parametrize("name", ["error", "unavailable", "list_unavailable", "news_detail"])
def test_hv39_failures_of_another_reader_of_bps_are_failures(
    server: Source, stadata: Path, name: str
) -> None:
    server.put("/v1/api/list/page/1/", (stadata / f"{name}_fixture.json").read_bytes())
    assert bps(server, "list", {"a": "a"}) in ("source_failed", "auth_failed", "unexpected_content")


YEARS = ("2023", "2024", "2025")


@pytest.mark.parametrize("name", ["RUP-ProgramMaster", "RUP-MasterSatker"])
def test_hv39_arrays_of_the_procurement_bus_are_read_year_by_year(
    server: Source, procurement: Path, name: str
) -> None:
    years = {year: json.loads((procurement / name / year / "data.json").read_bytes()) for year in YEARS}
    for year, items in years.items():
        server.put(f"/isb/{year}", json.dumps(items).encode())
    spec = definition(
        server,
        "/isb",
        kind="spse",
        endpoint={"path": "{tahun}"},
        schema__fields={"satker": "kd_satker"},
        dataset__fields__periode_mulai="2023-01-01",
    )
    pages = read(server, spec, now=datetime(2025, 11, 24, tzinfo=UTC))
    wanted = [str(item["kd_satker"]) for year in reversed(YEARS) for item in years[year]]
    assert pages[-1].complete
    assert [row[0] for row in rows(pages)] == wanted
