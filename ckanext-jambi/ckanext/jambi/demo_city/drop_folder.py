"""The drop folder: a CSV, XLSX or JSON file laid into it is served, so that anyone can try a source."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .city import Answer, sealed
from .file_shapes import XLSX_TYPE

DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEAD = 64_000
MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".xlsx": XLSX_TYPE,
}


@dataclass(frozen=True)
class Dropped:
    """A file in the drop folder."""

    path: Path

    @property
    def name(self) -> str:
        """Return its name, which is also the end of its address."""
        return self.path.name

    @property
    def kind(self) -> str:
        """Return the kind of source that reads it."""
        suffix = self.path.suffix.lower().removeprefix(".")
        return "rest_api" if suffix == "json" else suffix

    @property
    def changed_at(self) -> datetime:
        """Return when it was last written."""
        return datetime.fromtimestamp(int(self.path.stat().st_mtime), UTC)

    def headings(self) -> tuple[str, ...]:
        """Return the column names of a CSV file or of a small list in a JSON file; else nothing."""
        readers = {"csv": _csv_headings, "rest_api": _json_keys}
        read = readers.get(self.kind)
        return read(self.path) if read else ()

    def rows(self) -> list[tuple[str, ...]]:
        """Return the first rows of a CSV file below its column names; of other files nothing."""
        return _csv_head(self.path)[1:-1] if self.kind == "csv" else []

    def answer(self) -> Answer:
        """Return its content, read anew each time."""
        return sealed(self.path.read_bytes(), MEDIA_TYPES[self.path.suffix.lower()])


def dropped(folder: Path | None) -> Iterator[Dropped]:
    """Return the files that are served, by name; hidden files, folders and other types are not."""
    for path in sorted(folder.iterdir()) if folder and folder.is_dir() else ():
        if path.suffix.lower() in MEDIA_TYPES and not path.name.startswith(".") and path.is_file():
            yield Dropped(path)


def find(folder: Path | None, name: str) -> Dropped | None:
    """Return the file called `name`, or None; only names that the listing shows are found."""
    return next((file for file in dropped(folder) if file.name == name), None)


def _csv_headings(path: Path) -> tuple[str, ...]:
    head = _csv_head(path)
    return tuple(cell for cell in head[0] if cell) if head else ()


def _csv_head(path: Path) -> list[tuple[str, ...]]:
    """Return the lines at the beginning of a CSV file; the last may be cut, or empty."""
    with path.open("rb") as file:
        lines = file.read(LONGEST_HEAD).decode("utf-8-sig", "replace").split("\n")
    delimiter = max(DELIMITERS, key=lines[0].count)
    return [tuple(cell.strip() for cell in cells) for cells in csv.reader(lines, delimiter=delimiter)]


def _json_keys(path: Path) -> tuple[str, ...]:
    if path.stat().st_size > LONGEST_HEAD:
        return ()
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return ()
    first = document[0] if isinstance(document, list) and document else None
    return tuple(map(str, first)) if isinstance(first, dict) else ()
