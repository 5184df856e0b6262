"""Run checks, each by itself, so that one that breaks hides no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points

from ckanext.jambi import log_masks
from ckanext.jambi.errors import JambiError

log = logging.getLogger(__name__)


class UnwellError(JambiError):
    """Something is not as it must be.

    Attributes:
        text: what is wrong, in one line.
        todo: what to do about it.
        warning: the portal works nevertheless; the doctor says so and does not fail.
    """

    def __init__(self, text: str, todo: str, *, warning: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.todo = todo
        self.warning = warning


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `run` returns a line that says what is well.

    Attributes:
        room: plugin that the check belongs to; it is left out where that is not enabled.
    """

    name: str
    run: Callable[[], str]
    room: str = "jambi"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `state` is ok, warning or failed."""

    name: str
    state: str
    text: str
    todo: str = ""


def registered(plugins: Iterable[str]) -> list[Check]:
    """Return the checks of the rooms that are enabled, those of the ground floor first."""
    enabled = set(plugins)
    points = sorted(
        entry_points(group="jambi.checks"), key=lambda point: (point.name != "ground", point.name)
    )
    return [check for point in points for check in point.load() if check.room in enabled]


def examine(checks: Iterable[Check]) -> Iterator[Finding]:
    """Run checks one by one and yield what each found."""
    for check in checks:
        yield _examined(check)


def _examined(check: Check) -> Finding:
    try:
        return Finding(check.name, "ok", check.run())
    except UnwellError as err:
        return Finding(check.name, "warning" if err.warning else "failed", err.text, err.todo)
    except Exception as err:  # a check that breaks is a finding, and the others go on
        log.debug("Check %s broke", check.name, exc_info=True)
        text = " ".join(log_masks.masked(f"{type(err).__name__}: {err}").split())[:300]
        return Finding(check.name, "failed", text, "Look into this: the check itself could not be made.")
