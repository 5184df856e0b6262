"""Cut a query in Lucene's classic syntax into tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ckanext.jambi.search.query.errors import QuerySyntaxError, UnsupportedQueryError

SPACE = " \t\n\r\f\v\u3000\u00a0"
_STARTS = r"""[^\s\u3000\u00a0+\-!():^\[\]"{}~\\]"""
_CHARS = r"""[^\s\u3000\u00a0!():^\[\]"{}~\\]"""
_BOUND = r'"(?:[^"\\]|\\.)*"|[^\s\u3000\u00a0"\]}]+'

TOKENS = re.compile(
    rf"""
      (?P<space>[\s\u3000\u00a0]+)
    | (?P<quoted>"(?:[^"\\]|\\.)*")
    | (?P<range>[\[{{]\s*(?P<low>{_BOUND})\s+TO\s+(?P<high>{_BOUND})\s*[\]}}])
    | (?P<regex>/(?:[^/\\]|\\.)+/(?=[\s)^]|$))
    | (?P<boost>\^=?(?P<weight>\d+(?:\.\d+)?))
    | (?P<fuzzy>~(?P<edits>\d+(?:\.\d+)?)?)
    | (?P<and>(?:&&|AND)(?!{_CHARS}|\\))
    | (?P<or>(?:\|\||OR)(?!{_CHARS}|\\))
    | (?P<not>!|NOT(?!{_CHARS}|\\))
    | (?P<mark>[():+\-])
    | (?P<term>(?:{_STARTS}|\\.)(?:{_CHARS}|\\.)*)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of the query; `kind` is the name of its group in `TOKENS`."""

    kind: str
    text: str
    match: re.Match[str]


def tokens(query: str) -> Iterator[Token]:
    """Yield the tokens of a query without the blanks between them.

    Raises:
        QuerySyntaxError: at a character that begins no token.
        UnsupportedQueryError: at a regular expression.
    """
    position = 0
    while position < len(query):
        match = TOKENS.match(query, position)
        if match is None:
            raise QuerySyntaxError(query, f"unexpected {query[position]!r} at {position}")
        kind = _kind(match)
        if kind == "regex":
            raise UnsupportedQueryError("Regular expressions are not supported; use * and ? instead")
        if kind != "space":
            yield Token(kind, match.group(0), match)
        position = match.end()


def unescape(text: str) -> str:
    """Take the backslashes away; the character after one stands for itself."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def quoted(text: str) -> str:
    """Return what stands between the quotes of a quoted token."""
    return unescape(text[1:-1])


def wildcard_parts(text: str) -> tuple[str, ...] | None:
    """Split a raw term at its unescaped `*` and `?`; None if it has none."""
    found = re.findall(r"\\.|[*?]|[^\\*?]+", text, flags=re.DOTALL)
    if "*" not in found and "?" not in found:
        return None
    return tuple(_literal(piece) for piece in found)


def _literal(piece: str) -> str:
    """Return a wildcard as `*` or `?`, and escape these signs where they are literal."""
    if piece in ("*", "?"):
        return piece
    return "=" + unescape(piece)


def _kind(match: re.Match[str]) -> str:
    for kind in _KINDS:
        if match.group(kind) is not None:
            return kind
    raise AssertionError(match)


_KINDS = ("space", "quoted", "range", "regex", "boost", "fuzzy", "and", "or", "not", "mark", "term")
