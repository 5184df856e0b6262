from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import TCPServer
from typing import Any

import pytest
from misbehaving import Handler, Source
from reading import NOW, Attempts, client, connect, cut, definition, read, records, sumber

from jambi_harvesters import documents, errors
from jambi_harvesters.http import Client, Policy, Target
from jambi_harvesters.sources import connector_for, policy_for
from jambi_harvesters.sources.ckan import CkanConnector

FIXTURES = Path(__file__).parents[1] / "fixtures" / "ckan"
SEARCH, LIST = "/api/3/action/package_search", "/api/3/action/package_list"
CODES = {
    "frequency": lambda text: {"tahunan": "tahunan", "annual": "tahunan"}.get(text.casefold()),
    "vocabulary": lambda name, text: {"Statistik": "statistik", "Kesehatan": "kesehatan"}.get(text),
    "area": lambda text: text if text.startswith("15.71") else None,
    "own_site": lambda text: text if text in ("jambi", "https://data.jambi.test/dataset/x") else None,
}


def spec(server: Source, **changes: Any) -> Any:
    wanted = {
        "kind": "ckan",
        "schema": {},
        "dataset__title": None,
        "dataset__fields": {"frekuensi": "bulanan"},
    }
    return definition(server, "/", **{**wanted, **changes})


def package(number: int | str, **changes: Any) -> dict[str, Any]:
    made = {
        "id": f"id-{number}",
        "name": f"nama-{number}",
        "title": f"Dataset {number}",
        "type": "dataset",
        "metadata_modified": "2026-01-05T01:00:00.000000",
        "license_id": "cc-by",
        "resources": [{"url": f"https://a.test/{number}.csv"}],
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


class Site:
    """A CKAN site with an index, which may clamp, shift or be stale, and a list of names."""

    def __init__(self, server: Source, *index: Any, names: list[str] | None = None) -> None:
        self.server, self.index = server, list(index)
        self.names = [one["name"] for one in index] if names is None else names
        self.clamp, self.count = 1_000, None
        server.routes[SEARCH] = self.search
        server.routes[LIST] = lambda handler: self.say(handler, self.names)

    def search(self, handler: Handler) -> None:
        found = [one for one in self.index if self.matches(one, handler.query.get("fq", ""))]
        start = int(handler.query.get("start", 0))
        rows = min(int(handler.query["rows"]), self.clamp)
        count = len(found) if self.count is None else self.count
        self.say(handler, {"count": count, "results": found[start : start + rows]})

    @staticmethod
    def matches(one: dict[str, Any], fq: str) -> bool:
        if "dataset_type:harvest" in fq:
            return one.get("type") == "harvest"
        if "metadata_modified:[" in fq:
            since = fq.split("metadata_modified:[")[1].split(" TO")[0].removesuffix("Z")
            return str(one.get("metadata_modified", "")) >= since
        return one.get("type") != "harvest"

    @staticmethod
    def say(handler: Handler, result: Any) -> None:
        handler.answer(json.dumps({"help": "…", "success": True, "result": result}).encode())

    def read(self, **options: Any) -> list[Any]:
        return read(self.server, spec(self.server), **{"resolvers": CODES, **options})


def one(server: Source, **changes: Any) -> Any:
    (record,) = records(Site(server, package(1, **changes)).read()).values()
    return record


def codes(record: Any) -> set[tuple[str, str]]:
    return {(warning.code, warning.field) for warning in record.warnings}


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    def hashes(name: str) -> dict[str, str | None]:
        site = Site(server, *json.loads((FIXTURES / f"{name}.json").read_text("utf-8")))
        pages = site.read()
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
        notes="<p>Banyaknya penduduk</p>",
        url="https://asal.test/1",
        author="Nama Orang",
        maintainer_email="orang@contoh.test",
        tags=[{"name": "Penduduk"}, {"name": "jiwa"}],
        resources=[
            {
                "id": "r",
                "url": "https://a.test/1.csv",
                "name": "Tabel",
                "format": "CSV",
                "size": 12,
                "hash": None,
                "url_type": "upload",
                "last_modified": "2026-01-01T00:00:00",
                "tracking_summary": {"total": 1},
                "jenis_berkas": "utama",
                "kamus_data": [{"nama": "jumlah"}],
            }
        ],
    )
    assert record.guid == "id-1"
    assert record.fields == {
        "title": "Dataset 1",
        "notes": "Banyaknya penduduk",
        "url": "https://asal.test/1",
        "tags": ["Penduduk", "jiwa"],
        "license_id": "cc-by",
        "frekuensi": "bulanan",
        "resources": [
            {
                "url": "https://a.test/1.csv",
                "name": "Tabel",
                "format": "CSV",
                "size": 12,
                "jenis_berkas": "utama",
                "kamus_data": [{"nama": "jumlah"}],
            }
        ],
    }
    assert record.source_modified_at == datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
    assert codes(record) == {("html_removed", "description")}


