"""The card of an organization as a picture of its own, to share: index, band, rank. Imports no CKAN."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape

# Colours of the portal's look (stylesheet `jambi.css`, light): text on ground >= 4.5:1.
_LETTERS, _LINES = 34, 3
_FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630" \
width="1200" height="630" role="img" \
lang="{language}" aria-labelledby="t"><title id="t">{told}</title>\
<rect width="1200" height="630" fill="#fdfcf8"/><rect width="1200" height="26" fill="#0f4a51"/>\
<g font-family="Georgia, Noto Serif, serif" fill="#16282b" font-weight="700" font-size="48">{title}</g>\
<g font-family="system-ui, Segoe UI, Roboto, Noto Sans, sans-serif" fill="#16282b" font-size="34">\
<text x="80" y="110" fill="#405154" font-weight="600">{heading}</text>\
<text x="80" y="500" font-size="160" font-weight="700">{value}</text>\
<text x="560" y="420" font-size="46" font-weight="600">{band}</text>\
<text x="560" y="480">{rank}</text><text x="560" y="530" fill="#405154">{as_of}</text>\
<text x="80" y="590" fill="#405154" font-size="28">{site}</text>\
<text x="1120" y="590" fill="#405154" font-size="24" text-anchor="end">{proof}</text></g></svg>
"""


@dataclass(frozen=True)
class Card:
    """What the card says, in words of its language."""

    title: str
    value: str
    band: str
    rank: str
    as_of: str
    proof: str
    heading: str
    site: str
    language: str


def svg(card: Card) -> str:
    """Return the card as an SVG document; its title is what a screen reader says."""
    told = ", ".join(
        filter(None, (f"{card.title}: {card.heading} {card.value}", card.band, card.rank, card.as_of))
    )
    words = {
        name: escape(getattr(card, name))
        for name in ("value", "band", "rank", "as_of", "proof", "heading", "site")
    }
    return _FRAME.format(
        title=_lines(card.title), told=escape(told), language=escape(card.language, quote=True), **words
    )


def _lines(title: str) -> str:
    wrapped = textwrap.wrap(title, _LETTERS, max_lines=_LINES, placeholder=" …")
    return "".join(f'<text x="80" y="{180 + 64 * n}">{escape(line)}</text>' for n, line in enumerate(wrapped))
