"""Turn HTML of a description into plain text: tags go, words and paragraphs stay."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from jambi_harvesters.values import clean_text

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>|<!--")
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol"})
_SILENT = frozenset({"script", "style", "template", "noscript"})


def has_markup(text: str) -> bool:
    """Say whether a text holds an HTML tag."""
    return _TAG.search(text) is not None


def to_plain(text: str) -> str:
    """Return the words of a text, one paragraph a line."""
    if not has_markup(text) and "&" not in text:
        return clean_text(text)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return clean_text("\n".join(line for line in lines if line))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
