"""What each move does: to the city's systems, to the workers, by the people of an agency, to the clock."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import clones
import sqlalchemy as sa
from city import Office
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from harvest_source import Source, site_context
from history import MOST_OFFICES, OFFICES, Move
from recorder import CUT, RAISE, TERMINATE, Blow, Kill, Pause, Recorder

from ckanext.jambi import clock
from ckanext.jambi.harvest import duties, faults, queue, sources
from ckanext.jambi.harvest.model import ACTIVE_STATES, run
from ckanext.jambi.harvest.worker import Worker
from jambi_harvesters import definition as definitions

PATIENCE = 1_000
# A new system brings so many records; their contents are far from those of all moves.
FIRST_OF_NEW, NEW_CONTENTS = 3, 10_000
WHY = "Sudah diperiksa dengan pengelola sumber."
ACTIVE = run.c.state.in_(ACTIVE_STATES)
TOMBSTONED = "SELECT source_id, guid FROM jambi_harvest_record WHERE missing_since IS NOT NULL ORDER BY guid"
DATASETS = "SELECT package_id FROM jambi_harvest_record WHERE package_id IS NOT NULL ORDER BY guid"


@dataclass(frozen=True, slots=True)
class Termination:
    """The process is asked to stop, as by a deploy."""

    number: int
    after: bool

    def strike(self, subject: Any) -> None:
        """Send the signal."""
        os.kill(os.getpid(), signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server refuses a statement; an operation that is none passes."""

    number: int
    code: str
    after: bool = False

    def strike(self, subject: Any) -> None:
        """Let the server raise on the statement's own cursor."""
        if hasattr(subject, "execute"):
            subject.execute(TERMINATE if self.code == CUT else RAISE.format(self.code))


@dataclass
class World:
    """The portal, the city around it, and what people wrote by hand.

    Attributes:
        admin: who decides for the agency.
        source_ids: the source of each office, in their order; `gone_ids`: those that were deleted.
        notes: dataset -> what a steward wrote there.
    """

    app: Any
    admin: str
    server: Source
    offices: list[Office]
    source_ids: list[str]
    clock_file: Path
    gone_ids: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    def play(self, move: Move) -> None:
        """Make one move; a number stands for one of the offices that there are."""
        values = move.values
        if "office" in values:
            values = values | {"office": values["office"] % len(self.offices)}
        MOVES[move.name](self, **values)
        model.Session.remove()

    @property
    def all_ids(self) -> list[str]:
        """The sources that are there, and those that were."""
        return [*self.source_ids, *self.gone_ids]

    @property
    def calm(self) -> bool:
        """Whether no run is at work or waits to be resumed."""
        return not _scalars(sa.select(run.c.id).where(ACTIVE))

    def enqueue(self, office: int, *, trigger: str = "timer", mode: str = "complete") -> None:
        """Ask for a run of an office."""
        with model.meta.engine.begin() as connection:
            queue.enqueue(connection, self.source_ids[office], trigger, mode=mode)

    def work_off(self) -> None:
        """Work on every run until it has ended, those of dead or interrupted workers included."""
        worker = Worker(self.app, owner="simulasi")
        for _ in range(PATIENCE):
            for run_id in _scalars(sa.select(run.c.id).where(ACTIVE)):
                with suppress(*faults.ERRORS):
                    worker.run_next(run_id)
            if not worker.drain() and self.calm:
                return
            _scalars(sa.text("SELECT 1 FROM pg_sleep(0.01)"))
        raise AssertionError("terminal: a run never ends")

    def struck(self, blow: Blow | None) -> int:
        """Start a worker of its own that works on what is due and receives a blow; return its process."""
        model.Session.remove()
        child = os.fork()
        if child == 0:
            try:
                clones.move_to(clones.present())
                Recorder(blow).install(model.meta.engine, get_write_engine())
                Worker(self.app, owner=f"proses {os.getpid()}").drain()
            finally:
                os._exit(0)
        return child


def add(world: World, office: int, content: int, **_: Any) -> None:
    """A system lists one more record."""
    _office(world, office).put(f"id-{content}", content)
    _answer(world, office)


def edit(world: World, office: int, pick: int, content: int, **_: Any) -> None:
    """A record changes."""
    _put(world, office, _chosen(_office(world, office).listed, pick), content)


