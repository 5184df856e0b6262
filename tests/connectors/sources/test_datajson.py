from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from misbehaving import Source
from reading import NOW, SDI, definition, read, records
from repeated import CATALOGUE, assert_changes_are_found_exactly

from jambi_harvesters import documents, errors
from jambi_harvesters.catalogues import known_key
from jambi_harvesters.plain_text import has_markup, to_plain
from jambi_harvesters.sources.datajson import DataJsonConnector

CODES = {"tahunan": "tahunan", "1 tahun sekali": "tahunan", "tahun": "tahunan", "tahunana": "tahunan"}
RESOLVERS = {"frequency": lambda text: CODES.get(text.casefold())}
GOOD = {
    "identifier": "a-1",
    "title": "Jumlah Penduduk",
    "description": "Banyaknya penduduk",
    "keyword": ["Penduduk", "jiwa"],
    "accrualPeriodicity": "Tahunan",
    "accessLevel": "public",
    "modified": "2026-01-05 08:00:00",
    "temporal": "2024-01-01/2024-12-31",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "landingPage": "https://data.contoh.test/a-1",
    "contactPoint": {"fn": "Nama Orang", "hasEmail": "mailto:orang@contoh.test"},
    "distribution": [
        {
            "downloadURL": "https://data.contoh.test/a.csv",
            "format": "csv",
            "title": "Tabel",
            "mediaType": "text/csv",
        }
    ],
}


def spec(server: Source, **changes: Any) -> Any:
    return definition(
        server, "/data.json", **{"kind": "datajson", "schema": {}, "dataset__title": None, **changes}
    )


def catalogue(server: Source, *entries: Any, **changes: Any) -> Any:
    server.put("/data.json", json.dumps({"dataset": list(entries)}).encode())
    return read(server, spec(server, **changes), resolvers=RESOLVERS)


def one(server: Source, **changes: Any) -> Any:
    """Return the record of one entry with keys replaced; None takes a key away."""
    entry = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    (record,) = records(catalogue(server, entry)).values()
    return record


def codes(record: Any) -> set[tuple[str, str]]:
    return {(warning.code, warning.field) for warning in record.warnings}


def test_good_entry_becomes_dataset_fields(server: Source) -> None:
    record = one(server)
    assert record.guid == "a-1"
    assert record.fields == {
        "title": "Jumlah Penduduk",
        "notes": "Banyaknya penduduk",
        "tags": ["penduduk", "jiwa"],
        "url": "https://data.contoh.test/a-1",
        "frekuensi": "tahunan",
        "klasifikasi_akses": "terbuka",
        "license_id": "cc-by",
        "periode_mulai": "2024-01-01",
        "periode_akhir": "2024-12-31",
        "resources": [
            {
                "url": "https://data.contoh.test/a.csv",
                "name": "Tabel",
                "format": "CSV",
                "mimetype": "text/csv",
            }
        ],
    }
    assert record.source_modified_at == datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
    assert record.source_period_end == date(2024, 12, 31)
    assert record.warnings == ()


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    assert_changes_are_found_exactly(server, "datajson", CATALOGUE)


def test_contact_points_stay_out(server: Source) -> None:
    assert "orang" not in str(one(server)).casefold()


@pytest.mark.parametrize("name", ["jogja.json", "bintan.json"])
def test_recorded_catalogue_gives_the_counted_records(server: Source, name: str) -> None:
    with (SDI / "expected.csv").open(encoding="utf-8", newline="") as file:
        (wanted,) = [row for row in csv.DictReader(file) if row["berkas"] == name]
    server.put("/data.json", (SDI / name).read_bytes())
    pages = read(server, spec(server), resolvers=RESOLVERS)
    found = records(pages)
    assert len(found) == int(wanted["jumlah_rekaman"])
    assert sum(len(each.fields["resources"]) for each in found.values()) == int(wanted["jumlah_distribusi"])
    html = [each for each in found.values() if ("html_removed", "description") in codes(each)]
    assert len(html) >= int(wanted["html_di_deskripsi"])
    assert not any(has_markup(each.fields.get("notes", "")) for each in found.values())
    without = [each for each in found.values() if "notes" not in each.fields]
    assert len(without) == int(wanted["tanpa_deskripsi"])
    unknown = [each for each in found.values() if ("unknown_frequency", "frekuensi") in codes(each)]
    assert len(unknown) == int(wanted["frekuensi_tak_terpetakan"])
    assert pages[-1].complete


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("accessLeval", "accessLevel"),
        ("accesLevel", "accessLevel"),
        ("accesURL", "accessURL"),
        ("contctPoint", "contactPoint"),
        ("contactpoint", "contactPoint"),
        ("keywords", "keyword"),
        ("accrualperiodicity", "accrualPeriodicity"),
        ("tema", None),
        ("kategori", None),
        ("tahun_kegiatan", None),
    ],
)
def test_misspelt_keys_are_read_and_noted(wrong: str, right: str | None) -> None:
    assert known_key(wrong) == right


