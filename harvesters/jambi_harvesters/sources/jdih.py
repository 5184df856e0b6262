"""Kind `jdih`: the list of legal documents that the network JDIHN asks for (docs/sources/jdih.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from jambi_harvesters.sources.rest_api import RestApiConnector

PUBLISHED = "1"
NOTHING = frozenset({"", "-"})


class JdihConnector(RestApiConnector):
    """Reads a flat list of documents, at once or page by page; every document counts by its `idData`."""

    kind: ClassVar[str] = "jdih"
    title: ClassVar[Mapping[str, str]] = {
        "en": "Legal documents (JDIHN)",
        "id": "Produk hukum (JDIHN)",
    }
    options: ClassVar[frozenset[str]] = frozenset({"client.paginator", "endpoint", "guard.success"})
    paginators: ClassVar[tuple[str, ...]] = ("auto", "single_page", "page_number")

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a JDIHN list: its two oddest names say it."""
        if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
            return 0.0
        return 0.95 if b'"idData"' in head and b'"noPeraturan"' in head else 0.0

    def entry(self, item: Any) -> Any:
        """Return a document with its hyphens emptied and its file's address whole; None if it is hidden."""
        if not isinstance(item, Mapping):
            return item
        stated = {key: _stated(value) for key, value in item.items()}
        if str(stated.get("display")) != PUBLISHED:
            return None
        if "urlDownload" in stated:
            stated["urlDownload"] = _file_address(stated["urlDownload"], stated.get("fileDownload"))
        return stated


def _stated(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip() in NOTHING else value


def _file_address(address: Any, name: Any) -> str | None:
    """Return where a document's file is: an address that ends in / is a folder, and no name is no file."""
    if not isinstance(address, str) or not isinstance(name, str):
        return None
    address, name = address.strip(), name.strip()
    return f"{address}{quote(name, safe='%')}" if address.endswith("/") else address
