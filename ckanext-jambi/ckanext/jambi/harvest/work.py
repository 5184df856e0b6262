"""What one run works with: the source's definition, its state, the lease, and the wish to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.engine import Connection

from ckanext.jambi import clock
from ckanext.jambi.harvest import loosening
from ckanext.jambi.harvest.errors import StopRequestedError
from ckanext.jambi.harvest.guard import Limit
from ckanext.jambi.harvest.leases import Lease
from jambi_harvesters.definition import Definition

FORCED_TRIGGERS = frozenset({"manual", "button", "cli"})


@dataclass(slots=True)
class Stop:
    """A wish to stop: checked between batches, and raised at once while a source is waited for."""

    requested: bool = False
    _interruptible: bool = False

    def request(self, *_: object) -> None:
        """Ask to stop (a signal handler)."""
        self.requested = True
        if self._interruptible:
            raise StopRequestedError("The worker was asked to stop.")

    def check(self) -> None:
        """Stop here if that was asked."""
        if self.requested:
            raise StopRequestedError("The worker was asked to stop.")

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Allow a stop at any moment of the block, which holds no transaction."""
        self.check()
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False


@dataclass(slots=True)
class Work:
    """One leased run of one source.

    Attributes:
        user: the site's own, detached from any session.
        unnoted: writes what was asked of the source, where that is left to the run's last transaction.
    """

    lease: Lease
    definition: Definition
    source: Mapping[str, Any]
    run: Mapping[str, Any]
    organization_id: str
    approved: bool
    now: datetime
    user: Any
    stop: Stop = field(default_factory=Stop)
    unnoted: Callable[[Connection], None] | None = None

    @property
    def forced(self) -> bool:
        """Whether a person started this run: records that wait or are parked are tried again."""
        return self.run["trigger"] in FORCED_TRIGGERS

    @property
    def fresh(self) -> bool:
        """Whether nobody has worked on this run before, so that it has kept nothing yet."""
        return bool(self.run["state"] == "queued")

    @property
    def decided(self) -> bool:
        """Whether this run applies an approved change set instead of reading its source."""
        return self.run["quarantine_id"] is not None

    @property
    def pushed(self) -> bool:
        """Whether this run reads what the source's system pushed."""
        return self.run["trigger"] == "push" and not self.decided

    @property
    def asks_source(self) -> bool:
        """Whether this run asks its source, so that its end tells how the source stands."""
        return not (self.decided or self.pushed)

    @property
    def limit(self) -> Limit:
        """How many records, or rows of a table, may vanish at once."""
        today = self.now.astimezone(clock.WIB).date()
        stated = loosening.allowed_on(self.definition.guard.max_delete, today)
        return Limit(stated.count, Fraction(str(stated.share)))
