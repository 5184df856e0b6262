"""JSON documents: small ones as a whole, those above 8 MB as a stream of items and an envelope (HV07).

Numbers stay decimals; a doubled key, an unfinished text, a number or a depth that nothing behind could hold
are errors with a position or a name (S27).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any, cast

import ijson

from jambi_harvesters.bodies import Body
from jambi_harvesters.errors import EncodingError, UnexpectedContentError, UnreadableError

STREAM_BYTES = 8 * 10**6
MAX_DEPTH = 100
"""No real document is deeper, and what goes through values level by level gets as far as this."""

_DAMAGES = (ijson.JSONError, ValueError, RecursionError, InvalidOperation)
_HOLDERS = (dict, list)
_CONTROL = bytes(32 if byte < 32 else byte for byte in range(256))


def load(body: Body, url: str, *, lenient: bool = False) -> Any:
    """Return a document that fits in memory.

    Args:
        url: redacted address, for error texts.
        lenient: take control characters in texts and doubled keys, as real catalogues have them.

    Raises:
        EncodingError, UnexpectedContentError, UnreadableError.
    """
    body.file.seek(0)
    data = body.file.read()
    if data[:64].lstrip().startswith(b"<"):
        raise UnexpectedContentError(url=url, found="XML", expected="JSON")
    encoding = json.detect_encoding(data)
    try:
        found = json.loads(
            data.decode(encoding),
            strict=not lenient,
            parse_float=_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=dict if lenient else _unique,
        )
    except UnicodeDecodeError as err:
        raise EncodingError(encoding=encoding, offset=err.start) from None
    except json.JSONDecodeError as err:
        raise _broken(
            f"line {err.lineno}, column {err.colno}", f"baris {err.lineno}, kolom {err.colno}"
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as err:
        raise _broken(str(err)[:80], "ada nilai atau kunci yang tidak sah") from None
    return _shallow(found)


def stream_items(body: Body, prefix: str) -> Iterator[Any]:
    """Yield the items of an array in a large document, one at a time.

    Args:
        prefix: dotted names that lead to the array; "" for the document itself.

    Raises:
        UnreadableError.
    """
    body.file.seek(0)
    path = f"{prefix}.item" if prefix else "item"
    try:
        yield from map(_shallow, ijson.items(cast("IO[bytes]", _Lenient(body.file)), path))
    except _DAMAGES:
        raise _broken("it breaks off or is damaged", "isinya terputus atau rusak") from None


def envelope(body: Body, prefix: str) -> Any:
    """Return a large document with the array at `prefix` left empty.

    Raises:
        UnreadableError.
    """
    body.file.seek(0)
    inside = f"{prefix}.item" if prefix else "item"
    builder = ijson.ObjectBuilder()
    try:
        for path, event, value in ijson.parse(cast("IO[bytes]", _Lenient(body.file))):
            if path != inside and not path.startswith(f"{inside}."):
                builder.event(event, value)
    except _DAMAGES:
        raise _broken("it breaks off or is damaged", "isinya terputus atau rusak") from None
    return _shallow(builder.value)


def find_large_list(body: Body) -> str | None:
    """Return the dotted path of the first array of objects in a large document."""
    body.file.seek(0)
    last = ""
    try:
        for path, event, _ in ijson.parse(cast("IO[bytes]", _Lenient(body.file))):
            if event == "start_array":
                last = path
            elif event == "start_map" and path and path == (f"{last}.item" if last else "item"):
                return last
    except _DAMAGES:
        raise _broken("it breaks off or is damaged", "isinya terputus atau rusak") from None
    return None


class _Lenient:
    """A file whose control characters read as blanks: outside texts they are, inside they are mistakes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size).translate(_CONTROL)


def _unique(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is written twice")
    return found


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number is out of all bounds") from None


def is_too_deep(value: Any) -> bool:
    """Say whether a value is nested deeper than those who go through it get."""
    level = [value] if type(value) in _HOLDERS else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        parts = (one.values() if type(one) is dict else one for one in level)
        level = [inner for part in parts for inner in part if type(inner) in _HOLDERS]
    return True


def _shallow(value: Any) -> Any:
    if is_too_deep(value):
        raise _too_deep()
    return value


def _too_deep() -> UnreadableError:
    return _broken("it is nested too deeply", "susunannya terlalu dalam")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _broken(reason: str, alasan: str) -> UnreadableError:
    return UnreadableError(what="The JSON document", what_id="Dokumen JSON", reason=reason, alasan=alasan)
