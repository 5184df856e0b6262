"""Kind `ckan`: another CKAN site by its own API, a dataset a record (docs/sources/ckan.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import urljoin

import jmespath

from jambi_harvesters import documents, pasted
from jambi_harvesters.assembly import ListEnd, completed_fields, record_pages
from jambi_harvesters.bad_values import BadValueError
from jambi_harvesters.canonical import content_hashes
from jambi_harvesters.dates import parse_instant
from jambi_harvesters.errors import (
    AuthFailedError,
    HarvesterError,
    IncompleteListError,
    InvalidGuidError,
    NotFoundError,
    PlaceLostError,
    SourceFailedError,
    StatusError,
    UnexpectedContentError,
)
from jambi_harvesters.http import Response
from jambi_harvesters.listed_names import NONE_MET, Names
from jambi_harvesters.packages import Package
from jambi_harvesters.paginators import Answer, Ask, Paginator, as_count, paginator_for
from jambi_harvesters.places import Place
from jambi_harvesters.record import JsonValue, Page, Position, Record, Warning_, guid_key, limited
from jambi_harvesters.sources.base import Connector

API = "api/3/action/"
RESULTS = "result.results"
COUNT = "result.count"
ROWS = 100
HARVEST_SOURCES = {"fq": "dataset_type:harvest", "rows": 1_000, "start": 0}
FILTERS = ("fq", "q", "fq_list", "ext_bbox")
REACH_BACK = timedelta(hours=1)
UNORDERED = ("tags", "extras")


class CkanConnector(Connector):
    """Reads the public datasets of a CKAN site; between complete runs only what changed."""

    kind: ClassVar[str] = "ckan"
    title: ClassVar[Mapping[str, str]] = {"en": "CKAN site", "id": "Portal CKAN"}
    options: ClassVar[frozenset[str]] = frozenset({"endpoint.params"})
    resumes: ClassVar[bool] = True
    markers: ClassVar[tuple[str, ...]] = ()
    default_mode: ClassVar[str] = "per_record"

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a CKAN site or an answer of its API."""
        if b"/action/help_show" in head:
            return 0.95
        if "/api/3/action" in url or "/api/action" in url:
            return 0.9 if b'"success"' in head else 0.5
        return 0.85 if b'name="generator" content="ckan' in head else 0.0

    @classmethod
    def place(cls, url: str) -> dict[str, Any]:
        """Return the site, and what narrows its list."""
        root = max((pasted.site(url, step) for step in ("api", "dataset")), key=len)
        params = pasted.place(url).get("endpoint", {}).get("params", {})
        kept = {name: value for name, value in params.items() if name in FILTERS}
        return {"client": {"base_url": root}} | ({"endpoint": {"params": kept}} if kept else {})

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the site's datasets; a complete run also compares them with the site's list of names."""
        walk = _Walk(self, cursor)
        yield from record_pages(walk.records(), walk.end, self.definition.guard.min_rows, walk.kept)

    def action(self, name: str, params: Mapping[str, Any]) -> Response:
        """Call one action of the site."""
        spec = self.definition
        root = self.url if self.url.endswith("/") else f"{self.url}/"
        address = urljoin(root, name if spec.endpoint.path else f"{API}{name}")
        return self.client.get(address, params, spec.client.headers, credentials=self.credentials)

    def record(self, package: Package, position: Position) -> Record:
        """Return the record of a dataset."""
        guid = package.guid()
        fields = completed_fields(self.definition, package.fields(), package.refused)
        schema = self.definition.schema
        unordered = (*schema.unordered, *UNORDERED)
        hashed, *older = content_hashes(fields, None, None, schema.ignore, unordered)
        return Record(
            guid=guid,
            fields=fields,
            source_modified_at=package.modified_at(),
            content_hash=hashed,
            older_hashes=tuple(older),
            position=position,
            warnings=limited(list(dict.fromkeys(package.warnings))),
        )


class _Walk:
    """One reading of the site: all of it, or what changed since a cursor; its place is the number received.

    Attributes:
        kept: how many records of it were kept so far.
    """

    def __init__(self, connector: CkanConnector, place: JsonValue) -> None:
        self._connector = connector
        self._params = dict(connector.definition.endpoint.params)
        self._cursor = cursor = connector.cursor
        self._since = _instant(cursor.get("since")) if isinstance(cursor, Mapping) else None
        self._paginator = self._new_paginator()
        self._ask = self._paginator.first()
        self._mark, self._last = b"", ""
        self._number = self._before = self.kept = 0
        self._names: Names | None = None
        self._guids: set[str] = set()
        self._latest: datetime | None = None
        self._found: list[Warning_] = []
        self._problem: HarvesterError | None = None
        if place is None:
            self._names = self._listed_names() if self._since is None else None
        else:
            self._go_on(place)

    def records(self) -> Iterator[Record | Place]:
        """Yield the datasets, and places between pages."""
        for answer in self._answers():
            if isinstance(answer, Place):
                yield answer
                continue
            for index, raw in enumerate(answer.items()):
                record = self._record(raw, Position(self._number, index))
                if record is not None:
                    self.kept += 1
                    yield record
        if self._names is not None and not self._since:
            self._problem = self._missing(self._names)

    def end(self) -> ListEnd:
        """Return what is known of the list; the next run asks for what changed since its latest change."""
        self._judge_count()
        if not self._paginator.proven:
            reason, alasan = self._paginator.reason, self._paginator.alasan
            self._problem = IncompleteListError(reason=reason, alasan=alasan)
        proven = self._problem is None
        return ListEnd(
            complete=proven and self._since is None,
            problem=self._problem,
            total=self._paginator.records,
            next_cursor=self._next_cursor() if proven else None,
            incremental=self._since is not None,
            warnings=limited(self._found),
        )

    def _judge_count(self) -> None:
        total, received = self._paginator.records, self._before + len(self._guids)
        if self._paginator.proven and total not in (None, received):
            self._paginator.stop(
                f"{received} of {total} datasets of its index came",
                f"{received} dari {total} dataset di indeksnya yang datang",
            )

    def _next_cursor(self) -> JsonValue:
        if self._since is not None:
            return self._cursor
        now = self._connector.now
        return {"since": min(self._latest or now, now).astimezone(UTC).isoformat()}

    def _new_paginator(self) -> Paginator:
        rows = self._params.pop("rows", ROWS)
        names = {"limit_param": "rows", "offset_param": "start", "total_path": COUNT}
        return paginator_for({"type": "offset", "limit": rows, **names})

    def _listed_names(self, met: Sequence[Any] = NONE_MET) -> Names | None:
        """Return the names of all datasets of the site; None where a filter or the site forbids to ask.

        They are asked for before the datasets, so that new ones do not disturb the comparison.
        """
        if any(name in self._params for name in FILTERS):
            return None
        try:
            with self._connector.action("package_list", {}) as response:
                return Names(set(_Answer(response, self._connector, "result").items()), met)
        except (NotFoundError, AuthFailedError, StatusError):
            self._found.append(Warning_("no_id_list", "package_list"))
            return None

    def _missing(self, names: Names) -> HarvesterError | None:
        """Return what is wrong if names are not in the index; harvest sources are names too."""
        missing = names.missing() and names.missing(self._harvest_sources())
        if not missing:
            return None
        return IncompleteListError(
            reason=f"{missing} names of its list are not in its index",
            alasan=f"{missing} nama di daftarnya tidak ada di indeksnya",
        )

    def _harvest_sources(self) -> set[str]:
        try:
            with self._connector.action("package_search", HARVEST_SOURCES) as response:
                found = _Answer(response, self._connector, RESULTS).items()
                return {str(one["name"]) for one in found if isinstance(one, Mapping) and one.get("name")}
        except StatusError:
            return set()

    def _answers(self) -> Iterator[_Answer | Place]:
        while self._number < self._connector.definition.polite.max_pages:
            with self._send(self._ask) as response:
                answer = _Answer(response, self._connector, RESULTS)
                if answer.mark == self._mark:
                    self._paginator.stop("the last page repeats", "halaman terakhir berulang")
                    return
                yield answer
                self._mark = answer.mark if answer.count else b""
                following = self._paginator.following(
                    Answer(answer.document, response.headers, response.url, answer.count)
                )
            if following is None:
                return
            self._ask, self._number = following, self._number + 1
            yield self._place()
        self._paginator.stop("polite.max_pages was reached", "polite.max_pages tercapai")

    def _place(self) -> Place:
        state = {
            "ask": dict(self._ask.params),
            "walk": [self._number, self.kept, self._before + len(self._guids)],
            "last": self._last,
            "mark": self._mark.hex(),
            "latest": self._latest and self._latest.isoformat(),
            "since": self._since is not None,
            "names": self._names and self._names.met,
            "paginator": self._paginator.state(),
        }
        return self._connector.place_behind(state, asked=self._ask.params)

    def _go_on(self, place: Mapping[str, Any]) -> None:
        self._ask = Ask(place["ask"])
        self._number, self.kept, self._before = place["walk"]
        self._last, self._mark = place["last"], bytes.fromhex(place["mark"])
        self._latest = _instant(place["latest"])
        self._since = self._since if place["since"] else None
        self._paginator.go_on(place["paginator"])
        self._require_unmoved()
        self._names = self._listed_names(place["names"]) if place["names"] else None

    def _require_unmoved(self) -> None:
        """Ask for the last dataset that came: it must still be there, in an index of the same length."""
        with self._send(Ask({"rows": 1, "start": self._paginator.received - 1})) as response:
            answer = _Answer(response, self._connector, RESULTS)
            ids = [_id_of(one) for one in answer.items()]
            count = as_count(jmespath.search(COUNT, answer.document))
        if ids != [self._last] or count != self._paginator.records:
            raise PlaceLostError

    def _send(self, ask: Ask) -> Response:
        """Ask for one page; a site that cannot search by instant is read whole."""
        query = {**self._params, "sort": "id asc", **ask.params}
        if self._since is None:
            return self._connector.action("package_search", query)
        try:
            return self._connector.action("package_search", {**query, "fq": self._changed(query.get("fq"))})
        except StatusError:
            if ask.params.get("start"):
                raise
            self._since = None
            self._found.append(Warning_("no_search_by_instant", "metadata_modified"))
            return self._send(ask)

    def _changed(self, fq: str | None) -> str:
        assert self._since is not None  # noqa: S101 - only called in an incremental run
        start = (self._since - REACH_BACK).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        delta = f"metadata_modified:[{start} TO *]"
        if not fq:
            return delta
        return f"({fq}) {delta}" if " OR " in fq else f"{fq} {delta}"

    def _record(self, raw: Any, position: Position) -> Record | None:
        package = self._package(raw, position)
        if package is None:
            return None
        changed = package.modified_at()
        self._latest = max(self._latest, changed) if self._latest and changed else changed or self._latest
        if not package.is_dataset:
            return None
        if package.is_ours:
            self._found.append(Warning_("own_record", "extras", _place(position)))
            return None
        return self._connector.record(package, position)

    def _package(self, raw: Any, position: Position) -> Package | None:
        """Return a dataset that has not come before; an entry without id is a warning of the list."""
        self._last = _id_of(raw)
        if not isinstance(raw, Mapping):
            self._found.append(Warning_("unusable_entry", "results", _place(position)))
            return None
        if self._names:
            self._names.meet(str(raw.get("name")))
        package = Package(raw, self._connector.now, self._connector.resolvers)
        try:
            key = guid_key(package.guid())
        except InvalidGuidError:
            self._found.append(Warning_("unusable_entry", "id", _place(position)))
            return None
        if key in self._guids:
            self._found.append(Warning_("duplicate_guid", "id", _place(position)))
            return None
        self._guids.add(key)
        return package


def _id_of(raw: Any) -> str:
    return str(raw.get("id")) if isinstance(raw, Mapping) else ""


class _Answer:
    """One answer of the API, judged before any of it is used; a large one is read as a stream."""

    def __init__(self, response: Response, connector: CkanConnector, path: str) -> None:
        body, self._url = response.body, connector.client.redact(response.url)
        if body.size == 0:
            raise connector.empty_answer("JSON")
        self._response, self._path = response, path
        self._streamed = body.size > documents.STREAM_BYTES
        self.mark = sha256(bytes.fromhex(body.sha256)).digest()
        self.count = 0
        self.document: Any = (
            documents.envelope(body, path) if self._streamed else documents.load(body, self._url)
        )
        self._judge()

    def items(self) -> Iterator[Any]:
        """Yield the entries of the list, once; what was yielded is let go before the next answer comes."""
        if self._streamed:
            entries = documents.stream_items(self._response.body, self._path)
        else:
            entries = _emptied(jmespath.search(self._path, self.document))
        for item in entries:
            self.count += 1
            yield item

    def _judge(self) -> None:
        if not isinstance(self.document, Mapping) or "success" not in self.document:
            raise self._unexpected("JSON that is no answer of CKAN", "JSON yang bukan jawaban CKAN")
        if self.document["success"] is not True:
            raise SourceFailedError(url=self._url, reason="success is not true", alasan="success tidak true")
        if not isinstance(jmespath.search(self._path, self.document), list):
            raise self._unexpected("an answer without a list", "jawaban tanpa daftar")

    def _unexpected(self, found: str, found_id: str) -> UnexpectedContentError:
        return UnexpectedContentError(
            url=self._url, found=found, found_id=found_id, expected=f"CKAN ({self._path})"
        )


def _emptied(entries: list[Any]) -> Iterator[Any]:
    entries.reverse()
    while entries:
        yield entries.pop()


def _instant(value: object) -> datetime | None:
    try:
        return parse_instant(value, (), "UTC") if isinstance(value, str) else None
    except BadValueError:
        return None


def _place(position: Position) -> str:
    return f"page {position.page}, entry {position.index}"
