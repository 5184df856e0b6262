"""The city's HTML pages, in Indonesian, each labelled as simulated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from html import escape
from itertools import groupby
from typing import Protocol
from urllib.parse import quote

from . import example
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


def page(title: str, body: str) -> str:
    """Return a labelled page; `body` is HTML."""
    return _PAGE.format(title=escape(title), label=escape(LABEL.partition(": ")[2]), body=body)


class Described(Protocol):
    """A system that holds no dataset of the catalogue."""

    @property
    def prefix(self) -> str:
        """Where it answers."""

    @property
    def start(self) -> str:
        """The address to begin with, below the prefix."""

    @property
    def title(self) -> str:
        """What it is."""

    @property
    def kind(self) -> str:
        """The kind of source that reads it."""


def index(sources: Iterable[Source], others: Iterable[Described]) -> str:
    """Return the list of systems and what each of them holds."""
    ordered = sorted(sources, key=lambda source: (source.system, source.number))
    tables = [_system(name, list(group)) for name, group in groupby(ordered, lambda source: source.system)]
    links = '<p><a href="/data.json">Katalog data.json</a> · <a href="/titipan/">Map titipan</a></p>'
    return page("Sistem kota peraga", links + "\n".join(tables) + _others(others))


def drop_listing(files: Iterable[Dropped], today: date) -> str:
    """Return the drop folder's files and how to add a source for one."""
    entries = list(files)
    items = "".join(f"<li>{_link(file.name)}</li>" for file in entries)
    listing = f"<ul>{items}</ul>" if items else "<p>Belum ada berkas.</p>"
    return page("Map titipan", listing + _how_to(example.for_files(entries, today)))


def not_found(path: str) -> str:
    """Return the page for an address that does not exist."""
    return page("Tidak ditemukan", f'<p>Tidak ada {escape(path)}. <a href="/">Daftar sistem</a></p>')


def _system(name: str, sources: list[Source]) -> str:
    rows = "".join(_source_row(source) for source in sources)
    head = "<tr><th>No</th><th>Dataset</th><th>Produsen</th><th>Alamat</th><th>Keterangan</th></tr>"
    return f"<h2>{escape(name)}</h2><table>{head}{rows}</table>"


def _others(systems: Iterable[Described]) -> str:
    """Return the systems that are there for a kind of source alone."""
    items = "".join(
        f'<li><a href="{escape(one.prefix + one.start)}">{escape(one.prefix)}</a> {escape(one.title)}; '
        f"jenis sumber <code>{escape(one.kind)}</code></li>"
        for one in systems
    )
    return f"<h2>Sistem tanpa dataset di portal</h2><p>Dapat dicoba sebagai sumber baru.</p><ul>{items}</ul>"


def _source_row(source: Source) -> str:
    path = escape(source.path)
    return (
        f"<tr><td>{source.number}</td><td>{escape(source.title)}</td><td>{escape(source.owner)}</td>"
        f'<td><a href="/{path}">/{path}</a></td><td>{escape(source.note)}</td></tr>'
    )


def _link(name: str) -> str:
    return f'<a href="/titipan/{escape(quote(name))}">{escape(name)}</a>'


def _how_to(definition: str) -> str:
    return f"""<h2>Menambah sumber untuk sebuah berkas</h2>
<ol>
<li>Letakkan berkas CSV, XLSX, atau JSON di map titipan; berkas langsung tampil di daftar di atas.</li>
<li>Simpan definisi di bawah ini sebagai berkas YAML, misalnya <code>uji.yaml</code>, lalu perbaiki judul,
uraian, dan kolomnya. Kolom berkas CSV sudah dibaca dari baris pertamanya; kolom angka memerlukan satuan
(<code>unit</code>).</li>
<li>Periksa, lihat hasilnya (<code>gaps</code> menyebut isian yang masih kurang), lalu terapkan, di map tempat
<code>make up</code> dijalankan:<br>
<code>.venv/bin/ckan -c .jambi/portal.ini jambi source validate uji.yaml</code><br>
<code>.venv/bin/ckan -c .jambi/portal.ini jambi source preview uji.yaml</code><br>
<code>.venv/bin/ckan -c .jambi/portal.ini jambi source apply --approve uji.yaml</code></li>
<li>Dataset muncul setelah panen pertama, <code>/dataset/</code> dengan nama di baris <code>name</code>.</li>
</ol>
<pre>{escape(definition)}</pre>
<p>Dataset tampil untuk umum bila semua isian wajib terisi; selama belum, ia tersimpan sebagai draf dan
kekurangannya disebut satu per satu.</p>"""
