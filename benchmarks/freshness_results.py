"""What a piece of `freshness.py` cost, and the table of all of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles
from typing import Any


@dataclass(frozen=True)
class Result:
    """One line of the table for one size; `target` None where none was set."""

    title: str
    clock: float
    cpu: float
    unit: str = "s"
    target: float | None = None
    at_least: bool = False

    def value(self, by: str) -> float:
        """Return what is held against the target."""
        return self.cpu if by == "cpu" else self.clock

    def missed(self, by: str) -> bool:
        """Whether the target was missed."""
        if self.target is None:
            return False
        found = self.value(by)
        return found < self.target if self.at_least else found > self.target


def cost(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return seconds by the clock and of the processor, and the answer."""
    import psutil
    from measuring import _own_cpu, _postmaster, _server_cpu

    server, process = _postmaster(), psutil.Process()
    own, theirs, begun = _own_cpu(process), _server_cpu(server), time.monotonic()
    answer = work()
    seconds = time.monotonic() - begun
    return seconds, _own_cpu(process) - own + _server_cpu(server) - theirs, answer


def timed(title: str, work: Callable[[], Any], target: float | None = None) -> Result:
    """Return what a piece that is done once cost, in seconds."""
    seconds, cpu, _ = cost(work)
    return Result(title, seconds, cpu, target=target)


def often(title: str, work: Callable[[], Any], times: int, target: float | None = None) -> Result:
    """Return the 95th percentile by the clock, and the mean of the processor, in seconds."""
    each: list[float] = []

    def all_of_it() -> None:
        for _ in range(times):
            begun = time.monotonic()
            work()
            each.append(time.monotonic() - begun)

    _, cpu, _ = cost(all_of_it)
    return Result(title, quantiles(each, n=20)[18], cpu / times, target=target)


def printed(columns: dict[str, list[Result]], by: str) -> int:
    """Print the table, and return 1 if a target was missed."""
    sizes = list(columns)
    print(f"\n{'':44}" + "".join(f"{size:>26}" for size in sizes) + f"{'target':>12}")
    missed = False
    for lines in zip(*columns.values(), strict=True):
        first = lines[0]
        cells = "".join(_cell(each, first, by) for each in lines)
        bad = any(each.missed(by) for each in lines)
        missed = missed or bad
        target = "" if first.target is None else f"{'>=' if first.at_least else '<='} {first.target:g}"
        print(f"{first.title.split(' (of')[0]:44}{cells}{target:>12}{'  MISSED' if bad else ''}")
    print(f"Targets are held against the {by}.")
    return int(missed)


def _cell(each: Result, first: Result, by: str) -> str:
    growth = "" if each is first else f" x{each.value(by) / max(first.value(by), 1e-9):.1f}"
    return f"{each.clock:9.3f} ({each.cpu:.3f}){growth}".rjust(26)
