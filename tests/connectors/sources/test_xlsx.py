from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter
from misbehaving import Source
from reading import connect, definition, expected, grid, read, rows, shown, workbook
from repeated import assert_changes_are_found_exactly

from jambi_harvesters import errors
from jambi_harvesters import workbook as books
from jambi_harvesters.definition import Dialect
from jambi_harvesters.sources.xlsx import XlsxConnector

AREAS = {
    "telanaipura": ("15.71.01", "Telanaipura"),
    "kotabaru": ("15.71.07", "Kota Baru"),
    "jelutung": ("15.71.08", "Jelutung"),
    "pal merah": ("15.71.11", "Paal Merah"),
    "paal merah": ("15.71.11", "Paal Merah"),
}
RESOLVERS = {
    "area": lambda text, level: AREAS.get(text.casefold(), (None,))[0],
    "area_name": lambda code: {pair[0]: pair[1] for pair in AREAS.values()}[code],
    "organization": lambda text: {"Dinas Pendidikan": "disdik", "Dinas PUPR": "dpupr"}.get(text),
}


def spec(server: Source, **changes: object) -> object:
    return definition(server, "/x.xlsx", kind="xlsx", **changes)


def check(server: Source, sheets: dict[str, str], harapan: str, **changes: object) -> list[object]:
    """Read grid files as a workbook and compare with the expected rows; return the warnings."""
    server.put("/x.xlsx", workbook({name: grid(file) for name, file in sheets.items()}))
    pages = read(server, spec(server, **changes), resolvers=RESOLVERS)
    names = [column.name for column in pages[-1].records[0].rows.columns]
    wanted = [{name: row[name] for name in names} for row in expected(harapan)]
    assert shown(pages, names) == wanted
    return [(warning.code, warning.field, warning.detail) for warning in pages[-1].records[0].warnings]


def test_merged_headings_title_and_footer(server: Source) -> None:
    number = {"type": "integer"}
    check(
        server,
        {"Data": "xlsx-kepala-bertingkat.csv"},
        "xlsx-kepala-bertingkat.csv",
        schema__locale="id-ID",
        schema__missing=["", "-"],
        schema__dialect={"skip_rows": 2, "header_rows": 2, "footer": "Jumlah"},
        schema__fields={
            "puskesmas": "Puskesmas",
            "kunjungan_l": {"path": "Kunjungan L", **number},
            "kunjungan_p": {"path": "Kunjungan P", **number},
            "penyakit_nama": "Penyakit Nama",
            "penyakit_jumlah": {"path": "Penyakit Jumlah", **number},
        },
    )


def test_percent_rupiah_and_official_names(server: Source) -> None:
    check(
        server,
        {"Data": "xlsx-judul-dan-jumlah.csv"},
        "xlsx-judul-dan-jumlah.csv",
        schema__locale="id-ID",
        schema__dialect={"skip_rows": 4, "footer": ["Jumlah"]},
        schema__fields={
            "kemendagri_kode_kecamatan": {"path": "Kecamatan", "type": "area", "format": "kecamatan"},
            "kemendagri_nama_kecamatan": {"path": "Kecamatan", "type": "area", "format": "kecamatan:nama"},
            "jumlah": {"type": "integer"},
            "persentase": {"type": "decimal"},
            "nilai": {"type": "decimal"},
        },
    )


def test_negative_in_brackets_and_spreadsheet_errors(server: Source) -> None:
    warnings = check(
        server,
        {"Data": "xlsx-apbd.csv"},
        "xlsx-apbd.csv",
        schema__locale="id-ID",
        schema__missing=["", "-"],
        schema__dialect={"footer": "TOTAL"},
        schema__fields={
            "opd": {"path": "Perangkat Daerah", "type": "organization"},
            "anggaran": {"type": "decimal"},
            "realisasi": {"type": "decimal"},
            "persen": {"path": "%", "type": "decimal"},
        },
    )
    assert warnings == [("spreadsheet_error", "persen", "row 3")]