@pytest.mark.parametrize("nested", [False, True])
def test_fields_are_mapped_from_the_top_level_and_from_extras(server: Source, nested: bool) -> None:
    stated = {
        "frekuensi": "Tahunan",
        "konsep": "Penduduk",
        "jenis": "Statistik",
        "periode_mulai": "2024-01-01",
        "periode_akhir": "2024-12-31",
        "klasifikasi_akses": "terbuka",
        "topik": '["Kesehatan"]' if nested else ["Kesehatan"],
        "cakupan_wilayah": "15.71.01, 99" if nested else ["15.71.01", "99"],
        "rumus_sendiri": "tetap",
    }
    extras = [{"key": key, "value": value} for key, value in stated.items()]
    record = one(server, **({"extras": extras} if nested else stated))
    wanted = {
        "frekuensi": "tahunan",
        "konsep": "Penduduk",
        "jenis_data": "statistik",
        "periode_mulai": "2024-01-01",
        "periode_akhir": "2024-12-31",
        "klasifikasi_akses": "terbuka",
        "topik": ["kesehatan"],
        "cakupan_wilayah": ["15.71.01"],
    }
    assert wanted.items() <= record.fields.items()
    assert ("unknown_code", "cakupan_wilayah") in codes(record)
    kept = [{"key": "jenis", "value": "Statistik"}, {"key": "rumus_sendiri", "value": "tetap"}]
    assert record.fields.get("extras") == (kept if nested else None)


def test_old_sites_write_extras_as_a_mapping(server: Source) -> None:
    assert one(server, extras={"konsep": "Air"}).fields["konsep"] == "Air"


def test_unknown_values_are_warnings_never_guesses(server: Source) -> None:
    record = one(server, frekuensi="kadang", urusan="entah", klasifikasi_akses="entah", license_id="uk-ogl")
    assert "urusan" not in record.fields
    assert record.fields["frekuensi"] == "bulanan"
    assert "klasifikasi_akses" not in record.fields
    assert record.fields["license_id"] == "uk-ogl"
    assert codes(record) == {
        ("unknown_frequency", "frekuensi"),
        ("unknown_code", "urusan"),
        ("unknown_access", "klasifikasi_akses"),
        ("unknown_licence", "license_id"),
    }


def test_licence_is_known_by_its_address_too(server: Source) -> None:
    record = one(server, license_id="CC-BY-4.0", license_url="https://creativecommons.org/licenses/by/4.0/")
    assert record.fields["license_id"] == "cc-by"
    assert codes(record) == set()


def test_tags_that_ckan_refuses_are_cleaned(server: Source) -> None:
    record = one(server, tags=[{"name": "air%^& bersih"}, {"name": "&"}, "x"])
    assert record.fields["tags"] == ["air bersih"]
    assert ("tag_cleaned", "tags") in codes(record)


def test_s25_links_that_are_none_are_left_out(server: Source) -> None:
    record = one(server, resources=[{"url": "javascript:alert(1)"}, {"name": "x"}, "y"], url="javascript:x")
    assert "resources" not in record.fields
    assert "url" not in record.fields
    assert ("no_address", "resources") in codes(record)


@pytest.mark.parametrize(
    "spelled",
    [
        "2026-01-05T01:00:00",
        "2026-01-05T01:00:00.000000",
        "2026-01-05T01:00:00Z",
        "2026-01-05T08:00:00+07:00",
    ],
)
def test_hv06_spellings_of_an_instant_are_equal(server: Source, spelled: str) -> None:
    record = one(server, metadata_modified=spelled)
    assert record.source_modified_at == datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
    assert record.content_hash == one(server).content_hash


