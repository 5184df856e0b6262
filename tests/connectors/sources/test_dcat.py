from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from misbehaving import Handler, Source, redirect, with_validators
from reading import connect, definition, read, records, sumber

from jambi_harvesters import errors, rdf, rdf_child
from jambi_harvesters.sources.dcat import DcatConnector

FIXTURES = Path(__file__).parents[1] / "fixtures" / "dcat"
RESOLVERS = {"frequency": lambda text: {"annual": "tahunan", "tahunan": "tahunan"}.get(text.casefold())}
PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<#katalog> a dcat:Catalog .
"""
EU = "http://publications.europa.eu/resource/authority"


def spec(server: Source, **changes: Any) -> Any:
    return definition(server, "/katalog", **{"kind": "dcat", "schema": {}, "dataset__title": None, **changes})


def put(server: Source, *parts: str, path: str = "/katalog", media_type: str = "text/turtle") -> None:
    server.put(path, (PREFIXES + "\n".join(parts)).encode(), headers={"Content-Type": media_type})


def dataset(number: int, more: str = "") -> str:
    return f'<https://a.test/{number}> a dcat:Dataset ; dct:identifier "d-{number}" ; dct:title "T{number}" {more} .'


def catalogue(server: Source, *parts: str, **changes: Any) -> Any:
    put(server, *parts)
    return read(server, spec(server, **changes), resolvers=RESOLVERS)


def one(server: Source, more: str) -> Any:
    (record,) = records(catalogue(server, dataset(1, more))).values()
    return record


def codes(record: Any) -> set[tuple[str, str]]:
    return {(warning.code, warning.field) for warning in record.warnings}


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    def hashes(name: str) -> dict[str, str | None]:
        server.put("/katalog", (FIXTURES / f"{name}.ttl").read_bytes())
        pages = read(server, spec(server))
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again, after = hashes("before"), hashes("before"), hashes("after")
    assert before == again
    assert set(after) - set(before) == {"P4"}
    assert set(before) - set(after) == {"P3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"P2"}


def test_dataset_becomes_its_fields(server: Source) -> None:
    record = one(
        server,
        f"""; dct:title "Jumlah Penduduk"@id, "Population"@en ; dct:description "<p>Banyaknya</p>"
        ; dcat:keyword "jiwa", "Penduduk" ; dct:accrualPeriodicity <{EU}/frequency/ANNUAL>
        ; dct:accessRights <{EU}/access-right/PUBLIC> ; dcat:landingPage <https://a.test/1/laman>
        ; dct:license <https://creativecommons.org/licenses/by/4.0/> ; dct:konsep "Penduduk" ; dct:satuan "jiwa"
        ; dct:temporal [ dcat:startDate "2024-01-01"^^xsd:date ; dcat:endDate "2024-12-31"^^xsd:date ]
        ; dct:modified "2026-01-05T08:00:00+07:00"^^xsd:dateTime
        ; dct:publisher [ foaf:name "Dinas Contoh" ]
        ; dcat:contactPoint [ <http://www.w3.org/2006/vcard/ns#fn> "Nama Orang" ]
        ; dcat:distribution [ dcat:downloadURL <https://a.test/1.csv> ; dct:title "Tabel" ;
            dct:format <{EU}/file-type/CSV> ;
            dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ]""",
    )
    assert record.guid == "d-1"
    assert record.fields == {
        "title": "Jumlah Penduduk",
        "notes": "Banyaknya",
        "tags": ["penduduk", "jiwa"],
        "url": "https://a.test/1/laman",
        "frekuensi": "tahunan",
        "klasifikasi_akses": "terbuka",
        "license_id": "cc-by",
        "periode_mulai": "2024-01-01",
        "periode_akhir": "2024-12-31",
        "konsep": "Penduduk",
        "satuan": "jiwa",
        "resources": [
            {"url": "https://a.test/1.csv", "name": "Tabel", "format": "CSV", "mimetype": "text/csv"}
        ],
    }
    assert record.source_modified_at == datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
    assert record.source_period_end == date(2024, 12, 31)
    assert codes(record) == {("html_removed", "description")}


def test_text_is_taken_in_our_language(server: Source) -> None:
    titles = ['"C"@fr, "B"@en, "A"', '"B"@en, "A"', '"C"@fr, "B"@en', '"Z"@fr, "Y"@de', '"Judul"@id, "A"']
    found = catalogue(
        server,
        *(
            f'<#{n}> a dcat:Dataset ; dct:identifier "{n}" ; dct:title {one} .'
            for n, one in enumerate(titles)
        ),
    )
    taken = [record.fields["title"] for _, record in sorted(records(found).items())]
    assert taken == ["A", "A", "B", "Y", "Judul"]


def test_licence_of_all_files_is_the_licence_of_the_dataset(server: Source) -> None:
    stated = "dct:license <https://creativecommons.org/licenses/by/4.0/>"
    same = f"[ {stated} ; dcat:accessURL <https://a.test/a> ]"
    other = "[ dct:license <https://a.test/lain> ; dcat:accessURL <https://a.test/b> ]"
    put(server, dataset(1, f"; dcat:distribution {same}"), dataset(2, f"; dcat:distribution {same}, {other}"))
    found = records(read(server, spec(server, dataset__license_id="odc-odbl")))
    assert found["d-1"].fields["license_id"] == "cc-by"
    assert found["d-2"].fields["license_id"] == "odc-odbl"


def test_unknown_values_are_warnings_never_guesses(server: Source) -> None:
    record = one(
        server,
        '; dct:accrualPeriodicity "kadang" ; dct:accessRights "entah" ; dct:license <https://a.test/lisensi>',
    )
    assert record.fields["frekuensi"] == "bulanan"
    assert {"klasifikasi_akses", "license_id"}.isdisjoint(record.fields)
    assert codes(record) == {
        ("unknown_frequency", "frekuensi"),
        ("unknown_access", "klasifikasi_akses"),
        ("unknown_licence", "license_id"),
    }


@pytest.mark.parametrize("stated", ["2099-01-01", "2026-13-45"])
def test_s22_claim_that_cannot_be_is_dropped(server: Source, stated: str) -> None:
    record = one(server, f'; dct:modified "{stated}"^^xsd:date')
    assert record.source_modified_at is None
    assert codes(record) & {("future_date", "modified"), ("unknown_date", "modified")}


@pytest.mark.parametrize(
    ("subject", "guid"),
    [("<https://a.test/x>", "https://a.test/x"), ("[]", "sha256:"), ("_:b1", "sha256:")],
)
def test_guid_without_identifier_is_never_the_name_of_a_blank_node(
    server: Source, subject: str, guid: str
) -> None:
    found = []
    for number in (1, 2):
        filler = f"_:lain{number} a foaf:Agent ." * number
        put(server, filler, f'{subject} a dcat:Dataset ; dct:title "T" ; dct:publisher [ foaf:name "P" ] .')
        (record,) = records(read(server, spec(server))).values()
        assert ("no_identifier", "identifier") in codes(record)
        found.append(record)
    assert found[0].guid == found[1].guid
    assert found[0].guid.startswith(guid)
    assert found[0].content_hash == found[1].content_hash


def test_order_of_a_graph_is_no_change(server: Source) -> None:
    files = [
        "[ dcat:accessURL <https://a.test/a> ]",
        '[ dcat:downloadURL <https://a.test/b> ; dct:title "B" ]',
    ]
    there = one(server, f'; dcat:distribution {",".join(files)} ; dcat:keyword "b", "a"')
    back = one(server, f'; dcat:keyword "a", "b" ; dcat:distribution {",".join(reversed(files))}')
    assert there.content_hash == back.content_hash
    assert there.fields == back.fields


def jsonld(server: Source) -> bytes:
    made = [{"@id": "https://a.test/k", "@type": "http://www.w3.org/ns/dcat#Catalog"}]
    made.append(
        {
            "@id": "https://a.test/1",
            "@type": "http://www.w3.org/ns/dcat#Dataset",
            "http://purl.org/dc/terms/identifier": "d-1",
            "http://purl.org/dc/terms/title": "T1",
        }
    )
    return json.dumps(made).encode()


XML = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"
 xmlns:dct="http://purl.org/dc/terms/"><dcat:Dataset rdf:about="https://a.test/1">
 <dct:identifier>d-1</dct:identifier><dct:title>T1</dct:title></dcat:Dataset></rdf:RDF>"""


def test_forms_are_known_by_their_first_bytes_and_agree(server: Source) -> None:
    bodies = [jsonld(server), XML, b"\xef\xbb\xbf" + XML, XML.decode().encode("utf-16")]
    bodies.append((PREFIXES + dataset(1)).encode())
    hashes = set()
    for body in bodies:
        server.put("/katalog", body, headers={"Content-Type": "text/plain"})
        (record,) = records(read(server, spec(server))).values()
        hashes.add(record.content_hash)
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("head", "media_type", "form"),
    [
        (b"[] a <x> .", "text/turtle; charset=utf-8", "turtle"),
        (b"[{", "", "json-ld"),
        (b"<https://a.test/1> a", "application/rdf+xml", "turtle"),
        (b"<rdf:RDF xmlns", "text/turtle", "xml"),
        (b"<!DOCTYPE rdf:RDF", "", "xml"),
    ],
)
def test_form_of_a_document(head: bytes, media_type: str, form: str) -> None:
    assert rdf.form_of(head, media_type) == form


