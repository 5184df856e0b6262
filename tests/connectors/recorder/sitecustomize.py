"""Notes each address that a child process connects to; Python loads this by itself where PYTHONPATH names it.

The file is opened at the start: a child that gives away its right to open anything must still be able to tell.
"""

from __future__ import annotations

import os
import socket
import sys

WATCHED = ("socket.connect", "socket.sendto", "socket.getaddrinfo")


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event not in WATCHED:
        return
    if event == "socket.getaddrinfo":
        _say(event, arguments[0])
    elif getattr(arguments[0], "family", None) != socket.AF_UNIX:
        _say(event, arguments[1])


def _say(event: str, what: object) -> None:
    os.write(_LOG, f"{os.getpid()}\t{event}\t{what!r}\n".encode())


_LOG = os.open(os.environ["JAMBI_CONNECTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_say("start", sys.argv[:1])
sys.addaudithook(_note)
