"""Keep secrets out of the logs (RL09): every record of this process passes the one redaction module.

A value that left the vault is remembered here, so that it is masked wherever it turns up: in a message,
in its arguments, in the text of an exception.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from jambi_harvesters.redaction import Redactor

_live: set[str] = set()
_redactor = Redactor()
_formatter = logging.Formatter()
_make: Callable[..., logging.LogRecord] | None = None


def remember(values: Iterable[str]) -> None:
    """Mask these values from now on."""
    global _redactor
    fresh = set(values) - _live
    if fresh:
        _live.update(fresh)
        _redactor = Redactor(_live)


def masked(text: object) -> str:
    """Return a text without the secrets that this process knows."""
    return _redactor(text)


def install() -> None:
    """Let every log record be made without secrets; called twice, it is installed once."""
    global _make
    if _make is None:
        _make = logging.getLogRecordFactory()
        logging.setLogRecordFactory(_record)


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    assert _make is not None  # noqa: S101 - `install` set it
    made = _make(*args, **kwargs)
    made.msg, made.args = masked(_message(made)), None
    if made.exc_info and made.exc_info[0]:
        made.exc_text = masked(_formatter.formatException(made.exc_info))
    return made


def _message(made: logging.LogRecord) -> str:
    """Return the message; one whose arguments do not fit is shown as it is, and masked like any."""
    try:
        return made.getMessage()
    except (TypeError, ValueError):
        return f"{made.msg} {made.args}"
