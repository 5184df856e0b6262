"""The forms of a report: equal reports give equal bytes, and no cell is a formula (F47)."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
import zipfile
import zlib
from datetime import date, datetime
from pathlib import Path

import pytest
import segno
from freezegun import freeze_time
from python_calamine import load_workbook
from reports import HASH, day_late, late, life, line, objection, report, step

from ckanext.jambi.freshness.reports import files, lines, paper, words

EVIL = ("=1+1", "+1", "-1", "@x", "\t=1")
LONG = "Rekapitulasi kunjungan puskesmas menurut jenis penyakit dan kelompok umur " * 8
CROWDED = report(
    organization_title=LONG,
    worst=[late(n, title=LONG) for n in range(10)],
    todo=[step(n, title=LONG) for n in range(8)],
    rolling=[
        day_late(code=f"DD-{n}", title=LONG, dataset_id=f"d-{n}", day=f"2026-09-{day:02}")
        for n in range(40)
        for day in range(1, 31)
    ],
    life=life(objections=[objection(code=LONG) for _ in range(90)]),
)


@pytest.mark.parametrize("form", files.FORMATS)
def test_f47_equal_reports_are_equal_bytes_at_another_time(form: str) -> None:
    with freeze_time("2026-10-05"):
        first = files.written(CROWDED, form)
    with freeze_time("2029-01-01 10:00:01"):
        assert files.written(CROWDED, form) == first
        assert files.written(report(obligations=[], index=1.0), form) != first


def test_f47_equal_reports_are_equal_bytes_in_another_process() -> None:
    probe = """
import sys
from hashlib import sha256
sys.path.insert(0, sys.argv[1])
from reports import report
from ckanext.jambi.freshness.reports import files
print([sha256(files.written(report(), form)).hexdigest() for form in files.FORMATS])
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", probe, str(Path(__file__).parent)],
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LANG": "C"},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "Asia/Jakarta"), ("2", "America/New_York"))
    }
    assert len(said) == 1


@pytest.mark.parametrize("form", files.FORMATS)
def test_f47_a_report_of_nothing_can_be_written(form: str) -> None:
    nothing = {"index": None, "band": None, "rank": None, "index_without_exemptions": None, "stars": None}
    empty = {name: [] for name in ("obligations", "worst", "todo")}
    before = {"at": "2026-06-30T17:00:00+00:00", "index": None, "rank": None}
    whole = report(**nothing, **empty, before=before, judged=0, organization_title=None)
    assert files.written(whole, form)


@pytest.mark.parametrize("text", EVIL)
def test_f47_csv_holds_no_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO(files.written(report(obligations=[line(code=text)]), "csv").decode())))
    assert rows[1][1] == f"'{text}"


def test_f10_csv_holds_the_overdue_days_of_data_without_periods_and_by_what_it_stands() -> None:
    body = files.written(report(), "csv").decode()
    owed, day = csv.DictReader(io.StringIO(body))
    assert (owed["line"], day["line"]) == ("obligation", "overdue_day")
    assert (day["code"], day["period_start"], day["period_end"]) == ("DD-05", "2026-09-12", "2026-09-12")
    assert (day["overdue_seconds"], day["outcome"], owed["overdue_seconds"]) == ("5400", "", "")
    for each in (owed, day):
        told = [each[name] for name in ("policy_version", "calendar_version", "as_of", "log_seq", "log_root")]
        assert told == ["1", "1", "2026-10-05T02:00:00+00:00", "812", HASH]


def test_f10_the_overdue_days_of_a_dataset_are_summed_up_the_worst_first() -> None:
    days = [day_late(day=f"2026-09-{n:02}", overdue_seconds=3_600 * n) for n in (1, 3, 2)]
    other = [day_late(code="DD-06", dataset_id="d-6", overdue_seconds=86_400)]
    first, second = lines.by_item([*days, *other])
    assert (first["code"], first["days"]) == ("DD-06", 1)
    assert (second["days"], second["overdue_seconds"]) == (3, 6 * 3_600)
    assert second["longest"]["day"] == "2026-09-03"
    assert lines.by_item([]) == []


def test_f10_the_paper_tells_of_data_without_periods() -> None:
    without = files.written(report(rolling=[]), "pdf")
    assert files.written(report(), "pdf") != without
    assert files.written(report(rolling=[day_late(overdue_seconds=7_200)]), "pdf") != files.written(
        report(), "pdf"
    )


def workbook(whole: dict) -> dict[str, list[list]]:
    book = load_workbook(io.BytesIO(files.written(whole, "xlsx")))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_f47_cells_of_the_workbook_are_typed() -> None:
    sheets = workbook(report())
    found = {row[0]: row[1] for row in sheets["Ringkasan"]}
    assert found["Indeks"] == pytest.approx(71.26)
    assert found["Diketahui pada (WIB)"] == datetime(2026, 10, 5, 9)
    assert found["Hash akar"] == HASH
    code, _, first, last, due, *_rest = sheets["Kewajiban"][1]
    assert (code, first, last) == ("DD-01", date(2026, 8, 1), date(2026, 8, 31))
    assert due == date(2026, 9, 14)