def test_s30_touched_instants_are_no_change(server: Source) -> None:
    touched = one(server, metadata_modified="2026-02-02T00:00:00", resources=[
        {"url": "https://a.test/1.csv", "last_modified": "2026-02-02T00:00:00"}
    ])  # fmt: skip
    assert touched.content_hash == one(server).content_hash


def test_s22_instant_from_the_future_is_dropped(server: Source) -> None:
    record = one(server, metadata_modified="2099-01-01T00:00:00")
    assert record.source_modified_at is None
    assert ("future_date", "modified") in codes(record)


def test_clamped_pages_are_walked_by_what_came(server: Source) -> None:
    site = Site(server, *(package(number) for number in range(7)))
    site.clamp = 3
    pages = site.read()
    assert len(records(pages)) == 7
    assert pages[-1].complete
    assert pages[-1].total == 7
    starts = [path.split("start=")[1].split("&")[0] for path in server.asked(SEARCH)]
    assert starts == ["0", "3", "6"]
    assert all("sort=id+asc" in path for path in server.asked(SEARCH))


@pytest.mark.parametrize(
    "extra",
    [
        {"key": "harvest_site_id", "value": "jambi"},
        {"key": "site_id", "value": "jambi"},
        {"key": "harvest_source_url", "value": "https://data.jambi.test/dataset/x"},
    ],
)
def test_record_that_came_from_us_is_skipped(server: Source, extra: dict[str, str]) -> None:
    pages = Site(server, package(1, extras=[extra]), package(2)).read()
    assert set(records(pages)) == {"id-2"}
    assert [(warning.code, warning.detail) for warning in pages[-1].warnings] == [
        ("own_record", "page 0, entry 0")
    ]
    assert pages[-1].complete


def test_harvest_extras_of_others_are_not_ours_and_do_not_travel(server: Source) -> None:
    record = one(server, extras=[{"key": "harvest_source_title", "value": "Lain"}])
    assert "extras" not in record.fields


def test_private_deleted_and_harvest_entries_are_no_datasets(server: Source) -> None:
    site = Site(server, package(1), package(2, private=True), package(3, state="deleted"))
    pages = site.read()
    assert set(records(pages)) == {"id-1"}
    assert pages[-1].complete


def test_stale_index_is_not_complete(server: Source) -> None:
    pages = Site(server, package(1), names=["nama-1", "nama-2", "nama-3"]).read()
    assert not pages[-1].complete
    assert isinstance(pages[-1].problem, errors.IncompleteListError)
    assert "2 names" in str(pages[-1].problem)
    assert pages[-1].next_cursor is None


def test_count_of_the_index_must_be_the_number_of_ids_read(server: Source) -> None:
    site = Site(server, package(1), package(2), package(2))
    site.count = 3
    pages = site.read()
    assert not pages[-1].complete
    assert "2 of 3" in str(pages[-1].problem)


def test_harvest_sources_are_names_without_being_datasets(server: Source) -> None:
    source = package("panen", type="harvest")
    pages = Site(server, package(1), source, names=["nama-1", "nama-panen"]).read()
    assert pages[-1].complete
    assert set(records(pages)) == {"id-1"}


@pytest.mark.parametrize("status", [403, 404, 400])
def test_site_without_a_list_of_names_counts_by_its_index_and_says_so(server: Source, status: int) -> None:
    site = Site(server, package(1))
    server.put(LIST, b"{}", status)
    pages = site.read()
    assert pages[-1].complete
    assert [warning.code for warning in pages[-1].warnings] == ["no_id_list"]


def test_filtered_source_is_not_compared_with_all_names(server: Source) -> None:
    Site(server, package(1), names=["nama-1", "nama-2"])
    filtered = spec(server, endpoint={"params": {"fq": "organization:dinkes", "rows": 10}})
    pages = read(server, filtered, resolvers=CODES)
    assert pages[-1].complete
    assert server.asked(LIST) == []
    assert "fq=organization%3Adinkes" in server.asked(SEARCH)[0]
    assert "rows=10" in server.asked(SEARCH)[0]