def test_misspelt_keys_are_warnings(server: Source) -> None:
    record = one(
        server,
        accessLevel=None,
        accessLeval="public",
        distribution={"accesURL": "https://data.contoh.test/b.csv"},
        keyword=None,
        keywords="air, sungai",
    )
    assert record.fields["klasifikasi_akses"] == "terbuka"
    assert record.fields["tags"] == ["air", "sungai"]
    assert record.fields["resources"][0]["url"] == "https://data.contoh.test/b.csv"
    wanted = {("misspelt_key", name) for name in ("accessLevel", "accessURL", "keyword")}
    assert wanted <= codes(record)


@pytest.mark.parametrize("text", ["20 Tahun Sekali", "Periode", "2", "-", "Tidak didifinisikan"])
def test_unknown_frequency_is_a_warning_never_a_guess(server: Source, text: str) -> None:
    record = one(server, accrualPeriodicity=text)
    assert record.fields["frekuensi"] == "bulanan"
    assert ("unknown_frequency", "frekuensi") in codes(record)


def test_unit_is_a_code_of_the_vocabulary_or_a_warning(server: Source) -> None:
    codes_of = {
        **RESOLVERS,
        "vocabulary": lambda name, text: {"satuan": {"Jiwa": "orang"}}.get(name, {}).get(text),
    }
    server.put(
        "/data.json", json.dumps({"dataset": [{**GOOD, "satuan": "Jiwa", "ukuran": "entah"}]}).encode()
    )
    (record,) = records(read(server, spec(server), resolvers=codes_of)).values()
    assert record.fields["satuan"] == "orang"
    assert "ukuran" not in record.fields
    assert ("unknown_code", "ukuran") in codes(record)


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("restricted public", "terbatas"),
        ("private", "tertutup"),
        ("http://publications.europa.eu/resource/authority/access-right/PUBLIC", "terbuka"),
        ("entah", None),
    ],
)
def test_access_is_never_wider_than_stated(server: Source, stated: str, code: str | None) -> None:
    record = one(server, accessLevel=stated)
    assert record.fields.get("klasifikasi_akses") == code
    server.put("/data.json", json.dumps({"dataset": [{**GOOD, "accessLevel": stated}]}).encode())
    open_by_default = spec(server, dataset__fields={"frekuensi": "bulanan", "klasifikasi_akses": "terbuka"})
    (record,) = records(read(server, open_by_default, resolvers=RESOLVERS)).values()
    assert record.fields.get("klasifikasi_akses") == code


def test_unknown_licence_is_not_replaced_by_the_default(server: Source) -> None:
    record = one(server, license="https://contoh.test/lisensi-sendiri")
    assert "license_id" not in record.fields
    assert ("unknown_licence", "license_id") in codes(record)


@pytest.mark.parametrize(
    ("text", "moment", "warned"),
    [
        ("2026-01-05", datetime(2026, 1, 4, 17, 0, tzinfo=UTC), False),
        ("05-01-2026 08:00:00", datetime(2026, 1, 5, 1, 0, tzinfo=UTC), False),
        ("2026-01-05T08:00:00.000000Z", datetime(2026, 1, 5, 8, 0, tzinfo=UTC), False),
        ("2026-01-05T08:00:00+07:00", datetime(2026, 1, 5, 1, 0, tzinfo=UTC), False),
        ("5 Januari 2026", datetime(2026, 1, 4, 17, 0, tzinfo=UTC), False),
        ("-000001-11-30T00:00:00.000000Z", None, False),
        ("0000-00-00", None, False),
        ("01/05/2026", None, True),
        ("2099-01-01", None, True),
    ],
)
def test_s22_claimed_dates(server: Source, text: str, moment: datetime | None, warned: bool) -> None:
    record = one(server, modified=text)
    assert record.source_modified_at == moment
    assert bool(codes(record)) is warned
    assert moment is None or moment <= NOW


