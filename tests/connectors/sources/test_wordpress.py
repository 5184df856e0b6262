from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import misbehaving
import pytest
from misbehaving import Handler, Source
from reading import connect, definition, read, records, rows, sumber

from jambi_harvesters import errors
from jambi_harvesters.sources.wordpress import WordpressConnector

FIXTURES = Path(__file__).parents[1] / "fixtures" / "wordpress"
POSTS, MEDIA = "/wp-json/wp/v2/posts", "/wp-json/wp/v2/media"
FIELDS = {
    "id": {"type": "integer"},
    "jenis": "type",
    "judul": {"path": "title", "public": True},
    "diubah": {"path": "modified_gmt", "type": "timestamp"},
    "berkas": "source_url",
}
FLAGS = re.DOTALL | re.MULTILINE
OUTSIDE = {"post": "Post", "page": "Page", "attachment": "Attachment"}
INVENTORY = {
    "dataset__mode": "per_record",
    "dataset__title": "{judul}",
    "dataset__notes": "Berkas {berkas}, diubah {diubah}",
}


def spec(server: Source, **changes: Any) -> Any:
    return definition(server, "/", **{"kind": "wordpress", "schema__fields": FIELDS, **changes})


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def post(number: int, **changes: Any) -> dict[str, Any]:
    plain = {
        "id": number,
        "type": "post",
        "status": "publish",
        "title": {"rendered": f"Pos {number}"},
        "date_gmt": "2026-01-01T00:00:00",
        "modified_gmt": "2026-01-02T00:00:00",
    }
    return {**plain, **changes}


def answering(items: Sequence[Any], total: int | None = None, pages: int | None = 1) -> misbehaving.Behaviour:
    """Answer one page with the headers of WordPress."""
    stated = {"X-WP-Total": len(items) if total is None else total, "X-WP-TotalPages": pages}
    headers = {name: str(value) for name, value in stated.items() if value is not None}

    def behave(handler: Handler) -> None:
        body = json.dumps(items).encode()
        handler.answer(body, 200, {**headers, "Content-Length": str(len(body))})

    return behave


def paged(pages: Sequence[Sequence[Any]], total: int | None = None) -> misbehaving.Behaviour:
    """Answer by page; beyond the last one with the 400 of WordPress."""
    count = sum(map(len, pages)) if total is None else total

    def behave(handler: Handler) -> None:
        page = int(handler.query["page"])
        if page > len(pages):
            handler.answer(fixture("wp-posts-hal3-galat.json"), 400)
        else:
            answering(pages[page - 1], count, len(pages))(handler)

    return behave


def site(server: Source, posts: Sequence[Any] = (), media: Sequence[Any] = ()) -> None:
    server.routes[POSTS] = answering(posts)
    server.routes[MEDIA] = answering(media)


def test_fixtures_of_the_reference_data_read_as_one_inventory(server: Source) -> None:
    posts = json.loads(fixture("wp-posts-hal1.json"))
    site(server, posts, json.loads(fixture("wp-media.json")))
    pages = read(server, spec(server))
    assert (pages[-1].complete, pages[-1].problem) == (True, None)
    upload = "https://dinas.contoh.test/wp-content/uploads/2026/01/"
    moment = datetime(2026, 1, 7, 1, 0, tzinfo=UTC)
    assert rows(pages) == [
        (14034, "post", "Rekap Pengaduan Warga – Desember", datetime(2026, 1, 6, 2, 15, tzinfo=UTC), None),
        (14035, "post", "Kunjungan Kerja", moment, None),
        (
            14040,
            "attachment",
            "rekap-des",
            datetime(2026, 1, 6, 2, 10, tzinfo=UTC),
            f"{upload}rekap-des.xlsx",
        ),
        (14041, "attachment", "foto1", moment, f"{upload}foto1.jpg"),
    ]


def test_only_what_an_inventory_needs_is_asked_for_and_kept(server: Source) -> None:
    person = {
        "author": 1,
        "content": {"rendered": "<p>Budi</p>"},
        "excerpt": {"rendered": "Budi"},
        "yoast": "x",
    }
    site(server, [post(1, **person)])
    assert not {"author", "content", "excerpt"} & set(
        read(server, spec(server))[-1].records[0].source_columns
    )
    with pytest.raises(errors.SchemaDriftError, match="author"):
        read(server, spec(server, schema__fields={"id": "id", "author": "author"}))