def test_run_after_a_complete_one_asks_for_changes_since_then_less_an_hour(server: Source) -> None:
    site = Site(server, package(1), package(2))
    cursor = site.read()[-1].next_cursor
    assert cursor == {"since": "2026-01-05T01:00:00+00:00"}
    site.index.append(package(3, metadata_modified="2026-01-06T00:00:00.000000"))
    site.index[0] = package(1, title="Berubah", metadata_modified="2026-01-05T00:30:00.000000")
    site.index[1] = package(2, metadata_modified="2026-01-04T00:00:00.000000")
    server.log.clear()
    pages = site.read(cursor=cursor)
    assert set(records(pages)) == {"id-1", "id-3"}
    assert pages[-1].incremental
    assert not pages[-1].complete
    assert pages[-1].problem is None
    assert pages[-1].next_cursor == cursor
    assert server.asked(LIST) == []
    assert "metadata_modified%3A%5B2026-01-05T00%3A00%3A00.000000Z+TO+%2A%5D" in server.asked(SEARCH)[0]


def test_nothing_changed_is_no_empty_list(server: Source) -> None:
    site = Site(server, package(1))
    pages = site.read(cursor={"since": "2026-03-01T00:00:00+00:00"})
    assert [page.problem for page in pages] == [None]
    assert records(pages) == {}


def clamped(server: Source, *index: Any, **changes: Any) -> Site:
    """Return a site of six datasets that gives two at once."""
    site = Site(server, *(index or (package(number) for number in range(1, 7))), **changes)
    site.clamp = 2
    return site


def test_hv07_list_goes_on_behind_the_place_at_which_it_was_cut(server: Source) -> None:
    site = clamped(server)
    site.index.append(package("h", type="harvest"))
    site.names.append("nama-h")
    before, place = cut(connect(server, spec(server), resolvers=CODES))
    server.log.clear()
    pages = list(connect(server, spec(server), resolvers=CODES).pages(place))
    assert (set(before), set(records(pages))) == ({"id-1", "id-2"}, {"id-3", "id-4", "id-5", "id-6"})
    assert pages[-1].complete
    assert pages[-1].next_cursor == {"since": "2026-01-05T01:00:00+00:00"}
    starts = [path.split("start=")[1].split("&")[0] for path in server.asked(SEARCH)]
    assert starts == ["1", "2", "4", "0"]


def test_hv07_changes_go_on_behind_their_place(server: Source) -> None:
    clamped(server)
    cursor = {"since": "2026-01-05T01:00:00+00:00"}
    before, place = cut(connect(server, spec(server), resolvers=CODES, cursor=cursor))
    pages = list(connect(server, spec(server), resolvers=CODES, cursor=cursor).pages(place))
    assert before.keys() | records(pages).keys() == {f"id-{number}" for number in range(1, 7)}
    assert (pages[-1].incremental, pages[-1].problem, pages[-1].next_cursor) == (True, None, cursor)


@pytest.mark.parametrize("changed", [["id-2"], ["id-1", "+id-7"], ["id-9", "+id-0", "-id-6"]])
def test_hv07_index_that_moved_while_it_was_cut_begins_again(server: Source, changed: list[str]) -> None:
    site = clamped(server)
    _, place = cut(connect(server, spec(server), resolvers=CODES))
    kept = [one for one in site.index if one["id"] not in changed and f"-{one['id']}" not in changed]
    new = [package(name.removeprefix("+id-")) for name in changed if name.startswith("+")]
    site.index = sorted([*kept, *new], key=lambda one: one["id"])
    with pytest.raises(errors.PlaceLostError):
        next(connect(server, spec(server), resolvers=CODES).pages(place))


@pytest.mark.parametrize(
    ("names", "missing"), [(["nama-1", "nama-9"], "1 names"), (["nama-1", "nama-2", "nama-9"], "1 names")]
)
def test_hv07_names_before_and_behind_a_place_are_compared_with_the_list(
    server: Source, names: list[str], missing: str
) -> None:
    site = clamped(server)
    _, place = cut(connect(server, spec(server), resolvers=CODES))
    site.names = [*names, *(f"nama-{number}" for number in range(3, 7))]
    pages = list(connect(server, spec(server), resolvers=CODES).pages(place))
    assert not pages[-1].complete
    assert missing in str(pages[-1].problem)


