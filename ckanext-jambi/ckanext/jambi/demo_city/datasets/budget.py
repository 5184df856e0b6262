"""Budget and spending of the agencies (13) and procurement packages (14)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from ..agencies import AGENCIES, Agency, spelled
from ..chance import Chance
from ..content import Register, Row, Series
from ..dress import bracketed, comma, long_date, thousands
from ..file_shapes import Cells, Layout, XlsxFile
from ..json_shapes import Entry
from ..national_shapes import Tenders
from ..periods import EPOCH, MONTH, Period, at, monthly_on
from ..source import Source

WITHOUT_BUDGET = "setwan"
"""An agency whose budget is not yet entered: its share is a division by zero."""
GIVES_BACK = "kesbangpol"
"""An agency that books a return in January: a negative amount, in brackets."""

KINDS = ("Barang", "Konstruksi", "Konsultansi", "Jasa Lainnya")
WORKS = {
    "Barang": ("Pengadaan Perangkat Komputer", "Pengadaan Alat Kesehatan", "Pengadaan Buku Perpustakaan"),
    "Konstruksi": ("Rehabilitasi Ruas Jalan", "Pembangunan Drainase", "Rehabilitasi Ruang Kelas"),
    "Konsultansi": ("Penyusunan Dokumen Perencanaan", "Pengawasan Pekerjaan Jalan"),
    "Jasa Lainnya": ("Jasa Kebersihan Gedung", "Sewa Kendaraan Operasional", "Jasa Akses Internet"),
}
STAGES = ((7, "Diumumkan"), (21, "Evaluasi"), (35, "Masa Sanggah"))
PLAN_DAYS = (1, 15)


def _spending(chance: Chance, period: Period, agency: Agency) -> Row:
    if agency.slug == WITHOUT_BUDGET:
        return (period.day, agency.slug, None, None, None)
    base = chance.whole(9, 620, "apbd", agency.slug) * 1_000_000_000
    budget = Decimal(base + chance.whole(0, 900, "apbd", agency.slug, period.day.year) * 1_000_000)
    month = period.day.month
    if agency.slug == GIVES_BACK and month == 1:
        return (period.day, agency.slug, budget, Decimal(-1_250_000), Decimal("0.00"))
    share = (month / 12) ** 1.6 * (0.86 + 0.1 * chance.unit("apbd", agency.slug, period.day.year, "pace"))
    spent = (budget * Decimal(f"{share:.6f}")).quantize(Decimal(1))
    percent = (spent * 100 / budget).quantize(Decimal("0.01"))
    return (period.day, agency.slug, budget, spent, percent)


def _month(chance: Chance, period: Period) -> list[Row]:
    return [_spending(chance, period, agency) for agency in AGENCIES]


def _dress_spending(row: Row, turn: int) -> Cells:
    month, agency, budget, spent, percent = row
    return (
        turn % len(AGENCIES) + 1,
        long_date(month),
        spelled(str(agency), turn // len(AGENCIES)),
        bracketed(budget),
        bracketed(spent),
        "#DIV/0!" if percent is None else comma(percent),
    )


def _total(rows: list[Row]) -> Cells:
    sums = [sum((row[column] for row in rows if row[column]), Decimal(0)) for column in (2, 3)]
    return ("", "TOTAL", "", *map(bracketed, sums), "")


def _budget_layout(sheet: str) -> Layout:
    return Layout(
        titles=(f"LAPORAN REALISASI ANGGARAN TAHUN {sheet} (DATA PERAGA)", ""),
        headings=(("No", "Bulan", "Perangkat Daerah", "Anggaran", "Realisasi", "%"),),
    )


def _package(chance: Chance, day: date, place: int, now: datetime) -> Row:
    about = ("paket", day, place)
    kind = chance.pick(KINDS, *about, "kind")
    agency = chance.pick(AGENCIES, *about, "agency")
    ceiling = Decimal(chance.whole(8, 560, *about, "ceiling") * 25_000_000)
    estimate = (ceiling * Decimal(chance.whole(930, 998, *about, "hps")) / 1000).quantize(Decimal("0.01"))
    number = day.toordinal() * 10 + place
    plans = [f"6{number + step}" for step in range(1 + chance.happens(0.15, *about, "two plans"))]
    name = f"{chance.pick(WORKS[kind], *about, 'work')} {agency.other} Paket {place + 1}"
    return (
        f"9{number}",
        ";".join(plans),
        name,
        agency.slug,
        kind,
        ceiling,
        estimate,
        _status(chance, day, place, now),
        day,
    )


def _status(chance: Chance, day: date, place: int, now: datetime) -> str:
    age = (now - at(day, 6)).days
    stage = next((name for most, name in STAGES if age < most), "Selesai")
    failed = stage == "Selesai" and chance.happens(0.06, "paket", day, place, "failed")
    return "Gagal" if failed else stage


def _packages(chance: Chance, now: datetime) -> list[Row]:
    """Return the packages announced until now, the newest first; each day's list is out at 06.00."""
    days = (now - at(EPOCH, 6)) // timedelta(days=1) + 1
    rows: list[Row] = []
    for step in range(max(0, days)):
        day = EPOCH + timedelta(days=step)
        rows += [_package(chance, day, place, now) for place in range(chance.whole(0, 3, "paket", day))]
    return rows[::-1]


def _dress_package(row: Row, turn: int) -> Entry:
    """Write a package as LKPP does: a single plan is a number, the ceiling a text, the estimate a number."""
    code, plans, name, agency, kind, ceiling, estimate, status, day = row
    return {
        "Tahun Anggaran": day.year,
        "Kode Tender": int(code),
        "Kode RUP": plans.replace(";", " ; " if turn % 2 else ";") if ";" in plans else int(plans),
        "Nama Paket": name,
        "Kategori Pekerjaan": kind,
        "Metode Pemilihan": "Tender",
        "Pagu": thousands(ceiling),
        "HPS": float(estimate),
        "Nama Satuan Kerja": spelled(str(agency), turn),
        "Nama KLPD": "Kota Jambi",
        "Status Tender": status,
        "Tanggal Pengumuman": long_date(day),
    }


SOURCES = (
    Source(
        number=13,
        name="anggaran-realisasi-perangkat-daerah",
        title="Nilai Anggaran dan Realisasi Belanja menurut Perangkat Daerah",
        owner="bpkad",
        path="keuangan/unduh/realisasi-apbd.xlsx",
        columns=("bulan", "opd", "anggaran", "realisasi", "persen_serapan"),
        content=Series(MONTH, monthly_on(10), _month),
        shape=XlsxFile(_budget_layout, _dress_spending, sheet_of=lambda row: f"{row[0]:%Y}", footer=_total),
        touch="realisasi",
        note="Angka negatif dalam kurung, #DIV/0!, dan baris TOTAL pada tiap lembar tahun.",
    ),
    Source(
        number=14,
        name="paket-pengadaan",
        title="Daftar Paket Tender dan Rencana Umum Pengadaan",
        owner="setda-bagian-pengadaan",
        path="lpse/isb/tender-pengumuman",
        columns=(
            *("kode_tender", "kode_rup", "nama_paket", "opd", "kategori", "pagu", "hps", "status"),
            "tanggal_pengumuman",
        ),
        content=Register(_packages, changes=("status",)),
        shape=Tenders(_dress_package),
        touch="hps",
        note="Satu larik per tahun (tahun=2026); kode RUP dapat berganda dipisah titik koma.",
    ),
)
