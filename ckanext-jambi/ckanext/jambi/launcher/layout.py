"""Where everything lies: the checkout with its configuration, and the one data folder.

All that a portal writes lies below the data folder. The one exception is a socket whose path would be
too long for the kernel: it gets a short folder of its own, which `jambi down` removes.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ckanext.jambi.launcher.errors import LauncherError

SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
TEMPLATE = Path("config") / "portal.ini"


@dataclass(frozen=True)
class Layout:
    """The paths of one portal: `checkout` holds its configuration, `data` its state."""

    checkout: Path
    data: Path

    @property
    def template(self) -> Path:
        """The template of the ini file."""
        return self.checkout / TEMPLATE

    @property
    def sources(self) -> Path:
        """The folder of the source definitions."""
        return self.checkout / "config" / "sources"

    @property
    def ini(self) -> Path:
        """The ini file that CKAN reads."""
        return self.data / "portal.ini"

    @property
    def secrets(self) -> Path:
        """The generated secrets of this portal."""
        return self.data / "secrets.json"

    @property
    def vault_key(self) -> Path:
        """The key that encrypts the secrets of organizations."""
        return self.data / "vault.key"

    @property
    def state(self) -> Path:
        """The steps that are done."""
        return self.data / "state.json"

    @property
    def lock(self) -> Path:
        """The file that the running launcher holds locked."""
        return self.data / "launcher.lock"

    @property
    def processes(self) -> Path:
        """The record of the running processes."""
        return self.data / "processes.json"

    @property
    def accounts(self) -> Path:
        """The demo accounts with their passwords, until they have been shown."""
        return self.data / "accounts.json"

    @property
    def clock(self) -> Path:
        """The clock file of the demonstration."""
        return self.data / "clock.json"

    @property
    def drop(self) -> Path:
        """The folder whose files the demo city serves."""
        return self.data / "drop"

    @property
    def storage(self) -> Path:
        """Uploaded files and compiled assets."""
        return self.data / "storage"

    def hint(self, action: str) -> str:
        """Return what to type for `jambi ACTION` on this portal."""
        elsewhere = "" if self.data == self.checkout / ".jambi" else f" --data-dir {_from_here(self.data)}"
        return f"`{_program('jambi')} {action}{elsewhere}`"

    @property
    def ckan_hint(self) -> str:
        """What to type for a `ckan` command on this portal."""
        return f"{_program('ckan')} -c {_from_here(self.ini)}"

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.data / "log" / f"{name}.log"


def find(data_dir: Path | None = None) -> Layout:
    """Return the layout of the checkout that this code or the current folder belongs to.

    Raises:
        LauncherError: if neither lies in a checkout.
    """
    for start in (Path.cwd(), Path(__file__).parent):
        for folder in (start, *start.parents):
            if (folder / TEMPLATE).is_file():
                return Layout(folder, (data_dir or folder / ".jambi").absolute())
    raise LauncherError(f"No {TEMPLATE} here or above: run this command inside a clone of the project.")


def _program(name: str) -> Path:
    return _from_here(Path(sys.executable).parent / name)


def _from_here(path: Path) -> Path:
    """Return `path` as it is typed in the current folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def socket_folder(wanted: Path) -> Path:
    """Return `wanted`, or a short folder where a socket's path in it would be too long.

    The name follows from `wanted`, so that a later start finds and removes what a killed one left.
    """
    if len(os.fsencode(wanted / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return wanted
    mark = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"jambi-{os.geteuid()}-{mark}"


def make_private(folder: Path, owner: int | None = None) -> None:
    """Make a folder that only `owner` (default: we) can enter.

    Raises:
        LauncherError: if something that is not ours lies there already.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in {os.geteuid(), owner}:
        raise LauncherError(f"{folder} belongs to somebody else: remove it, or use --data-dir.")
    if owner is not None:
        os.chown(folder, owner, -1)
    folder.chmod(0o700)
