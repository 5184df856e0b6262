"""Hash chains of append-only logs, and the check of their exports (freshness.md F31, F34, F35; RL10).

Each log has a beginning of its own (`genesis`) and one row after the other from there: a row's hash is
SHA-256 over the hash before it and its own payload. A payload is a row as RFC 8785 canonical JSON; it
holds objects, lists, texts, integers, booleans and null, and never a binary float, since no evidence is
one. Imports no CKAN.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_SAFE = 2**53 - 1  # integers beyond are not the same number everywhere (RFC 8785 section 3.2.2.3)


class PayloadError(ValueError):
    """A value has no canonical form."""


def canonical(value: object) -> bytes:
    """Return `value` as RFC 8785 canonical JSON.

    Raises:
        PayloadError: for floats, integers beyond 2**53 - 1, lone surrogates and NUL in a text, and
            other types.
    """
    if _is_simple(value):
        text = _ENCODER.encode(value)
        if "\\u0000" not in text and text.isascii():
            return text.encode("ascii")
    return _written(value).encode("utf-8")


def _is_simple(value: object) -> bool:
    """Whether the standard library's writer gives the canonical form of a value, which is much faster."""
    kind = type(value)
    if kind is dict and isinstance(value, dict):
        return all(type(key) is str and key.isascii() for key in value) and all(
            map(_is_simple, value.values())
        )
    if kind in (list, tuple) and isinstance(value, (list, tuple)):
        return all(map(_is_simple, value))
    return kind in _TEXTS or (kind is int and isinstance(value, int) and abs(value) <= _SAFE)


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: str(key).encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_quoted(key)}:{_written(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_written, value)) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int) and abs(value) <= _SAFE:
        return str(int(value))
    if isinstance(value, str):
        return _quoted(value)
    raise PayloadError(f"{value!r} cannot stand in a payload.")


def _quoted(text: object) -> str:
    if not isinstance(text, str) or "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise PayloadError(f"{text!r} cannot stand in a payload.")
    return json.dumps(text, ensure_ascii=False)


def link(previous: bytes, payload: bytes) -> bytes:
    """Return the hash of a row: SHA-256 of the hash before it and its own payload."""
    return hashlib.sha256(previous + payload).digest()


def line(row_hash: bytes, payload: bytes) -> bytes:
    """Return one line of the export."""
    return row_hash.hex().encode("ascii") + b" " + payload + b"\n"


@dataclass(frozen=True, slots=True)
class Damage:
    """The first thing wrong in a log: the row that should stand there, and what is wrong.

    `seq` None means that no row is at fault, but what was given beside the log.
    """

    seq: int | None
    error: str


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of a check: rows found sound before the first damage."""

    rows: int
    first_seq: int | None
    last_seq: int | None
    root: str | None
    errors: tuple[Damage, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged."""
        return not self.errors


def genesis(name: str) -> bytes:
    """Return the hash that stands before the first row of the log of that name and version."""
    return hashlib.sha256(name.encode("ascii")).digest()


def verify(lines: Iterable[bytes], beginning: bytes, first: int = 1) -> Check:
    """Check an export from its first row to its last and stop at the first damage.

    An export begins with row 1, so that nothing but the file is needed. A part of one is checked from the
    hash of the row before it.

    Args:
        beginning: the hash before the first line.
        first: the number of the row in the first line.
    """
    last, previous, payloads = first - 1, beginning, _Payloads()
    for number, each in enumerate(lines, start=first):
        payload = each[65:-1]
        expected = link(previous, payload)
        if damage := _damage(each, expected) or payloads.damage(payload, number):
            return _outcome(first, last, previous, (Damage(number, damage),))
        last, previous = number, expected
    return _outcome(first, last, previous, ())


def _outcome(first: int, last: int, root: bytes, errors: tuple[Damage, ...]) -> Check:
    if last < first:
        return Check(0, None, None, None, errors)
    return Check(last - first + 1, first, last, root.hex(), errors)