def test_request_names_fields_order_and_page_size(server: Source) -> None:
    site(server, [post(1)])
    read(server, spec(server, endpoint__params={"categories": 5}))
    (asked, _) = [path for _, path, _ in server.log]
    for part in ("per_page=100", "orderby=id", "order=asc", "page=1", "categories=5", "_fields=id%2Ctype"):
        assert part in asked
    assert "content" not in asked
    assert "author" not in asked


def test_s25_markup_is_stripped_from_titles(server: Source) -> None:
    title = "Data <b>2026</b> &amp; <script>alert(1)</script>\n Rekap&hellip;"
    site(server, [post(1, title={"rendered": title})])
    assert rows(read(server, spec(server)))[0][2] == "Data 2026 & Rekap…"


def test_s22_local_instants_are_ignored_and_zero_ones_are_empty(server: Source) -> None:
    local = {"date": "2026-01-02T07:00:00", "modified": "2026-01-02T07:00:00"}
    site(server, [post(1, modified_gmt=None, **local), post(2, modified_gmt="0000-00-00T00:00:00")])
    (page,) = read(server, spec(server))
    assert [row[3] for row in rows([page])] == [None, None]
    assert [one.code for one in page.records[0].warnings] == ["zero_date"]


@pytest.mark.parametrize("zone", ["", "Z", "+00:00"])
def test_hv06_instants_are_utc_with_or_without_a_zone(server: Source, zone: str) -> None:
    site(server, [post(1, modified_gmt=f"2026-01-06T02:15:00{zone}")])
    assert rows(read(server, spec(server)))[0][3] == datetime(2026, 1, 6, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize("status", ["draft", "private", "future"])
def test_what_is_not_public_at_the_source_is_passed_over(server: Source, status: str) -> None:
    site(server, [post(1), post(2, status=status)], [post(3, status="inherit")])
    assert [row[0] for row in rows(read(server, spec(server)))] == [1, 3]


def test_every_page_that_the_header_names_is_read_and_none_beyond(server: Source) -> None:
    server.routes[POSTS] = paged([[post(1), post(2)], [post(3)]])
    server.routes[MEDIA] = paged([[]])
    pages = read(server, spec(server))
    assert [row[0] for row in rows(pages)] == [1, 2, 3]
    assert pages[-1].complete
    assert len(server.asked(POSTS)) == 2


def test_s17_refused_page_within_the_total_is_no_end(server: Source) -> None:
    first = answering([post(1), post(2)], 4, 2)
    answers = iter([first, lambda handler: handler.answer(fixture("wp-posts-hal3-galat.json"), 400)])
    server.routes[POSTS] = lambda handler: next(answers)(handler)
    pages = read(server, spec(server))
    assert len(rows(pages)) == 2
    assert isinstance(pages[-1].problem, errors.IncompleteListError)
    assert "halaman 2 dari 2 ditolak" in pages[-1].problem.pesan


def test_s17_refused_page_without_a_total_is_no_end(server: Source) -> None:
    first = answering([post(1)], 1, None)
    answers = iter([first, lambda handler: handler.answer(fixture("wp-posts-hal3-galat.json"), 400)])
    server.routes[POSTS] = lambda handler: next(answers)(handler)
    pages = read(server, spec(server))
    assert not pages[-1].complete
    assert "halaman 2 dari ?" in pages[-1].problem.pesan


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (answering([post(2)], 3, 2), "berubah"),
        (answering([], 2, 3), "halaman 2 dari 3"),
        (answering([post(1)], 2, 3), "berulang"),
    ],
)
def test_s17_list_that_moves_while_it_is_read_is_incomplete(
    server: Source, second: misbehaving.Behaviour, words: str
) -> None:
    answers = iter([answering([post(1)], 2, 3), second])
    server.routes[POSTS] = lambda handler: next(answers)(handler)
    pages = read(server, spec(server))
    assert not pages[-1].complete
    assert words in pages[-1].problem.pesan


def test_bad_input_fewer_items_than_the_total_is_incomplete(server: Source) -> None:
    server.routes[POSTS] = answering([post(1)], 5, 1)
    (page,) = read(server, spec(server))
    assert "1 dari 5" in page.problem.pesan


def test_refused_first_page_fails(server: Source) -> None:
    server.put(POSTS, b'{"code":"rest_invalid_param"}', 400)
    with pytest.raises(errors.StatusError):
        read(server, spec(server))


