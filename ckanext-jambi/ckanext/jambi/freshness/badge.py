"""The badge as a picture of its own (F42): shape and word tell the states apart, colour only stresses."""

from __future__ import annotations

from html import escape

from ckanext.jambi.freshness.rules.states import Look

# Shapes and colours of the portal's look (stylesheet `jambi.css`, light): ink on ground >= 4.5:1.
_INK = {
    Look.FRESH: ("#1b6840", "#e5f1e8"),
    Look.SOON: ("#565d10", "#f1f2dc"),
    Look.DUE: ("#805300", "#fbf0d5"),
    Look.OVERDUE: ("#9c370c", "#fbe7dc"),
    Look.DELINQUENT: ("#8d1230", "#f9e2e6"),
    Look.UNKNOWN: ("#4a595b", "#edece7"),
    Look.ARCHIVE: ("#4a595b", "#edece7"),
}
_RING = '<circle cx="8" cy="8" r="6.6" stroke="{ink}" stroke-width="1.8" fill="none"/>'
_SHAPE = {
    Look.FRESH: '<circle cx="8" cy="8" r="7.5" fill="{ink}"/>'
    '<path d="M4.5 8.3 7 10.8l4.6-5.2" stroke="{ground}" stroke-width="2" fill="none"/>',
    Look.SOON: _RING + '<path d="M8 4v4.3l3 1.8" stroke="{ink}" stroke-width="1.8" fill="none"/>',
    Look.DUE: _RING + '<path d="M8 1.4a6.6 6.6 0 0 1 0 13.2z" fill="{ink}"/>',
    Look.OVERDUE: '<path d="M8 .8 15.8 15H.2z" fill="{ink}"/>'
    '<path d="M8 5.5v4.7M8 11.6v1.9" stroke="{ground}" stroke-width="2" fill="none"/>',
    Look.DELINQUENT: '<path d="M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5z" fill="{ink}"/>'
    '<path d="m5 5 6 6m0-6-6 6" stroke="{ground}" stroke-width="2" fill="none"/>',
    Look.UNKNOWN: '<circle cx="8" cy="8" r="6.8" stroke="{ink}" stroke-width="1.8" fill="none" '
    'stroke-dasharray="2.6 1.8"/><path d="M6 6.3c0-3 4.2-2.6 4.2-.1C10.2 8 8 8 8 9.7M8 11v1.6" '
    'stroke="{ink}" stroke-width="1.5" fill="none"/>',
    Look.ARCHIVE: '<path d="M1 2h14v4H1zM2.2 6v8h11.6V6M6 9h4" stroke="{ink}" stroke-width="1.8" '
    'fill="none"/>',
}
_FRAME = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="26" role="img" \
lang="{language}" aria-labelledby="t"><title id="t">{title}</title>\
<rect x=".5" y=".5" width="{inner}" height="25" rx="2" fill="{ground}" stroke="{ink}"/>\
<g transform="translate(8 5)">{shape}</g>\
<text x="30" y="17.5" textLength="{text_width}" fill="{ink}" font-weight="600" font-size="13" \
font-family="system-ui, Segoe UI, Roboto, Noto Sans, sans-serif">{label}</text></svg>
"""
_LETTER = 7.4  # mean width at 13 px, semibold; textLength makes it exact with any font


def svg(look: Look, label: str, title: str, language: str) -> str:
    """Return the badge as an SVG document; `title` is what a screen reader says."""
    ink, ground = _INK[look]
    text_width = round(len(label) * _LETTER)
    return _FRAME.format(
        width=text_width + 40,
        inner=text_width + 39,
        text_width=text_width,
        ink=ink,
        ground=ground,
        shape=_SHAPE[look].format(ink=ink, ground=ground),
        label=escape(label),
        title=escape(title),
        language=escape(language),
    )
