"""Bars of a benchmark: each is printed with what was measured, and a missed one fails the run.

Ratios and counts are bars; times are reported only, since they are those of the machine.
"""

from __future__ import annotations

from collections.abc import Callable


class Bars:
    """What was asked for and what came."""

    def __init__(self) -> None:
        self._missed: list[str] = []

    def at_least(self, name: str, value: float, bar: float) -> None:
        """Ask for a value that is not smaller than the bar."""
        self._judge(name, value, f">= {bar:g}", value >= bar)

    def at_most(self, name: str, value: float, bar: float) -> None:
        """Ask for a value that is not greater than the bar."""
        self._judge(name, value, f"<= {bar:g}", value <= bar)

    def end(self, say: Callable[[str], None] = print) -> int:
        """Say what was missed and return the exit status."""
        say(f"\nmissed: {'; '.join(self._missed)}" if self._missed else "\nall bars reached")
        return int(bool(self._missed))

    def _judge(self, name: str, value: float, bar: str, reached: bool) -> None:
        print(f"{name:<52}{value:>10,.2f}   {bar:<9} {'reached' if reached else 'MISSED'}", flush=True)
        if not reached:
            self._missed.append(name)