@pytest.mark.parametrize(
    ("entry", "guid", "warned"),
    [
        ({"identifier": 12}, "12", False),
        ({"identifier": None}, "https://data.contoh.test/a-1", True),
        ({"identifier": " ", "landingPage": None}, "sha256:", True),
    ],
)
def test_guid_without_identifier(server: Source, entry: dict[str, Any], guid: str, warned: bool) -> None:
    record = one(server, **entry)
    assert record.guid.startswith(guid)
    assert (("no_identifier", "identifier") in codes(record)) is warned


def test_s18_doubled_and_unusable_entries_are_warnings_of_the_list(server: Source) -> None:
    pages = catalogue(
        server, GOOD, {**GOOD, "identifier": "A-1 "}, {}, "teks", {**GOOD, "identifier": "x" * 300}
    )
    assert set(records(pages)) == {"a-1"}
    found = [(warning.code, warning.detail) for warning in pages[-1].warnings]
    assert found == [
        ("duplicate_guid", "entry 1"),
        ("unusable_entry", "entry 2"),
        ("unusable_entry", "entry 3"),
        ("unusable_entry", "entry 4"),
    ]


def test_links_that_are_none_are_left_out(server: Source) -> None:
    record = one(server, distribution=[{"downloadURL": "javascript:alert(1)"}, {"title": "x"}, "y"])
    assert "resources" not in record.fields
    assert ("no_address", "distribution") in codes(record)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Data <b>Pendidikan</b> 2009</p>\n", "Data Pendidikan 2009"),
        ("<p>satu</p><p>dua</p>", "satu\ndua"),
        ("a<script>alert(1)</script>b", "ab"),
        ("air &amp; sanitasi", "air & sanitasi"),
        ("suhu < 30 dan > 20", "suhu < 30 dan > 20"),
    ],
)
def test_html_becomes_plain_text(html: str, text: str) -> None:
    assert to_plain(html) == text


def test_control_characters_are_read_leniently(server: Source) -> None:
    server.put("/data.json", json.dumps({"dataset": [GOOD]}).replace("Jumlah ", "Jumlah\x0b").encode())
    (record,) = records(read(server, spec(server))).values()
    assert record.fields["title"].startswith("Jumlah")


@pytest.mark.parametrize("stream_bytes", [1, 10**9])
def test_hv07_streamed_and_whole_reading_give_equal_hashes(
    server: Source, monkeypatch: pytest.MonkeyPatch, stream_bytes: int
) -> None:
    whole = {guid: each.content_hash for guid, each in records(catalogue(server, GOOD)).items()}
    monkeypatch.setattr(documents, "STREAM_BYTES", stream_bytes)
    assert {guid: each.content_hash for guid, each in records(catalogue(server, GOOD)).items()} == whole


@pytest.mark.parametrize("stream_bytes", [1, 10**9])
@pytest.mark.parametrize("body", [b'{"data": []}', b'{"dataset": "x"}'])
def test_document_without_the_list_is_refused(
    server: Source, monkeypatch: pytest.MonkeyPatch, stream_bytes: int, body: bytes
) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", stream_bytes)
    server.put("/data.json", body)
    with pytest.raises(errors.UnexpectedContentError):
        read(server, spec(server))


@pytest.mark.parametrize("stream_bytes", [1, 10**9])
def test_document_that_breaks_off_is_refused(
    server: Source, monkeypatch: pytest.MonkeyPatch, stream_bytes: int
) -> None:
    monkeypatch.setattr(documents, "STREAM_BYTES", stream_bytes)
    server.put("/data.json", json.dumps({"dataset": [GOOD, GOOD]}).encode()[:-20])
    with pytest.raises(errors.UnreadableError):
        read(server, spec(server))


def test_empty_catalogue_is_a_problem(server: Source) -> None:
    (page,) = catalogue(server)
    assert isinstance(page.problem, errors.EmptyListError)


def test_sniff() -> None:
    head = (SDI / "jogja.json").read_bytes()[:2_048]
    assert DataJsonConnector.sniff("http://a.test/data.json", head) == pytest.approx(0.9)
    assert DataJsonConnector.sniff("http://a.test/data.json", b"a,b") == 0.0
