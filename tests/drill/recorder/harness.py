"""Strike a run at an operation, let it be resumed, and compare what is left with the uninterrupted run."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clones
import dumps
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from clones import Pair
from recorder import KILLED, Blow, Kill, Pause, Recorder

from ckanext.jambi.harvest import faults
from ckanext.jambi.harvest.model import ENDED_STATES, run
from ckanext.jambi.harvest.worker import Worker

SIDE_BY_SIDE = 2
PATIENCE = 1_000
# Two runs of a scene differ by a few operations: what was read before is not read again.
SLACK = 12


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
    template = clones.present()
    with clones.copied(template, template.named("whole")) as pair:
        found = forked(lambda: _uninterrupted(pair, run_id, app))
    return Scene(template, run_id, app, **found)


def all_kills(scene: Scene) -> list[Kill]:
    """Return every place where the run can be ended."""
    return [Kill(number, after) for number in range(1, scene.operations + 1) for after in (False, True)]


def survive(scene: Scene, blows: Iterable[Blow]) -> list[str]:
    """Try each blow, two at a time; return one line for each that left something else behind."""
    failures: list[str] = []
    waiting = list(enumerate(blows))[::-1]
    running: dict[int, tuple[Blow, Path]] = {}
    while waiting or running:
        while waiting and len(running) < SIDE_BY_SIDE:
            at, blow = waiting.pop()
            pid, path = _fork(lambda blow=blow, at=at: {"problem": _attempt(scene, blow, f"k{at}")})
            running[pid] = (blow, path)
        pid, _ = os.wait()
        blow, path = running.pop(pid)
        problem = _read(path).get("problem", "the process gave no answer")
        if problem:
            failures.append(f"{blow}: {problem}")
    return failures


def _attempt(scene: Scene, blow: Blow, suffix: str) -> str:
    way = {Kill: _after_kill, Pause: _after_pause}.get(type(blow), _after_fault)
    with clones.copied(scene.template, scene.template.named(suffix)) as pair:
        problem = way(scene, blow, pair)
        clones.release()
        return problem


def _after_kill(scene: Scene, blow: Blow, pair: Pair) -> str:
    status = os.waitstatus_to_exitcode(os.waitpid(_struck(scene, blow, pair), 0)[1])
    if status != KILLED and (status or blow.number <= scene.operations - SLACK):
        return f"the run was not killed (status {status})"
    clones.move_to(pair)
    _resume(scene)
    return _difference(scene)


def _after_fault(scene: Scene, blow: Blow, pair: Pair) -> str:
    """One process goes on by itself: the fault is the server's."""
    clones.move_to(pair)
    Recorder(blow).install(model.meta.engine, get_write_engine())
    _resume(scene)
    return _difference(scene)


def _after_pause(scene: Scene, blow: Blow, pair: Pair) -> str:
    """A worker falls asleep, another one takes over and ends the run, then the first one wakes."""
    child = _struck(scene, blow, pair)
    _, status = os.waitpid(child, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        return f"the run was not paused (status {status})"
    clones.move_to(pair)
    _resume(scene)
    ended = _difference(scene)
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, 0)
    woken = _difference(scene)
    return ended or (woken and f"the worker that woke changed something: {woken}")


def _struck(scene: Scene, blow: Blow, pair: Pair) -> int:
    """Start a process that works on the run and receives the blow."""
    child = os.fork()
    if child == 0:
        try:
            clones.move_to(pair)
            Recorder(blow).install(model.meta.engine, get_write_engine())
            Worker(scene.app, owner="struck").run_next(scene.run_id)
        finally:
            os._exit(0)
    return child


def _difference(scene: Scene) -> str:
    return "; ".join(dumps.difference(scene.expected, dumps.dump()))


def _resume(scene: Scene) -> None:
    """Go on with the run, as a worker does, until it has ended: its lease may still be held, or a fault come."""
    worker = Worker(scene.app, owner="resumed")
    for _ in range(PATIENCE):
        with suppress(*faults.ERRORS):
            worker.run_next(scene.run_id)
            if _ended(scene.run_id):
                return
    raise RuntimeError("The run could not be taken over.")


def _ended(run_id: str) -> bool:
    with model.meta.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_sleep(0.01)"))
        return connection.scalar(sa.select(run.c.state).where(run.c.id == run_id)) in ENDED_STATES


def _uninterrupted(pair: Pair, run_id: str, app: Any) -> dict[str, Any]:
    clones.move_to(pair)
    recorder = Recorder()
    recorder.install(model.meta.engine, get_write_engine())
    Worker(app, owner="whole").run_next(run_id)
    counted, kinds, statements = recorder.number, dict(recorder.counts), list(recorder.statements)
    found = dumps.dump()
    clones.release()
    return {"operations": counted, "kinds": kinds, "statements": statements, "expected": found}


def forked(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run work in a process of its own and return what it found.

    Raises:
        RuntimeError: with the traceback, if the work raised anything.
    """
    pid, path = _fork(work)
    os.waitpid(pid, 0)
    answer = _read(path)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer


def _fork(work: Callable[[], dict[str, Any]]) -> tuple[int, Path]:
    handle, name = tempfile.mkstemp(prefix="jambi-kill-")
    os.close(handle)
    path = Path(name)
    child = os.fork()
    if child == 0:
        try:
            path.write_text(json.dumps(work()), encoding="utf-8")
        except BaseException:  # noqa: BLE001 - the parent must hear of anything
            error = traceback.format_exc()
            path.write_text(json.dumps({"error": error, "problem": error}), encoding="utf-8")
        finally:
            os._exit(0)
    return child, path


def _read(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    path.unlink()
    return json.loads(text) if text else {}
