"""Geometry of the drawings on the pages: lines, bars and steps of state. Imports no CKAN.

A drawing's width is 100 units and fluid, its height is in pixels; `templates/jambi/charts/` turns
these numbers into SVG, so that colours, dark mode and print stay in the stylesheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ckanext.jambi.theme.chart_names import Box, Named, placed

Value = float | None
ROOM_ABOVE = 24.0
ROOM_BELOW = 22.0
NAME_ROOM = 34.0
TEXT_ROOM = 18.0
VALUE_WIDTH, VALUE_ROOM = 14.0, 20.0
"""What the newest value takes beside its point, in percent, and above or below it."""
TALL = {"fresh": 10.0, "due": 22.0, "overdue": 34.0, "delinquent": 46.0, "unknown": 4.0}
"""Heights of the states in a bar of states."""


@dataclass(frozen=True)
class Mark:
    """A labelled place: `x` in percent, `y` in pixels."""

    x: float
    y: float
    text: str = ""
    anchor: str = "middle"


@dataclass(frozen=True)
class Limit:
    """A horizontal limit; `rank` 1 is the gravest and is drawn strongest."""

    value: float
    text: str
    rank: int = 1
    y: float = 0.0


@dataclass(frozen=True)
class Line:
    """A curve over time with its grid, limits and ticks."""

    height: int
    base: float
    path: str
    area: str
    grid: tuple[Named, ...]
    limits: tuple[Limit, ...]
    ticks: tuple[Mark, ...]
    holes: tuple[Mark, ...]
    last: Mark | None
    marks: tuple[Mark, ...] = field(default=())

    @property
    def is_crowded(self) -> bool:
        """Whether the newest value stands among the limits, whose names at the same end would hide it."""
        last = self.last
        return last is not None and any(abs(each.y - last.y) < NAME_ROOM for each in self.limits)


@dataclass(frozen=True)
class Bars:
    """Bars of equal width, `x` and `width` in units of the drawing's own width."""

    width: int
    height: int
    rects: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class Step:
    """A time in one state: `x` and `width` in percent, `y` and `height` in pixels."""

    x: float
    y: float
    width: float
    height: float
    state: str


@dataclass(frozen=True)
class StateBar:
    """States over time with labelled days."""

    height: int
    base: float
    steps: tuple[Step, ...]
    ticks: tuple[Mark, ...]


@dataclass(frozen=True)
class Spark:
    """A small curve in pixels."""

    width: int
    height: int
    path: str
    x: float
    y: float


def line(
    values: Sequence[Value],
    *,
    height: int = 215,
    limits: Sequence[Limit] = (),
    ticks: Sequence[tuple[int, str]] = (),
    steps: Sequence[tuple[float, str]] = (),
) -> Line:
    """Draw `values` in equal distances; None is a gap and a hollow dot, never a line drawn across."""
    scale = _Scale.over([*_known(values), *(limit.value for limit in limits)], height)
    places = [_across(index, len(values)) for index in range(len(values))]
    runs = _runs(values)
    last = _last(runs, places, values, scale)
    return Line(
        height=height,
        base=scale.base,
        path="".join(_stroke(run, places, values, scale) for run in runs),
        area="".join(_area(run, places, values, scale) for run in runs),
        grid=_grid(steps, limits, scale, _points(runs, places, values, scale), last),
        limits=_placed(limits, scale),
        ticks=tuple(_tick(places[index], height, text) for index, text in ticks),
        holes=tuple(Mark(places[index], scale.base) for index in _holes(values)),
        last=last,
    )


def states(
    bands: Sequence[tuple[float, float, str]], *, height: int = 66, ticks: Sequence[Mark] = ()
) -> StateBar:
    """Draw states one after the other; `bands` are start and end in percent and the state.

    The later data is, the higher its bar, so that the drawing says it without colour.
    """
    base = height - 18.0
    rects = [
        Step(round(start, 2), base - TALL[state], round(end - start, 2), TALL[state], state)
        for start, end, state in bands
    ]
    return StateBar(height, base, tuple(rects), tuple(ticks))


def bars(values: Sequence[Value], *, width: int = 220, height: int = 34) -> Bars:
    """Draw bars from zero; a missing value leaves its place empty."""
    top = max([*_known(values), 0.0]) or 1.0
    step = (width + 2) / max(len(values), 1)
    rects = []
    for index, value in enumerate(values):
        if value is not None:
            tall = max(2.0, round(height * max(value, 0.0) / top, 1))
            rects.append((round(index * step, 1), round(height - tall, 1), round(step - 2, 1), tall))
    return Bars(width, height, tuple(rects))


