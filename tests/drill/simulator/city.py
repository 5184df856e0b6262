"""The systems that a simulated portal harvests: what each of them lists, and how it answers.

The content of a record is one number, never used twice by accident: whatever became of it in the portal
can be told by that number alone. This is the other side of every comparison, so nothing here asks the
harvester.
"""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harvest_source import (
    FIELDS,
    NOTES,
    Answer,
    Handler,
    Source,
    catalogue_of,
    entry,
    raw_catalogue,
    raw_definition,
)
from scenes import COLUMNS, TAGS

MONTHS = range(1, 5)
DEADLINE_SECONDS = 1
JSON = {"Content-Type": "application/json"}
LOGIN_PAGE = Answer(
    b"<!doctype html><title>Masuk</title><form></form>", headers={"Content-Type": "text/html"}
)


@dataclass
class Office:
    """One system: its list, and everything it ever listed.

    Attributes:
        listed: guid -> content; `served`: guid -> every content it had.
        bad: contents that no portal can import.
        edition: what its definition adds to the tags of each dataset.
        ailment: how it answers instead of giving its list.
        changed_at: when its list or its answers changed last.
    """

    name: str
    with_tables: bool
    listed: dict[str, int] = field(default_factory=dict)
    served: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    bad: set[int] = field(default_factory=set)
    edition: int = 0
    ailment: str = ""
    changed_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def path(self) -> str:
        """Where it answers."""
        return f"/{self.name}.json"

    def put(self, guid: str, content: int, *, bad: bool = False) -> None:
        """List a record, new or with other content."""
        self.listed[guid] = content
        self.served[guid].add(content)
        self.bad |= {content} if bad else set()

    def good(self, guid: str) -> set[int]:
        """Return the contents of a record that may be public."""
        return self.served[guid] - self.bad

    def definition(self, source: Source) -> dict[str, Any]:
        """Return how the portal reads it; nothing becomes due by itself."""
        over = {
            "endpoint": {"path": self.path[1:]},
            "polite": {"max_rps": 20, "deadline": f"{DEADLINE_SECONDS}s", "probe": False},
            "trigger": {"every": "24h", "adaptive": False},
        }
        tags = [*TAGS, f"edisi-{self.edition}"]
        if not self.with_tables:
            dataset = {"title": "{title}", "fields": FIELDS, "tags": tags}
            return raw_catalogue(source) | {"id": self.name, "dataset": dataset} | over
        dataset = {"title": "Tabel", "notes": NOTES, "tags": tags, "fields": FIELDS, "period_column": "bulan"}
        tables = {"kind": "uji_tables", "schema": {"fields": COLUMNS}, "dataset": dataset}
        return raw_definition(source, name=self.name) | tables | over

    def answer_on(self, source: Source) -> None:
        """Let the server answer as this system does now."""
        self.changed_at = datetime.now(UTC)
        source.behaviours.pop(self.path, None)
        ail = AILMENTS.get(self.ailment)
        if ail:
            source.behaviours[self.path] = lambda handler: ail(handler, self._list(self.listed))
        listed = {} if self.ailment == "empty" else self.listed
        source.answers[self.path] = self._list(listed)

    def _list(self, listed: dict[str, int]) -> Answer:
        if not self.with_tables:
            return catalogue_of(
                entry(str(content)) | {"identifier": guid} for guid, content in listed.items()
            )
        tables = [
            {
                "id": guid,
                "title": f"Jumlah Kunjungan menurut Bulan {content}",
                "rows": [[f"2026-{month:02d}", self._figure(content, month)] for month in MONTHS],
            }
            for guid, content in listed.items()
        ]
        return Answer(json.dumps({"datasets": tables}).encode(), headers=JSON)

    def _figure(self, content: int, month: int) -> int | str:
        return "bukan angka" if content in self.bad and month == MONTHS[-1] else content * month


def content_of(title: str) -> int:
    """Return the content that a dataset shows."""
    return int(re.findall(r"\d+", title)[-1])


def total_of(content: int) -> int:
    """Return the sum of the figures in the table of a content."""
    return sum(content * month for month in MONTHS)


def _cut(handler: Handler, answer: Answer) -> None:
    """Promise the whole list and send half of it."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    handler.wfile.write(answer.body[: len(answer.body) // 2])
    handler.close_connection = True


def _slow(handler: Handler, answer: Answer) -> None:
    """Send bytes one by one, until nobody listens any more."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    pause = threading.Event()
    while not pause.wait(DEADLINE_SECONDS / 5):
        handler.wfile.write(b" ")


def _given(answer: Answer) -> Callable[[Handler, Answer], None]:
    return lambda handler, _: handler.give(answer)


AILMENTS: dict[str, Callable[[Handler, Answer], None]] = {
    "gone": _given(Answer(b"", 404)),
    "refusing": _given(Answer(b"", 403)),
    "login": _given(LOGIN_PAGE),
    "broken": lambda handler, answer: handler.give(Answer(answer.body[:-2], headers=JSON)),
    "cut": _cut,
    "slow": _slow,
}
SICK = (*AILMENTS, "empty")
