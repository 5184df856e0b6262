"""Which preparing steps are done, so that a second start skips them and a killed one goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ckanext.jambi.launcher import jsonfile

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Steps:
    """The steps that are done, each with the fingerprint of what it was done with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Any] = jsonfile.read(path)

    def is_done(self, name: str, fingerprint: str = "") -> bool:
        """Whether step `name` was done with this fingerprint."""
        return bool(self._known.get("steps", {}).get(name) == fingerprint)

    def finish(self, name: str, fingerprint: str = "") -> None:
        """Record that step `name` is done."""
        self.note("steps", {**self._known.get("steps", {}), name: fingerprint})

    def note(self, name: str, value: object) -> None:
        """Keep a value for later starts."""
        self._known[name] = value
        jsonfile.write(self._path, self._known)

    def noted(self, name: str) -> Any:
        """Return a kept value, None if there is none."""
        return self._known.get(name)


def fingerprint(*parts: str | Iterable[Path]) -> str:
    """Return a mark that changes when a text, or the content of one of the files, changes."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            total.update(part.encode())
            continue
        for path in sorted(part):
            total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def boot_id() -> str:
    """Return the number of this run of the machine: it changes when the power was gone."""
    return BOOT_ID.read_text(encoding="ascii").strip()