def spark(values: Sequence[Value], *, width: int = 220, height: int = 34) -> Spark | None:
    """Draw a small curve; None when fewer than two values are known."""
    known = _known(values)
    if len(known) < 2:
        return None
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = (width - 7) / (len(known) - 1)
    points = [
        (round(3 + index * step, 1), round(height - 3 - (value - low) / span * (height - 6), 1))
        for index, value in enumerate(known)
    ]
    path = "M" + "L".join(f"{x} {y}" for x, y in points)
    return Spark(width, height, path, *points[-1])


def nice_steps(values: Sequence[Value], count: int = 3) -> list[float]:
    """Return at most `count` + 1 round values within the range of `values`, for grid lines."""
    known = _known(values)
    if not known or max(known) == min(known):
        return []
    low, high = min(known), max(known)
    raw = (high - low) / count
    power = 10.0 ** _exponent(raw)
    size = next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= raw)
    first = -(-low // size)
    return [round(size * (first + index), 10) for index in range(count + 2) if size * (first + index) <= high]


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    top: float
    base: float

    @classmethod
    def over(cls, values: Sequence[float], height: int) -> _Scale:
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        margin = (high - low) * 0.12 or 1.0
        floor = low - margin if low >= margin or low < 0 else 0.0
        return cls(floor, high + margin * 0.4, ROOM_ABOVE, height - ROOM_BELOW)

    def y(self, value: float) -> float:
        return round(self.base - (value - self.low) / (self.high - self.low) * (self.base - self.top), 1)

    def holds(self, value: float) -> bool:
        return self.low < value < self.high


def _exponent(value: float) -> int:
    exponent = 0
    while value >= 10:
        value, exponent = value / 10, exponent + 1
    while value < 1:
        value, exponent = value * 10, exponent - 1
    return exponent


def _known(values: Sequence[Value]) -> list[float]:
    return [value for value in values if value is not None]


def _across(index: int, count: int) -> float:
    return round(100 * index / (count - 1), 2) if count > 1 else 100.0


def _runs(values: Sequence[Value]) -> list[list[int]]:
    """Return the stretches of indices without a gap."""
    runs: list[list[int]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(index)
    return [run for run in runs if run]


def _holes(values: Sequence[Value]) -> list[int]:
    return [index for index, value in enumerate(values) if value is None]


def _grid(
    steps: Sequence[tuple[float, str]],
    limits: Sequence[Limit],
    scale: _Scale,
    strokes: Sequence[Sequence[tuple[float, float]]],
    last: Mark | None,
) -> tuple[Named, ...]:
    """Return the steps within the drawing, less those whose figure would lie on a limit or its name."""
    at = [scale.y(each.value) for each in limits]
    lines = [(scale.y(value), text) for value, text in steps if scale.holds(value)]
    free = [(y, text) for y, text in lines if all(abs(y - other) >= TEXT_ROOM for other in at)]
    value = [Box(last.x - VALUE_WIDTH, last.x, last.y - VALUE_ROOM, last.y + VALUE_ROOM)] if last else []
    return placed(free, strokes, value)


def _points(
    runs: Sequence[list[int]], places: list[float], values: Sequence[Value], scale: _Scale
) -> list[list[tuple[float, float]]]:
    return [[(places[index], scale.y(values[index] or 0.0)) for index in run] for run in runs]


def _placed(limits: Sequence[Limit], scale: _Scale) -> tuple[Limit, ...]:
    return tuple(Limit(each.value, each.text, each.rank, scale.y(each.value)) for each in limits)


def _last(
    runs: Sequence[list[int]], places: list[float], values: Sequence[Value], scale: _Scale
) -> Mark | None:
    """Return the place of the last known value."""
    if not runs:
        return None
    index = runs[-1][-1]
    return Mark(places[index], scale.y(values[index] or 0.0))


def _stroke(run: list[int], places: list[float], values: Sequence[Value], scale: _Scale) -> str:
    return "M" + "L".join(f"{places[index]} {scale.y(values[index] or 0.0)}" for index in run)


def _area(run: list[int], places: list[float], values: Sequence[Value], scale: _Scale) -> str:
    inner = "L".join(f"{places[index]} {scale.y(values[index] or 0.0)}" for index in run)
    return f"M{places[run[0]]} {scale.base}L{inner}L{places[run[-1]]} {scale.base}Z"


def _tick(x: float, height: int, text: str) -> Mark:
    anchor = "start" if x < 6 else "end" if x > 94 else "middle"
    return Mark(x, height - 5.0, text, anchor)
