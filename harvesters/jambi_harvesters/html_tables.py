"""Tables of a web page as rows of texts, read as a stream; spans are expanded, only texts of cells count.

A cell that reaches across a whole row below the headings is a remark ("Tidak ada data", the name of a part, a
source) and no row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from jambi_harvesters.errors import UnreadableError
from jambi_harvesters.headings import MAX_COLUMNS

MAX_CELL = 1_000_000
MAX_CAPTION = 300
MAX_DEPTH = 50
MAX_TABLES = 10_000
MAX_TAG = 1_000_000
MAX_ROW_SPAN = 65_534
SILENT = frozenset({"script", "style", "template", "noscript"})
SECTIONS = frozenset({"thead", "tbody", "tfoot"})
BREAKS = frozenset({"br", "p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})

Attributes = list[tuple[str, str | None]]
Row = tuple[int, list[str]]


@dataclass
class Table:
    """One table of a page: its place, its id and caption, and its rows, which can be taken once."""

    number: int
    id: str = ""
    caption: str = ""
    ended: bool = False
    rows: deque[Row] = field(default_factory=deque)
    wanted: bool = True

    @property
    def name(self) -> str:
        """What people call it: the caption, else the id, else its place."""
        return " ".join(self.caption.split()) or self.id or str(self.number)


class Tables:
    """The tables of a page in the order in which their first rows end.

    Args:
        blocks: the page's text in pieces.

    Attributes:
        found: number of tables that began.
    """

    def __init__(self, blocks: Iterable[str]) -> None:
        self._blocks = iter(blocks)
        self._parser = _Parser()
        self._given: set[int] = set()
        self._finished = False

    @property
    def found(self) -> int:
        """Return the number of tables that began so far."""
        return len(self._parser.tables)

    def __iter__(self) -> Iterator[Table]:
        """Yield each table that has rows; rows that are not taken are dropped with the next table."""
        while (table := self._next_table()) is not None:
            self._given.add(table.number)
            yield table
            table.wanted = False
            table.rows.clear()

    def rows(self, table: Table) -> Iterator[Row]:
        """Yield (number of the row, cells) of a table."""
        while table.rows or (not table.ended and self._more()):
            while table.rows:
                yield table.rows.popleft()

    def _next_table(self) -> Table | None:
        while True:
            for table in self._parser.tables:
                if table.rows and table.number not in self._given:
                    return table
            if not self._more():
                return None

    def _more(self) -> bool:
        """Read on; say whether there was anything left, the end of tables that were never closed included."""
        block = next(self._blocks, None)
        if block is not None:
            self._parser.feed(block)
            self._parser.check()
        elif self._finished:
            return False
        else:
            self._finished = True
            self._parser.finish()
        return True


@dataclass
class _Open:
    """A table that is being read.

    Attributes:
        spans: by column, how many further rows a cell reaches down, and its text.
        cells: how many cells the row has that stand in it.
        tag: `td` or `th`, that of the last cell.
        headed: a row of several cells has come.
    """

    table: Table
    lines: int = 0
    row: list[str] | None = None
    cell: list[str] | None = None
    size: int = 0
    across: int = 1
    down: int = 0
    in_caption: bool = False
    cells: int = 0
    tag: str = ""
    headed: bool = False
    spans: dict[int, tuple[int, str]] = field(default_factory=dict)

    def begin_cell(self, tag: str, attributes: Attributes) -> None:
        self.end_cell()
        self.tag = tag
        if self.row is None:
            self.row = []
        stated = dict(attributes)
        self.across = _span(stated.get("colspan"), MAX_COLUMNS)
        down = _span(stated.get("rowspan"), MAX_ROW_SPAN, lowest=0)
        self.down = MAX_ROW_SPAN if down == 0 else down - 1
        self.cell, self.size = [], 0
        self.cells += 1

    def end_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        text = " ".join("".join(self.cell).split())
        self._spanned()
        for _ in range(self.across):
            if self.down:
                self.spans[len(self.row)] = (self.down + 1, text)
            self.row.append(text)
        self.cell = None
        if len(self.row) > MAX_COLUMNS:
            raise _refused(f"it has more than {MAX_COLUMNS} columns", f"kolomnya lebih dari {MAX_COLUMNS}")

    def end_row(self) -> None:
        self.end_cell()
        if self.row is None:
            return
        for _ in range(len(self.row), max(self.spans, default=-1) + 1):
            self.row.append(self.spans.get(len(self.row), (0, ""))[1])
        self.lines += 1
        if self.table.wanted and not self._is_remark(self.row):
            self.table.rows.append((self.lines, self.row))
        self.headed, self.cells = self.headed or self.cells > 1, 0
        self.spans = {at: (left - 1, text) for at, (left, text) in self.spans.items() if left > 1}
        self.row = None

    def _is_remark(self, row: list[str]) -> bool:
        return self.headed and self.cells == 1 and self.tag == "td" and 1 < self.across == len(row)

    def end_section(self) -> None:
        """End a part of the table; no cell reaches beyond it."""
        self.end_row()
        self.spans = {}

    def _spanned(self) -> None:
        """Fill the columns into which cells of earlier rows reach."""
        assert self.row is not None  # noqa: S101 - only called inside a row
        while len(self.row) in self.spans:
            self.row.append(self.spans[len(self.row)][1])

    def add(self, text: str) -> None:
        if self.in_caption:
            self.table.caption = f"{self.table.caption}{text}"[:MAX_CAPTION]
        elif self.cell is not None:
            self.size += len(text)
            if self.size > MAX_CELL:
                raise _refused("a cell is too long", "ada sel yang terlalu panjang")
            self.cell.append(text)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self._open: list[_Open] = []
        self._silent = 0

    def check(self) -> None:
        if len(self.rawdata) > MAX_TAG:
            raise _refused("a tag never ends", "ada tanda yang tidak ditutup")

    def finish(self) -> None:
        self.close()
        while self._open:
            self._end_table()

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self._silent += tag in SILENT
        if tag == "table":
            self._begin_table(attrs)
        elif self._open and not self._silent:
            self._begin(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in SILENT))
        if not self._open or self._silent:
            return
        if tag == "table":
            self._end_table()
        elif tag in SECTIONS:
            self._open[-1].end_section()
        elif tag == "tr":
            self._open[-1].end_row()
        elif tag in ("td", "th"):
            self._open[-1].end_cell()
        elif tag == "caption":
            self._open[-1].in_caption = False
        elif tag in BREAKS:
            self._open[-1].add(" ")

    def handle_data(self, data: str) -> None:
        if self._open and not self._silent:
            self._open[-1].add(data)

    def _begin(self, tag: str, attrs: Attributes) -> None:
        table = self._open[-1]
        if tag in ("td", "th"):
            table.begin_cell(tag, attrs)
        elif tag in SECTIONS:
            table.end_section()
        elif tag == "tr":
            table.end_row()
        elif tag == "caption":
            table.in_caption = True
        elif tag in BREAKS:
            table.add(" ")

    def _begin_table(self, attrs: Attributes) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise _refused("tables lie in tables too deeply", "tabelnya bersarang terlalu dalam")
        if len(self.tables) >= MAX_TABLES:
            raise _refused(f"the page has more than {MAX_TABLES}", f"di halaman ada lebih dari {MAX_TABLES}")
        table = Table(len(self.tables), dict(attrs).get("id") or "")
        self.tables.append(table)
        self._open.append(_Open(table))

    def _end_table(self) -> None:
        ended = self._open.pop()
        ended.end_row()
        ended.table.ended = True


def _span(value: str | None, most: int, lowest: int = 1) -> int:
    """Return a span as browsers read it: nonsense is 1, too much is the most."""
    text = (value or "").strip()
    if not (text.isascii() and text.isdigit()) or int(text[:9]) < lowest:
        return 1
    return min(int(text[:9]), most)


def _refused(reason: str, alasan: str) -> UnreadableError:
    return UnreadableError(what="The table", what_id="Tabel", reason=reason, alasan=alasan)
