"""The web site of the water company: WordPress with its REST interface, its feed, and the file it offers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from .. import pages
from ..city import City
from ..content import Row
from .system import HTML, XML, Asked, Reply, System, as_json, part_of, source_named

DATASET = "gangguan-kualitas-air"
MOST_PER_PAGE = 100
FEED_ITEMS = 10
FIRST_ID = 14_034
_REFUSED_PAGE = {
    "code": "rest_post_invalid_page_number",
    "message": "Nomor halaman yang diminta lebih besar daripada jumlah halaman.",
    "data": {"status": 400},
}
_NO_ROUTE = {"code": "rest_no_route", "message": "Tidak ada rute yang cocok.", "data": {"status": 404}}


def posts(city: City, origin: str) -> list[dict[str, Any]]:
    """Return a post for each disruption, oldest first: its number stays, its instant of change may move."""
    rows = sorted(city.rows(source_named(city, DATASET)), key=lambda row: row[0])
    return [_post(FIRST_ID + number, row, origin) for number, row in enumerate(rows)]


def media(city: City, origin: str) -> list[dict[str, Any]]:
    """Return the files of the site: the export that is dataset 22, replaced as it changes, and a picture."""
    path = source_named(city, DATASET).path
    newest = max(post["modified_gmt"] for post in posts(city, origin))
    return [
        _file(14_001, "gangguan", "text/csv", f"{origin}/{path}", newest),
        _file(14_002, "kantor", "image/jpeg", f"{origin}/tirta-mayang/kantor.jpg", "2025-01-02T01:00:00"),
    ]


def answer(city: City, asked: Asked) -> Reply | None:
    """Answer the start page, the REST interface or the feed."""
    if asked.path == "":
        return _home(asked.origin)
    if asked.path.startswith("wp-json/wp/v2/"):
        name = asked.path.removeprefix("wp-json/wp/v2/").strip("/")
        lists = {"posts": posts, "media": media}
        if name not in lists:
            return as_json(_NO_ROUTE, 404)
        return _page(lists[name](city, asked.origin), asked)
    if asked.path == "feed/":
        return _feed(posts(city, asked.origin), asked)
    return None


def _page(items: list[dict[str, Any]], asked: Asked) -> Reply:
    size, page = asked.number("per_page", 10), asked.number("page", 1)
    if not 1 <= size <= MOST_PER_PAGE:
        return as_json({"code": "rest_invalid_param", "data": {"status": 400}}, 400)
    kept = _since(items, asked.params.get("modified_after"))
    ordered = kept if asked.params.get("order") == "asc" else kept[::-1]
    count = max(1, -(-len(ordered) // size))
    if page > count:
        return as_json(_REFUSED_PAGE, 400)
    fields = [name for name in asked.params.get("_fields", "").split(",") if name]
    part = [_only(item, fields) for item in part_of(ordered, (page - 1) * size, size)]
    return as_json(part, 200, {"X-WP-Total": str(len(ordered)), "X-WP-TotalPages": str(count)})


def _since(items: list[dict[str, Any]], stated: str | None) -> list[dict[str, Any]]:
    if not stated:
        return items
    moment = datetime.fromisoformat(stated).astimezone(UTC)
    return [item for item in items if datetime.fromisoformat(f"{item['modified_gmt']}+00:00") > moment]


def _only(item: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    return {name: item[name] for name in fields if name in item} if fields else item


def _post(number: int, row: Row, origin: str) -> dict[str, Any]:
    start, village, (end, cause, affected) = row[0], row[4], row[6:9]
    changed = end if affected is not None else start
    text = f"Gangguan aliran di {village} karena {str(cause).casefold()}."
    return {
        "id": number,
        "date": f"{start:%Y-%m-%dT%H:%M:%S}",
        "date_gmt": _gmt(start),
        "modified": f"{changed:%Y-%m-%dT%H:%M:%S}",
        "modified_gmt": _gmt(changed),
        "slug": f"gangguan-{number}",
        "status": "publish",
        "type": "post",
        "link": f"{origin}/tirta-mayang/?p={number}",
        "title": {"rendered": f"Gangguan aliran &#8211; {escape(village)} &amp; sekitarnya"},
        "content": {"rendered": f"<p>{escape(text)}</p>", "protected": False},
        "excerpt": {"rendered": f"<p>{escape(text)}</p>", "protected": False},
        "categories": [5],
    }


def _file(number: int, slug: str, kind: str, address: str, changed: str) -> dict[str, Any]:
    return {
        "id": number,
        "date_gmt": "2025-01-02T01:00:00",
        "modified_gmt": changed,
        "slug": slug,
        "status": "inherit",
        "type": "attachment",
        "link": address,
        "title": {"rendered": slug},
        "media_type": "image" if kind.startswith("image/") else "file",
        "mime_type": kind,
        "source_url": address,
    }


def _gmt(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _feed(items: list[dict[str, Any]], asked: Asked) -> Reply | None:
    first = (max(asked.number("paged", 1), 1) - 1) * FEED_ITEMS
    part = part_of(items[::-1], first, FEED_ITEMS)
    if not part:
        return None
    entries = "".join(_entry(item) for item in part)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>Tirta Mayang (data peraga)</title>{entries}</channel></rss>"
    )
    return Reply(text.encode(), XML)


def _entry(item: dict[str, Any]) -> str:
    published = format_datetime(datetime.fromisoformat(f"{item['date_gmt']}+00:00"))
    return (
        f"<item><title>{escape(item['title']['rendered'])}</title><link>{escape(item['link'])}</link>"
        f"<guid>{escape(item['link'])}</guid><pubDate>{published}</pubDate></item>"
    )


def _home(origin: str) -> Reply:
    body = f'<p><a href="{origin}/tirta-mayang/feed/">Umpan RSS</a></p>'
    text = pages.page("Tirta Mayang", body)
    link = f'<link rel="https://api.w.org/" href="{origin}/tirta-mayang/wp-json/">'
    return Reply(text.replace("</head>", f"{link}\n</head>").encode(), HTML)


SYSTEM = System(
    prefix="/tirta-mayang/",
    title="Situs WordPress Tirta Mayang: pos gangguan dan berkas yang diunggah",
    kind="wordpress",
    start="",
    answer=answer,
)
