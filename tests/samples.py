"""An agency, and what a harvested dataset says of itself: complete, so that it may be public."""

from __future__ import annotations

AGENCY = {
    "name": "dinkes",
    "title": "Dinas Kesehatan",
    "singkatan": "Dinkes",
    "jenis_opd": "dinas",
    "urusan": ["1.02"],
    "kepala_jabatan": "Kepala Dinas Kesehatan",
    "walidata_pendukung_jabatan": "Sekretaris Dinas Kesehatan",
    "surel": "dinkes@example.go.id",
    "telepon_kantor": "(0741) 123456",
    "alamat_kantor": "Jalan Contoh 1, Kota Jambi",
    "dasar_hukum": "Perda Contoh",
    "berlaku_mulai": "2020-01-01",
}
FIELDS = {
    "frekuensi": "bulanan",
    "jadwal_rilis": "tanggal 10 bulan berikutnya",
    "periode_mulai": "2025-01-01",
    "periode_akhir": "2025-12-31",
    "urusan": "1.02",
    "topik": ["kesehatan"],
    "jenis_data": "lainnya",
    "tingkat_penyajian": "kota",
    "konsep": "Kunjungan pasien",
    "definisi": "Kedatangan pasien ke puskesmas untuk mendapat layanan.",
    "klasifikasi_akses": "terbuka",
    "kelas_informasi": "berkala",
    "kontak_jabatan": "Pengelola data perangkat daerah produsen",
    "kontak_surel": "pengelola-data@example.go.id",
}
COLUMN = {"tipe": "teks", "label": "Bulan", "definisi": "Bulan layanan", "akses_publik": "true"}
TABLE = {
    "name": "Tabel",
    "format": "CSV",
    "jenis_berkas": "utama",
    "tanggal_data": "2025-12-31",
    "kolom_periode": "bulan",
    "kolom_kunci": ["bulan"],
    "kamus_data": [{"nama": "bulan", **COLUMN}],
}