def test_closed_pretty_address_leads_to_the_plain_one(server: Source) -> None:
    server.put(POSTS, b"tidak ada", 404)

    def plain(handler: Handler) -> None:
        answering([post(1)] if handler.query["rest_route"].endswith("posts") else [post(2)])(handler)

    server.routes["/"] = plain
    pages = read(server, spec(server))
    assert [row[0] for row in rows(pages)] == [1, 2]
    assert pages[-1].complete
    assert len(server.asked(POSTS)) == 1
    assert [path for path in server.asked("/") if "rest_route=%2Fwp%2Fv2%2Fmedia" in path]


CLOSED: Mapping[str, tuple[bytes, int]] = {
    "disabled": (fixture("wp-rest-dimatikan.json"), 401),
    "forbidden": (b"", 403),
    "a web page": (sumber("halaman-masuk.html"), 200),
}


def close(server: Source, how: str = "disabled") -> None:
    body, status = CLOSED[how]
    server.put(POSTS, body, status)
    server.put("/", body, status)


@pytest.mark.parametrize("how", CLOSED)
def test_closed_interface_leaves_the_feed_which_is_never_complete(server: Source, how: str) -> None:
    close(server, how)
    server.put("/feed/", fixture("wp-feed.xml"))
    pages = read(server, spec(server, **INVENTORY))
    assert list(records(pages)) == ["14034"]
    assert records(pages)["14034"].fields["title"] == "Rekap Pengaduan Warga – Desember"
    assert not pages[-1].complete
    assert "RSS" in pages[-1].problem.pesan
    assert len(server.asked("/feed/")) == 2, "the repeated page ends it"


def test_feed_is_read_page_by_page_to_its_404(server: Source) -> None:
    close(server)
    other = fixture("wp-feed.xml").replace(b"14034", b"14035")
    server.routes["/feed/"] = misbehaving.paged({"1": fixture("wp-feed.xml"), "2": other}, "paged")
    assert list(records(read(server, spec(server, **INVENTORY)))) == ["14034", "14035"]


def test_feed_has_no_instants_of_change(server: Source) -> None:
    close(server)
    server.put("/feed/", fixture("wp-feed.xml"))
    fields = {"terbit": {"path": "date_gmt", "type": "timestamp"}, "diubah": "modified_gmt"}
    found = rows(read(server, spec(server, schema__fields=fields)))
    assert found == [(datetime(2021, 7, 1, 3, 0, tzinfo=UTC), None)]


