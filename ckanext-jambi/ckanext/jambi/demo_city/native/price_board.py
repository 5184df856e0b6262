"""A web page with today's prices: the table of interest beside others, merged cells, a nonce that moves."""

from __future__ import annotations

from hashlib import sha256
from html import escape
from itertools import groupby

from .. import pages
from ..city import City
from ..content import Row
from ..dress import long_date, thousands
from .system import HTML, Asked, Reply, System, source_named

HEADINGS = ("Pasar", "Komoditas", "Harga (Rp)", "Satuan")


def prices(city: City) -> list[Row]:
    """Return the rows of the newest day: day, market, goods, price, unit."""
    rows = city.rows(source_named(city, "harga-bahan-pokok"))
    return [row for row in rows if row[0] == rows[-1][0]]


def answer(city: City, asked: Asked) -> Reply | None:
    """Return the board."""
    if asked.path:
        return None
    rows = prices(city)
    nonce = sha256(f"{city.now().isoformat()}".encode()).hexdigest()[:16]
    day = long_date(rows[-1][0]) if rows else "-"
    body = (
        '<table id="menu"><tr><td><a href="/">Beranda</a></td><td>Harga</td></tr></table>'
        f'<form method="post"><input type="hidden" name="_token" value="{nonce}"></form>'
        f"<table><caption>Harga {escape(day)}</caption>{_headings()}{_lines(rows)}</table>"
    )
    return Reply(pages.page("Papan harga bahan pokok", body).encode(), HTML)


def _headings() -> str:
    return "<tr>" + "".join(f"<th>{escape(one)}</th>" for one in HEADINGS) + "</tr>"


def _lines(rows: list[Row]) -> str:
    """Write a line a price; the market stands in one cell that spans its lines."""
    lines = []
    for market, group in groupby(rows, lambda row: row[1]):
        own = list(group)
        for number, (_, _, goods, price, unit) in enumerate(own):
            head = f'<td rowspan="{len(own)}">{escape(market)}</td>' if number == 0 else ""
            figure = thousands(price, blank="-")
            lines.append(f"<tr>{head}<td>{escape(goods)}</td><td>{figure}</td><td>{escape(unit)}</td></tr>")
    return "".join(lines)


SYSTEM = System(
    prefix="/papan-harga/",
    title="Papan harga bahan pokok hari ini (laman web dengan tabel)",
    kind="html_table",
    start="",
    answer=answer,
)
