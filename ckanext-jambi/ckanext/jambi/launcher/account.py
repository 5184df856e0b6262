"""Whom PostgreSQL runs as: it refuses root, so root starts it as `nobody`.

Where `nobody` cannot reach the programs or the data folder (a checkout in root's home, a umask of 077),
it keeps the one right to pass through folders. No file is opened to anybody else.
"""

from __future__ import annotations

import dataclasses
import os
import pwd
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ckanext.jambi.launcher.child import Command
from ckanext.jambi.launcher.errors import ServiceError

PASS_THROUGH = "+dac_read_search"  # noqa: S105 - a capability of the kernel


@dataclass(frozen=True)
class ServerAccount:
    """The account of a server: `uid` None means our own; `gated` that folders on its way are closed."""

    uid: int | None = None
    gid: int | None = None
    gated: bool = False

    @classmethod
    def for_program(cls, program: Path, folder: Path) -> ServerAccount:
        """Return the account for a `program` that works in `folder`."""
        if os.geteuid() != 0:
            return cls()
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid, gated=not _open_to_all([program, folder / "data"]))

    def command(self, command: Command) -> Command:
        """Return `command` as this account runs it.

        Raises:
            ServiceError: if the way is closed and the program that opens it is missing.
        """
        if self.uid is None or self.gid is None:
            return command
        if not self.gated:
            return dataclasses.replace(command, account=(self.uid, self.gid))
        return dataclasses.replace(command, argv=(*self._through_closed_folders(command), *command.argv))

    def _through_closed_folders(self, command: Command) -> tuple[str, ...]:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ServiceError(
                "Root cannot start PostgreSQL below a folder that only root may enter (no `setpriv` here): "
                "use a clone in /srv, or run as another user."
            )
        return (
            setpriv,
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            f"--inh-caps={PASS_THROUGH}",
            f"--ambient-caps={PASS_THROUGH}",
            "--securebits=+no_setuid_fixup",  # else access(2), which initdb asks, forgets the right
            f"--pdeathsig={command.stop_signal.name}",
            "--",
        )


def _open_to_all(paths: Iterable[Path]) -> bool:
    """Whether anybody may pass through all folders above `paths`, as far as they exist."""
    folders = {parent for path in paths for parent in path.resolve().parents if parent.exists()}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)