def test_s29_clock_of_the_site_that_runs_ahead_does_not_hide_changes(server: Source) -> None:
    ahead = (NOW + timedelta(minutes=4)).replace(tzinfo=None).isoformat()
    pages = Site(server, package(1, metadata_modified=ahead)).read()
    assert pages[-1].next_cursor == {"since": NOW.isoformat()}


@pytest.mark.parametrize(
    ("fq", "sent"),
    [
        ("organization:a", "organization:a metadata_modified:["),
        ("-groups:b", "-groups:b metadata_modified:["),
        ("groups:a OR groups:b", "(groups:a OR groups:b) metadata_modified:["),
    ],
)
def test_filter_and_instant_are_asked_for_together(server: Source, fq: str, sent: str) -> None:
    Site(server, package(1))
    asked: list[str] = []

    def note(handler: Handler) -> None:
        asked.append(handler.query["fq"])
        Site.say(handler, {"count": 0, "results": []})

    server.routes[SEARCH] = note
    filtered = spec(server, endpoint={"params": {"fq": fq}})
    read(server, filtered, cursor={"since": "2026-03-01T00:00:00+00:00"})
    assert asked[0].startswith(sent)


def test_site_that_cannot_search_by_instant_is_read_whole(server: Source) -> None:
    site = Site(server, package(1))
    whole = server.routes[SEARCH]

    def refuse(handler: Handler) -> None:
        if "metadata_modified" in handler.query.get("fq", ""):
            handler.answer(b'{"success": false}', 400)
        else:
            whole(handler)

    server.routes[SEARCH] = refuse
    pages = site.read(cursor={"since": "2026-03-01T00:00:00+00:00"})
    assert set(records(pages)) == {"id-1"}
    assert pages[-1].complete
    assert [warning.code for warning in pages[-1].warnings] == ["no_search_by_instant"]


def test_s17_page_that_repeats_ends_the_list_without_proof(server: Source) -> None:
    site = Site(server, package(1), package(2))
    server.routes[SEARCH] = lambda handler: Site.say(handler, {"count": 9, "results": site.index})
    pages = site.read()
    assert set(records(pages)) == {"id-1", "id-2"}
    assert not pages[-1].complete
    assert pages[-1].problem is not None


def test_s17_index_that_grows_while_it_is_read_is_not_complete(server: Source) -> None:
    counts = [3, 3, 4]
    site = Site(server, *(package(number) for number in range(3)))

    def grow(handler: Handler) -> None:
        start = int(handler.query["start"])
        Site.say(handler, {"count": counts[start], "results": site.index[start : start + 1]})

    server.routes[SEARCH] = grow
    pages = read(server, spec(server, polite={"max_pages": 3}))
    assert len(records(pages)) == 3
    assert not pages[-1].complete


def test_s18_doubled_and_unusable_entries_are_warnings_of_the_list(server: Source) -> None:
    pages = Site(server, package(1), package(1, id="ID-1 ", name="lain"), package(2, id=7)).read()
    assert set(records(pages)) == {"id-1"}
    assert [(one.code, one.field) for one in pages[-1].warnings] == [
        ("duplicate_guid", "id"),
        ("unusable_entry", "id"),
    ]
    assert not pages[-1].complete


def test_s07_empty_site_is_a_problem(server: Source) -> None:
    (page,) = Site(server).read()
    assert isinstance(page.problem, errors.EmptyListError)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"success": false, "error": {"message": "rahasia"}}', errors.SourceFailedError),
        (b'{"status": true}', errors.UnexpectedContentError),
        (b'{"success": true, "result": {"results": "x"}}', errors.UnexpectedContentError),
        (b"[]", errors.UnexpectedContentError),
        (b"", errors.UnexpectedContentError),
        (b'{"success": true, "result"', errors.UnreadableError),
        (b'{"success": true, "success": true}', errors.UnreadableError),
    ],
)
def test_s06_answer_that_is_none_is_refused(
    server: Source, body: bytes, error: type[errors.HarvesterError]
) -> None:
    Site(server, package(1))
    server.put(SEARCH, body)
    with pytest.raises(error) as caught:
        read(server, spec(server))
    assert type(caught.value) is error
    assert "rahasia" not in f"{caught.value} {caught.value.pesan}"