@pytest.mark.parametrize("text", EVIL)
def test_f47_no_cell_of_the_workbook_is_a_formula(text: str) -> None:
    whole = report(organization_title=text, obligations=[line(code=text)], worst=[late(title=text)])
    assert workbook(whole)["Kewajiban"][1][0] == text
    with zipfile.ZipFile(io.BytesIO(files.written(whole, "xlsx"))) as packed:
        sheets = [packed.read(name) for name in packed.namelist() if name.startswith("xl/worksheets/")]
        assert {each.date_time for each in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert sheets
    assert not any(b"<f>" in each for each in sheets)


def test_f52_the_paper_has_at_most_two_pages_however_long_the_titles() -> None:
    assert 1 <= pages(files.written(CROWDED, "pdf")) <= 2


def test_f46_the_workbook_of_a_draft_tells_until_when_it_may_be_objected_to_and_what_was() -> None:
    sheets = workbook(report(life=life()))
    found = {row[0]: row[1] for row in sheets["Ringkasan"]}
    assert found["Keadaan"] == "Draf, revisi 1: sanggahan sampai 12 Okt 2026"
    assert sheets["Sanggahan atas draf"][1][-1] == "belum diputuskan"


@pytest.mark.parametrize(("days", "written"), [(12, "12"), (1, "1"), (0, "<1"), (None, "–")])
def test_f48_a_report_writes_whole_working_days_late(days: int | None, written: str) -> None:
    row = {} if days is None else {"working_days_late": days}
    assert words.days_late(row) == written


def test_f46_the_rank_at_the_beginning_stands_beside_how_many_had_one() -> None:
    found = {row[0]: row[1] for row in workbook(report())["Ringkasan"]}
    assert (found["Peringkat pada awal periode"], found["OPD berperingkat pada awal periode"]) == (5, 11)
    kept = report()
    del kept["before"]["ranked"]  # a report that was kept before it was told
    assert workbook(kept)["Ringkasan"]
    assert files.written(kept, "pdf") != files.written(report(), "pdf")


def test_f29_the_paper_tells_objections_to_a_draft_apart_from_appeals_before_it() -> None:
    assert paper.appeals(report(life=life())).startswith(
        "Sanggahan sebelum draf: 0, dikabulkan 0. Sanggahan atas draf: 1."
    )
    assert paper.appeals(report()).startswith("Sanggahan: 0, dikabulkan 0.")


def test_f46_a_final_report_says_so() -> None:
    final = words.standing(life(final_at="2026-10-13T03:00:00+00:00"))
    assert final == "Final, revisi 1, 13 Okt 2026"


def test_f47_the_paper_declares_pdf_a_and_holds_no_time_but_as_of() -> None:
    body = files.written(report(), "pdf")
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in body
    assert b"GTS_PDFA1" in body
    assert set(re.findall(rb"\d{4}-\d\d-\d\dT[\d:]+", body)) == {b"2026-10-05T09:00:00"}
    assert body.count(b"/FontFile2") == 2
    assert b"/JavaScript" not in body


def test_f47_the_code_on_the_paper_is_the_root_hash() -> None:
    wanted = segno.make(HASH, error="m", micro=False).matrix
    assert squares(files.written(report(), "pdf"), len(wanted)) == [list(map(bool, row)) for row in wanted]


def test_characters_that_the_font_lacks_are_no_missing_glyphs() -> None:
    assert files.written(report(organization_title="جمبي 占碑"), "pdf") == files.written(
        report(organization_title="???? ??"), "pdf"
    )


def test_printed_forms_need_no_ckan() -> None:
    probe = """
import sys
sys.modules.update(dict.fromkeys(("ckan", "flask", "requests", "sqlalchemy")))
from ckanext.jambi.freshness.reports import content, files, words
assert words.period("2026-Q3") == "triwulan III 2026"
"""
    subprocess.run([sys.executable, "-c", probe], check=True)


@pytest.mark.parametrize(
    ("as_of", "text"),
    [("2026-10-03T16:59:59+00:00", "Terlambat"), ("2026-10-03T17:00:00+00:00", "Menunggak")],
)
def test_an_open_obligation_is_overdue_and_then_long_overdue(as_of: str, text: str) -> None:
    assert words.late(late(), as_of) == text
    assert words.late(late(outcome="skipped"), as_of) == "Terlewati"


@pytest.mark.parametrize(
    ("name", "text"),
    [("2026", "tahun 2026"), ("2026-Q4", "triwulan IV 2026"), ("2026-09", "September 2026")],
)
def test_a_period_is_written_in_indonesian(name: str, text: str) -> None:
    assert words.period(name) == text


def pages(body: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", body))


def squares(body: bytes, size: int) -> list[list[bool]]:
    """Return the modules of the code, found again from the runs of squares that are drawn."""
    streams = (_inflated(each) for each in re.findall(rb"stream\n(.*?)\nendstream", body, re.DOTALL))
    page = next(text for text in streams if b" re f" in text)
    drawn = [tuple(map(float, each.split())) for each in re.findall(rb"([\d. -]+) re f", page)]
    left, top = min(each[0] for each in drawn), max(each[1] for each in drawn)
    step = -drawn[0][3]
    found = [[False] * size for _ in range(size)]
    for x, y, width, _height in drawn:
        row, first = round((top - y) / step), round((x - left) / step)
        for column in range(first, first + round(width / step)):
            found[row][column] = True
    return found


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_f47_forms_are_named_without_what_draws_pages() -> None:
    """Each web server and worker names the forms; 20 MB of drawing is only for whoever makes a report."""
    code = f"import sys, {files.__name__} as files; print(files.FORMATS, 'fpdf' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"{files.FORMATS} False"