def test_serial_dates_and_text_codes_are_declared(server: Source) -> None:
    warnings = check(
        server,
        {"Data": "xlsx-tanggal-seri.csv"},
        "xlsx-tanggal-seri.csv",
        schema__contract={"data_type": "discard_value"},
        schema__fields={
            "tanggal": {"type": "date", "format": "serial|d MMMM yyyy|dd-MM-yy|M/d/yyyy"},
            "kode_wilayah": {"path": "Kode Wilayah", "format": "##.##|##.##.##|#######|##########"},
            "jumlah": {"type": "integer"},
        },
    )
    assert warnings == [
        ("bad_form", "kode_wilayah", "row 3"),
        ("apostrophe_removed", "kode_wilayah", "row 5"),
    ]


def test_sheets_are_stacked_under_changing_headings(server: Source) -> None:
    check(
        server,
        {year: f"xlsx-lembar-{year}.csv" for year in ("2023", "2024", "2025")},
        "xlsx-lembar.csv",
        schema__locale="id-ID",
        schema__dialect={"sheets": "stack"},
        schema__rename={
            "Nama Kecamatan": "Kecamatan",
            "Jml Sekolah": "jumlah_sekolah",
            "Sekolah": "jumlah_sekolah",
            "Jml Murid": "jumlah_murid",
            "Siswa": "jumlah_murid",
            "Jumlah Siswa": "jumlah_murid",
        },
        schema__fields={
            "tahun": {"path": "_lembar", "type": "integer"},
            "kemendagri_kode_kecamatan": {"path": "Kecamatan", "type": "area"},
            "kemendagri_nama_kecamatan": {"path": "Kecamatan", "type": "area", "format": ":nama"},
            "jumlah_sekolah": {"type": "integer"},
            "jumlah_murid": {"type": "integer"},
        },
    )


def test_real_dates_and_leading_empty_cells(server: Source) -> None:
    moment = datetime(2026, 1, 5, 6, 30)
    lines = [[], [None, "nama", "tanggal", "waktu"], [None, "a", date(2026, 1, 5), moment]]
    buffer = workbook({"Data": lines})
    assert buffer
    server.put("/x.xlsx", dated(lines))
    fields = {"nama": "nama", "tanggal": {"type": "date"}, "waktu": {"type": "timestamp"}}
    declared = spec(server, schema__fields=fields, schema__dialect={"skip_rows": 1})
    ((name, day, instant),) = rows(read(server, declared))
    assert (name, day.isoformat(), instant.isoformat()) == ("a", "2026-01-05", "2026-01-04T23:30:00+00:00")


def dated(lines: list[list[object]]) -> bytes:
    """Write cells with date formats."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("Data")
    for at, line in enumerate(lines):
        for column, cell in enumerate(line):
            if cell is not None:
                sheet.write(at, column, cell)
    book.close()
    return buffer.getvalue()


def test_bytes_differ_and_cells_do_not(server: Source) -> None:
    cells = [["nama"], ["a"], ["b"]]
    hashes = []
    for body in (workbook({"Data": cells}), repacked(workbook({"Data": cells}))):
        server.put("/x.xlsx", body)
        hashes.append(read(server, spec(server))[-1].records[0].content_hash)
    assert hashes[0] == hashes[1]


def repacked(data: bytes) -> bytes:
    """Return the same parts in another package."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
    return out.getvalue()


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    assert_changes_are_found_exactly(server, "xlsx")


def test_named_sheet_and_hidden_sheets(server: Source) -> None:
    server.put("/x.xlsx", workbook({"Satu": [["nama"], ["a"]], "Dua": [["nama"], ["b"]]}))
    assert rows(read(server, spec(server))) == [("a",)]
    assert rows(read(server, spec(server, schema__dialect={"sheet": "dua"}))) == [("b",)]
    with pytest.raises(errors.UnreadableError, match="sheet"):
        read(server, spec(server, schema__dialect={"sheet": "Tiga"}))


