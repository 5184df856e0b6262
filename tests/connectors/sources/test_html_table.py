from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import misbehaving
import pytest
from misbehaving import Handler, Source
from reading import connect, definition, read, records, rows, sumber

from jambi_harvesters import errors
from jambi_harvesters.sources.html_table import HtmlTableConnector, not_supported

FIXTURES = Path(__file__).parents[1] / "fixtures" / "html_table"
HTML = {"Content-Type": "text/html; charset=utf-8"}
FIELDS = {
    "kode": "Kode",
    "nama": {"path": "Nama", "public": True},
    "jumlah": {"path": "Jumlah", "type": "integer"},
}
PER_ROW = {
    "dataset__mode": "per_record",
    "dataset__title": "{nama}",
    "dataset__notes": "Jumlah {jumlah}",
    "primary_key": "kode",
}
HEADINGS = "<tr><th>Kode<th>Nama<th>Jumlah"
PAGED = {"type": "page_number", "base_page": 1}


def spec(server: Source, **changes: Any) -> Any:
    return definition(server, "/x", **{"kind": "html_table", "schema__fields": FIELDS, **changes})


def put(server: Source, body: str | bytes, headers: dict[str, str] | None = None) -> None:
    server.put("/x", body if isinstance(body, bytes) else page(body), 200, headers or HTML)


def page(body: str) -> bytes:
    return f"<!DOCTYPE html><html><head><title>Rekap</title></head><body>{body}</body></html>".encode()


def table(*lines: tuple[object, ...], before: str = "") -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>" for line in lines)
    return f"<table>{before}{HEADINGS}{body}</table>"


ONE = ("P1", "Puskesmas A", "10")
TWO = ("P2", "Puskesmas B", "20")


