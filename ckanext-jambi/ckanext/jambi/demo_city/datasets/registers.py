"""Local legislation (23) and the register of applications (24)."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from importlib.resources import files

from ..agencies import AGENCIES, spelled
from ..chance import Chance
from ..content import Register, Row
from ..dress import ZERO_DATE, long_date
from ..file_shapes import Cells, Layout, XlsxFile
from ..json_shapes import Entry
from ..national_shapes import LegalDocuments
from ..periods import EPOCH, MONTH, at
from ..source import Source

OLD_DOCUMENTS = 220
OLD_YEARS = (2015, 2024)
KINDS = {"Peraturan Daerah": 12, "Peraturan Wali Kota": 55, "Keputusan Wali Kota": 400}
SHORT_KINDS = {"Peraturan Daerah": "PERDA", "Peraturan Wali Kota": "PERWAL", "Keputusan Wali Kota": "KEPWAL"}
JOURNALS = {"Peraturan Daerah": "LD", "Peraturan Wali Kota": "BD", "Keputusan Wali Kota": "-"}
FILES = "https://jdih.contoh.test/unduh/"
DRAFT_EVERY = 25
SUBJECTS = (
    *("Perangkat Daerah", "Pajak Daerah", "Retribusi Jasa Umum", "Sistem Pemerintahan Berbasis Elektronik"),
    *("Pengelolaan Sampah", "Tata Ruang", "Penyelenggaraan Satu Data", "Anggaran Pendapatan dan Belanja"),
)
DAYS_APART = 6
MOST_DAYS_TO_RELEASE = 7

INVENTED = 20
"""Applications that only the demo has; no real one is ever said to be switched off."""
RESCUES = ("belum", "berjalan", "sebagian", "selesai")
SWITCHED_OFF_MONTHLY_SHARE = 0.03
REASONS = ("usang", "duplikasi", "vendor_tidak_kooperatif", "teknis_lain")


def _document(chance: Chance, number: int, day: date | None, year: int) -> Row:
    about = ("hukum", number)
    kind = chance.pick(tuple(KINDS), *about, "kind")
    serial = str(chance.whole(1, KINDS[kind], *about, "serial"))
    subject = chance.pick(SUBJECTS, *about, "subject")
    title = f"{kind} Kota Jambi Nomor {serial} Tahun {year} tentang {subject} (Peraga)"
    status = (
        "Berlaku" if chance.happens(0.8, *about, "status") else chance.pick(("Dicabut", "Diubah"), *about)
    )
    page = f"{FILES}peraga-{number}.pdf"
    return (str(number), kind, serial, str(year), title, day, status, page)


def _old_document(chance: Chance, number: int) -> Row:
    """Return a document from before the histories; every eleventh has lost its date."""
    year = chance.whole(*OLD_YEARS, "hukum", number, "year")
    day = date(year, 1, 1) + timedelta(days=chance.whole(0, 364, "hukum", number, "day"))
    return _document(chance, number, None if number % 11 == 3 else day, year)


def _documents(chance: Chance, now: datetime) -> list[Row]:
    rows = [_old_document(chance, number) for number in range(1, OLD_DOCUMENTS + 1)]
    for step in range(max(0, (now - at(EPOCH)).days // DAYS_APART + 1)):
        number = OLD_DOCUMENTS + 1 + step
        day = EPOCH + timedelta(days=step * DAYS_APART + chance.whole(0, 3, "hukum", number, "day"))
        if at(day + timedelta(days=chance.whole(1, MOST_DAYS_TO_RELEASE, "hukum", number)), 8) <= now:
            rows.append(_document(chance, number, day, day.year))
    return rows


def _dress_document(row: Row, turn: int) -> Entry:
    """Write a document as JDIHN asks; of every other one the address is only the folder of its file."""
    number, kind, serial, year, title, day, status, page = map(str, row)
    journal = JOURNALS[kind]
    return {
        "idData": number,
        "tahun_pengundangan": year,
        "tanggal_pengundangan": ZERO_DATE if row[5] is None else day,
        "jenis": kind,
        "noPeraturan": serial,
        "judul": title,
        "noPanggil": "-",
        "singkatanJenis": SHORT_KINDS[kind],
        "tempatTerbit": "Jambi",
        "penerbit": "-",
        "deskripsiFisik": "-",
        "sumber": journal if journal == "-" else f"{journal} {year}/{serial}",
        "subjek": title.rpartition(" tentang ")[2].removesuffix(" (Peraga)").upper(),
        "isbn": "-",
        "status": status,
        "bahasa": "Indonesia",
        "bidangHukum": "Hukum Administrasi Negara",
        "teuBadan": "Kota Jambi",
        "nomorIndukBuku": "-",
        "fileDownload": page.removeprefix(FILES),
        "urlDownload": FILES if turn % 2 else page,
        "urlDetailPeraturan": f"https://jdih.contoh.test/detail/{number}",
        "operasi": "4",
        "display": "1",
    }


def _draft(entry: Entry, turn: int) -> Entry | None:
    """Return a draft that is not for the public yet, and has no file."""
    if turn % DRAFT_EVERY != DRAFT_EVERY - 1:
        return None
    unfinished = {"judul": f"Rancangan {entry['judul']}", "fileDownload": "", "urlDownload": FILES}
    return {**entry, **unfinished, "idData": f"{entry['idData']}-R", "display": "0"}


def _known() -> list[Row]:
    text = (files(__package__.rpartition(".")[0]) / "applications.csv").read_text(encoding="utf-8")
    return [
        (entry["id"], entry["nama"], entry["opd"], entry["layanan"], entry["status"], None, None, None)
        for entry in csv.DictReader(text.splitlines())
    ]


KNOWN = _known()


def _switched_off(chance: Chance, number: int, month: int) -> int | None:
    """Return the month in which an application was switched off, if that has happened."""
    months = range(MONTH.number(at(EPOCH)), month + 1)
    share = SWITCHED_OFF_MONTHLY_SHARE
    return next((one for one in months if chance.happens(share, "spbe", number, one)), None)


def _invented(chance: Chance, number: int, month: int) -> Row:
    about = ("spbe", number)
    agency = chance.pick(AGENCIES, *about, "agency").slug
    service = chance.pick(("publik", "administrasi"), *about, "service")
    head = (f"peraga-{number:02}", f"Aplikasi Peraga {number:02}", agency, service)
    off = _switched_off(chance, number, month)
    if off is None:
        return (*head, "aktif", None, None, None)
    day = MONTH.start(off).date() + timedelta(days=chance.whole(0, 27, *about, "day"))
    rescue = RESCUES[min(len(RESCUES) - 1, (month - off) // 2)]
    return (*head, "dimatikan", chance.pick(REASONS, *about), day, rescue)


def _register(chance: Chance, now: datetime) -> list[Row]:
    """Return the register as of the last report: the month before last until the 5th at 08.00."""
    month = MONTH.number(now - timedelta(days=4, hours=8)) - 1
    entries = [*KNOWN, *(_invented(chance, number, month) for number in range(1, INVENTED + 1))]
    state_of = MONTH.start(month + 1).date() - timedelta(days=1)
    return [(state_of, *entry) for entry in entries]


def _dress_application(row: Row, turn: int) -> Cells:
    state_of, name, title, agency, service, status, reason, day, rescue = row
    off = long_date(day) if isinstance(day, date) else "-"
    return (
        long_date(state_of),
        name,
        title,
        spelled(str(agency), turn),
        service,
        status,
        reason or "-",
        off,
        rescue or "-",
    )


def _register_layout(sheet: str) -> Layout:
    return Layout(
        titles=(
            "PEMERINTAH KOTA JAMBI",
            "DINAS KOMUNIKASI DAN INFORMATIKA",
            "REGISTRI APLIKASI (DATA PERAGA)",
            "",
        ),
        headings=(
            (
                "Keadaan Per",
                "Kode",
                "Nama Aplikasi",
                "Pemilik",
                "Layanan",
                "Status",
                "Alasan",
                "Tanggal Nonaktif",
                "Penyelamatan Data",
            ),
        ),
        notes=("Sumber: data olahan", "*) keadaan akhir bulan lalu"),
    )


def _count(rows: list[Row]) -> Cells:
    return ("Jumlah", f"{len(rows)} aplikasi", "")


SOURCES = (
    Source(
        number=23,
        name="produk-hukum-daerah",
        title="Daftar Produk Hukum Daerah menurut Jenis dan Status",
        owner="setda-bagian-hukum",
        path="jdih/integrasi/dokumen",
        columns=(
            "id_data",
            "jenis",
            "nomor",
            "tahun",
            "judul",
            "tanggal_pengundangan",
            "status",
            "url_naskah",
        ),
        content=Register(_documents),
        shape=LegalDocuments(_dress_document, draft=_draft),
        touch="judul",
        note="Tanggal 0000-00-00 berarti tidak diketahui; - berarti kosong; display 0 berarti rancangan.",
    ),
    Source(
        number=24,
        name="registri-aplikasi",
        title="Daftar Aplikasi Pemerintah Kota menurut Status dan Perangkat Daerah",
        owner="diskominfo",
        path="spbe/unduh/registri-aplikasi.xlsx",
        columns=(
            *("keadaan_per", "id_aplikasi", "nama_aplikasi", "opd", "layanan", "status"),
            *("alasan", "tanggal_nonaktif", "penyelamatan_data"),
        ),
        content=Register(
            _register, changes=("keadaan_per", "status", "alasan", "tanggal_nonaktif", "penyelamatan_data")
        ),
        shape=XlsxFile(_register_layout, _dress_application, footer=_count),
        touch="nama_aplikasi",
        note="28 nama dari sumber publik; hanya Aplikasi Peraga yang pernah dimatikan.",
    ),
)
