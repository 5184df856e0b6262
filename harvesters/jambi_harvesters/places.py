"""Where a list goes on: what a walk needs to be taken up again after the pages that were kept (HV07)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from jambi_harvesters.record import JsonValue

MAX_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Place:
    """Stands between the rows of a list: those before it are whole pages of the source.

    `cursor` is what `Connector.pages` takes to go on behind them, None where it cannot.
    """

    cursor: JsonValue


def place_of(
    state: Mapping[str, JsonValue], asked: Mapping[str, JsonValue], redact: Callable[[str], str]
) -> Place:
    """Return the place of a walk; one that is too large, or holds a secret, is none.

    Args:
        asked: the parameters of the next request, whose names may say that a value is a secret.
    """
    stated = json.dumps(state, default=str)
    text = f"{stated} ?{urlencode(asked)}"
    return Place(json.loads(stated) if len(text) <= MAX_BYTES and redact(text) == text else None)