def test_s26_remote_context_is_refused_and_never_fetched(server: Source) -> None:
    for context in (
        f"{server.url}/konteks",
        [{}, f"{server.url}/konteks"],
        {"@import": f"{server.url}/konteks"},
    ):
        nested = {"@id": "x", "http://a.test/p": {"@context": context, "@id": "y"}}
        for document in ({"@context": context, "@type": "dcat:Catalog"}, [nested]):
            server.put("/katalog", json.dumps(document).encode())
            with pytest.raises(errors.UnreadableError) as caught:
                read(server, spec(server))
            assert "@context" in str(caught.value)
    assert server.asked("/konteks") == []


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY a SYSTEM "{url}/dtd">',
        '<!ENTITY % a SYSTEM "{url}/dtd"> %a;',
        '<!ENTITY b "x"><!ENTITY a "' + "&b;" * 1_000 + '">',
        "",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_s26_document_types_and_entities_are_refused(server: Source, declared: str, encoding: str) -> None:
    filled = declared.replace("{url}", server.url)
    text = f"<!DOCTYPE rdf:RDF [{filled}]>" + XML.decode().replace("T1", "&a;" if declared else "T1")
    server.put("/katalog", text.encode(encoding))
    with pytest.raises(errors.UnreadableError) as caught:
        read(server, spec(server))
    assert "DOCTYPE" in caught.value.pesan
    assert server.asked("/dtd") == []


