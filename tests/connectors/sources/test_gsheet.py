from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import misbehaving
import pytest
from misbehaving import Source
from reading import connect, definition, expected, read, records, rows, shown

from jambi_harvesters import errors, sheet_links
from jambi_harvesters.sources.gsheet import GsheetConnector

FIXTURES = Path(__file__).parents[1] / "fixtures" / "gsheet"
DOCUMENT = "/spreadsheets/d/1Peraga_Timbulan-Sampah"
EXPORT = f"{DOCUMENT}/export"
LINES = b"nama,jumlah\r\nJelutung,1\r\n"
OUTSIDE: dict[str, tuple[int, tuple[str, str]]] = {
    "table.csv": (2, ("1", "english")),
    "bom.csv": (2, ("1", "english")),
    "blank-rows.csv": (2, ("1101", "John")),
    "capital-3.csv": (5, ("1", "London")),
    "doublequote.csv": (5, ("A.N.E.P.", "Administración Nacional de Educación Pública")),
    "issue-1109.csv": (3, ("1", '"2.3"')),
    "table-unicode-headers.csv": (2, ("1", "english")),
    "transform-groups.csv": (6, ("1", "germany")),
}
FIELDS = {"nama": {"public": True}, "jumlah": {"type": "integer"}}
SIGN_IN = (FIXTURES / "halaman-masuk.html").read_bytes()


def spec(server: Source | None, path: str = f"{DOCUMENT}/edit?usp=sharing#gid=7", **changes: Any) -> Any:
    return definition(server, path, **{"kind": "gsheet", "schema__fields": FIELDS, **changes})


@pytest.mark.parametrize(
    ("link", "gid"),
    [
        (f"{DOCUMENT}/edit?usp=sharing#gid=7", "7"),
        (f"{DOCUMENT}/edit?gid=7#gid=7", "7"),
        (f"{DOCUMENT}/view", "0"),
        (f"{DOCUMENT}/", "0"),
        (DOCUMENT, "0"),
        (f"{EXPORT}?format=xlsx&gid=7", "7"),
        (f"{EXPORT}?format=pdf", "0"),
        ("/spreadsheets/u/0/d/1Peraga_Timbulan-Sampah/htmlview", "0"),
    ],
)
def test_a_link_that_people_share_is_rewritten_to_the_export(server: Source, link: str, gid: str) -> None:
    path = link.partition("/edit")[0].partition("?")[0].removesuffix("/view").removesuffix("/")
    path = path.removesuffix("/htmlview").removesuffix("/export")
    server.put(f"{path}/export", LINES)
    assert rows(read(server, spec(server, link))) == [("Jelutung", 1)]
    assert server.asked(f"{path}/export") == [f"{path}/export?format=csv&gid={gid}"]


def test_sheet_is_named_by_gid_in_the_definition(server: Source) -> None:
    server.put(EXPORT, LINES)
    endpoint = {"path": f"{DOCUMENT}/export", "params": {"format": "csv", "gid": 12}}
    assert len(rows(read(server, spec(server, "", endpoint=endpoint)))) == 1
    assert server.log[0][1] == f"{EXPORT}?format=csv&gid=12"


@pytest.mark.parametrize(
    "link",
    [
        "https://docs.google.com/spreadsheets/d/e/2PACX-1vPeraga/pub?output=csv",
        "https://docs.google.com/document/d/1Peraga_Timbulan-Sampah/edit",
        "https://docs.google.com/spreadsheets/d/pendek/edit",
        "https://drive.google.com/file/d/1Peraga_Timbulan-Sampah/view",
    ],
)
def test_a_link_to_anything_else_is_refused(link: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        spec(None, client__base_url=link)
    assert [one.path for one in caught.value.problems] == ["client.base_url"]
    assert "lembar kerja" in caught.value.pesan


def test_a_further_parameter_is_refused() -> None:
    with pytest.raises(errors.DefinitionError, match=r"endpoint.params.range"):
        spec(
            None,
            client__base_url=f"https://docs.google.com{DOCUMENT}/edit",
            endpoint={"params": {"range": "A1:B2", "gid": 0}},
        )


def test_hosts_of_document_and_content_are_pinned() -> None:
    link = f"https://docs.google.com{DOCUMENT}/edit"
    pinned = GsheetConnector.redirect_hosts(spec(None, client__base_url=link))
    assert pinned == ("docs.google.com", ".googleusercontent.com")
    assert sheet_links.hosts("https://lembar.contoh.test/x") == ("lembar.contoh.test",)


def test_redirect_of_the_export_is_followed_on_the_pinned_host(server: Source) -> None:
    server.routes[EXPORT] = misbehaving.redirect("/isi/abc")
    server.put("/isi/abc", LINES)
    assert rows(read(server, spec(server))) == [("Jelutung", 1)]


def test_redirect_to_another_host_is_refused_before_it_is_asked(server: Source) -> None:
    server.routes[EXPORT] = misbehaving.redirect(f"http://lain.test:{server.port}/isi")
    with pytest.raises(errors.MovedError, match=r"lain\.test"):
        read(server, spec(server))
    assert len(server.log) == 1


@pytest.mark.parametrize(
    "location", ["https://accounts.google.com/v3/signin/identifier?continue=x", "https://login.contoh.test/"]
)
def test_redirect_to_a_sign_in_host_asks_for_access(server: Source, location: str) -> None:
    server.routes[EXPORT] = misbehaving.redirect(location)
    with pytest.raises(errors.SignInRequiredError) as caught:
        read(server, spec(server))
    assert caught.value.code == "auth_required"
    assert "tautan" in caught.value.pesan
    assert "continue" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403])
