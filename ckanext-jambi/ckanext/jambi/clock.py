"""The portal's clock: the server's time, or in a demonstration a set time that runs on from there.

Evidence, pages and the demo city ask it. Leases, timeouts and due times never do: they use the
database's clock. Imports no CKAN.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

WIB = timezone(timedelta(hours=7), "WIB")

_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """The past that a demonstration goes through before it shows the present; both instants are aware."""

    since: datetime
    until: datetime

    def share(self, at: datetime) -> int:
        """Return how much of it lies before `at`, in per cent."""
        return min(max(int(100 * ((at - self.since) / (self.until - self.since))), 0), 100)


def use(path: str | os.PathLike[str] | None) -> None:
    """Take the time from the clock file at `path` from now on; None means the server's time."""
    global _file
    _file = Path(path) if path else None


def now() -> datetime:
    """Return the portal's time as an aware UTC instant."""
    real = datetime.now(UTC)
    if _file is None:
        return real
    return real + _offset(_file)


def today() -> datetime:
    """Return the portal's time in WIB, for civil days in Asia/Jakarta."""
    return now().astimezone(WIB)


def replay() -> Replay | None:
    """Return the past that a demonstration is going through, or None if its clock shows the present."""
    stated = _read(_file) if _file else None
    if not stated or "until" not in stated:
        return None
    return Replay(datetime.fromisoformat(stated["since"]), datetime.fromisoformat(stated["until"]))


def set_to(path: str | os.PathLike[str], instant: datetime, past: Replay | None = None) -> None:
    """Set the clock file at `path` to `instant` (aware); it runs on from there, as part of `past` if given.

    Raises:
        ValueError: if `instant` has no offset.
    """
    if instant.tzinfo is None:
        raise ValueError("The clock needs an instant with an offset, such as 2026-11-24T07:10:00+07:00.")
    stated = {"portal_at": instant.astimezone(UTC).isoformat(), "real_at": datetime.now(UTC).isoformat()}
    if past:
        stated |= {"since": past.since.isoformat(), "until": past.until.isoformat()}
    text = json.dumps(stated)
    target = Path(path)
    fresh = target.with_name(f"{target.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o644)
    fresh.replace(target)


def _offset(path: Path) -> timedelta:
    """Return how far the portal's time is from the server's; a missing file means not at all."""
    stated = _read(path)
    if stated is None:
        return timedelta()
    return datetime.fromisoformat(stated["portal_at"]) - datetime.fromisoformat(stated["real_at"])


def _read(path: Path) -> dict[str, str] | None:
    try:
        stated: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return stated