def spoil(world: World, office: int, pick: int, content: int, **_: Any) -> None:
    """A record changes to what cannot be imported, where there can be such a thing."""
    own = _office(world, office)
    _put(world, office, _chosen(own.listed, pick), content, bad=own.with_tables)


def drop(world: World, office: int, pick: int, **_: Any) -> None:
    """A record is no longer listed."""
    _office(world, office).listed.pop(_chosen(_office(world, office).listed, pick) or "", None)
    _answer(world, office)


def drop_many(world: World, office: int, pick: int, **_: Any) -> None:
    """Half of the records are no longer listed."""
    own = _office(world, office)
    own.listed = {guid: content for at, (guid, content) in enumerate(own.listed.items()) if (at + pick) % 2}
    _answer(world, office)


def bring_back(world: World, office: int, pick: int, content: int, **_: Any) -> None:
    """A record that was listed once is listed again, as it was or with other content."""
    own = _office(world, office)
    gone = sorted(set(own.served) - set(own.listed))
    guid = _chosen(gone, pick)
    if guid:
        _put(world, office, guid, content if pick % 2 else max(own.served[guid]))


def rename(world: World, office: int, pick: int, content: int, **_: Any) -> None:
    """A record gets another id and keeps its content."""
    own = _office(world, office)
    guid = _chosen(own.listed, pick)
    if guid:
        same = own.listed.pop(guid)
        _put(world, office, f"id-{content}", same, bad=same in own.bad)


def fall_ill(world: World, office: int, how: str, **_: Any) -> None:
    """A system stops giving its list."""
    _office(world, office).ailment = how
    _answer(world, office)


def recover(world: World, office: int, **_: Any) -> None:
    """A system gives its list again."""
    fall_ill(world, office, "")


def harvest(world: World, office: int, mode: str, trigger: str, **_: Any) -> None:
    """A run begins and ends undisturbed."""
    world.enqueue(office, trigger=trigger, mode=mode)
    world.work_off()


def kill(world: World, office: int, number: int, after: bool, resume: bool, **_: Any) -> None:
    """A worker dies at an operation; its run is taken over now, or by whoever comes later."""
    world.enqueue(office)
    _ended(world.struck(Kill(number, after)))
    if resume:
        world.work_off()


def stop(world: World, office: int, number: int, after: bool, **_: Any) -> None:
    """A worker is asked to stop."""
    world.enqueue(office)
    _ended(world.struck(Termination(number, after)))


def fault(world: World, office: int, number: int, code: str, **_: Any) -> None:
    """The database refuses a statement of a worker."""
    world.enqueue(office)
    _ended(world.struck(Refusal(number, code)))


def pause(world: World, office: int, number: int, after: bool, **_: Any) -> None:
    """A worker falls asleep, others end what it did, and it wakes."""
    world.enqueue(office)
    child = world.struck(Pause(number, after))
    _, status = os.waitpid(child, os.WUNTRACED)
    world.work_off()
    if os.WIFSTOPPED(status):
        os.kill(child, signal.SIGCONT)
        _ended(child)


def pair(world: World, **_: Any) -> None:
    """Two workers share the runs of all offices."""
    for office in range(len(world.offices)):
        world.enqueue(office)
    for child in [world.struck(None), world.struck(None)]:
        _ended(child)
    world.work_off()


def abort(world: World, office: int, **_: Any) -> None:
    """Somebody ends a run that is at work or waits."""
    world.enqueue(office)
    with model.meta.engine.begin() as connection:
        own = sa.and_(ACTIVE, run.c.source_id == world.source_ids[office])
        for run_id in connection.scalars(sa.select(run.c.id).where(own)).all():
            queue.request_abort(connection, run_id)
    world.work_off()


def decide(world: World, office: int, pick: int, approve: bool, **_: Any) -> None:
    """An admin of the agency decides what waits; some of it can only be refused."""
    listed = _act(world, "jambi_quarantine_list", source_id=world.source_ids[office])
    waiting = _chosen({one["id"]: None for one in listed if one["state"] == "open"}, pick)
    if waiting:
        held = _act(world, "jambi_quarantine_show", id=waiting)
        decision = "approve" if approve and held["approvable"] and world.calm else "reject"
        stated = {"id": held["id"], "decision": decision, "change_hash": held["change_hash"], "note": WHY}
        with nullcontext() if world.calm else suppress(tk.ValidationError):  # its own run may be at work
            _act(world, "jambi_quarantine_decide", **stated)
        world.work_off()


