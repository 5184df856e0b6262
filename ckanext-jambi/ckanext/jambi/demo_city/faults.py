"""Faults that can be switched on for one source, to see what a harvester makes of them.

Each fault is a function of the source, its rows and the request; its answer takes the true one's place.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.wrappers import Response

from .content import Row
from .json_shapes import Ask
from .source import Shape, Source

LOGIN_PAGE = """<!DOCTYPE html>
<html lang="id"><head><meta charset="utf-8"><title>Masuk - Sistem Peraga</title></head>
<body><p>Data peraga.</p><form method="post" action="/login">
<label>Nama pengguna <input name="username"></label>
<label>Sandi <input type="password" name="password"></label>
<button>Masuk</button></form></body></html>
"""
FORBIDDEN_ADDRESS = "http://169.254.169.254/latest/meta-data/"
SECONDS_A_BYTE = 5.0
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+")


@dataclass(frozen=True)
class Case:
    """What a fault works on."""

    source: Source
    rows: list[Row]
    ask: Ask

    def answer(self, rows: list[Row] | None = None, shape: Shape | None = None) -> Response:
        """Return the normal answer, with other rows or in another shape."""
        shape = shape or self.source.shape
        body = shape.body(self.rows if rows is None else rows, self.ask)
        return Response(body, content_type=shape.media_type)


def _login(case: Case) -> Response:
    return Response(LOGIN_PAGE, content_type="text/html; charset=utf-8")


def _empty(case: Case) -> Response:
    return case.answer(rows=[])


def _half(case: Case) -> Response:
    return case.answer(rows=case.rows[: len(case.rows) // 2])


def _american(case: Case) -> Response:
    """Write each number of id-ID as en-US: 1.234,5 becomes 1,234.5 and 45.000 becomes 45,000.00."""
    shape: Any = case.source.shape
    plain = shape.dress
    return case.answer(shape=replace(shape, dress=lambda row, turn: _retold(plain(row, turn))))


def _retold(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _retold(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_retold(item) for item in value]
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        whole, _, part = value.partition(",")
        return f"{whole.replace('.', ',')}.{part or '00'}"
    return value


def _redirect(case: Case) -> Response:
    return Response(status=302, headers={"Location": FORBIDDEN_ADDRESS})


def _failure(case: Case) -> Response:
    return Response(
        "Internal Server Error (data peraga)", status=500, content_type="text/plain; charset=utf-8"
    )


def _slow(case: Case) -> Response:
    answer = case.answer()
    return Response(_dripping(answer.get_data()), content_type=answer.content_type)


def _dripping(body: bytes) -> Iterator[bytes]:
    for place in range(len(body)):
        yield body[place : place + 1]
        time.sleep(SECONDS_A_BYTE)


FAULTS: Mapping[str, Callable[[Case], Response]] = {
    "html": _login,
    "kosong": _empty,
    "separuh": _half,
    "locale": _american,
    "redirect": _redirect,
    "500": _failure,
    "lambat": _slow,
}
