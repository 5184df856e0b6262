"""Start a launcher in the background, show what it says until people can look, then leave it alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence

import click


def start(arguments: Sequence[str]) -> int:
    """Run `jambi ARGUMENTS` in a session of its own and return its status, 0 once the portal answers.

    It closes its end of the pipe when the portal answers; ended by then, it says by its status why.
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
            click.echo(line.decode(errors="replace"), nl=False)
    except KeyboardInterrupt:
        launcher.send_signal(signal.SIGTERM)
        return launcher.wait()
    return launcher.poll() or 0