def test_table_is_found_by_its_headings_among_others(server: Source) -> None:
    put(server, (FIXTURES / "before.html").read_bytes())
    (found,) = read(server, spec(server))
    assert (found.complete, found.problem) == (True, None)
    assert rows([found])[0] == ("P1", "Puskesmas Contoh A", 10)
    assert len(rows([found])) == 3
    assert found.records[0].source_columns == ("Kode", "Nama", "Jumlah", "_lembar")


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    def hashes(name: str) -> dict[str, str | None]:
        put(server, (FIXTURES / f"{name}.html").read_bytes())
        pages = read(server, spec(server, **PER_ROW))
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again, after = hashes("before"), hashes("before"), hashes("after")
    assert before == again
    assert set(after) - set(before) == {"P4"}
    assert set(before) - set(after) == {"P3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"P2"}


def test_nonces_of_the_page_are_outside_the_hash(server: Source) -> None:
    found = []
    for name in ("before", "before-other-nonces"):
        put(server, (FIXTURES / f"{name}.html").read_bytes())
        found.append(read(server, spec(server))[-1].records[0].content_hash)
    assert found[0] == found[1]


def test_hv01_unchanged_page_is_skipped(server: Source) -> None:
    server.routes["/x"] = lambda handler: handler.answer(page(table(ONE)), 200, {**HTML, "ETag": '"1"'})
    markers = connect(server, spec(server)).probe({}).markers
    assert connect(server, spec(server)).probe(markers).unchanged


def test_s20_other_headings_are_drift_of_the_nearest_table(server: Source) -> None:
    put(server, "<table><tr><td>Menu</table>" + table(ONE).replace("Jumlah", "Total"))
    with pytest.raises(errors.SchemaDriftError) as caught:
        read(server, spec(server))
    assert [(one.column, one.change) for one in caught.value.diff] == [("Jumlah", "missing")]


def test_s21_new_column_holds_the_run(server: Source) -> None:
    put(server, table(ONE).replace("<th>Jumlah", "<th>Jumlah<th>NIK"))
    with pytest.raises(errors.SchemaDriftError, match="NIK"):
        read(server, spec(server), known_columns=["Kode", "Nama", "Jumlah"])


def test_spans_of_headings_and_cells_are_expanded(server: Source) -> None:
    put(
        server,
        "<table><caption>Kunjungan</caption>"
        "<thead><tr><th rowspan=2>Kecamatan<th colspan=2>Kunjungan<tr><th>L<th>P</thead>"
        "<tr><td rowspan=2>Pasar<td>1<td>2<tr><td colspan=2>3<tr><td>Jelutung<td>4<td>5"
        "<tfoot><tr><td>Jumlah<td colspan=2>15</tfoot></table>",
    )
    fields = {
        "kecamatan": "Kecamatan",
        "l": {"path": "Kunjungan L", "type": "integer"},
        "p": {"path": "Kunjungan P", "type": "integer"},
        "tabel": "_lembar",
    }
    dialect = {"header_rows": 2, "footer": "Jumlah"}
    found = rows(read(server, spec(server, schema={"fields": fields, "dialect": dialect})))
    assert found == [
        ("Pasar", 1, 2, "Kunjungan"),
        ("Pasar", 3, 3, "Kunjungan"),
        ("Jelutung", 4, 5, "Kunjungan"),
    ]


def test_title_rows_and_short_rows(server: Source) -> None:
    title = "<tr><td colspan=3>DINAS KESEHATAN</td></tr>"
    put(server, table(ONE, ("P2", "Puskesmas B"), ("",), before=title))
    found = rows(read(server, spec(server, schema__dialect={"skip_rows": 1})))
    assert found == [("P1", "Puskesmas A", 10), ("P2", "Puskesmas B", None)]


@pytest.mark.parametrize("name", ["Tahun 2025", "t25"])
def test_table_is_named_by_caption_or_id(server: Source, name: str) -> None:
    other = table(TWO).replace("<table>", "<table id=t25><caption>Tahun  2025</caption>")
    put(server, table(ONE) + other)
    assert rows(read(server, spec(server, schema__dialect={"sheet": name})))[0][0] == "P2"


def test_tables_of_equal_headings_are_stacked_where_it_is_declared(server: Source) -> None:
    put(server, table(ONE) + "<table><tr><td>Menu</table>" + table(TWO))
    first = rows(read(server, spec(server)))
    both = rows(read(server, spec(server, schema__dialect={"sheets": "stack"})))
    assert [row[0] for row in first] == ["P1"]
    assert [row[0] for row in both] == ["P1", "P2"]


def test_s23_numbers_are_read_by_the_declared_locale(server: Source) -> None:
    put(server, table(("P1", "A", "1.204"), ("P2", "B", "-")))
    schema = {"fields": FIELDS, "locale": "id-ID", "missing": ["", "-"]}
    assert [row[2] for row in rows(read(server, spec(server, schema=schema)))] == [1204, None]
    with pytest.raises(errors.ContentError):
        read(server, spec(server, schema={"fields": FIELDS}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_s24_encoding_is_sniffed(server: Source, encoding: str) -> None:
    put(server, page(table(("P1", "Café Ria", "1"))).decode().encode(encoding))
    assert rows(read(server, spec(server)))[0][1] == "Café Ria"


def test_s25_markup_in_cells_is_text(server: Source) -> None:
    put(server, table(("P1", "<b>A</b><script>alert(1)</script> &lt;i&gt;", "1")))
    assert rows(read(server, spec(server)))[0][1] == "A <i>"


def test_s26_entities_of_a_document_type_stay_unread(server: Source) -> None:
    head = '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    put(server, f"{head}<html><body>{table(('P1', '&a;', '1'))}".encode())
    assert rows(read(server, spec(server)))[0][1] == "&a;"


PROGRAM = '<div id="root"></div><script src="/static/js/main.js"></script>'


def test_page_that_needs_javascript_is_not_supported(server: Source) -> None:
    put(server, PROGRAM)
    with pytest.raises(errors.UnreadableError, match="JavaScript") as caught:
        read(server, spec(server))
    assert "belum didukung" in caught.value.pesan


def test_sign_in_page_is_named(server: Source) -> None:
    put(server, sumber("halaman-masuk.html"))
    with pytest.raises(errors.UnexpectedContentError, match="sign-in"):
        read(server, spec(server))


def test_page_without_a_table_is_refused(server: Source) -> None:
    put(server, "<p>Situs sedang dirawat</p>")
    with pytest.raises(errors.UnexpectedContentError) as caught:
        read(server, spec(server))
    assert "tanpa tabelnya" in caught.value.pesan


def test_answer_that_is_no_web_page_is_refused(server: Source) -> None:
    put(server, b'{"a":1}', {"Content-Type": "application/json"})
    with pytest.raises(errors.UnexpectedContentError, match="json"):
        read(server, spec(server))


def test_bad_input_empty_table_is_a_problem_not_data(server: Source) -> None:
    put(server, table())
    (found,) = read(server, spec(server))
    assert isinstance(found.problem, errors.EmptyListError)


def test_s07_table_that_says_in_words_that_it_is_empty_is_empty(server: Source) -> None:
    put(server, table().replace("</table>", "<tr><td colspan='3'>Data tidak ditemukan</td></tr></table>"))
    (found,) = read(server, spec(server))
    assert isinstance(found.problem, errors.EmptyListError)


def test_bad_input_cut_page_is_not_used(server: Source) -> None:
    body = page(table(ONE))
    server.routes["/x"] = lambda handler: (
        handler.start({**HTML, "Content-Length": str(len(body) + 9)}),
        handler.wfile.write(body),
    )
    with pytest.raises(errors.TruncatedError):
        read(server, spec(server))


def pages_of(*bodies: str | None) -> misbehaving.Behaviour:
    """Answer by page; None and what lies beyond is 404."""

    def behave(handler: Handler) -> None:
        at = int(handler.query["page"]) - 1
        body = bodies[at] if at < len(bodies) else None
        handler.answer(
            page(body or "tidak ada"),
            200 if body else 404,
            {**HTML, "Content-Length": str(len(page(body or "tidak ada")))},
        )

    return behave


def test_list_of_pages_is_read_to_the_table_without_rows(server: Source) -> None:
    server.routes["/x"] = pages_of(table(ONE), table(TWO), table())
    found = read(server, spec(server, client__paginator=PAGED, endpoint__params={"tahun": 2026}))
    assert [row[0] for row in rows(found)] == ["P1", "P2"]
    assert (found[-1].complete, found[-1].problem) == (True, None)
    assert server.asked("/x")[0] == "/x?tahun=2026&page=1"


@pytest.mark.parametrize(
    ("bodies", "words"),
    [
        ((table(ONE), table(ONE)), "berulang"),
        ((table(ONE), None), "tanpa tabel"),
        ((table(ONE), "<p>Tidak ada data</p>"), "tanpa tabel"),
    ],
)
def test_s17_end_that_proves_nothing_is_incomplete(
    server: Source, bodies: tuple[str | None, ...], words: str
) -> None:
    server.routes["/x"] = pages_of(*bodies)
    found = read(server, spec(server, client__paginator=PAGED))
    assert [row[0] for row in rows(found)] == ["P1"]
    assert isinstance(found[-1].problem, errors.IncompleteListError)
    assert words in found[-1].problem.pesan


def test_s17_page_cap_leaves_the_list_incomplete(server: Source) -> None:
    server.routes["/x"] = lambda handler: handler.answer(
        page(table((handler.query["page"], "A", "1"))),
        200,
        {"Content-Type": "text/html", "Connection": "close"},
    )
    found = read(server, spec(server, client__paginator=PAGED, polite__max_pages=3))
    assert len(rows(found)) == 3
    assert "max_pages" in found[-1].problem.pesan


def test_s20_drift_on_a_later_page_ends_the_run(server: Source) -> None:
    server.routes["/x"] = pages_of(table(ONE), table(TWO).replace("Kode", "ID"))
    with pytest.raises(errors.SchemaDriftError):
        read(server, spec(server, client__paginator=PAGED))


def test_first_page_that_is_not_there_is_down(server: Source) -> None:
    with pytest.raises(errors.NotFoundError):
        read(server, spec(server, client__paginator=PAGED))


def test_probe_never_skips_a_list_of_pages(server: Source) -> None:
    assert not connect(server, spec(server, client__paginator=PAGED)).probe({}).unchanged
    assert not server.log


MEMORY = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from misbehaving import Source
from reading import connect, definition
with open(sys.argv[2], "rb") as file:
    body = file.read()
server = Source()
threading.Thread(target=server.serve_forever, daemon=True).start()
server.put("/x", body, 200, {"Content-Type": "text/html"})
fields = {"kode": "Kode", "nama": "Nama", "jumlah": {"path": "Jumlah", "type": "integer"}}
spec = definition(server, "/x", kind="html_table", schema__fields=fields)
print(sum(len(one.rows.rows) for page in connect(server, spec).pages() for one in page.records))
print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1])
"""


@pytest.mark.large
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_hv07_hundred_thousand_rows_within_200_mb(tmp_path: Path) -> None:
    path = tmp_path / "besar.html"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"<html><body><table>{HEADINGS}")
        file.writelines(f"<tr><td>P{n}<td>{n}<td>{n}\n" for n in range(100_000))
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(Path(__file__).parents[1]), str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    count, peak = map(int, done.stdout.split())
    assert count == 100_000
    assert peak <= 200_000


OUTSIDE: dict[str, tuple[tuple[str, ...], int, tuple[str, ...]]] = {
    "construction.html": (("von", "bis"), 226, ("08.10.2018", "01.07.2019")),
    "table-output.html": (("id", "name"), 2, ("2", "german")),
    "table-with-newline.html": (("id", "name"), 4, ("4", "with\\nnewline")),
    "table1.html": (("id", "name"), 2, ("2", "中国人")),
    "table2.html": (("id", "name"), 2, ("2", "中国人")),
    "table3.html": (("id", "name"), 2, ("4", "עברית")),
    "table4.html": (("id", "name"), 2, ("2", "中国人")),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_hv39_pages_of_an_outside_collection_are_read(server: Source, frictionless: Path, name: str) -> None:
    headings, count, last = OUTSIDE[name]
    put(server, (frictionless / name).read_bytes())
    fields = {f"k{at}": heading for at, heading in enumerate(headings)}
    found = rows(read(server, spec(server, schema__fields=fields)))
    assert (len(found), found[-1]) == (count, last)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"client__paginator": {"type": "offset"}}, "client.paginator.type"),
        ({"client__paginator": {**PAGED, "total_path": "total"}}, "client.paginator.total_path"),
        ({"endpoint__data_selector": "data"}, "endpoint.data_selector"),
        ({"schema__dialect": {"delimiter": ";"}}, "schema.dialect.delimiter"),
    ],
)
def test_hv11_key_without_effect_is_refused(server: Source, changes: dict[str, Any], where: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        spec(server, **changes)
    assert [one.path for one in caught.value.problems] == [where]


@pytest.mark.parametrize(
    ("head", "likely"),
    [
        (page(table(ONE)), 0.7),
        (page("<p>Selamat datang</p>"), 0.1),
        (page(PROGRAM), 0.0),
        (b'{"a":1}', 0.0),
    ],
)
def test_sniff(head: bytes, likely: float) -> None:
    assert HtmlTableConnector.sniff("http://a.test/", head) == likely


def test_sniffer_says_why_a_page_is_not_supported() -> None:
    assert not_supported(page(table(ONE))) is None
    reason, alasan = not_supported(page("<noscript>Please enable JavaScript</noscript>")) or ("", "")
    assert "not supported" in reason
    assert "belum didukung" in alasan
