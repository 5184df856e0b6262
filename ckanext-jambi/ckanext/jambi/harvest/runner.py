"""One run from lease to end (harvesting.md 6): probe, gather, guard, import, finish.

Each stage begins from what the database holds, so that a run killed anywhere goes on from its last
commit. Every way out is a state of the run: a source's error, a stop, an abort, a defect of ours.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ckanext.jambi import log_masks
from ckanext.jambi.harvest import faults, gathering, guarding, screening, settling, sources
from ckanext.jambi.harvest.errors import (
    AbortRequestedError,
    HarvestError,
    LeaseLostError,
    StopRequestedError,
)
from ckanext.jambi.harvest.finish import Outcome, finish, finish_unopened
from ckanext.jambi.harvest.guard import Hold, Reason
from ckanext.jambi.harvest.importer import Importer
from ckanext.jambi.harvest.leases import Heartbeat, Lease, claim
from ckanext.jambi.harvest.model import incoming, run
from ckanext.jambi.harvest.stock import runner as stock
from ckanext.jambi.harvest.work import Stop, Work
from jambi_harvesters.errors import (
    EmptyListError,
    HarvesterError,
    RateLimitedError,
    SchemaDriftError,
    TooManyBadRowsError,
)

log = logging.getLogger(__name__)

BEFORE_GUARD = ("queued", "probe", "gather")
HOLDING: dict[type[HarvesterError], Reason] = {
    EmptyListError: Reason.EMPTY,
    SchemaDriftError: Reason.SCHEMA_DRIFT,
    TooManyBadRowsError: Reason.BAD_ROWS,
}
AGAIN = "again"


def run_next(
    engine: Engine, owner: str, stop: Stop, run_id: str | None = None, *, awaited: bool = False
) -> str | None:
    """Lease the next run (or the one named) and work on it; return its state, None if none is free.

    Args:
        awaited: leave rounds of the clock that have not begun to others.
    """
    lease = claim(engine, owner, run_id, awaited=awaited)
    return perform(lease, stop) if lease else None


def perform(lease: Lease, stop: Stop, *, heartbeat: bool = True) -> str:
    """Work on a leased run until it ends, is stopped or is lost; return the state it is left in."""
    with ExitStack() as stack:
        stack.callback(lease.release)
        foreign = None if lease.ours else stock.harvester_for(lease.source_id)
        if foreign:
            return stock.perform(lease, stop, foreign)
        if heartbeat:
            stack.enter_context(Heartbeat(lease))
        left = faults.TRIES
        while (state := _opened(lease, stop, left)) == AGAIN:
            left -= 1
        return state


def _opened(lease: Lease, stop: Stop, left: int) -> str:
    """Open the source and run the stages, from what the database holds."""
    try:
        work = sources.open_work(lease, stop)
    except (HarvestError, HarvesterError) as err:
        finish_unopened(lease, err.code, _text(err))
        return "failed"
    except faults.ERRORS as err:
        return _put_back(lease, err)
    return _guarded(work, left)


def _guarded(work: Work, left: int) -> str:
    """Run the stages and turn every error into a state."""
    try:
        with faults.bared():
            return _stages(work)
    except StopRequestedError:
        return "stopped"
    except LeaseLostError as err:
        log.warning("%s", err)
        return "lost"
    except AbortRequestedError as err:
        return _end_early(work, Outcome("aborted", error_code=err.code, error=str(err)))
    except HarvesterError as err:
        return _end_early(work, _outcome_of(work, err))
    except HarvestError as err:
        return _end_early(work, Outcome("failed", error_code=err.code, error=str(err)))
    except faults.ERRORS as err:
        return _met_fault(work, err, left)
    except Exception as err:  # a defect of ours must not leave the run without an end (HV14)
        log.exception("Run %s met a defect", work.lease.run_id)
        return _end_early(work, Outcome("failed", error_code="internal", error=_text(err)))


def _met_fault(work: Work, err: sa.exc.DBAPIError, left: int) -> str:
    """Begin again what the database undid, a few times; put back what it cannot do now."""
    if not faults.passes(err):
        return _put_back(work.lease, err)
    log.warning("Run %s is tried again: %s", work.lease.run_id, err.orig)
    if left > 1:
        return AGAIN
    return _end_early(work, Outcome("failed", error_code="database", error=_text(err)))


def _put_back(lease: Lease, err: sa.exc.DBAPIError) -> str:
    log.warning("Run %s is put back: %s", lease.run_id, err.orig)
    lease.pause = faults.PAUSE
    return "interrupted"


def _stages(work: Work) -> str:
    state = work.run["state"]
    if state in BEFORE_GUARD:
        state = gathering.gather_source(work)
        if state == "unchanged":
            return _finish(work, Outcome("unchanged"))
    if state == "guard":
        guarding.apply_guards(work)
        state = "import"
    if state == "import":
        Importer(work).run()
    return _finish(work, None)


def _finish(work: Work, outcome: Outcome | None) -> str:
    """Write the end of the run; the outcome of a run that was read follows from its counters."""
    unread = outcome is not None and outcome.unread and work.fresh
    final = outcome if outcome and unread else _counted(work, outcome)
    finish(work, final)
    return final.state


def _counted(work: Work, outcome: Outcome | None) -> Outcome:
    held = sa.select(sa.func.count()).where(incoming.c.run_id == run.c.id, incoming.c.held).scalar_subquery()
    query = sa.select(run, held.label("held_now")).where(run.c.id == work.lease.run_id)
    with work.lease.engine.connect() as connection:
        stated = connection.execute(query).mappings().one()
    counts = {name: stated[name] for name in ("new", "changed", "unchanged", "vanished", "failed")}
    final = outcome or Outcome(_state_of(stated))
    final.counts = counts | {"held": stated["held_now"]}
    if final.good:
        final.complete, final.markers, final.read = (
            bool(stated["complete"]),
            stated["markers"],
            outcome is None and not work.decided,
        )
        final.cursor = stated["cursor"]
        final.error_code = final.error_code or stated["error_code"]
        final.error = final.error or stated["error"]
    return final


def _state_of(stated: Any) -> str:
    if stated["held_now"]:
        return "quarantined"
    all_changes = stated["mode"] == "incremental" and not stated["error_code"]
    if stated["failed"] or not (stated["complete"] or all_changes):
        return "partial"
    changed = stated["new"] + stated["changed"] + stated["vanished"]
    return "succeeded" if changed else "unchanged"


def _outcome_of(work: Work, err: HarvesterError) -> Outcome:
    """Return how a source's error ends the run: held where data is public already, else failed."""
    outcome = Outcome("failed", error_code=err.code, error=_text(err))
    if isinstance(err, RateLimitedError):
        outcome.retry_at = err.due_at
    reason = HOLDING.get(type(err))
    with work.lease.engine.connect() as connection:
        live = len(guarding.live_records(connection, work.lease.source_id)) if reason else 0
    if reason and live:
        outcome.state, outcome.holds = "quarantined", [Hold(reason, 0, live, detail=_detail(err))]
    return outcome


def _detail(err: HarvesterError) -> dict[str, object]:
    """Return what a steward decides on: the columns that changed, by name."""
    if not isinstance(err, SchemaDriftError):
        return {}
    return {"columns": [{"column": screening.safe(one.column), "change": one.change} for one in err.diff]}


def _end_early(work: Work, outcome: Outcome) -> str:
    """End a run before its time; rows that are loaded already get their metadata first."""
    work.lease.ending = True
    try:
        with faults.bared():
            settling.settle(work)
            return _finish(work, outcome)
    except LeaseLostError as err:
        log.warning("%s", err)
        return "lost"
    except StopRequestedError:
        return "stopped"
    except faults.ERRORS as err:
        return _put_back(work.lease, err)


def _text(err: Exception) -> str:
    if isinstance(err, sa.exc.DBAPIError):
        return str(err.orig).splitlines()[0]
    return screening.safe(log_masks.masked(getattr(err, "pesan", None) or str(err) or type(err).__name__))
