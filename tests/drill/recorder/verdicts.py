"""What came of blows: who failed, how long the others took, and which places no run came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(slots=True)
class Result:
    """What came of one blow.

    Attributes:
        problem: what was left otherwise than by the uninterrupted run, empty if nothing.
        unreached: the run ended before the place of the blow, so that nothing was struck.
        places: behind how many pages the run that was struck could be taken up.
        takeover: seconds until another worker could take the run.
        terminal: seconds until the run had ended.
        seconds: what the parts of the attempt took.
    """

    problem: str = ""
    unreached: bool = False
    places: int = 0
    takeover: float | None = None
    terminal: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """Return plain values, from which it can be made again."""
        return asdict(self)


@dataclass(slots=True)
class Verdict:
    """What came of all blows."""

    blows: int = 0
    unreached: int = 0
    behind_a_place: int = 0
    failures: list[str] = field(default_factory=list)
    takeovers: list[float] = field(default_factory=list)
    terminals: list[float] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, blow: object, result: Result) -> None:
        """Take one result."""
        self.blows += 1
        self.unreached += result.unreached
        self.behind_a_place += result.places > 0
        if result.problem:
            self.failures.append(f"{blow}: {result.problem}")
        self.takeovers += [] if result.takeover is None else [result.takeover]
        self.terminals += [] if result.terminal is None else [result.terminal]
        self.seconds.update(result.seconds)

    def text(self) -> str:
        """Return the figures in one line."""
        each = {part: f"{total / self.blows:.2f}" for part, total in self.seconds.items()}
        return (
            f"{self.blows} tried, {self.unreached} not reached, {self.behind_a_place} behind a place, {len(self.failures)} failures;"
            f" taken over after {_spread(self.takeovers)}, ended after {_spread(self.terminals)};"
            f" seconds each {each}"
        )


def _spread(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.2f} s (at most {max(seconds):.2f} s)" if seconds else "no time"