def test_refusal_asks_for_access(server: Source, status: int) -> None:
    server.put(EXPORT, SIGN_IN, status)
    with pytest.raises(errors.SignInRequiredError):
        read(server, spec(server))


@pytest.mark.parametrize("body", [SIGN_IN, gzip.compress(SIGN_IN), b"<!DOCTYPE html><html>Maaf</html>"])
def test_any_web_page_asks_for_access(server: Source, body: bytes) -> None:
    headers = {"Content-Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    server.put(EXPORT, body, 200, headers)
    with pytest.raises(errors.SignInRequiredError):
        read(server, spec(server))


def test_unknown_encoding_is_no_question_of_access(server: Source) -> None:
    server.put(EXPORT, LINES, 200, {"Content-Encoding": "br"})
    with pytest.raises(errors.UnexpectedContentError, match="br"):
        read(server, spec(server))


def test_fixture_of_the_reference_data_is_read_and_dates_of_two_readings_are_not(server: Source) -> None:
    server.put(EXPORT, (FIXTURES / "ekspor.csv").read_bytes())
    names = ["kemendagri_kode_kelurahan", "kemendagri_nama_kelurahan", "timbulan_ton_per_hari", "tanggal"]
    area = {"path": "Kelurahan", "type": "area"}
    schema = {
        "locale": "id-ID",
        "drop": ["Timestamp"],
        "date_formats": ["dd/MM/yyyy", "MM/dd/yyyy"],
        "contract": {"data_type": "discard_value"},
        "dialect": {"footer": ["TOTAL"]},
        "fields": {
            names[0]: {**area, "format": "kelurahan"},
            names[1]: {**area, "format": "kelurahan:nama"},
            names[2]: {"path": "Timbulan (ton/hari)", "type": "decimal"},
            names[3]: {"path": "Tanggal", "type": "date"},
        },
    }
    villages = {"Thehok": "15.71.02.1004", "The Hok": "15.71.02.1004"}
    resolvers = {"area": lambda text, level: villages.get(text), "area_name": lambda code: "Thehok"}
    (page,) = read(server, spec(server, schema=schema), resolvers=resolvers)
    found, wanted = shown([page], names), expected("gsheet-ekspor.csv")
    assert [[row[name] for name in names[:3]] for row in found] == [
        [row[name] for name in names[:3]] for row in wanted
    ]
    assert [row["tanggal"] for row in found] == ["", ""], "stricter than expected: neither is guessed"
    assert [(one.code, one.detail) for one in page.records[0].warnings] == [
        ("ambiguous_date", "row 2"),
        ("ambiguous_date", "row 3"),
    ]


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    changes = {
        "schema__fields": {"kode": "kode", "nama": "nama", "jumlah": {"type": "integer"}},
        "dataset__mode": "per_record",
        "dataset__title": "{nama}",
        "dataset__notes": "Jumlah {jumlah}",
        "primary_key": "kode",
    }

    def hashes(name: str) -> dict[str, str | None]:
        server.put(EXPORT, (FIXTURES / f"{name}.csv").read_bytes())
        pages = read(server, spec(server, **changes))
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again, after = hashes("before"), hashes("before"), hashes("after")
    assert before == again
    assert set(after) - set(before) == {"P4"}
    assert set(before) - set(after) == {"P3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"P2"}


def test_hv01_equal_body_skips_the_run(server: Source) -> None:
    server.put(EXPORT, LINES)
    markers = connect(server, spec(server)).probe({}).markers
    assert connect(server, spec(server)).probe(markers).unchanged
    server.put(EXPORT, LINES + b"Pasar,2\r\n")
    assert not connect(server, spec(server)).probe(markers).unchanged


def test_bad_input_cut_export_is_not_used(server: Source) -> None:
    server.routes[EXPORT] = misbehaving.short(LINES, len(LINES) + 10)
    with pytest.raises(errors.TruncatedError):
        read(server, spec(server))


def test_bad_input_empty_sheet_is_a_problem_not_data(server: Source) -> None:
    server.put(EXPORT, b"nama,jumlah\r\n")
    (page,) = read(server, spec(server))
    assert isinstance(page.problem, errors.EmptyListError)


def test_s20_renamed_heading_is_drift(server: Source) -> None:
    server.put(EXPORT, LINES.replace(b"jumlah", b"total"))
    with pytest.raises(errors.SchemaDriftError, match="jumlah"):
        read(server, spec(server))


def test_hv39_exports_of_an_outside_collection_are_read(server: Source, frictionless: Path) -> None:
    """Read CSV tables of frictionless-py as if a sheet had exported them."""
    for name, (count, first) in OUTSIDE.items():
        body = (frictionless / name).read_bytes()
        server.put(EXPORT, body)
        headings = next(csv.reader(body.decode("utf-8-sig").splitlines()))
        fields = {f"k{at}": heading for at, heading in enumerate(headings)}
        found = rows(read(server, spec(server, schema__fields=fields)))
        assert (len(found), found[0][:2]) == (count, first), name


@pytest.mark.parametrize(
    ("url", "likely"),
    [
        (f"https://docs.google.com{DOCUMENT}/edit?usp=sharing", 0.95),
        ("https://docs.google.com/forms/d/1Peraga_Timbulan-Sampah/edit", 0.0),
        ("https://a.test/x.csv", 0.0),
    ],
)
def test_sniff(url: str, likely: float) -> None:
    assert GsheetConnector.sniff(url, b"<!DOCTYPE html>") == likely
