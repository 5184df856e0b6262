"""What of a WordPress site is an inventory: names, dates and addresses; never authors, texts or comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import IO, Any, cast

from lxml import etree

from jambi_harvesters.errors import UnexpectedContentError, UnreadableError
from jambi_harvesters.plain_text import to_plain

PLAIN = ("id", "type", "slug", "link", "media_type", "mime_type", "source_url", "post", "categories")
INSTANTS = ("date_gmt", "modified_gmt")
ASKED = (*PLAIN, *INSTANTS, "status", "title")
PUBLIC = frozenset({None, "publish", "inherit"})

_ID = re.compile(r"[?&](?:p|page_id|attachment_id)=(\d+)", re.ASCII)
_ZONED = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$", re.ASCII)


def inventoried(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the entry of a post or file, or None if it is not public."""
    if item.get("status") not in PUBLIC:
        return None
    title = item.get("title")
    found = {name: item.get(name) for name in PLAIN}
    if found["type"] is None and found["media_type"] is not None:
        found["type"] = "attachment"
    return {
        **found,
        **{name: _utc(item.get(name)) for name in INSTANTS},
        "title": _title(title.get("rendered") if isinstance(title, Mapping) else title),
    }


def feed_entries(file: IO[bytes], url: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of an RSS feed, read as a stream; a feed has no instants of change.

    Raises:
        UnexpectedContentError: if it is another document.
        UnreadableError: if it breaks off, or declares a document type (S26).
    """
    options = {"load_dtd": False, "no_network": True, "resolve_entities": False, "huge_tree": False}
    events = etree.iterparse(file, events=("start", "end"), **cast("dict[str, Any]", options))
    try:
        for event, node in events:
            if node.getparent() is None and event == "start":
                _judge_root(node, url)
            if event == "end" and node.tag == "item":
                yield _entry(node)
                node.clear()
    except etree.XMLSyntaxError:
        raise _broken("it breaks off or is damaged", "isinya terputus atau rusak") from None


def _judge_root(node: Any, url: str) -> None:
    if node.getroottree().docinfo.doctype:
        raise _broken("it declares a document type", "memuat deklarasi jenis dokumen")
    if node.tag != "rss":
        raise UnexpectedContentError(url=url, found="XML", expected="RSS")


def _entry(node: Any) -> dict[str, Any]:
    link, guid = node.findtext("link"), node.findtext("guid")
    found = _ID.search(guid or "") or _ID.search(link or "")
    return {
        **dict.fromkeys((*PLAIN, *INSTANTS)),
        "id": int(found[1]) if found else None,
        "type": "post",
        "link": link,
        "title": _title(node.findtext("title")),
        "date_gmt": _published(node.findtext("pubDate")),
    }


def _published(text: str | None) -> str | None:
    try:
        instant = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return instant.astimezone(UTC).isoformat() if instant.tzinfo else None


def _utc(value: Any) -> Any:
    """Return an instant that says its zone; WordPress writes UTC without one."""
    if not isinstance(value, str) or not value or _ZONED.search(value):
        return value
    return f"{value}Z"


def _title(value: Any) -> str | None:
    return " ".join(to_plain(value).split()) if isinstance(value, str) else None


def _broken(reason: str, alasan: str) -> UnreadableError:
    return UnreadableError(what="The feed", what_id="Umpan RSS", reason=reason, alasan=alasan)