@pytest.mark.parametrize("reach", ["socket.socket()", "open('/etc/hostname')"])
def test_hv09_parser_has_no_number_left_for_a_socket_or_a_file(reach: str) -> None:
    code = f"import socket\nfrom jambi_harvesters import rdf_child\nrdf_child.shut_off()\n{reach}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Too many open files" in done.stderr


def test_s26_document_that_needs_too_much_memory_is_refused() -> None:
    code = (
        "import sys\nfrom jambi_harvesters import rdf_child\n"
        "rdf_child.MEMORY_BYTES = 100_000_000\nsys.exit(rdf_child.main(['', 'turtle', 'urn:x']))"
    )
    triples = "".join(f'<urn:a{n}> <urn:b> "{n}" .\n' for n in range(40_000)).encode()
    done = subprocess.run([sys.executable, "-c", code], input=triples, capture_output=True, check=False)
    assert done.returncode == rdf_child.NO_MEMORY


def test_s26_document_that_takes_too_long_is_refused() -> None:
    with rdf.new_output() as output, pytest.raises(errors.TooLargeError):
        rdf.read_catalogue(io.BytesIO(XML), "xml", "urn:x", output, seconds=0.01)


@pytest.mark.parametrize(
    "body",
    [b"bukan rdf", b"{", b"[" * 10_000, XML[:-20], b"<a> <b> .", b'[{"@id": 1, "@type": {}}]'],
)
def test_s27_damaged_documents_are_refused(server: Source, body: bytes) -> None:
    server.put("/katalog", body)
    with pytest.raises(errors.ContentError):
        read(server, spec(server))


