"""Circuit breaker of a source: pure rules over its failures (harvesting.md HV27).

Five failed runs in a row, or three failed probes, open it: runs are postponed, and one cheap request
every five minutes asks whether the source answers again. A good probe lets one run try (half-open);
only a good run closes it.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

PROBE_EVERY = timedelta(minutes=5)
RUNS_THAT_OPEN = 5
PROBES_THAT_OPEN = 3
# So that a source without probes, or one whose probe never comes, is not forgotten.
POSTPONED = timedelta(days=1)


class Health(StrEnum):
    """How a source stands, as the board shows it."""

    HEALTHY = "sehat"
    DISTURBED = "terganggu"
    DOWN = "mati"
    PAUSED = "dijeda"
    RETIRED = "pensiun"


def is_open(failures: int, probe_failures: int) -> bool:
    """Return whether runs are postponed."""
    return failures >= RUNS_THAT_OPEN or probe_failures >= PROBES_THAT_OPEN


def opens(failures: int, probe_failures: int, *, probe: bool) -> bool:
    """Return whether one more failure, of a run or of a probe, opens a breaker that is closed."""
    if is_open(failures, probe_failures):
        return False
    return is_open(failures + (not probe), probe_failures + probe)


def health(state: str, failures: int, probe_failures: int) -> Health:
    """Return how a source stands; `state` is its definition's."""
    if state != "active":
        return Health.RETIRED if state == "retired" else Health.PAUSED
    if is_open(failures, probe_failures):
        return Health.DOWN
    return Health.DISTURBED if failures or probe_failures else Health.HEALTHY
