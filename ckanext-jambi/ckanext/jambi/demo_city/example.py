"""A source definition for a file in the drop folder, complete enough that its dataset becomes public.

The columns of a CSV file are read from its first line, all as text, and its key from its first rows; the
reader improves types and words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date

from .drop_folder import Dropped

PLACEHOLDER = ("Judul Kolom",)
_NOT_ID = re.compile(r"[^a-z0-9]+")

_TEMPLATE = """version: 1
id: uji-{slug}
kind: {kind}
organization: diskominfo
client:
  base_url: http://kota-peraga.invalid/titipan/
  paginator: {{type: single_page}}
endpoint: {{path: {path}}}
polite: {{max_rps: 20}}
schema:
  locale: id-ID
  # Kolom angka: type integer atau decimal, dan unit dari schemas/vocabularies/satuan.yaml, mis. orang.
  fields:
{columns}
dataset:
  name: percobaan-{slug}
  title: Daftar Percobaan {title}
  notes: Uraian paling sedikit delapan puluh huruf tentang isi data ini dan siapa yang memerlukannya.
  tags: [percobaan, titipan, data peraga]
  key_columns: [{key}]
  fields: {{
    frekuensi: insidental, jadwal_rilis: sewaktu-waktu, periode_mulai: "{today}", periode_akhir: "{today}",
    urusan: "2.16", topik: [pemerintahan-keuangan], jenis_data: lainnya, tingkat_penyajian: kota,
    cakupan_wilayah: ["15.71"], konsep: Data percobaan, definisi: Data yang dipakai untuk mencoba portal.,
    klasifikasi_akses: terbuka, kelas_informasi: setiap_saat,
    kontak_jabatan: Pengelola data perangkat daerah produsen, kontak_surel: pengelola-data@example.go.id
  }}
trigger: {{every: 1m}}
"""


def definition(
    name: str, kind: str, headings: tuple[str, ...], today: date, rows: Sequence[tuple[str, ...]] = ()
) -> str:
    """Return a definition as YAML for a file called `name` with these headings and first rows."""
    stem = name.rpartition(".")[0]
    columns = {_column_id(heading, place): heading for place, heading in enumerate(headings, 1)}
    return _TEMPLATE.format(
        slug=_slug(stem),
        kind=kind,
        path=json.dumps(name),
        title=re.sub(r"[^A-Za-z]+", " ", stem).strip().title() or "Berkas",
        columns="\n".join(_column(column, heading, kind) for column, heading in columns.items()),
        key=", ".join(list(columns)[: key_length(rows, len(columns))]),
        today=today.isoformat(),
    )


def key_length(rows: Sequence[tuple[str, ...]], columns: int) -> int:
    """Return how many of the leading columns together name a row."""
    whole = [row for row in rows if len(row) >= columns]
    lengths = (n for n in range(1, columns) if len({row[:n] for row in whole}) == len(whole))
    return next(lengths, columns)


def for_files(files: list[Dropped], today: date) -> str:
    """Return the definition for the first file, or for one that could be there."""
    if not files:
        return definition("contoh.csv", "csv", PLACEHOLDER, today)
    first = files[0]
    return definition(first.name, first.kind, first.headings() or PLACEHOLDER, today, first.rows())


def _slug(text: str) -> str:
    return _NOT_ID.sub("-", text.lower()).strip("-") or "berkas"


def _column_id(heading: str, place: int) -> str:
    plain = _NOT_ID.sub("_", heading.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"kolom_{place}"


def _column(column: str, heading: str, kind: str) -> str:
    """Return a column; in a JSON file its path is a JMESPath, so that the name is quoted in itself."""
    expression = json.dumps(heading) if kind == "rest_api" else heading
    path = json.dumps(expression, ensure_ascii=False)
    label = json.dumps(column.replace("_", " ").capitalize())
    words = f"label: {label}, definition: {label}"
    return f"    {column}: {{path: {path}, type: text, {words}, public: true}}"
