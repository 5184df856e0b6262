"""Kind `dcat`: a catalogue in RDF, page by page, a dataset a record (docs/sources/dcat.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin

from jambi_harvesters import rdf
from jambi_harvesters.assembly import ListEnd, record_pages
from jambi_harvesters.entry_records import EntryReader
from jambi_harvesters.errors import IncompleteListError, UnexpectedContentError
from jambi_harvesters.http import Response
from jambi_harvesters.record import JsonValue, Page, Record
from jambi_harvesters.sources.base import DocumentConnector, Probe

SINGLE = "single_page"


class DcatConnector(DocumentConnector):
    """Reads Turtle, RDF/XML or JSON-LD, each page in a process of its own."""

    kind: ClassVar[str] = "dcat"
    title: ClassVar[Mapping[str, str]] = {"en": "DCAT catalogue (RDF)", "id": "Katalog DCAT (RDF)"}
    paginators: ClassVar[tuple[str, ...]] = ("auto", SINGLE)
    default_mode: ClassVar[str] = "per_record"

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a catalogue in RDF; a data.json is left to `datajson`."""
        if b"project-open-data" in head:
            return 0.0
        if b"www.w3.org/ns/dcat#" in head:
            return 0.9
        named = url.partition("?")[0].casefold().endswith((".ttl", ".rdf", ".jsonld"))
        return 0.4 if named else 0.0

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask by markers only where one document is the whole catalogue."""
        if self.definition.client.paginator.get("type") != SINGLE:
            return Probe(unchanged=False)
        return super().probe(markers)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the catalogue's datasets; the last page says whether its end is proven."""
        walk = _Walk(self)
        yield from record_pages(walk.records(), walk.end, self.definition.guard.min_rows)

    def ask(self, url: str, params: Mapping[str, Any], **options: Any) -> Response:
        """Ask for one page."""
        headers = {"Accept": rdf.ACCEPT, **self.definition.client.headers}
        return self.client.get(url, params, headers, credentials=self.credentials, **options)

    def _ask(self, validators: Mapping[str, str]) -> Response:
        return self.ask(self.url, self.definition.endpoint.params, validators=validators)


class _Walk:
    """One reading of the catalogue."""

    def __init__(self, connector: DcatConnector) -> None:
        self._connector = connector
        self._reader = EntryReader(connector.definition, connector.now, connector.resolvers)
        self._visited: set[str] = set()
        self._before = ""
        self._totals: set[int] = set()
        self._reason: tuple[str, str] | None = None

    def records(self) -> Iterator[Record]:
        """Yield the datasets of all pages."""
        url: str | None = self._connector.url
        for _ in range(self._connector.definition.polite.max_pages):
            if url is None:
                return
            with self._page(url) as response, rdf.new_output() as output:
                if response.body.sha256 == self._before:
                    self._reason = ("a page repeats", "ada halaman yang berulang")
                    return
                self._before = response.body.sha256
                page = self._parsed(response, output)
                for entry in page.entries:
                    yield from self._reader.records(entry)
                url = self._following(page, response.url)
        self._reason = self._reason or ("polite.max_pages was reached", "polite.max_pages tercapai")

    def end(self) -> ListEnd:
        """Return what is known of the list."""
        if self._reason is None and len(self._totals) > 1:
            self._reason = ("its total changed while it was read", "jumlahnya berubah selagi dibaca")
        total, came = next(iter(self._totals), None), self._reader.distinct
        if self._reason is None and total not in (None, came):
            self._reason = (f"{came} of {total} datasets came", f"{came} dari {total} dataset yang datang")
        problem = None
        if self._reason is not None:
            problem = IncompleteListError(reason=self._reason[0], alasan=self._reason[1])
        return ListEnd(complete=problem is None, problem=problem, total=total, warnings=self._reader.warnings)

    def _page(self, url: str) -> Response:
        first = not self._visited
        self._visited.add(url)
        return self._connector.document() if first else self._connector.ask(url, {})

    def _parsed(self, response: Response, output: Any) -> rdf.Catalogue:
        shown = self._connector.client.redact(response.url)
        if response.body.size == 0:
            raise self._connector.empty_answer("RDF")
        response.file.seek(0)
        form = rdf.form_of(response.file.read(512), response.headers.get("Content-Type", ""))
        page = rdf.read_catalogue(response.file, form, response.url, output)
        if not page.is_one:
            raise UnexpectedContentError(
                url=shown,
                found="RDF without a catalogue",
                found_id="RDF tanpa katalog",
                expected="dcat:Catalog",
            )
        if page.total is not None:
            self._totals.add(page.total)
        return page

    def _following(self, page: rdf.Catalogue, url: str) -> str | None:
        """Return the address of the next page; one that was read already ends the list without proof."""
        following = [urljoin(url, one) for one in page.following]
        if not following:
            return None
        if self._connector.definition.client.paginator.get("type") == SINGLE:
            self._reason = ("it has further pages (client.paginator)", "masih ada halaman berikutnya")
            return None
        if following[0] in self._visited or following[0] == url or len(following) > 1:
            self._reason = ("its next page is not certain", "halaman berikutnya tidak pasti")
            return None
        return following[0]
