"""Canonical form and hashes: when two records, or two tables, count as the same.

`rows-v1` is the row hash of freshness.md F18, `content_hash` the record hash of harvesting.md HV05-HV06.
Freshness evidence is judged by these values years later: a change of meaning needs a new version.
"""

from __future__ import annotations

import heapq
import re
import tempfile
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from json.encoder import encode_basestring
from typing import IO, Protocol

METHOD = "rows-v1"
SPILL_ROWS = 500_000

_DIGEST_BYTES = 32
_PLAIN_EXPONENT = 400
_READ_DIGESTS = 4_096
_WORD_BITS = 64
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?( ?(Z|[+-]\d\d:?\d\d))?", re.ASCII | re.IGNORECASE
)


class Named(Protocol):
    """Anything that has a column name, such as `record.Column`."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RowsDigest:
    """Digest over all rows of a table, whatever their order, and their number."""

    hash: bytes
    count: int


def canonical_json(value: object) -> bytes:
    """Return the one byte string that stands for a value.

    UTF-8, NFC, sorted keys, no spaces, numbers without trailing zeros and never through binary arithmetic,
    instants as ISO 8601 UTC.

    Raises:
        ValueError: for a number that is not finite, an instant without zone, or a value nested too deeply.
        TypeError: for a value that JSON has no form for.
    """
    try:
        return _encode(value).encode("utf-8", "surrogatepass")
    except RecursionError:
        raise ValueError("A value is nested too deeply to have a canonical form") from None


def rows_digest(
    columns: Sequence[Named | str], rows: Iterable[Sequence[object]], *, volatile: Collection[str] = ()
) -> RowsDigest:
    """Return the `rows-v1` digest of a table; columns in `volatile` are left out."""
    hasher = RowsHasher(columns, volatile=volatile)
    for row in rows:
        hasher.add(row)
    return hasher.digest()


def content_hash(
    fields: Mapping[str, object],
    rows_digest: RowsDigest | None = None,
    file_hash: str | None = None,
    ignore: Collection[str] = (),
    unordered: Collection[str] = (),
) -> str:
    """Return the stored content hash of a record: version, colon, 64 hexadecimal digits."""
    return content_hashes(fields, rows_digest, file_hash, ignore, unordered)[0]


def content_hashes(
    fields: Mapping[str, object],
    rows_digest: RowsDigest | None = None,
    file_hash: str | None = None,
    ignore: Collection[str] = (),
    unordered: Collection[str] = (),
) -> tuple[str, ...]:
    """Return the content hash of a record by every known version, the present one first.

    A stored hash is compared with the one of its own version, so that a new version finds unchanged
    records unchanged (HV05).

    Args:
        ignore: names of fields that do not count as content (`schema.ignore`).
        unordered: names of list fields whose order does not count (`schema.unordered`).
    """
    content = {
        "fields": {
            name: _as_set(value) if name in unordered else _instants(value)
            for name, value in fields.items()
            if name not in ignore
        },
        "rows": None if rows_digest is None else f"{METHOD}:{rows_digest.hash.hex()}",
        "file": file_hash,
    }
    newest_first = sorted(ALGORITHMS, key=int, reverse=True)
    return tuple(f"{version}:{ALGORITHMS[version](content)}" for version in newest_first)


def _version_1(content: Mapping[str, object]) -> str:
    return sha256(canonical_json(content)).hexdigest()


# A change of meaning is a new entry. An old one stays until no stored hash bears its version any more.
ALGORITHMS: dict[str, Callable[[Mapping[str, object]], str]] = {"1": _version_1}


class RowsHasher:
    """Digest rows one by one; beyond 500,000 row digests it spills sorted runs to a temporary file."""

    def __init__(
        self,
        columns: Sequence[Named | str],
        *,
        volatile: Collection[str] = (),
        spill_rows: int = SPILL_ROWS,
    ) -> None:
        names = [column if isinstance(column, str) else column.name for column in columns]
        if len(set(names)) != len(names):
            raise ValueError("Column names must differ, or the row hash would leave one out")
        kept = sorted((name, at) for at, name in enumerate(names) if name not in volatile)
        self._width = len(names)
        self._plan = [(_text(unicodedata.normalize("NFC", name)), at) for name, at in kept]
        self._spill_rows = spill_rows
        self._digests: list[bytes] = []
        self._runs: list[IO[bytes]] = []
        self._count = 0

    def add(self, row: Sequence[object]) -> None:
        """Take one row, cells in the order of the columns."""
        if len(row) != self._width:
            raise ValueError(f"Row has {len(row)} cells, {self._width} expected")
        cells = ",".join(f"{name}:{_cell(row[at])}" for name, at in self._plan)
        self._digests.append(sha256(f"{{{cells}}}".encode("utf-8", "surrogatepass")).digest())
        self._count += 1
        if len(self._digests) >= self._spill_rows:
            self._spill()

    def digest(self) -> RowsDigest:
        """Return the digest of all rows so far; further rows may still be added."""
        total = sha256()
        for digest in heapq.merge(sorted(self._digests), *(_read_run(run) for run in self._runs)):
            total.update(digest)
        return RowsDigest(total.digest(), self._count)

    def close(self) -> None:
        """Remove the temporary files."""
        for run in self._runs:
            run.close()
        self._runs.clear()

    def _spill(self) -> None:
        run = tempfile.TemporaryFile(prefix="jambi-rows-")  # noqa: SIM115 - lives until close()
        run.write(b"".join(sorted(self._digests)))
        self._runs.append(run)
        self._digests.clear()


def _read_run(run: IO[bytes]) -> Iterator[bytes]:
    run.seek(0)
    while block := run.read(_DIGEST_BYTES * _READ_DIGESTS):
        for start in range(0, len(block), _DIGEST_BYTES):
            yield block[start : start + _DIGEST_BYTES]


def _cell(value: object) -> str:
    return _encode(value.strip() if isinstance(value, str) else value)


def _encode(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return _text(unicodedata.normalize("NFC", value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, date):
        return _text(_day_or_instant(value))
    return _encode_container(value)


def _encode_container(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = {unicodedata.normalize("NFC", str(key)): _encode(item) for key, item in value.items()}
        return "{" + ",".join(f"{_text(key)}:{pairs[key]}" for key in sorted(pairs)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_encode(item) for item in value) + "]"
    raise TypeError(f"No canonical form for {type(value).__name__}")


def _text(value: str) -> str:
    # What json.dumps(value, ensure_ascii=False) gives, which makes an encoder for each text.
    return encode_basestring(value)


def _number(value: int | float | Decimal) -> str:
    if isinstance(value, int) and value.bit_length() < _WORD_BITS:
        return str(value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError("Only finite numbers have a canonical form")
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    stripped = text.rstrip("0")
    if not stripped:
        return "0"
    power = int(exponent) + len(text) - len(stripped)
    return ("-" if sign else "") + _place_point(stripped, power)


def _place_point(digits: str, power: int) -> str:
    if abs(power) > _PLAIN_EXPONENT:
        return f"{digits}E{power}"
    if power >= 0:
        return digits + "0" * power
    padded = digits.rjust(1 - power, "0")
    return f"{padded[:power]}.{padded[power:]}"


def _day_or_instant(value: date) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is None:
        raise ValueError("An instant needs a zone before it can be hashed")
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return text.rstrip("0").rstrip(".") + "Z" if "." in text else text + "Z"


def _instants(value: object) -> object:
    """Turn texts that spell an instant into the instant (HV06); without a zone UTC is meant, as in CKAN."""
    if isinstance(value, str):
        return _instant(value)
    if isinstance(value, Mapping):
        return {key: _instants(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_instants(item) for item in value]
    return value


def _instant(text: str) -> object:
    if not _INSTANT.fullmatch(text.strip()):
        return text
    try:
        moment = datetime.fromisoformat(text.strip().upper().replace(" +", "+").replace(" -", "-"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return text


def _as_set(value: object) -> object:
    value = _instants(value)
    return sorted(value, key=canonical_json) if isinstance(value, list) else value
