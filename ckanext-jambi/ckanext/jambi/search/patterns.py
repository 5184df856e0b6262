"""Wildcards as LIKE patterns and as regular expressions. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ckanext.jambi.search.text import analysis


def literal_prefix(parts: Sequence[str]) -> str | None:
    """Return the literal of a pattern that is one literal and a `*` at its end."""
    *literals, last = parts
    if last != "*" or not literals or any(part in ("*", "?") for part in literals):
        return None
    return "".join(part[1:] for part in literals)


def like(parts: Sequence[str], *, folded: bool = False) -> str:
    """Return a LIKE pattern, its literals folded as the words of texts are."""
    return "".join(_like(part, folded) for part in parts)


def contains(text: str) -> str:
    """Return a LIKE pattern for a text inside another."""
    return f"%{_escaped(text)}%"


def regex(parts: Sequence[str]) -> re.Pattern[str]:
    """Return a regular expression that a whole value must match."""
    signs = {"*": ".*", "?": "."}
    return re.compile("".join(signs.get(part) or re.escape(part[1:]) for part in parts), re.DOTALL)


def _like(part: str, folded: bool) -> str:
    if part in ("*", "?"):
        return "%" if part == "*" else "_"
    return _escaped(analysis.fold(part[1:]) if folded else part[1:])


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
