"""The data folder before a start: is it ours, whole, and is there room?"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from ckanext.jambi.launcher import jsonfile
from ckanext.jambi.launcher.errors import DamagedFolderError, LauncherError
from ckanext.jambi.launcher.layout import Layout


def make(layout: Layout) -> None:
    """Make the data folder, or check that it is one of ours.

    Raises:
        LauncherError: if it belongs to another user or program.
    """
    folder = layout.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LauncherError(f"{folder} cannot be made ({error.strerror}): use --data-dir.") from error
    _check_owner(folder)
    if not layout.state.exists() and not _may_become_ours(folder):
        raise LauncherError(f"{folder} is not empty and holds no portal: name another one by --data-dir.")
    if not layout.state.exists():
        jsonfile.write(layout.state, {"version": 1})
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for part in (layout.log("x").parent, layout.drop, layout.storage, layout.data / "tmp"):
        part.mkdir(mode=0o700, exist_ok=True)


def check_whole(layout: Layout) -> None:
    """Refuse a data folder of which something is missing that a finished start left there.

    Raises:
        DamagedFolderError: naming what is missing.
    """
    steps = jsonfile.read(layout.state).get("steps", {})
    for step, path in (("databases", layout.data / "postgres" / "data"), ("databases", layout.secrets)):
        if step in steps and not path.exists():
            raise DamagedFolderError(f"{path} is missing.")


def _check_owner(folder: Path) -> None:
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise LauncherError(
            f"{folder} belongs to user {owner}, you are user {os.geteuid()}: "
            "start the portal as that user, or use --data-dir."
        )


def _may_become_ours(folder: Path) -> bool:
    return all(entry.name in {"launcher.lock", "state.json.new", "drop"} for entry in folder.iterdir())


def empty(layout: Layout) -> None:
    """Throw the portal away; the files that people laid into the drop folder stay.

    Raises:
        LauncherError: if the folder holds no portal.
    """
    if not layout.state.exists():
        raise LauncherError(f"{layout.data} holds no portal, so nothing was deleted.")
    for entry in sorted(layout.data.iterdir(), key=lambda path: path == layout.state):
        if entry == layout.drop:
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    for kept in (layout.drop, layout.data):
        with suppress(OSError):
            kept.rmdir()