@pytest.mark.parametrize("body", [b"", b"<urn:a> <urn:b> <urn:c> .", b"{}"])
def test_document_without_a_catalogue_is_refused(server: Source, body: bytes) -> None:
    server.put("/katalog", body, headers={"Content-Type": "text/turtle"})
    with pytest.raises(errors.UnexpectedContentError):
        read(server, spec(server))


def test_s06_sign_in_page_is_refused(server: Source) -> None:
    server.put("/katalog", sumber("halaman-masuk.html"))
    with pytest.raises(errors.UnexpectedContentError):
        read(server, spec(server))


def test_s07_empty_catalogue_is_a_problem(server: Source) -> None:
    (page,) = catalogue(server)
    assert isinstance(page.problem, errors.EmptyListError)


def test_s18_doubled_and_unusable_entries_are_warnings_of_the_list(server: Source) -> None:
    pages = catalogue(
        server,
        dataset(1),
        '<https://a.test/2> a dcat:Dataset ; dct:identifier "D-1 " .',
        "[] a dcat:Dataset .",
    )
    assert set(records(pages)) == {"d-1"}
    assert sorted(warning.code for warning in pages[-1].warnings) == ["duplicate_guid", "unusable_entry"]


def paged(server: Source, *pages: tuple[str, str, str]) -> None:
    """Put pages: path, address of the next one, total."""
    for number, (path, following, total) in enumerate(pages):
        view = f"<#v> a hydra:PartialCollectionView ; hydra:totalItems {total or 'hydra:none'}"
        put(
            server, f"{view} {f'; hydra:next {following}' if following else ''} .", dataset(number), path=path
        )


@pytest.mark.parametrize("following", ['"/katalog/2"', "</katalog/2>", '"{url}/katalog/2"'])
def test_hydra_pages_are_walked_to_the_last(server: Source, following: str) -> None:
    paged(server, ("/katalog", following.replace("{url}", server.url), "2"), ("/katalog/2", "", "2"))
    pages = read(server, spec(server, endpoint={"params": {"cari": "a"}}))
    assert set(records(pages)) == {"d-0", "d-1"}
    assert pages[-1].complete
    assert pages[-1].total == 2
    assert server.asked("/katalog") == ["/katalog?cari=a"]
    assert server.asked("/katalog/2") == ["/katalog/2"]
    assert "text/turtle" in server.log[0][2]["Accept"]


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ([("/katalog", "</katalog>", "")], "not certain"),
        ([("/katalog", "</katalog/2>", ""), ("/katalog/2", "</katalog>", "")], "not certain"),
        ([("/katalog", "</katalog/2>, </katalog/3>", "")], "not certain"),
        ([("/katalog", "</katalog/2>", "2"), ("/katalog/2", "", "3")], "changed"),
        ([("/katalog", "", "5")], "1 of 5"),
    ],
)
def test_s17_end_of_pages_without_proof_is_not_complete(
    server: Source, pages: list[tuple[str, str, str]], reason: str
) -> None:
    paged(server, *pages)
    found = read(server, spec(server))
    assert not found[-1].complete
    assert isinstance(found[-1].problem, errors.IncompleteListError)
    assert reason in str(found[-1].problem)


def test_s17_page_that_repeats_ends_the_list(server: Source) -> None:
    def again(handler: Handler) -> None:
        number = int(handler.query.get("p", 0)) + 1
        body = PREFIXES + f'<#v> hydra:next "/lain?p={number}" .' * (number == 1) + dataset(1)
        handler.answer(body.encode())

    server.routes["/katalog"] = again
    put(server, dataset(1), '<#v> hydra:next "/lain?p=2" .', path="/lain")
    pages = read(server, spec(server))
    assert set(records(pages)) == {"d-1"}
    assert not pages[-1].complete
    assert "repeats" in str(pages[-1].problem)


