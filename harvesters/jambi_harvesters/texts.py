"""Decode text files of unknown habits: BOM, UTF-16, cp1252, NUL bytes; sniffed on the first 64 kB (S24)."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import charset_normalizer

from jambi_harvesters.definition import Dialect
from jambi_harvesters.errors import EncodingError, UnreadableError

HEAD_BYTES = 64 * 1024
DELIMITERS = ",;\t|"
SNIFF_LINES = 50
MAX_LINE = 4_000_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MANY_NULS = 0.2
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)")


@dataclass(frozen=True, slots=True)
class Form:
    """Encoding, separator and quote of one text file."""

    encoding: str
    delimiter: str
    quote: str
    bom: int = 0


def sniff_form(head: bytes, dialect: Dialect) -> Form:
    """Return the form of a text file from its first bytes; what the dialect states is taken as stated."""
    encoding, bom = _encoding(head, dialect.encoding)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head[bom:])
    return Form(encoding, dialect.delimiter or sniff_delimiter(text, dialect.quote), dialect.quote, bom)


def sniff_delimiter(text: str, quote: str = '"') -> str:
    """Return the separator that splits the first lines into the same number of cells most often."""
    lines = [line for line in text.replace("\0", "").splitlines() if line.strip()][:SNIFF_LINES]
    scored = [(_steadiness(lines, delimiter, quote), -at) for at, delimiter in enumerate(DELIMITERS)]
    return DELIMITERS[-max(scored)[1]]


def decoded_lines(file: IO[bytes], form: Form) -> Iterator[str]:
    """Yield the lines of a file, line ends kept, NUL characters gone.

    Raises:
        EncodingError: naming the byte that is not of the encoding.
        UnreadableError: if a line is longer than any table's.
    """
    begun: list[str] = []
    for text in decoded_blocks(file, form):
        begun.append(text)
        if "\n" in text or "\r" in text or begun[0].endswith("\r"):
            whole, rest = _split_lines("".join(begun))
            yield from whole
            begun = [rest]
        if sum(map(len, begun)) > MAX_LINE:
            raise UnreadableError(
                what="The file", what_id="Berkas", reason="a line never ends", alasan="ada baris tanpa akhir"
            )
    rest = "".join(begun)
    if rest:
        yield rest


def _split_lines(text: str) -> tuple[list[str], str]:
    """Return the whole lines of a text and what is left; a last CR waits for its LF."""
    end = max(text.rfind("\n"), text.rfind("\r")) + 1
    lines, rest = _LINE.findall(text, 0, end), text[end:]
    if not rest and lines and lines[-1].endswith("\r"):
        rest = lines.pop()
    return lines, rest


def decoded_blocks(file: IO[bytes], form: Form) -> Iterator[str]:
    """Yield the text of a file in pieces, NUL characters gone.

    Raises:
        EncodingError: naming the byte that is not of the encoding.
    """
    file.seek(form.bom)
    decoder = codecs.getincrementaldecoder(form.encoding)()
    offset = form.bom
    while True:
        block = file.read(HEAD_BYTES)
        pending = len(decoder.getstate()[0])
        try:
            yield decoder.decode(block, final=not block).replace("\0", "")
        except UnicodeDecodeError as err:
            raise EncodingError(encoding=form.encoding, offset=offset - pending + err.start) from None
        offset += len(block)
        if not block:
            return


def _encoding(head: bytes, stated: str | None) -> tuple[str, int]:
    for mark, encoding in _BOMS:
        if head.startswith(mark) and (stated is None or stated in (encoding, "utf-16", "utf-8")):
            return encoding, len(mark)
    if stated is not None:
        return ("utf-16-le" if stated == "utf-16" else stated), 0
    nuls = head.count(0)
    if nuls > len(head) * _MANY_NULS:
        return ("utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"), 0
    return _single_byte(head), 0


def _single_byte(head: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    try:
        head.decode("cp1252")
    except UnicodeDecodeError:
        best = charset_normalizer.from_bytes(head).best()
        return best.encoding if best is not None else "latin-1"
    return "cp1252"


def _steadiness(lines: list[str], delimiter: str, quote: str) -> float:
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter, quotechar=quote))
    except csv.Error:
        return 0.0
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    return 0.0 if width < 2 else count / len(lines) + min(width, 50) / 1_000
