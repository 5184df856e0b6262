"""What views do with the refusals of actions: pages that say so, or messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk


def or_abort(work: Callable[[], Any]) -> Any:
    """Return what some work gives; what is not there or not for this reader ends as a page that says so."""
    try:
        return work()
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.NotAuthorized as err:
        return tk.abort(403, str(err))


def tried(work: Callable[[], Any], done: str) -> None:
    """Do some work and leave a message that says what became of it."""
    try:
        or_abort(work)
    except tk.ValidationError as err:
        tk.h.flash_error(" ".join(str(text) for texts in err.error_dict.values() for text in texts))
    else:
        tk.h.flash_success(done)