def test_s17_reached_page_limit_is_not_complete(server: Source) -> None:
    paged(server, ("/katalog", "</katalog/2>", ""), ("/katalog/2", "", ""))
    assert not read(server, spec(server, polite={"max_pages": 1}))[-1].complete


def test_s13_next_page_at_an_internal_address_is_refused(server: Source) -> None:
    paged(server, ("/katalog", "<http://169.254.169.254/latest/>", ""))
    with pytest.raises(errors.AddressRefusedError):
        read(server, spec(server))


def test_s13_redirect_to_an_internal_address_is_refused(server: Source) -> None:
    server.routes["/katalog"] = redirect("http://127.0.0.1:1/x")
    with pytest.raises(errors.RedirectRefusedError):
        read(server, spec(server))


def test_single_page_skips_by_markers_and_notices_further_pages(server: Source) -> None:
    single = spec(server, client__paginator={"type": "single_page"})
    server.routes["/katalog"] = with_validators((PREFIXES + dataset(1)).encode(), '"v1"')
    made = connect(server, single)
    probe = made.probe({})
    assert not probe.unchanged
    assert list(made.pages())[-1].complete
    assert connect(server, single).probe(probe.markers).unchanged
    assert [headers["Accept"] for _, _, headers in server.log] == [rdf.ACCEPT] * 2
    paged(server, ("/katalog", "</katalog/2>", ""))
    assert "further pages" in str(read(server, single)[-1].problem)


def test_paged_catalogue_is_never_skipped_by_the_markers_of_its_first_page(server: Source) -> None:
    server.routes["/katalog"] = with_validators((PREFIXES + dataset(1)).encode(), '"v1"')
    assert not connect(server, spec(server)).probe({"etag": '"v1"'}).unchanged
    assert server.log == []


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("bnodes.jsonld", 3),
        ("bnodes.xml", 3),
        ("catalog.xml", 4),
        ("datara--5a26b0f6-0ccf-46ad-ac58-734054b91977.rdf.xml", 1),
        ("datara--f40c3860-7236-4b30-a141-23b8ae33f7b2.rdf.xml", 1),
        ("flat.jsonld", 3),
        ("geonetwork.xml", 1),
        ("nested.jsonld", 1),
        ("series.xml", 1),
        ("sig.oreme.rdf", 1),
        ("udata.xml", 2),
    ],
)
def test_hv39_documents_of_udata_are_read(server: Source, udata: Path, name: str, count: int) -> None:
    server.put("/katalog", (udata / "dcat" / name).read_bytes())
    pages = read(server, spec(server), resolvers=RESOLVERS)
    assert len(records(pages)) == count
    assert pages[-1].complete
    assert all(record.fields["title"] for record in records(pages).values())


@pytest.mark.parametrize("name", ["paged", "partial"])
def test_hv39_pages_of_udata_are_read(server: Source, udata: Path, name: str) -> None:
    for number in (1, 2):
        body = (udata / "dcat" / f"{name}-collection-{number}.jsonld").read_bytes()
        moved = body.replace(
            b"http://data.test.org/catalog.jsonld?page=2", f"{server.url}/katalog/2".encode()
        )
        server.put("/katalog" if number == 1 else "/katalog/2", moved)
    pages = read(server, spec(server))
    assert set(records(pages)) == {"1", "2", "3", "4"}
    assert pages[-1].complete


@pytest.mark.parametrize(
    ("url", "head", "sure"),
    [
        ("https://a.test/x", (FIXTURES / "before.ttl").read_bytes(), 0.9),
        ("https://a.test/catalog.ttl?page=1", b"@prefix", 0.4),
        ("https://a.test/data.json", b'{"conformsTo": "https://project-open-data.cio.gov/v1.1/schema"}', 0.0),
        ("https://a.test/x.csv", b"a,b", 0.0),
    ],
)
def test_sniff(url: str, head: bytes, sure: float) -> None:
    assert DcatConnector.sniff(url, head) == pytest.approx(sure)
