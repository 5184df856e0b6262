"""Promise P2 at the connectors: whatever an outage answers, no kind takes it for a list (S2-S12)."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

import misbehaving
import pytest
from misbehaving import Behaviour, Source
from reading import definition, read, sumber, workbook

from jambi_harvesters.errors import HarvesterError

HTML = {"Content-Type": "text/html"}
COLUMN = {"schema__fields": {"nama": "nama"}}
KINDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "arcgis": ("/FeatureServer/0", COLUMN),
    "csv": ("/x", COLUMN),
    "datajson": ("/x", {"schema": {}, "dataset__title": None}),
    "gsheet": ("/spreadsheets/d/1Peraga-Lembar/edit", COLUMN),
    "html_table": ("/x", COLUMN),
    "jdih": ("/x", COLUMN),
    "rest_api": ("/x", COLUMN),
    "spse": (
        "/x",
        {**COLUMN, "endpoint__params": {"tahun": "{tahun}"}, "dataset__fields__periode_mulai": "2025"},
    ),
    "wfs": ("/ows", {**COLUMN, "endpoint__params": {"typeNames": "a:b"}, "primary_key": "nama"}),
    "wordpress": ("/", {"schema__fields": {"id": "id"}}),
    "xlsx": ("/x", COLUMN),
}
EMPTY = {
    "arcgis": b'{"fields":[{"name":"o","type":"esriFieldTypeOID"}],"objectIds":null,"features":[]}',
    "wfs": b'{"features":[]}',
    "csv": b"nama\n",
    "gsheet": b"nama\n",
    "html_table": b"<html><table><tr><th>nama</table>",
    "datajson": b'{"dataset": []}',
    "xlsx": workbook({"Data": [["nama"]]}),
}
BOMB = gzip.compress(b"[" + b" " * 5_000_000 + b"]")


class Everywhere(dict[str, Behaviour]):
    """Routes that all lead to one behaviour."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        super().__init__()

    def get(self, path: str, default: Any = None) -> Behaviour:
        """Return the one behaviour."""
        return self._behave


def answered(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    return lambda handler: handler.answer(body, status, {**HTML, **(headers or {})})


def outcome(server: Source, kind: str, behave: Behaviour, **changes: Any) -> str:
    """Return the code of what a reading raised, or of the problem that it ended with."""
    server.routes = Everywhere(behave)
    path, own = KINDS[kind]
    try:
        pages = read(server, definition(server, path, kind=kind, **{**own, **changes}))
    except HarvesterError as err:
        return err.code
    assert pages[-1].problem is not None, "an outage was taken for a list"
    return pages[-1].problem.code


every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
@pytest.mark.parametrize("status", [401, 403])
def test_p02_s02_refused_client_is_named(server: Source, kind: str, status: int) -> None:
    assert outcome(server, kind, answered(b"", status)) in ("auth_failed", "auth_required")


@every_kind
def test_p02_s03_list_that_is_gone_is_an_outage(server: Source, kind: str) -> None:
    assert outcome(server, kind, answered(b"tidak ada", 404)) == "not_found"


@every_kind
def test_p02_s05_lasting_failure_is_an_outage(server: Source, kind: str) -> None:
    assert outcome(server, kind, answered(b"", 500)) == "source_down"


@every_kind
def test_p02_s06_sign_in_page_is_no_list(server: Source, kind: str) -> None:
    behave = answered(sumber("halaman-masuk.html"))
    assert outcome(server, kind, behave) in ("unexpected_content", "auth_required")


@every_kind
def test_p02_s07_empty_list_is_a_problem(server: Source, kind: str) -> None:
    headers = {"X-WP-Total": "0", "X-WP-TotalPages": "0"}
    found = outcome(server, kind, answered(EMPTY.get(kind, b"[]"), 200, headers))
    assert found in ("empty_list", "incomplete_list")


@every_kind
def test_p02_s07_answer_of_no_bytes_is_no_list(server: Source, kind: str) -> None:
    assert outcome(server, kind, answered(b"")) in ("unexpected_content", "unreadable")


@every_kind
@pytest.mark.parametrize("cut", ["short", "chunk"])
def test_p02_s09_cut_body_is_not_used(server: Source, kind: str, cut: str) -> None:
    body = EMPTY.get(kind, b'[{"nama": "a"}]')

    def behave(handler: misbehaving.Handler) -> None:
        promise = (
            {"Content-Length": str(len(body) + 9)} if cut == "short" else {"Transfer-Encoding": "chunked"}
        )
        handler.start({**HTML, **promise})
        handler.wfile.write(body if cut == "short" else b"%x\r\n" % (len(body) + 9) + body)

    assert outcome(server, kind, behave) == "truncated"


@every_kind
def test_p02_s11_answer_above_the_cap_is_given_up(server: Source, kind: str) -> None:
    behave = answered(b" " * 300_000)
    assert outcome(server, kind, behave, polite={"max_bytes": "100kB"}) == "too_large"


@every_kind
def test_p02_s12_compression_bomb_is_given_up(server: Source, kind: str) -> None:
    behave = answered(BOMB, 200, {"Content-Encoding": "gzip"})
    assert outcome(server, kind, behave) == "compression_bomb"
