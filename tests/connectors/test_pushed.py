"""Pushed bodies in every form and way, read by the declared columns of the source (HV32)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from jambi_harvesters import definition as definitions
from jambi_harvesters import pushed
from jambi_harvesters.errors import ContentError, DefinitionError, HarvesterError
from jambi_harvesters.record import Page

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HEADINGS = {"bulan": {"path": "Bulan"}, "jumlah": {"path": "Jumlah Kunjungan", "type": "integer"}}
PATHS = {"bulan": {"path": "periode.bulan"}, "jumlah": {"path": "nilai", "type": "integer"}}


def definition(kind: str = "csv", fields: Any = None, **over: Any) -> definitions.Definition:
    raw = {
        "version": 1,
        "id": "uji",
        "kind": kind,
        "organization": "dinkes",
        "client": {"base_url": "https://uji.example/"},
        "schema": {"fields": fields or HEADINGS},
        "dataset": {"title": "Uji", "fields": {"frekuensi": "bulanan"}},
        "trigger": {"push": True},
    }
    return definitions.parse(raw | over)


def pages(
    body: bytes, media_type: str = pushed.JSON, partial: bool = False, wanted: Any = None, **over: Any
) -> list[Page]:
    spec = wanted or definition(**over)
    return list(pushed.PushedConnector(spec, media_type, body, partial=partial, now=NOW).pages())


def rows(found: list[Page]) -> list[tuple[Any, ...]]:
    return [row for page in found for one in page.records for row in one.rows.rows]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (pushed.JSON, b'[{"Bulan": "Jan", "Jumlah Kunjungan": 5}, {"Jumlah Kunjungan": 7, "Bulan": "Feb"}]'),
        (
            pushed.JSON,
            b'{"rows": [{"Bulan": "Jan", "Jumlah Kunjungan": 5}, {"Bulan": "Feb", "Jumlah Kunjungan": "7"}]}',
        ),
        (
            pushed.NDJSON,
            b'{"Bulan": "Jan", "Jumlah Kunjungan": 5}\r\n\n{"Bulan": "Feb", "Jumlah Kunjungan": 7}\n',
        ),
        (pushed.CSV, b"Bulan,Jumlah Kunjungan\nJan,5\nFeb,7\n"),
        (pushed.CSV, "\ufeffBulan;Jumlah Kunjungan\nJan;5\nFeb;7\n".encode()),
    ],
)
def test_hv32_every_form_gives_the_same_rows(media_type: str, body: bytes) -> None:
    found = pages(body, media_type)

    assert rows(found) == [("Jan", 5), ("Feb", 7)]
    assert found[-1].complete
    assert not found[-1].incremental


def test_hv32_rows_of_a_json_api_are_read_by_their_paths() -> None:
    body = b'[{"periode": {"bulan": "Jan"}, "nilai": 5}]'

    assert rows(pages(body, kind="rest_api", fields=PATHS)) == [("Jan", 5)]


HIDDEN_LAW = [
    {"idData": "1", "judul": "Perda 1", "display": "1"},
    {"idData": "2", "judul": "-", "display": "0"},
]
AS_CSV = b"idData,judul,display\n1,Perda 1,1\n2,-,0\n"


@pytest.mark.parametrize(("media_type", "body"), [(pushed.JSON, None), (pushed.CSV, AS_CSV)])
def test_hv32_pushed_item_that_its_system_does_not_publish_stays_out(
    media_type: str, body: bytes | None
) -> None:
    fields = {"judul": {"path": "judul", "public": True}}
    sent = body or json.dumps(HIDDEN_LAW).encode()
    assert rows(pages(sent, media_type, kind="jdih", fields=fields)) == [("Perda 1",)]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (pushed.JSON, b'[{"Kode Tender": "T1", "KODE RUP": "1; 2"}]'),
        (pushed.CSV, b"Kode Tender,KODE RUP\nT1,1; 2\n"),
    ],
)
def test_hv32_pushed_packages_are_read_by_keys_with_blanks(media_type: str, body: bytes) -> None:
    fields = {"kode": "Kode Tender", "rup": "Kode RUP"}
    assert rows(pages(body, media_type, kind="spse", fields=fields)) == [("T1", "1;2")]


def test_hv32_pushed_item_that_is_no_row_is_never_left_out_silently() -> None:
    body = b'[{"Bulan": "Jan", "Jumlah Kunjungan": 5}, "Feb", 7]'
    with pytest.raises(ContentError):
        pages(body)


def test_hv32_part_is_never_a_complete_list() -> None:
    found = pages(b'[{"Bulan": "Jan", "Jumlah Kunjungan": 5}]', partial=True)

    assert found[-1].incremental
    assert not found[-1].complete


def test_hv32_pushed_and_asked_rows_have_the_same_hash() -> None:
    one = pages(b"Bulan,Jumlah Kunjungan\nJan,5\nFeb,7\n", pushed.CSV)
    two = pages(b'[{"Jumlah Kunjungan": 7, "Bulan": "Feb"}, {"Bulan": "Jan", "Jumlah Kunjungan": 5}]')

    assert one[-1].records[-1].content_hash == two[-1].records[-1].content_hash


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (pushed.JSON, b'{"data": 1}'),
        (pushed.JSON, b"[" * 20_000),
        (pushed.JSON, b'[{"Bulan": "Jan", "Bulan": "Feb"}]'),
        (pushed.NDJSON, b'{"Bulan": \n'),
        (pushed.CSV, b'Bulan,Jumlah Kunjungan\n"Jan,5\n'),
        (pushed.CSV, b"Bulan,Lain\nJan,5\n"),
        (pushed.JSON, b"\xff\xfe\x00"),
        (pushed.JSON, b"<html><body>masuk</body></html>"),
    ],
)
def test_hv32_body_that_cannot_be_read_is_named_as_such(media_type: str, body: bytes) -> None:
    with pytest.raises(HarvesterError) as caught:
        pages(body, media_type)

    assert isinstance(caught.value, ContentError)
    assert caught.value.pesan


def test_hv32_empty_complete_push_is_an_empty_list() -> None:
    assert pages(b"[]", kind="rest_api", fields=PATHS)[-1].problem is not None


@pytest.mark.parametrize(
    ("over", "possible"),
    [
        ({}, False),
        (
            {
                "dataset": {"mode": "per_record", "title": "{bulan}", "fields": {"frekuensi": "bulanan"}},
                "primary_key": "bulan",
            },
            True,
        ),
        (
            {
                "write": {"mode": "merge"},
                "dataset": {"title": "Uji", "fields": {"frekuensi": "bulanan"}, "key_columns": ["bulan"]},
            },
            True,
        ),
    ],
)
def test_hv32_part_is_possible_where_the_rest_can_stay(over: dict[str, Any], possible: bool) -> None:
    assert pushed.takes_part(definition(**over)) is possible


def test_hv32_source_that_pushes_is_polled_only_at_a_stated_time() -> None:
    assert not definition().trigger.polled
    assert definition(trigger={"push": True, "every": "1h"}).trigger.polled
    assert definition(trigger={"webhook": True}).trigger.polled


def test_hv32_pushes_need_declared_columns() -> None:
    with pytest.raises(DefinitionError) as caught:
        definition(kind="datajson", schema={})

    assert "schema.fields" in {problem.path for problem in caught.value.problems}
