"""The theme's own files under addresses that change with their content, so that browsers keep them."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "assets"
SERVED = {"jambi.css": "text/css", "icon.svg": "image/svg+xml", "forms.js": "text/javascript"}
SYMBOL = re.compile(r'^<(?:symbol|pattern) id="([\w-]+)".*$', re.MULTILINE)


@cache
def content(name: str) -> bytes:
    """Return the bytes of the asset `name`.

    Raises:
        KeyError: if no asset is served under this name.
    """
    if name not in SERVED:
        raise KeyError(name)
    return (FOLDER / name).read_bytes()


@cache
def digest(name: str) -> str:
    """Return the part of the address that stands for the content."""
    return hashlib.sha256(content(name)).hexdigest()[:16]


@cache
def symbols() -> dict[str, str]:
    """Return the markup of every icon, mark and ornament by its id."""
    text = (FOLDER / "symbols.svg").read_text(encoding="utf-8")
    return {match.group(1): match.group(0) for match in SYMBOL.finditer(text)}
