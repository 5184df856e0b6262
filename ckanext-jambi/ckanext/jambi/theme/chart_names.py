"""Where the names of a chart's lines stand: beside the curve and the newest value, not on them.

A drawing's width is fluid and its letters are not, so what fits is reckoned for a narrow screen. Imports no
CKAN.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

LETTER = 2.3
"""The width of a letter in percent of a drawing that is as wide as a small telephone."""
ABOVE, BELOW = -4.0, 14.0
"""From a line to the foot of its name."""
_ASCENT, _DESCENT, _AIR = 11.0, 3.0, 2.0
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle: `left` and `right` in percent, `top` and `bottom` in pixels."""

    left: float
    right: float
    top: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether two rectangles share a place."""
        beside = self.right < other.left or other.right < self.left
        return not (beside or self.bottom < other.top or other.bottom < self.top)

    def is_crossed(self, start: Point, end: Point) -> bool:
        """Whether a straight stroke goes through the rectangle."""
        left, right = max(self.left, start[0]), min(self.right, end[0])
        if left > right:
            return False
        steep = (end[1] - start[1]) / (end[0] - start[0]) if end[0] > start[0] else 0.0
        low, high = sorted(start[1] + steep * (x - start[0]) for x in (left, right))
        return low <= self.bottom and self.top <= high


@dataclass(frozen=True)
class Named:
    """A horizontal line at `y` with its name: `x` in percent, all else in pixels."""

    y: float
    text: str
    x: float = 0.0
    text_y: float = 0.0
    anchor: str = "start"

    @property
    def box(self) -> Box:
        """The place that the name takes."""
        width = LETTER * len(self.text) + 1
        left = self.x if self.anchor == "start" else self.x - width
        return Box(left, left + width, self.text_y - _ASCENT - _AIR, self.text_y + _DESCENT + _AIR)


def placed(
    lines: Iterable[tuple[float, str]], strokes: Sequence[Sequence[Point]], taken: Sequence[Box]
) -> tuple[Named, ...]:
    """Return lines with their names at the left end, or at the right where something is in the way.

    `strokes` are the points of the curve, a stretch each; `taken` is where something else stands.
    """
    found: list[Named] = []
    for y, text in lines:
        known = [*taken, *(each.box for each in found)]
        places = [
            Named(y, text, x, y + shift, anchor)
            for x, anchor in ((0.0, "start"), (100.0, "end"))
            for shift in (ABOVE, BELOW)
        ]
        found.append(next((each for each in places if _is_free(each.box, strokes, known)), places[0]))
    return tuple(found)


def _is_free(box: Box, strokes: Sequence[Sequence[Point]], taken: Iterable[Box]) -> bool:
    crossed = any(box.is_crossed(*two) for points in strokes for two in pairwise(points))
    return not crossed and not any(box.overlaps(each) for each in taken)
