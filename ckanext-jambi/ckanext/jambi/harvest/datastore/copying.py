"""Write rows as PostgreSQL's COPY text, a chunk at a time, without holding a table in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO

ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": None})


def cell(value: object) -> str:
    r"""Return one value as COPY text; None is `\N`, an instant keeps its offset."""
    if value is None:
        return r"\N"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value).translate(ESCAPES)


def chunk_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as COPY text, one line a row."""
    return "".join("\t".join(map(cell, row)) + "\n" for row in rows)


class ChunkReader:
    """A file to read from for `copy_expert`, fed by chunks of rows.

    psycopg2 turns an error of a chunk into a cancelled COPY; the error itself is kept as `error`.
    """

    def __init__(self, chunks: Iterable[Iterable[Sequence[object]]]) -> None:
        self._texts: Iterator[str] = map(chunk_text, chunks)
        self._open = StringIO()
        self.error: Exception | None = None

    def read(self, size: int = -1) -> str:
        """Return up to `size` characters; an empty text is the end."""
        try:
            return self._read(size)
        except Exception as err:
            self.error = err
            raise

    def _read(self, size: int) -> str:
        while True:
            text = self._open.read(size)
            if text:
                return text
            following = next(self._texts, None)
            if following is None:
                return ""
            self._open = StringIO(following)
