"""The city as a whole: its sources at the present instant, what was changed by hand, and finished answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from ckanext.jambi import clock

from .chance import Chance
from .content import Row, touched
from .datasets import SOURCES
from .json_shapes import Ask
from .source import Source

DEFAULT_SEED = "kota-jambi"
MOST_KEPT = 500
"""So many finished answers are kept; a normal harvest asks for about fifty."""

_Key = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class Answer:
    """A body with its type and its entity tag."""

    body: bytes
    media_type: str
    etag: str


@dataclass
class City:
    """All sources under one seed and one clock.

    Attributes:
        seed: two cities of one seed are equal.
        now: tells the instant (aware).
        sources: what the city holds, by number.
        changes: how often a dataset was changed by hand.
    """

    seed: str = DEFAULT_SEED
    now: Callable[[], datetime] = clock.now
    sources: tuple[Source, ...] = SOURCES
    changes: Counter[str] = field(default_factory=Counter)
    _answers: dict[_Key, tuple[list[Row], Answer]] = field(default_factory=dict)

    def rows(self, source: Source) -> list[Row]:
        """Return the true rows of a source at this instant."""
        rows = source.content.rows(Chance(self.seed), self.now())
        return touched(rows, source.columns.index(source.touch), self.changes[source.name])

    def change(self, count: int) -> list[str]:
        """Correct one row in each of the first `count` datasets; return their names."""
        names = [source.name for source in self.sources[:count]]
        self.changes.update(names)
        return names

    def answer(self, source: Source, ask: Ask) -> Answer:
        """Return what the source's system answers; an answer is made anew only when its rows differ."""
        key = (source.name, ask.url, tuple(ask.params.get(name, "") for name in source.shape.page_params))
        rows = self.rows(source)
        known = self._answers.get(key)
        if known is None or known[0] != rows:
            known = rows, sealed(source.shape.body(rows, ask), source.shape.media_type)
            if len(self._answers) >= MOST_KEPT:
                self._answers.clear()
            self._answers[key] = known
        return known[1]


def sealed(body: bytes, media_type: str) -> Answer:
    """Return an answer with the entity tag of its content."""
    return Answer(body, media_type, sha256(body).hexdigest()[:32])
