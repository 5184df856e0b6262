"""Kill a run at an operation, resume it, and compare what is left with the uninterrupted run."""

from __future__ import annotations

import json
import os
import tempfile
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clones
import dumps
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from clones import Pair
from recorder import KILLED, Kill, Recorder

from ckanext.jambi.harvest.model import ENDED_STATES, run
from ckanext.jambi.harvest.worker import Worker

SIDE_BY_SIDE = 2
PATIENCE = 500


@dataclass(frozen=True)
class Scene:
    """A queued run in a template pair, what it leads to, and in how many operations."""

    template: Pair
    run_id: str
    app: Any
    expected: dict[str, list[str]]
    operations: int
    kinds: dict[str, int]


def prepare(run_id: str, app: Any) -> Scene:
    """Run once without a kill and keep the dump; the queued run itself stays in the template."""
    clones.release()
    template = clones.present()
    with clones.copied(template, template.named("whole")) as pair:
        found = _forked(lambda: _uninterrupted(pair, run_id, app))
    return Scene(template, run_id, app, found["dump"], found["operations"], found["kinds"])


def all_kills(scene: Scene) -> list[Kill]:
    """Return every place where the run can be ended."""
    return [Kill(number, after) for number in range(1, scene.operations + 1) for after in (False, True)]


def survive(scene: Scene, kills: Iterable[Kill]) -> list[str]:
    """Try each kill, two at a time; return one line for each that left something else behind."""
    failures: list[str] = []
    waiting = list(enumerate(kills))[::-1]
    running: dict[int, tuple[Kill, Path]] = {}
    while waiting or running:
        while waiting and len(running) < SIDE_BY_SIDE:
            at, kill = waiting.pop()
            pid, path = _fork(lambda kill=kill, at=at: {"problem": _attempt(scene, kill, f"k{at}")})
            running[pid] = (kill, path)
        pid, _ = os.wait()
        kill, path = running.pop(pid)
        problem = _read(path).get("problem", "the process gave no answer")
        if problem:
            failures.append(f"{kill}: {problem}")
    return failures


def _attempt(scene: Scene, kill: Kill, suffix: str) -> str:
    with clones.copied(scene.template, scene.template.named(suffix)) as pair:
        status = _run_killed(scene, kill, pair)
        if status != KILLED:
            return f"the run was not killed (status {status})"
        clones.move_to(pair)
        _resume(scene)
        found = dumps.difference(scene.expected, dumps.dump())
        clones.release()
        return "; ".join(found)


def _run_killed(scene: Scene, kill: Kill, pair: Pair) -> int:
    child = os.fork()
    if child == 0:
        try:
            clones.move_to(pair)
            Recorder(kill).install(model.meta.engine, get_write_engine())
            Worker(scene.app, owner="killed").run_next(scene.run_id)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _resume(scene: Scene) -> None:
    """Take the run over as soon as the server has noticed that its worker is gone."""
    worker = Worker(scene.app, owner="resumed")
    for _ in range(PATIENCE):
        if worker.run_next(scene.run_id) or _ended(scene.run_id):
            return
    raise RuntimeError("The run could not be taken over.")


def _ended(run_id: str) -> bool:
    with model.meta.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_sleep(0.02)"))
        return connection.scalar(sa.select(run.c.state).where(run.c.id == run_id)) in ENDED_STATES


def _uninterrupted(pair: Pair, run_id: str, app: Any) -> dict[str, Any]:
    clones.move_to(pair)
    recorder = Recorder()
    recorder.install(model.meta.engine, get_write_engine())
    Worker(app, owner="whole").run_next(run_id)
    counted, kinds = recorder.number, dict(recorder.counts)
    found = dumps.dump()
    clones.release()
    return {"operations": counted, "kinds": kinds, "dump": found}


def _forked(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
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
