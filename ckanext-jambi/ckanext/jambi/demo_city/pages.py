"""The city's HTML pages, in Indonesian, each labelled as simulated."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby

from .drop_folder import Dropped
from .source import Source

LABEL = "Data peraga: semua isi di sini dibangkitkan oleh program dan bukan angka resmi."

_PAGE = """<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · Kota peraga</title>
<style>
:root {{ color: #14282b; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: auto; padding: 1rem; }}
.label {{ background: #7a3b00; color: #fff; padding: .5rem 1rem; margin: 0 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ccd6d6; }}
pre {{ background: #f1f5f4; padding: 1rem; overflow: auto; }}
a {{ color: #0b5566; }}
</style>
</head>
<body>
<p class="label" role="note"><strong>Data peraga.</strong> {label}</p>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""

_EXAMPLE = """version: 1
id: uji-{stem}
kind: {kind}
organization: diskominfo
client:
  base_url: http://kota-peraga.invalid/titipan/
  paginator: {{type: single_page}}
endpoint: {{path: {name}}}
polite: {{max_rps: 20}}
schema:
  locale: id-ID
  fields:
    # satu baris untuk tiap kolom: path adalah judul kolom di berkas
    nama_kolom: {{path: Judul Kolom, type: text, label: Nama kolom, definition: Isi kolom ini, public: true}}
dataset:
  name: percobaan-{stem}
  title: Judul Dataset Percobaan
  notes: Uraian paling sedikit delapan puluh huruf tentang apa isi data ini dan siapa yang memerlukannya.
  tags: [percobaan]
  fields: {{frekuensi: insidental}}
trigger: {{every: 1m}}
"""


def page(title: str, body: str) -> str:
    """Return a labelled page; `body` is HTML."""
    return _PAGE.format(title=escape(title), label=escape(LABEL.partition(": ")[2]), body=body)


def index(sources: Iterable[Source]) -> str:
    """Return the list of systems and what each of them holds."""
    ordered = sorted(sources, key=lambda source: (source.system, source.number))
    tables = [_system(name, list(group)) for name, group in groupby(ordered, lambda source: source.system)]
    links = '<p><a href="/data.json">Katalog data.json</a> · <a href="/titipan/">Map titipan</a></p>'
    return page("Sistem kota peraga", links + "\n".join(tables))


def drop_listing(files: Iterable[Dropped]) -> str:
    """Return the drop folder's files and how to add a source for one."""
    entries = list(files)
    items = "".join(f'<li><a href="/titipan/{escape(f.name)}">{escape(f.name)}</a></li>' for f in entries)
    listing = f"<ul>{items}</ul>" if items else "<p>Belum ada berkas.</p>"
    name, kind = (entries[0].name, entries[0].kind) if entries else ("contoh.csv", "csv")
    return page("Map titipan", listing + _how_to(name, kind))


def not_found(path: str) -> str:
    """Return the page for an address that does not exist."""
    return page("Tidak ditemukan", f'<p>Tidak ada {escape(path)}. <a href="/">Daftar sistem</a></p>')


def _system(name: str, sources: list[Source]) -> str:
    rows = "".join(_source_row(source) for source in sources)
    head = "<tr><th>No</th><th>Dataset</th><th>Produsen</th><th>Alamat</th><th>Keterangan</th></tr>"
    return f"<h2>{escape(name)}</h2><table>{head}{rows}</table>"


def _source_row(source: Source) -> str:
    path = escape(source.path)
    return (
        f"<tr><td>{source.number}</td><td>{escape(source.title)}</td><td>{escape(source.owner)}</td>"
        f'<td><a href="/{path}">/{path}</a></td><td>{escape(source.note)}</td></tr>'
    )


def _how_to(name: str, kind: str) -> str:
    stem = name.rpartition(".")[0].lower().replace("_", "-").replace(" ", "-")
    example = escape(_EXAMPLE.format(name=name, stem=stem, kind=kind))
    return f"""<h2>Menambah sumber untuk sebuah berkas</h2>
<ol>
<li>Letakkan berkas CSV, XLSX, atau JSON di map titipan; berkas langsung tampil di daftar di atas.</li>
<li>Tulis definisi seperti di bawah ini, satu berkas <code>uji-{escape(stem)}.yaml</code>.</li>
<li>Periksa dengan <code>ckan jambi source validate BERKAS</code> dan lihat dengan
<code>ckan jambi source preview BERKAS</code>.</li>
<li>Terapkan dengan <code>ckan jambi source apply BERKAS</code>; dataset muncul setelah panen pertama.</li>
</ol>
<pre>{example}</pre>
<p>Dataset tampil untuk umum bila semua kolom wajib terisi; selama belum, ia tersimpan sebagai draf dan
kekurangannya disebut satu per satu.</p>"""
