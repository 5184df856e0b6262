from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import misbehaving
import pytest
from misbehaving import Handler, Source
from reading import connect, definition, read, records, rows, sumber

from jambi_harvesters import documents, errors
from jambi_harvesters.sources.jdih import JdihConnector

FIXTURES = Path(__file__).parents[1] / "fixtures" / "jdih"
FIELDS = {
    "id_data": {"path": "idData", "public": True},
    "tahun": {"path": "tahun_pengundangan", "type": "integer"},
    "tanggal": {"path": "tanggal_pengundangan", "type": "date"},
    "penerbit": "penerbit",
    "url_naskah": "urlDownload",
}
PER_DOCUMENT = {
    "dataset__mode": "per_record",
    "dataset__title": "{judul}",
    "dataset__notes": "Status {status}",
    "schema__fields": {"judul": "judul", "status": "status"},
}


def spec(server: Source, **changes: Any) -> Any:
    return definition(server, "/jdih", **{"kind": "jdih", "schema__fields": FIELDS, **changes})


def document(number: int, **changes: Any) -> dict[str, Any]:
    plain = {
        "idData": str(number),
        "noPeraturan": str(number),
        "judul": f"Peraturan {number}",
        "tahun_pengundangan": "2022",
        "tanggal_pengundangan": "2022-03-14",
        "penerbit": "-",
        "status": "Berlaku",
        "fileDownload": f"p{number}.pdf",
        "urlDownload": "https://jdih.contoh.test/unduh/",
        "display": "1",
    }
    return {**plain, **changes}


def put(server: Source, *items: Any) -> None:
    server.put("/jdih", json.dumps(items).encode())


def test_fixture_of_the_reference_data_reads_clean(server: Source) -> None:
    server.put("/jdih", (FIXTURES / "contoh.json").read_bytes())
    (page,) = read(server, spec(server))
    assert page.complete
    wanted = ("412", 2022, date(2022, 3, 14), None, "https://jdih.contoh.test/unduh/perwal11.pdf")
    assert rows([page]) == [wanted], "413 is not displayed"


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    def hashes(name: str) -> dict[str, str | None]:
        server.put("/jdih", (FIXTURES / f"{name}.json").read_bytes())
        pages = read(server, spec(server, **PER_DOCUMENT))
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again, after = hashes("before"), hashes("before"), hashes("after")
    assert before == again
    assert set(after) - set(before) == {"414"}
    assert set(before) - set(after) == {"413"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"412"}


def test_hv01_unchanged_list_is_skipped_by_its_validators(server: Source) -> None:
    server.routes["/jdih"] = misbehaving.with_validators(json.dumps([document(1)]).encode(), '"1"')
    single = spec(server, client__paginator={"type": "single_page"})
    connector = connect(server, single)
    markers = connector.probe({}).markers
    assert len(rows(list(connector.pages()))) == 1
    assert connect(server, single).probe(markers).unchanged


def test_s23_hyphens_are_nothing_in_every_field(server: Source) -> None:
    put(server, document(1, penerbit=" - ", tanggal_pengundangan="-"), document(2, penerbit="Bagian - Hukum"))
    found = rows(read(server, spec(server)))
    assert [(row[2], row[3]) for row in found] == [(None, None), (date(2022, 3, 14), "Bagian - Hukum")]


def test_s22_zero_date_is_empty_with_a_warning(server: Source) -> None:
    put(server, document(1, tanggal_pengundangan="0000-00-00"))
    (page,) = read(server, spec(server))
    assert rows([page])[0][2] is None
    assert [one.code for one in page.records[0].warnings] == ["zero_date"]


@pytest.mark.parametrize("display", ["0", "2", "", "-", None, 0, "ya"])
def test_document_that_is_not_displayed_is_not_published(server: Source, display: Any) -> None:
    put(server, document(1), document(2, display=display))
    assert [row[0] for row in rows(read(server, spec(server)))] == ["1"]


def test_display_may_be_a_number(server: Source) -> None:
    put(server, document(1, display=1, tahun_pengundangan=2022, idData=1))
    assert rows(read(server, spec(server)))[0][:2] == ("1", 2022)


def test_list_of_hidden_documents_only_counts_as_empty(server: Source) -> None:
    put(server, document(1, display="0"))
    (page,) = read(server, spec(server))
    assert isinstance(page.problem, errors.EmptyListError)