def restore(world: World, pick: int, **_: Any) -> None:
    """An admin keeps a dataset that its source no longer lists."""
    gone = _rows(TOMBSTONED)
    if gone:
        source_id, guid = gone[pick % len(gone)]
        _act(world, "jambi_record_restore", source_id=source_id, guid=guid)


def annotate(world: World, pick: int, content: int, **_: Any) -> None:
    """A steward writes a note on a dataset."""
    known = _rows(DATASETS)
    if known:
        [package_id] = known[pick % len(known)]
        world.notes[package_id] = f"Catatan walidata nomor {content}."
        data = {"id": package_id, "catatan_mutu": world.notes[package_id]}
        tk.get_action("package_patch")(site_context(), data)


def turn_clock(world: World, hours: int, **_: Any) -> None:
    """The portal's clock jumps."""
    clock.set_to(world.clock_file, clock.now() + timedelta(hours=hours))


def bury(world: World, number: int, **_: Any) -> None:
    """The datasets whose tombstones have ended are deleted, by a process that may be killed."""
    model.Session.remove()
    child = os.fork()
    if child == 0:
        try:
            clones.move_to(clones.present())
            Recorder(Kill(number, after=False)).install(model.meta.engine)
            duties.bury()
        finally:
            os._exit(0)
    _ended(child)
    duties.bury()


def source_add(world: World, pick: int, content: int, **_: Any) -> None:
    """A further system is harvested from now on."""
    if len(world.offices) >= MOST_OFFICES:
        return
    own = Office(f"kantor-{content}", with_tables=bool(pick % 2))
    for number in range(content, content + FIRST_OF_NEW * NEW_CONTENTS, NEW_CONTENTS):
        own.put(f"id-{number}", number)
    own.answer_on(world.server)
    world.source_ids.append(defined(own, world.server))
    world.offices.append(own)


def source_edit(world: World, office: int, content: int, **_: Any) -> None:
    """The definition of a source changes, and with it every dataset."""
    own = _office(world, office)
    own.edition = content
    defined(own, world.server)


def source_delete(world: World, office: int, **_: Any) -> None:
    """A source is deleted; what came from it stays."""
    if len(world.offices) <= OFFICES or not world.calm:
        return
    source_id = world.source_ids.pop(office)
    world.offices.pop(office)
    world.gone_ids.append(source_id)
    with world.app.test_request_context():
        tk.get_action("package_delete")(site_context(), {"id": source_id})


def defined(office: Office, server: Source) -> str:
    """Apply the definition of an office and return the id of its source."""
    wanted = definitions.parse(office.definition(server))
    return sources.apply(wanted, site_context(), approve_by="uji").source_id


def settle(world: World, **_: Any) -> None:
    """All systems are well and are harvested to the end."""
    for office in range(len(world.offices)):
        recover(world, office)
        world.enqueue(office)
    world.work_off()
    for office in range(len(world.offices)):
        world.enqueue(office)
    world.work_off()


_OF_SYSTEMS = (add, edit, spoil, drop, drop_many, bring_back, rename, fall_ill, recover)
_OF_WORKERS = (harvest, kill, stop, fault, pause, pair, abort, settle)
_OF_PEOPLE = (decide, restore, annotate, turn_clock, bury, source_add, source_edit, source_delete)
MOVES: dict[str, Callable[..., None]] = {
    move.__name__: move for move in (*_OF_SYSTEMS, *_OF_WORKERS, *_OF_PEOPLE)
}
OUTSIDE = frozenset(move.__name__ for move in _OF_SYSTEMS)


def _office(world: World, at: int) -> Office:
    return world.offices[at]


def _answer(world: World, office: int) -> None:
    _office(world, office).answer_on(world.server)


def _put(world: World, office: int, guid: str | None, content: int, *, bad: bool = False) -> None:
    if guid:
        _office(world, office).put(guid, content, bad=bad)
        _answer(world, office)


def _chosen(among: Any, pick: int) -> str | None:
    names = sorted(among)
    return names[pick % len(names)] if names else None


def _act(world: World, name: str, **data: Any) -> Any:
    return tk.get_action(name)({"user": world.admin, "ignore_auth": False}, data)


def _ended(child: int) -> None:
    os.waitpid(child, 0)


def _scalars(query: Any) -> list[Any]:
    with model.meta.engine.begin() as connection:
        return list(connection.scalars(query))


def _rows(query: str) -> list[tuple[Any, ...]]:
    with model.meta.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]
