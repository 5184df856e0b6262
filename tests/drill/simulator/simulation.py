"""Play histories, each in copies of the databases, and say what broke: the seed and the shortest history."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import clones
import forks
import history
import invariants
import sqlalchemy as sa
from city import Office
from ckan import model
from harvest_source import OWN_HOST, Source
from history import Move
from moves import OUTSIDE, World, defined

from ckanext.jambi import clock
from ckanext.jambi.harvest.model import target

OFFICES = (("tautan", False), ("tabel", True))
TARGET = "uji"


class Simulator:
    """Plays histories against the engine of this process's portal, whose databases are the template.

    Attributes:
        moves: how many were made in the histories that were to be explained.
    """

    def __init__(self, app: Any, admin: str) -> None:
        self._app, self._admin = app, admin
        clones.release()
        self._template = clones.present()
        self._played = 0
        self.moves = 0

    def play(self, moves: Sequence[Move]) -> dict[str, Any]:
        """Play a history; return `broken` (what the last move played broke) and `moves` (how many were)."""
        self._played += 1
        with clones.copied(self._template, self._template.named(f"s{self._played}")) as pair:
            return forks.forked(lambda: self._play(pair, moves))

    def explain(self, seed: int, moves: Sequence[Move], seconds: float) -> str:
        """Return what a history breaks, with the shortest history that was found to break the same."""
        found = self.play(moves)
        self.moves += found["moves"]
        if not found["broken"]:
            return ""
        kind = _kind(found)
        short = history.shortest(
            moves[: found["moves"]], lambda rest: _kind(self.play(rest)) == kind, seconds
        )
        lines = "\n".join(f"    {move}" for move in short)
        return "\n".join((f"seed {seed}, {len(short)} moves:", lines, *found["broken"]))

    def _play(self, pair: clones.Pair, moves: Sequence[Move]) -> dict[str, Any]:
        clones.move_to(pair)
        server = Source()
        with tempfile.TemporaryDirectory() as folder:
            clock.use(Path(folder) / "clock.json")
            world = self._world(server, Path(folder) / "clock.json")
            for number, move in enumerate(moves, 1):
                broken = _played(world, move)
                if broken:
                    return {"broken": broken, "moves": number}
        return {"broken": [], "moves": len(moves)}

    def _world(self, server: Source, clock_file: Path) -> World:
        _allow(server)
        offices = [Office(name, with_tables) for name, with_tables in OFFICES]
        ids = []
        for office in offices:
            office.answer_on(server)
            ids.append(defined(office, server))
        model.Session.remove()
        return World(self._app, self._admin, server, offices, ids, clock_file)


def _played(world: World, move: Move) -> list[str]:
    """Make a move and return what it broke; a move outside the portal can break nothing there."""
    if move.name in OUTSIDE:
        world.play(move)
        return []
    before = invariants.look(world)
    world.play(move)
    broken = invariants.broken(world, before, move.name)
    if move.name == "settle" and not broken:
        broken = invariants.idle(world)
    model.Session.remove()
    return broken


def _allow(server: Source) -> None:
    """Put the city's server into the allowlist."""
    values = {
        "name": TARGET,
        "host": OWN_HOST,
        "cidr": f"{OWN_HOST}/32",
        "port": server.port,
        "path_prefix": "/",
        "reason": "simulasi",
        "created_by": "simulasi",
        "created_at": sa.func.now(),
    }
    with model.meta.engine.begin() as connection:
        connection.execute(sa.insert(target).values(values))


def _kind(found: dict[str, Any]) -> str:
    """Return the invariant that was broken first."""
    return str((found["broken"] or [""])[0]).partition(":")[0]