@pytest.mark.parametrize(
    ("address", "name", "wanted"),
    [
        ("https://j.test/unduh/", "perwal 11.pdf", "https://j.test/unduh/perwal%2011.pdf"),
        ("https://j.test/unduh/", "perwal%2011.pdf", "https://j.test/unduh/perwal%2011.pdf"),
        ("https://j.test/unduh/a.pdf", "a.pdf", "https://j.test/unduh/a.pdf"),
        ("https://j.test/unduh/", "", None),
        ("https://j.test/unduh/a.pdf", "-", None),
        ("https://j.test/unduh/", None, None),
        ("-", "a.pdf", None),
        (7, "a.pdf", None),
    ],
)
def test_address_of_the_file_is_joined_and_no_name_is_no_file(
    server: Source, address: Any, name: Any, wanted: str | None
) -> None:
    put(server, document(1, urlDownload=address, fileDownload=name))
    assert rows(read(server, spec(server)))[0][4] == wanted


def test_s18_key_is_iddata_and_a_doubled_one_gives_one_record(server: Source) -> None:
    put(server, document(1), document(1, judul="Lain"), *(document(number) for number in range(2, 300)))
    pages = read(server, spec(server, **PER_DOCUMENT))
    assert len(records(pages)) == 299
    assert records(pages)["1"].fields["title"] == "Peraturan 1"
    assert [one.code for one in pages[-1].warnings] == ["duplicate_guid"]


def test_s17_pages_are_read_to_the_empty_one(server: Source) -> None:
    def behave(handler: Handler) -> None:
        page = int(handler.query["page"])
        assert handler.query["limit"] == "2"
        numbers = range(2 * page - 1, min(2 * page, 5) + 1) if page < 4 else ()
        handler.answer(json.dumps([document(number) for number in numbers]).encode())

    server.routes["/jdih"] = behave
    paginator = {"type": "page_number", "base_page": 1, "limit": 2, "limit_param": "limit"}
    pages = read(server, spec(server, client__paginator=paginator))
    assert [row[0] for row in rows(pages)] == ["1", "2", "3", "4", "5"]
    assert pages[-1].complete


def test_s17_server_that_ignores_the_page_is_not_complete(server: Source) -> None:
    put(server, document(1), document(2))
    pages = read(server, spec(server, client__paginator={"type": "page_number", "base_page": 1}))
    assert len(rows(pages)) == 2
    assert isinstance(pages[-1].problem, errors.IncompleteListError)


def test_hv07_large_list_is_streamed(server: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", 10)
    put(server, *(document(number) for number in range(1, 1_500)))
    pages = read(server, spec(server))
    assert len(rows(pages)) == 1_499
    assert [len(one.rows.rows) for page in pages for one in page.records] == [1_000, 499]


@pytest.mark.parametrize("name", ["halaman-masuk.html", "http200-php-warning.txt", "http200-galat.json"])
def test_bad_input_answer_that_is_no_list(server: Source, name: str) -> None:
    server.put("/jdih", sumber(name))
    with pytest.raises(errors.UnexpectedContentError):
        read(server, spec(server))


def test_s20_key_that_no_document_has_is_drift(server: Source) -> None:
    put(server, {"idData": "1", "display": "1"})
    with pytest.raises(errors.SchemaDriftError, match="tahun_pengundangan"):
        read(server, spec(server))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"client__paginator": {"type": "offset"}}, "client.paginator.type"),
        ({"schema__dialect": {"delimiter": ";"}}, "schema.dialect.delimiter"),
        (
            {"endpoint__incremental": {"cursor_path": "x", "start_param": "y"}, **PER_DOCUMENT},
            "endpoint.incremental",
        ),
    ],
)
def test_hv11_key_without_effect_is_refused(server: Source, changes: dict[str, Any], where: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        spec(server, **changes)
    assert [one.path for one in caught.value.problems] == [where]


@pytest.mark.parametrize(
    ("head", "likely"), [(b'[{"idData":"1","noPeraturan":"2"', 0.95), (b'[{"id":1}]', 0.0), (b"<html>", 0.0)]
)
def test_sniff(head: bytes, likely: float) -> None:
    assert JdihConnector.sniff("http://jdih.test/", head) == likely
