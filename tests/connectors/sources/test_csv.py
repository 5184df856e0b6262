from __future__ import annotations

import misbehaving
import pytest
from misbehaving import Source
from reading import connect, definition, read, rows
from repeated import assert_changes_are_found_exactly

from jambi_harvesters import errors
from jambi_harvesters.sources.csv import CsvConnector

TWO = {"nama": {"public": True}, "jumlah": {"type": "integer"}}
LINES = b"nama,jumlah\nJelutung,1\nPasar,2\n"


def spec(server: Source, **changes: object) -> object:
    return definition(server, **{"schema__fields": TWO, **changes})


def test_rows_come_typed_with_hash_and_count(server: Source) -> None:
    server.put("/x.csv", LINES)
    (page,) = read(server, spec(server))
    (record,) = page.records
    assert record.rows.rows == (("Jelutung", 1), ("Pasar", 2))
    assert (page.complete, page.problem, record.rows.last) == (True, None, True)
    assert record.guid == "uji-sumber"
    assert record.rows_digest.count == 2
    assert record.fields["frekuensi"] == "bulanan"


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    assert_changes_are_found_exactly(server, "csv")


@pytest.mark.parametrize(
    "body",
    [
        LINES.replace(b",", b";"),
        LINES.replace(b",", b"\t"),
        b"\xef\xbb\xbf" + LINES,
        LINES.decode().encode("utf-16"),
        b"\xff\xfe" + LINES.decode().encode("utf-16-le"),
        b"\xfe\xff" + LINES.decode().encode("utf-16-be"),
        LINES.decode().encode("utf-16-le"),
        LINES.replace(b"\n", b"\r\n"),
        LINES.replace(b"\n", b"\r"),
        LINES.replace(b"Pasar", b"Pa\x00sar"),
        b'"nama";"jumlah"\n"Jelutung";"1"\n\n;\n"Pasar";"2";\n',
    ],
)
def test_s24_dialect_is_sniffed(server: Source, body: bytes) -> None:
    server.put("/x.csv", body)
    assert rows(read(server, spec(server))) == [("Jelutung", 1), ("Pasar", 2)]


def test_s24_cp1252_is_sniffed_and_can_be_declared(server: Source) -> None:
    body = "nama,jumlah\nCafé – “Ria”,1\n".encode("cp1252")
    server.put("/x.csv", body)
    declared = spec(server, schema__dialect={"encoding": "cp1252", "delimiter": ","})
    for one in (spec(server), declared):
        assert rows(read(server, one)) == [("Café – “Ria”", 1)]


def test_s24_wrong_encoding_is_named_with_its_byte(server: Source) -> None:
    server.put("/x.csv", b"nama,jumlah\n" + b"a,1\n" * 30_000 + b"caf\xe9,1\n")
    with pytest.raises(errors.EncodingError) as caught:
        read(server, spec(server))
    assert caught.value.context["offset"] == 12 + 4 * 30_000 + 3


def test_unusual_line_separators_stay_inside_their_cell(server: Source) -> None:
    server.put("/x.csv", "nama,jumlah\na\u2028b,1\n".encode())
    assert rows(read(server, spec(server))) == [("a\u2028b", 1)]


def test_headings_are_cleaned_in_ids_and_kept_as_seen(server: Source) -> None:
    server.put("/x.csv", b"NAMA  Kecamatan ,Jumlah #\nPasar,2\n")
    fields = {"nama_kecamatan": {"path": "nama kecamatan"}, "jumlah": {"type": "integer"}}
    (page,) = read(server, spec(server, schema__fields=fields))
    assert rows([page]) == [("Pasar", 2)]
    assert page.records[0].source_columns == ("NAMA  Kecamatan", "Jumlah #")


def test_decimal_comma_of_the_dialect(server: Source) -> None:
    server.put("/x.csv", b"nama;jumlah\na;3,5\n")
    fields = {"nama": "nama", "jumlah": {"type": "decimal"}}
    found = rows(read(server, spec(server, schema__fields=fields, schema__dialect={"decimal": ","})))
    assert str(found[0][1]) == "3.5"