def _damage(each: bytes, expected: bytes) -> str | None:
    """Return what is wrong with a line beside its payload, or None."""
    if each[64:65] != b" " or not each.endswith(b"\n"):
        return "not a line of a log"
    if each[:64] != expected.hex().encode("ascii"):
        return "the hash does not follow from the row before and this row"
    return None


class _Payloads:
    """Payloads of a log one after the other: what has the form of a sound one need not be written out again.

    A form is the keys of a payload in their order with a plain scalar after each: any two of one form are
    canonical alike. Objects and lists in them must be among those that were found canonical before.
    """

    def __init__(self) -> None:
        self._form: re.Pattern[bytes] | None = None
        self._forms: dict[tuple[tuple[str, ...], ...], re.Pattern[bytes]] = {}
        self._seq_at = 0
        self._parts: set[bytes] = set()

    def damage(self, payload: bytes, number: int) -> str | None:
        """Return what is wrong with the payload of a row, or None."""
        known = self._form.fullmatch(payload) if self._form else None
        if known:
            at, found = self._seq_at, known.groups()
            if found[at] == b"%d" % number and self._parts.issuperset(found[:at] + found[at + 1 :]):
                return None
        return self._read(payload, number)

    def _read(self, payload: bytes, number: int) -> str | None:
        try:
            text = payload.decode("utf-8")
            read, end = _DECODER.raw_decode(text)
            sound = end == len(text) and (_is_plain(read, text) or _written(read) == text)
        except (ValueError, RecursionError):
            return "the payload is no canonical JSON"
        if not sound or not isinstance(read, dict):
            return "the payload is no canonical JSON"
        if read.get("seq") != number or read["seq"] is True:
            return f"row {number} is missing or out of place"
        self._keep(read)
        return None

    def _keep(self, read: Mapping[str, object]) -> None:
        """Remember the form of a sound payload, and the objects and lists in it."""
        if not all(map(str.isascii, read)):
            return
        if len(self._parts) >= _MOST_PARTS:
            self._parts.clear()
        parts = sorted(key for key in read if isinstance(read[key], (dict, list)))
        self._parts.update(canonical(read[key]) for key in parts)
        self._form = self._form_of(sorted(read), parts)
        self._seq_at = sum(key < "seq" for key in parts)

    def _form_of(self, keys: Sequence[str], parts: Sequence[str]) -> re.Pattern[bytes]:
        """Return the form of payloads with these keys, of which some hold objects and lists."""
        known = tuple(keys), tuple(parts)
        if known not in self._forms:
            if len(self._forms) >= _MOST_FORMS:
                self._forms.clear()
            patterns = dict.fromkeys(parts, _PART) | {"seq": _SEQ}
            named = (re.escape(canonical(key)) + b":" + patterns.get(key, _SCALAR) for key in keys)
            self._forms[known] = re.compile(rb"\{" + b",".join(named) + rb"\}")
        return self._forms[known]


def _is_plain(read: object, text: str) -> bool:
    """Whether the standard library's writer already gives the canonical form, which is ten times faster.

    It does unless a key needs the order of UTF-16 (characters beyond U+FFFF) or a text an escape that
    `canonical` refuses.
    """
    if "\\u" in text or not (text.isascii() or max(text) <= _LAST_PLAIN):
        return False
    return _ENCODER.encode(read) == text


def _refused(text: str) -> int:
    raise PayloadError(f"{text} cannot stand in a payload.")


def _integer(text: str) -> int:
    return int(text) if len(text) < _SAFE_DIGITS or abs(int(text)) <= _SAFE else _refused(text)


_TEXTS = (str, bool, type(None))
_SCALAR = rb'(?:"[ !#-\[\]-~]*"|null|true|false|0|-?[1-9][0-9]{0,14})'
_PART, _SEQ = rb"(\{.*\}|\[.*\])", rb"([0-9]+)"
_MOST_PARTS, _MOST_FORMS = 10_000, 100
_LAST_PLAIN = "\uffff"
_SAFE_DIGITS = 16
_DECODER = json.JSONDecoder(parse_float=_refused, parse_int=_integer, parse_constant=_refused)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
)  # what was read from a text holds itself nowhere
