"""Write documents as tsvector literals and queries as tsquery literals: Python alone knows the language.

A word stands in a vector twice: as it is, and with its stem behind `=`. Words of a field of its own carry the
field's name and a separator before them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

LAST_PLACE = 16_383
MOST_PLACES = 255
STEM = "="
FIELD = "\x1f"


class Vector:
    """Collects the places of lexemes."""

    def __init__(self) -> None:
        self._places: dict[str, dict[int, str]] = defaultdict(dict)

    def add(self, lexeme: str, place: int, label: str = "D") -> None:
        """Note a lexeme at a place; at one place the best label stands."""
        places = self._places[lexeme]
        place = min(place, LAST_PLACE)
        if place in places:
            places[place] = min(label, places[place])
        elif len(places) < MOST_PLACES:
            places[place] = label

    def words(self) -> set[str]:
        """Return the words as they are, without stems and fields."""
        bare = (lexeme.rpartition(FIELD)[2] for lexeme in self._places)
        return {word for word in bare if not word.startswith(STEM)}

    def __str__(self) -> str:
        return " ".join(f"{quote(lexeme)}:{_written(places)}" for lexeme, places in self._places.items())


def _written(places: dict[int, str]) -> str:
    if len(places) == 1:
        ((place, label),) = places.items()
        return f"{place}{label}"
    return ",".join(f"{place}{label}" for place, label in sorted(places.items()))


def quote(lexeme: str) -> str:
    """Quote a lexeme for a tsvector or tsquery literal."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def lexeme(text: str, labels: str = "", *, prefix: bool = False) -> str:
    """Return a tsquery of one lexeme, of some labels only or as a prefix."""
    flags = ("*" if prefix else "") + labels
    return quote(text) + (f":{flags}" if flags else "")


def all_of(queries: Iterable[str]) -> str:
    """Join tsqueries so that all match."""
    return _joined(" & ", queries)


def any_of(queries: Iterable[str]) -> str:
    """Join tsqueries so that one matches."""
    return _joined(" | ", queries)


def in_order(queries: Iterable[str], distances: Iterable[int] = ()) -> str:
    """Join tsqueries so that they match at neighbouring places, or at the given distances."""
    queries = list(queries)
    steps = [f" <{distance}> " for distance in distances] or [" <-> "] * (len(queries) - 1)
    text = queries[0]
    for step, query in zip(steps, queries[1:], strict=True):
        text = f"({text}{step}{query})"
    return text


def _joined(sign: str, queries: Iterable[str]) -> str:
    queries = list(queries)
    return queries[0] if len(queries) == 1 else "(" + sign.join(queries) + ")"
