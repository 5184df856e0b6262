"""The agencies that appear in the city's tables, with the names that systems write for them.

Names precede the structure of Perwal 50/2025, as everywhere in the demo; see docs/demo-city.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Agency:
    """An agency: its organization slug, its name, and another name that is common for it."""

    slug: str
    name: str
    other: str


AGENCIES = (
    Agency("setda", "Sekretariat Daerah Kota Jambi", "Sekretariat Daerah"),
    Agency("setwan", "Sekretariat DPRD Kota Jambi", "Sekretariat DPRD"),
    Agency("inspektorat", "Inspektorat Kota Jambi", "Inspektorat Daerah"),
    Agency("disdik", "Dinas Pendidikan Kota Jambi", "Dinas Pendidikan"),
    Agency("dinkes", "Dinas Kesehatan Kota Jambi", "Dinas Kesehatan"),
    Agency("dpupr", "Dinas Pekerjaan Umum dan Penataan Ruang Kota Jambi", "Dinas PUPR"),
    Agency("perkim", "Dinas Perumahan dan Kawasan Permukiman Kota Jambi", "Dinas Perkim"),
    Agency("satpol-pp", "Satuan Polisi Pamong Praja Kota Jambi", "Satpol PP"),
    Agency("damkartan", "Dinas Pemadam Kebakaran dan Penyelamatan Kota Jambi", "Dinas Damkar"),
    Agency("dinsos", "Dinas Sosial Kota Jambi", "Dinas Sosial"),
    Agency("dpmppa", "Dinas Pemberdayaan Masyarakat, Perempuan dan Perlindungan Anak Kota Jambi", "DPMPPA"),
    Agency("dppkb", "Dinas Pengendalian Penduduk dan Keluarga Berencana Kota Jambi", "DPPKB"),
    Agency("distan-pangan", "Dinas Pertanian dan Ketahanan Pangan Kota Jambi", "Dinas Pertanian"),
    Agency("dlh", "Dinas Lingkungan Hidup Kota Jambi", "DLH"),
    Agency("disdukcapil", "Dinas Kependudukan dan Pencatatan Sipil Kota Jambi", "Dukcapil"),
    Agency("dishub", "Dinas Perhubungan Kota Jambi", "Dishub"),
    Agency("diskominfo", "Dinas Komunikasi dan Informatika Kota Jambi", "Dinas Kominfo"),
    Agency("dpmptsp", "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu Kota Jambi", "DPM-PTSP"),
    Agency("dispora", "Dinas Pemuda dan Olahraga Kota Jambi", "Dispora"),
    Agency("disparbud", "Dinas Pariwisata dan Kebudayaan Kota Jambi", "Disbudpar"),
    Agency("dispusip", "Dinas Perpustakaan dan Kearsipan Kota Jambi", "Dispersip"),
    Agency("disperindag", "Dinas Perdagangan dan Perindustrian Kota Jambi", "Disperindag"),
    Agency("bappeda", "Badan Perencanaan Pembangunan Daerah Kota Jambi", "BAPPEDA"),
    Agency("bpkad", "Badan Pengelola Keuangan dan Aset Daerah Kota Jambi", "BPKAD"),
    Agency("bpprd", "Badan Pengelola Pajak dan Retribusi Daerah Kota Jambi", "BPPRD"),
    Agency("bpbd", "Badan Penanggulangan Bencana Daerah Kota Jambi", "BPBD"),
    Agency("kesbangpol", "Badan Kesatuan Bangsa dan Politik Kota Jambi", "Kesbangpol"),
)
FURTHER = (
    Agency("bkpsdmd", "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia Daerah Kota Jambi", "BKPSDM"),
    Agency("disnakerkop-ukm", "Dinas Tenaga Kerja, Koperasi dan UKM Kota Jambi", "Disnaker"),
    Agency("setda-bagian-hukum", "Bagian Hukum Sekretariat Daerah Kota Jambi", "Bagian Hukum"),
    Agency(
        "setda-bagian-pengadaan", "Bagian Pengadaan Barang dan Jasa Sekretariat Daerah Kota Jambi", "UKPBJ"
    ),
    Agency("perumdam-tirta-mayang", "Perumdam Tirta Mayang Kota Jambi", "PDAM Tirta Mayang"),
)
_NAMES = {agency.slug: (agency.name, agency.other, agency.name.upper()) for agency in (*AGENCIES, *FURTHER)}


def spelled(slug: str, turn: int) -> str:
    """Return one of the names of an agency, taking turns."""
    names = _NAMES[slug]
    return names[turn % len(names)]
