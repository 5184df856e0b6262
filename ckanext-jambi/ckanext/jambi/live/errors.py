"""Errors of the live room.

LiveError
└── DoorError     a request at a signed door is refused; it carries status, code and message
"""

from __future__ import annotations

from ckanext.jambi.errors import JambiError


class LiveError(JambiError):
    """Something in the live room went wrong and has a name."""


class DoorError(LiveError):
    """A request at a signed door is refused.

    Attributes:
        status: HTTP status of the answer.
        code: stable machine code.
        retry_after: seconds after which the same request may be taken, where that is known.
    """

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after