def test_s06_sign_in_page_is_refused(server: Source) -> None:
    Site(server, package(1))
    server.put(SEARCH, sumber("halaman-masuk.html"))
    with pytest.raises(errors.UnexpectedContentError):
        read(server, spec(server))


def test_s03_site_that_is_gone_is_an_outage(server: Source) -> None:
    Site(server, package(1))
    server.put(SEARCH, b"", 404)
    with pytest.raises(errors.NotFoundError):
        read(server, spec(server))


def test_s31_key_goes_to_the_site_only_and_is_never_shown(server: Source) -> None:
    site = Site(server, package(1))
    auth = {"type": "api_key", "name": "Authorization", "api_key": "secret:KUNCI_CKAN"}
    asked = spec(server, client__auth=auth)
    attempts = Attempts()
    policy = policy_for(asked, connector_for(asked), targets=(server.target,), demo=True)
    opened = client(server, policy, recorder=attempts, secrets=["kunci-rahasia"], sleep=lambda seconds: None)
    made = CkanConnector(asked, opened, now=NOW, secrets={"KUNCI_CKAN": "kunci-rahasia"})
    assert list(made.pages())[-1].complete
    assert {headers["Authorization"] for _, _, headers in site.server.log} == {"kunci-rahasia"}
    assert "kunci-rahasia" not in str(attempts.all)


def test_path_may_lead_to_another_root_of_the_api(server: Source) -> None:
    made = connect(server, spec(server, endpoint={"path": "federation/api/3/action/"}))
    server.put("/federation/api/3/action/status_show", b"{}")
    assert made.action("status_show", {}).read() == b"{}"


@pytest.mark.parametrize("stream_bytes", [1, 10**9])
def test_hv07_streamed_and_whole_reading_give_equal_hashes(
    server: Source, monkeypatch: pytest.MonkeyPatch, stream_bytes: int
) -> None:
    site = Site(server, package(1), package(2, extras=[{"key": "lebar", "value": "1.50"}]))
    whole = {guid: one.content_hash for guid, one in records(site.read()).items()}
    monkeypatch.setattr(documents, "STREAM_BYTES", stream_bytes)
    pages = site.read()
    assert {guid: one.content_hash for guid, one in records(pages).items()} == whole
    assert pages[-1].complete


MEMORY = """
import json, sys, threading
sys.path[:0] = sys.argv[1:3]
from misbehaving import Source
from reading import connect
from test_ckan import LIST, SEARCH, Site, package, spec
COUNT = 100_000
many = [{"url": f"https://a.test/{n}.csv", "name": f"Tabel {n}"} for n in range(8_000)]
first, other = json.dumps(package(0, resources=many)), json.dumps(package("NO"))
def search(handler):
    start = int(handler.query["start"])
    found = [other.replace("NO", str(n)) for n in range(start, start + 1_000)]
    found[0] = found[0] if start else first
    body = '{"success": true, "result": {"count": %d, "results": [%s]}}' % (COUNT, ",".join(found))
    handler.answer(body.encode())
server = Source()
threading.Thread(target=server.serve_forever, daemon=True).start()
server.routes[SEARCH] = search
server.routes[LIST] = lambda handler: Site.say(handler, [f"nama-{n}" for n in range(COUNT)])
count = 0
asked = spec(server, endpoint={"params": {"rows": 1000}}, polite={"max_rps": 20})
for page in connect(server, asked).pages():
    assert len(page.records) <= 500
    count += len(page.records)
assert page.complete, page.problem
peak = [line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1]
print(count, int(peak) // 1000)
"""


@pytest.mark.large
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_hv07_hundred_thousand_datasets_within_200_mb() -> None:
    here = Path(__file__)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(here.parents[1]), str(here.parent)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    count, peak = map(int, done.stdout.split())
    assert count == 100_000
    assert peak <= 200