def test_few_ragged_rows_are_left_out_with_their_line(server: Source) -> None:
    server.put("/x.csv", LINES + b"a,1\n" * 300 + b"rusak\n" + b"b,2\n")
    (page,) = read(server, spec(server))
    assert len(page.records[0].rows.rows) == 303
    (warning,) = page.records[0].warnings
    assert (warning.code, warning.detail) == ("ragged_row", "row 304")


@pytest.mark.parametrize("good", [50, 20_000])
def test_bad_input_too_many_bad_rows_hold_the_run(server: Source, good: int) -> None:
    server.put("/x.csv", LINES + b"a,1\n" * good + b"rusak\n" * 101)
    with pytest.raises(errors.TooManyBadRowsError) as caught:
        read(server, spec(server))
    assert caught.value.context["line"] == good + 4
    assert "baris" in caught.value.pesan


def test_unclosed_quote_is_named_with_its_line(server: Source) -> None:
    server.put("/x.csv", LINES + b'"a,1\n')
    with pytest.raises(errors.UnreadableError, match="quote"):
        read(server, spec(server))


def test_s27_line_without_end_is_refused(server: Source) -> None:
    server.put("/x.csv", b"nama,jumlah\n" + b"x" * 5_000_000)
    with pytest.raises(errors.UnreadableError):
        read(server, spec(server))


def test_u03_million_columns_are_refused(server: Source) -> None:
    server.put("/x.csv", b"a," * 20_000 + b"\n")
    with pytest.raises(errors.UnreadableError, match="columns"):
        read(server, spec(server))


def test_bad_input_empty_list_is_a_problem_not_data(server: Source) -> None:
    server.put("/x.csv", b"nama,jumlah\n")
    (page,) = read(server, spec(server))
    assert isinstance(page.problem, errors.EmptyListError)
    assert page.problem.code == "empty_list"
    assert page.complete


def test_answer_of_no_bytes_is_no_list(server: Source) -> None:
    server.put("/x.csv", b"")
    with pytest.raises(errors.UnexpectedContentError, match="empty answer"):
        read(server, spec(server))


def test_title_rows_and_footer(server: Source) -> None:
    server.put("/x.csv", b"DINAS,\n,\nnama,jumlah\na,1\nJumlah,1\nSumber,x\n")
    declared = spec(server, schema__dialect={"skip_rows": 2, "footer": "JUMLAH"})
    assert rows(read(server, declared)) == [("a", 1)]


def test_hv01_probe_skips_by_validators_and_by_body(server: Source) -> None:
    server.routes["/x.csv"] = misbehaving.with_validators(LINES, '"1"')
    found = connect(server, spec(server)).probe({})
    assert not found.unchanged
    assert found.markers["etag"] == '"1"'
    assert connect(server, spec(server)).probe(found.markers).unchanged
    server.put("/x.csv", LINES)
    assert connect(server, spec(server)).probe(found.markers).unchanged
    assert not connect(server, spec(server, dataset__title="Lain")).probe(found.markers).unchanged


def test_body_of_the_probe_is_not_fetched_twice(server: Source) -> None:
    server.put("/x.csv", LINES)
    connector = connect(server, spec(server))
    assert not connector.probe({"etag": '"0"'}).unchanged
    assert len(rows(list(connector.pages()))) == 2
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("url", "head", "likely"),
    [
        ("http://a.test/x.csv", b"a,b\n1,2\n", 0.9),
        ("http://a.test/unduh?f=csv", b"a;b\n1;2\n", 0.4),
        ("http://a.test/x.csv", b"<html>", 0.0),
        ("http://a.test/x", b'{"a":1}', 0.0),
    ],
)
def test_sniff(url: str, head: bytes, likely: float) -> None:
    assert CsvConnector.sniff(url, head) == likely
