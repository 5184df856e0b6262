"""The public dataset of the roots: a record of its own, whose one file is written from the table when asked.

Nothing has to be kept in step: the file is what the table holds. The record is made once, through CKAN's own
action, and is the organization's from then on, which may word it anew.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterable
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import config
from ckanext.jambi.freshness.model import root
from ckanext.jambi.freshness.roots.reading import COLUMNS

log = logging.getLogger(__name__)

NAME = "akar-log-kemutakhiran"


def address() -> str:
    """Return the address of the file."""
    return tk.url_for("jambi_freshness.roots", qualified=True)


def as_csv(rows: Iterable[Any]) -> str:
    """Return rows of roots as the public file."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        made_at = row.made_at.isoformat(timespec="seconds")
        writer.writerow([row.day, row.first_seq, row.last_seq, bytes(row.merkle_root).hex(), made_at])
    return text.getvalue()


def publish() -> bool:
    """Make the dataset once there are roots, if it is missing; whether it was made now."""
    owner = model.Group.get(config.roots_organization())
    first, last = model.Session.execute(sa.select(sa.func.min(root.c.day), sa.func.max(root.c.day))).one()
    if owner is None or first is None or model.Package.get(NAME) is not None:
        return False
    try:
        tk.get_action("package_create")(_context(), _dataset(owner, first, last))
    except tk.ValidationError as err:
        log.warning("The dataset %s cannot be made: %s", NAME, err.error_dict)
        return False
    return True


def _context() -> dict[str, Any]:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True}


def _dataset(owner: Any, first: date, last: date) -> dict[str, Any]:
    """Return the record, in Indonesian as all data of the portal."""
    return {
        "name": NAME,
        "title": "Akar harian log bukti kemutakhiran",
        "notes": (
            "Akar Merkle (RFC 6962) atas semua baris log bukti yang dicatat pada satu hari (WIB). Siapa pun "
            "yang menyimpannya dapat melihat bila log kemudian diubah atau dipotong: unduh log, lalu "
            "`python -m ckanext.jambi.freshness verify LOG --roots BERKAS`."
        ),
        "owner_org": owner.id,
        "private": False,
        "tag_string": "kemutakhiran,log,bukti",
        "license_id": "cc-by",
        "frekuensi": "harian",
        "jadwal_rilis": "setiap hari sebelum pukul 06.00 WIB",
        "periode_mulai": first.isoformat(),
        "periode_akhir": last.isoformat(),
        "urusan": "2.20",
        "topik": ["pemerintahan-keuangan"],
        "jenis_data": "lainnya",
        "tingkat_penyajian": "kota",
        "konsep": "Akar Merkle log bukti",
        "definisi": "Ringkasan kriptografis atas semua baris log bukti yang dicatat pada satu hari.",
        "klasifikasi_akses": "terbuka",
        "kelas_informasi": "berkala",
        "kontak_jabatan": "Pengelola portal data",
        "kontak_surel": config.roots_contact(),
        "resources": [_file(last)],
    }


def _file(last: date) -> dict[str, Any]:
    return {
        "name": "Akar harian",
        "url": address(),
        "format": "CSV",
        "jenis_berkas": "utama",
        "tanggal_data": last.isoformat(),
        "kolom_periode": "tanggal",
        "kolom_kunci": ["tanggal"],
        "kamus_data": [
            _column("tanggal", "tanggal", "Tanggal", "Hari (WIB) pencatatan baris."),
            _column("baris_pertama", "teks", "Baris pertama", "Nomor baris pertama hari itu."),
            _column("baris_terakhir", "teks", "Baris terakhir", "Nomor baris terakhir hari itu."),
            _column("akar_merkle", "teks", "Akar Merkle", "Akar Merkle, heksadesimal."),
            _column("dibuat_pada", "waktu", "Dibuat pada", "Saat akar dibuat (UTC)."),
        ],
    }


def _column(name: str, kind: str, label: str, meaning: str) -> dict[str, str]:
    return {"nama": name, "tipe": kind, "label": label, "definisi": meaning, "akses_publik": "true"}
