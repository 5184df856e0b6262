"""Strike a run at an operation, let it be resumed, and compare what is left with the uninterrupted run."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import clones
import dumps
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from clones import Pair
from forks import forked, side_by_side
from recorder import KILLED, REQUEST, Blow, Kill, Pause, Recorder
from verdicts import Result, Verdict

from ckanext.jambi.harvest import faults
from ckanext.jambi.harvest.model import ENDED_STATES, place, run
from ckanext.jambi.harvest.worker import Worker

PATIENCE = 6_000
TERMINAL_SECONDS = 60
TOLD_EACH = 100
# How a worker ends that came to the end of its run before the operation at which it was to be struck.
UNREACHED = 3


@dataclass(frozen=True)
class Scene:
    """A queued run in a template pair, what it leads to, and in how many operations."""

    template: Pair
    run_id: str
    app: Any
    expected: dict[str, list[str]]
    operations: int
    kinds: dict[str, int]
    statements: list[int]


def prepare(run_id: str, app: Any) -> Scene:
    """Run once without a kill and keep the dump; the queued run itself stays in the template."""
    clones.release()
    # What the parent holds is shared with its children as long as nobody's collector walks through it.
    gc.collect()
    gc.freeze()
    template = clones.present()
    with clones.copied(template, template.named("whole")) as pair:
        found = forked(lambda: _uninterrupted(pair, run_id, app))
    return Scene(template, run_id, app, **found)


def all_kills(scene: Scene) -> list[Kill]:
    """Return every place where the run can be ended."""
    return [Kill(number, after) for number in range(1, scene.operations + 1) for after in (False, True)]


def survive(scene: Scene, blows: Iterable[Blow]) -> Verdict:
    """Try each blow, as many at a time as there are cores."""
    verdict = Verdict()
    works = (
        (blow, lambda at=at, blow=blow: _attempt(scene, blow, f"k{at}")) for at, blow in enumerate(blows)
    )
    for blow, answer in side_by_side(works):
        verdict.add(blow, Result(answer["error"]) if "error" in answer else Result(**answer))
        if verdict.blows % TOLD_EACH == 0:
            print(f"  {verdict.text()}", flush=True)  # noqa: T201
    return verdict


def _attempt(scene: Scene, blow: Blow, suffix: str) -> dict[str, Any]:
    way = {Kill: _after_kill, Pause: _after_pause}.get(type(blow), _after_fault)
    result = Result()
    with ExitStack() as stack:
        with _timed(result, "clone"):
            pair = stack.enter_context(clones.copied(scene.template, scene.template.named(suffix)))
        way(scene, blow, pair, result)
        clones.release()
    return result.values()


def _after_kill(scene: Scene, blow: Blow, pair: Pair, result: Result) -> None:
    with _timed(result, "struck"):
        status = os.waitstatus_to_exitcode(os.waitpid(_struck(scene, blow, pair), 0)[1])
    clones.move_to(pair)
    if status == UNREACHED and _ended(scene.run_id):
        result.unreached = True
    elif status != KILLED:
        result.problem = f"the run was not killed (status {status})"
        return
    else:
        _resume_frugally(scene, result)
    result.problem = result.problem or _difference(scene, result)


def _resume_frugally(scene: Scene, result: Result) -> None:
    """Go on with a run that was killed: the pages that it had committed must not be asked for again."""
    with model.meta.engine.connect() as connection:
        own = sa.select(sa.func.count()).where(place.c.run_id == scene.run_id)
        result.places = connection.scalar(own) or 0
    recorder = Recorder()
    recorder.install(model.meta.engine, get_write_engine())
    _resume(scene, result)
    asked, most = recorder.counts[REQUEST], scene.kinds.get(REQUEST, 0) - result.places
    if asked > most:
        result.problem = f"{asked} requests after the kill, where {most} pages were left to read"


def _after_fault(scene: Scene, blow: Blow, pair: Pair, result: Result) -> None:
    """One process goes on by itself: the fault is the server's."""
    clones.move_to(pair)
    Recorder(blow).install(model.meta.engine, get_write_engine())
    _resume(scene, result)
    result.problem = result.problem or _difference(scene, result)


def _after_pause(scene: Scene, blow: Blow, pair: Pair, result: Result) -> None:
    """A worker falls asleep, another one takes over and ends the run, then the first one wakes."""
    child = _struck(scene, blow, pair)
    _, status = os.waitpid(child, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        result.problem = f"the run was not paused (status {status})"
        return
    clones.move_to(pair)
    _resume(scene, result)
    ended = _difference(scene, result)
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, 0)
    woken = _difference(scene, result)
    result.problem = ended or (woken and f"the worker that woke changed something: {woken}")


def _struck(scene: Scene, blow: Blow, pair: Pair) -> int:
    """Start a process that works on the run and receives the blow."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            clones.move_to(pair)
            recorder = Recorder(blow)
            recorder.install(model.meta.engine, get_write_engine())
            Worker(scene.app, owner="struck").run_next(scene.run_id)
            status = UNREACHED if recorder.number < blow.number else 1
        finally:
            os._exit(status)
    return child


def _difference(scene: Scene, result: Result) -> str:
    with _timed(result, "compare"):
        return "; ".join(dumps.difference(scene.expected, dumps.dump()))


def _resume(scene: Scene, result: Result) -> None:
    """Go on with the run, as a worker does, until it has ended: its lease may still be held, or a fault come."""
    worker, began = Worker(scene.app, owner="resumed"), time.monotonic()
    for _ in range(PATIENCE):
        asked = time.monotonic()
        with suppress(*faults.ERRORS):
            state = worker.run_next(scene.run_id)
            if state and result.takeover is None:
                result.takeover = asked - began
            if _ended(scene.run_id):
                break
    else:
        raise RuntimeError("The run could not be taken over.")
    result.terminal = time.monotonic() - began
    if result.terminal > TERMINAL_SECONDS:
        result.problem = f"the run ended after {result.terminal:.0f} s"


@contextmanager
def _timed(result: Result, part: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    result.seconds[part] = result.seconds.get(part, 0.0) + time.monotonic() - began


def _ended(run_id: str) -> bool:
    with model.meta.engine.connect() as connection:
        state = connection.scalar(sa.select(run.c.state).where(run.c.id == run_id))
        if state not in ENDED_STATES:
            connection.execute(sa.text("SELECT pg_sleep(0.01)"))
        return state in ENDED_STATES


def _uninterrupted(pair: Pair, run_id: str, app: Any) -> dict[str, Any]:
    clones.move_to(pair)
    recorder = Recorder()
    recorder.install(model.meta.engine, get_write_engine())
    Worker(app, owner="whole").run_next(run_id)
    counted, kinds, statements = recorder.number, dict(recorder.counts), list(recorder.statements)
    found = dumps.dump()
    clones.release()
    return {"operations": counted, "kinds": kinds, "statements": statements, "expected": found}