BOMB = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">%s]>
<rss version="2.0"><channel><item><title>&a;</title></item></channel></rss>"""
ENTITIES = b"".join(b'<!ENTITY b%d "%s">' % (at, b"&b%d;" % (at - 1) * 10) for at in range(1, 12))


@pytest.mark.parametrize("body", [BOMB % b"", BOMB % ENTITIES])
def test_s26_feed_with_entities_is_refused(server: Source, body: bytes) -> None:
    close(server)
    server.put("/feed/", body)
    with pytest.raises(errors.UnreadableError) as caught:
        read(server, spec(server))
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<?xml version='1.0'?><rss><channel><item>", errors.UnreadableError),
        (b"<?xml version='1.0'?><opml/>", errors.UnexpectedContentError),
        (b"<!DOCTYPE html><html></html>", errors.UnexpectedContentError),
        (b"bukan xml", errors.UnreadableError),
    ],
)
def test_bad_input_feed_that_is_none(server: Source, body: bytes, error: type[Exception]) -> None:
    close(server)
    server.put("/feed/", body)
    with pytest.raises(error):
        read(server, spec(server))


def test_s03_site_that_is_down_is_no_closed_interface(server: Source) -> None:
    server.put(POSTS, b"", 503)
    with pytest.raises(errors.SourceDownError):
        read(server, spec(server))
    assert not server.asked("/feed/")


def test_one_list_is_read_where_the_path_names_it(server: Source) -> None:
    site(server, [post(1)], [post(2)])
    pages = read(server, spec(server, endpoint__path="wp-json/wp/v2/media"))
    assert [row[0] for row in rows(pages)] == [2]
    assert not server.asked(POSTS)


def test_list_that_is_not_there_never_falls_back_to_the_feed(server: Source) -> None:
    server.put("/feed/", fixture("wp-feed.xml"))
    with pytest.raises(errors.NotFoundError):
        read(server, spec(server, endpoint__path="wp-json/wp/v2/agenda"))
    assert not server.asked("/feed/")


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source) -> None:
    before_posts = [post(1), post(2), post(3)]
    after_posts = [post(1), post(2, modified_gmt="2026-02-01T00:00:00"), post(5)]

    def hashes(posts: list[dict[str, Any]]) -> dict[str, str | None]:
        site(server, posts, json.loads(fixture("wp-media.json")))
        pages = read(server, spec(server, **INVENTORY))
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again, after = hashes(before_posts), hashes(before_posts), hashes(after_posts)
    assert before == again
    assert set(after) - set(before) == {"5"}
    assert set(before) - set(after) == {"3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"2"}


def test_s18_doubled_ids_give_one_record_and_a_warning(server: Source) -> None:
    site(server, [*(post(number) for number in range(1, 300)), post(7)])
    pages = read(server, spec(server, **INVENTORY))
    assert len(records(pages)) == 299
    assert [one.code for one in pages[-1].warnings] == ["duplicate_guid"]


def test_changes_are_asked_by_modified_after_in_utc(server: Source) -> None:
    site(server, [post(1), post(2, modified_gmt="2026-01-06T02:15:00", modified="2026-01-06T09:15:00")])
    changes = {"cursor_path": "modified_gmt", "start_param": "modified_after", "lag": 3600}
    incremental = spec(server, **INVENTORY, endpoint__incremental=changes)
    (first,) = read(server, incremental)
    assert first.complete
    assert first.next_cursor == {"since": "2026-01-06T02:15:00Z"}
    assert "modified_after" not in server.log[0][1]
    (second,) = read(server, incremental, cursor=first.next_cursor)
    assert second.incremental
    assert not second.complete
    assert "modified_after=2026-01-06T08%3A15%3A00%2B07%3A00" in server.log[2][1]
    assert "modified_after=" in server.log[3][1]


def test_hv39_answers_of_an_outside_collection_are_read(server: Source, wordpress_answers: str) -> None:
    """Read the posts, pages and files that WordPress itself answers in its own tests."""
    kept = re.findall(
        r"^mockedApiResponse\.(Posts|Pages|Media)Collection = (\[$.*?^\]);", wordpress_answers, FLAGS
    )
    answers = {name: json.loads(text) for name, text in kept}
    site(server, [*answers["Posts"], *answers["Pages"]], answers["Media"])
    pages = read(server, spec(server))
    assert pages[-1].complete
    kinds = {row[1]: row[2] for row in rows(pages)}
    assert kinds == {name: f"REST API Client Fixture: {title}" for name, title in OUTSIDE.items()}
    assert all(row[3] == datetime(2017, 2, 14, tzinfo=UTC) for row in rows(pages))


def test_probe_never_skips_a_list_of_pages(server: Source) -> None:
    assert not connect(server, spec(server)).probe({"etag": "x"}).unchanged
    assert not server.log


def test_s31_credentials_go_to_every_address_of_the_site(server: Source) -> None:
    site(server, [post(1)])
    auth = {"type": "http_basic", "username": "portal", "password": "secret:WP"}
    read(server, spec(server, client__auth=auth), secrets={"WP": "rahasia"})
    assert {headers["Authorization"] for _, _, headers in server.log} == {"Basic cG9ydGFsOnJhaGFzaWE="}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"endpoint__path": "berita"}, "endpoint.path"),
        ({"endpoint__data_selector": "data"}, "endpoint.data_selector"),
        ({"client__paginator": {"type": "page_number"}}, "client.paginator.type"),
        ({"guard__success": "ok"}, "guard.success"),
    ],
)
def test_hv11_key_without_effect_is_refused(server: Source, changes: dict[str, Any], where: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        spec(server, **changes)
    assert [one.path for one in caught.value.problems] == [where]


@pytest.mark.parametrize(
    ("url", "head", "likely"),
    [
        ("http://a.test/wp-json/wp/v2/posts", b"[{", 0.95),
        ("http://a.test/api", b'[{"_links":{"self":"http://a.test/wp-json/wp/v2/posts/1"}}]', 0.95),
        ("http://a.test/api", b"[{}]", 0.0),
        ("http://a.test/", b'<html><link rel="https://api.w.org/" href="/wp-json/">', 0.9),
        ("http://a.test/", b'<html><img src="/wp-content/uploads/a.png">', 0.6),
        ("http://a.test/", b"<html>", 0.0),
    ],
)
def test_sniff(url: str, head: bytes, likely: float) -> None:
    assert WordpressConnector.sniff(url, head) == likely
