"""Start a launcher in the background, show what it says until people can look, then leave it alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence

import click

READY = b"\x04\n"  # end of transmission


def start(arguments: Sequence[str]) -> int:
    """Run `jambi ARGUMENTS` in a session of its own and return its status, 0 once the portal answers.

    It says `READY` in a line of its own when the portal answers; if it ends without, its status counts.
    """
    launcher = subprocess.Popen(
        [sys.executable, "-P", "-m", "ckanext.jambi.launcher", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        for line in launcher.stdout or ():
            if line == READY:
                return 0
            click.echo(line.decode(errors="replace"), nl=False)
    except KeyboardInterrupt:
        launcher.send_signal(signal.SIGTERM)
    return launcher.wait()