def test_hidden_sheets_and_comments_reach_no_row(server: Source) -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for name, hide in (("Rekap", ""), ("Pemohon", "hide"), ("Catatan", "very_hidden")):
        sheet = book.add_worksheet(name)
        sheet.write_column(0, 0, ["nama", f"isi {name}"])
        sheet.write_comment("A2", "ditulis oleh Uji", {"author": "Uji"})
        if hide:
            getattr(sheet, hide)()
    book.close()
    server.put("/x.xlsx", buffer.getvalue())
    for dialect in ({"sheets": "first"}, {"sheets": "stack"}):
        assert rows(read(server, spec(server, schema__dialect=dialect))) == [("isi Rekap",)]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"0" * 76_000_000)
    return out.getvalue()


def lying_bomb() -> bytes:
    """Declare a small size for a part that unpacks to a large one."""
    data = bytearray(bomb())
    real = (76_000_000).to_bytes(4, "little")
    return bytes(data).replace(real, (1_000).to_bytes(4, "little"))


def far_cell(place: str) -> bytes:
    plain = workbook({"Data": [["nama"], ["a"]]})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part).replace(b'r="A2"', f'r="{place}"'.encode()))
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (bomb(), errors.TooLargeError),
        (lying_bomb(), errors.ContentError),
        (far_cell("XFD1048576"), errors.UnreadableError),
        (workbook({f"L{n}": [["nama"]] for n in range(65)}), errors.UnreadableError),
        (workbook({"Data": [[f"k{n}" for n in range(1_001)]]}), errors.UnreadableError),
        (b"PK\x03\x04rusak", errors.UnreadableError),
        (b"bukan excel", errors.UnreadableError),
    ],
)
def test_u01_hostile_workbook_is_refused(
    server: Source, body: bytes, error: type[errors.HarvesterError]
) -> None:
    server.put("/x.xlsx", body)
    with pytest.raises(error) as caught:
        read(server, spec(server))
    assert caught.value.pesan


def test_u01_child_that_takes_too_long_is_ended() -> None:
    with pytest.raises(errors.TooLargeError):
        list(books.read_workbook(io.BytesIO(workbook({"Data": [["a"]]})), Dialect(), seconds=0.001))


def test_u01_child_that_needs_too_much_memory_is_refused(server: Source) -> None:
    server.put("/x.xlsx", far_cell("ALL1048576"))
    with pytest.raises(errors.TooLargeError):
        read(server, spec(server))


@pytest.mark.parametrize("empty", ['<c r="AMJ1" s="0"/>', '<c r="XFD1"></c>'])
def test_empty_cell_that_was_only_styled_is_no_far_cell(server: Source, empty: str) -> None:
    plain = workbook({"Data": [["nama"], ["a"]]})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part).replace(b"</row>", f"{empty}</row>".encode(), 1))
    server.put("/x.xlsx", out.getvalue())
    assert rows(read(server, spec(server))) == [("a",)]


def test_far_row_within_memory_or_refused(server: Source) -> None:
    server.put("/x.xlsx", far_cell("A1048576"))
    assert rows(read(server, spec(server))) == [("a",)]


def test_new_sheet_in_another_shape_is_drift(server: Source) -> None:
    server.put("/x.xlsx", workbook({"2024": [["nama"], ["a"]], "2025": [["keterangan"], ["b"]]}))
    with pytest.raises(errors.SchemaDriftError) as caught:
        read(server, spec(server, schema__dialect={"sheets": "stack"}))
    assert [(one.column, one.change) for one in caught.value.diff] == [("nama", "missing")]


def test_probe_reads_no_cell(server: Source) -> None:
    server.put("/x.xlsx", workbook({"Data": [["nama"], ["a"]]}))
    found = connect(server, spec(server)).probe({})
    assert connect(server, spec(server)).probe(found.markers).unchanged


def test_sniff() -> None:
    data = workbook({"Data": [["nama"]]})
    assert XlsxConnector.sniff("http://a.test/x.xlsx", data[:2_048]) > 0.9
    assert XlsxConnector.sniff("http://a.test/x.xlsx", b"<html>") == 0.0