def test_hv39_mock_site_of_ckanext_harvest_is_read(server: Source) -> None:
    """Cases of ckanext-harvest's own suite, by reference to what is installed (HV37)."""
    mock = pytest.importorskip("ckanext.harvest.tests.harvesters.mock_ckan")
    site = Site(server, *mock.DATASETS)
    found = records(site.read())
    assert set(found) == {one["id"] for one in mock.DATASETS}
    energy = found[mock.DATASETS[1]["id"]]
    assert energy.fields["title"] == "Cabinet Office 70 Whitehall energy use"
    assert energy.fields["tags"] == ["consumption", "energy"]
    assert energy.fields["license_id"] == "uk-ogl"
    stated = {one["key"]: one["value"] for one in mock.DATASETS[1]["extras"]}
    assert {one["key"]: one["value"] for one in energy.fields["extras"]} == stated
    (resource,) = energy.fields["resources"]
    assert resource["hash"] == "6f1e452320dafbe9a5304ac77ed7a4ff79bfafc3"
    assert {"id", "revision_id", "position", "last_modified"}.isdisjoint(resource)


@pytest.fixture
def mock_site() -> Iterator[Any]:
    """The server of ckanext-harvest's own suite, on a port of its own."""
    mock = pytest.importorskip("ckanext.harvest.tests.harvesters.mock_ckan")

    class Quiet(mock.MockCkanHandler):
        def log_message(self, *_: Any) -> None:
            """Keep the test output clean."""

    site = TCPServer(("127.0.0.1", 0), Quiet)
    site.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield site
    site.shutdown()
    site.server_close()


def read_mock(site: Any, case: str = "", **options: Any) -> list[Any]:
    port = site.server_address[1]
    target = Target("uji", "sumber.test", "127.0.0.0/8", port, "/")
    base = {"client__base_url": f"http://sumber.test:{port}/{case}", "guard__internal_target": "uji"}
    wanted = {
        "kind": "ckan",
        "schema": {},
        "dataset__title": None,
        "dataset__fields": {"frekuensi": "bulanan"},
    }
    policy = Policy(targets=(target,), demo=True, max_rps=1_000, attempts=1)
    opened = Client(policy, resolver=lambda host, port: ["127.0.0.1"], sleep=lambda seconds: None)
    return list(CkanConnector(definition(**base, **wanted), opened, now=NOW, **options).pages())


def test_hv37_mock_site_is_read_over_http(mock_site: Any) -> None:
    pages = read_mock(mock_site)
    assert set(records(pages)) == {"dataset1-id", "1c65c66a-fdec-4138-9c64-0f9bf087bcbb"}
    assert pages[-1].complete


def test_hv37_mock_site_is_asked_for_changes_as_the_stock_harvester_asks(mock_site: Any) -> None:
    pages = read_mock(mock_site, cursor={"since": "2015-10-23T14:51:13+00:00"})
    assert set(records(pages)) == {"1c65c66a-fdec-4138-9c64-0f9bf087bcbb"}
    assert pages[-1].incremental


def test_hv37_datasets_added_while_paging_are_not_taken_for_all(mock_site: Any) -> None:
    pages = read_mock(mock_site, "datasets_added/")
    assert set(records(pages)) == {"dataset1-id"}
    assert not pages[-1].complete


def test_hv37_invalid_tag_is_cleaned(mock_site: Any) -> None:
    mock = pytest.importorskip("ckanext.harvest.tests.harvesters.mock_ckan")
    kept = [one.get("tags") for one in mock.DATASETS]
    try:
        found = records(read_mock(mock_site, "invalid_tag/"))
    finally:
        for one, tags in zip(mock.DATASETS, kept, strict=True):
            one["tags"] = tags
    assert found["dataset1-id"].fields["tags"] == ["consumption"]


def test_hv37_site_that_is_down_is_an_outage(mock_site: Any) -> None:
    with pytest.raises(errors.SourceDownError):
        read_mock(mock_site, "site_down/")


@pytest.mark.parametrize(
    ("url", "head", "sure"),
    [
        (
            "https://a.test/api/3/action/package_search",
            b'{"help": "https://a.test/api/3/action/help_show?n',
            0.95,
        ),
        ("https://a.test/api/3/action/package_list", b'{"success": true', 0.9),
        ("https://a.test/", b'<meta name="generator" content="ckan 2.12.0" />', 0.85),
        ("https://a.test/data.csv", b"a,b", 0.0),
    ],
)
def test_sniff(url: str, head: bytes, sure: float) -> None:
    assert CkanConnector.sniff(url, head) == pytest.approx(sure)
