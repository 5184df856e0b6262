"""What all kinds of source share: how a connector is made, asked and answered (harvesting.md 3)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urljoin

from jambi_harvesters import addresses, pasted
from jambi_harvesters.access import access_for
from jambi_harvesters.addresses import Target
from jambi_harvesters.code_lists import CodeLists, no_lists
from jambi_harvesters.credentials import Credentials
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import FetchError, UnexpectedContentError
from jambi_harvesters.grids import Numbered
from jambi_harvesters.http import Client, Policy, Response
from jambi_harvesters.places import Place, place_of
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.tables import Mapper
from jambi_harvesters.values import Resolvers

FILE_BYTES = 500 * 10**6
DOCUMENT_BYTES = 50 * 10**6
# Few servers know HEAD, and an address may need parameters: such an answer is life enough for a probe.
ANSWERS_OF_A_LIVING_SOURCE = (400, 404, 405, 406, 410, 422, 501)
# What firewalls and old frameworks say to HEAD, and not to a program that reads.
ANSWERS_TO_HEAD_ALONE = (403, 500)


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a source changed, by its markers alone, and the markers to keep for the next time.

    `markers` may be stored only once the run that follows has succeeded.
    """

    unchanged: bool
    markers: Mapping[str, JsonValue] = field(default_factory=dict)


class Connector(ABC):
    """Reads one source.

    Args:
        client: the guarded client, with the policy of `policy_for`.
        now: instant of the run; claims of the source are judged by it.
        cursor: where an incremental run begins, as the last complete run left it.
        secrets: values by secret name.
        resolvers: alias tables `area`, `area_name`, `organization`, `frequency`; None means unknown.
        known_columns: columns that a steward has seen; new ones are then judged by `schema.contract`.
        code_lists: the reference lists that `endpoint.params` may name.
        files: the folder of uploaded files.
    """

    kind: ClassVar[str]
    title: ClassVar[Mapping[str, str]]
    options: ClassVar[frozenset[str]] = frozenset()
    paginators: ClassVar[tuple[str, ...]] = ()
    markers: ClassVar[tuple[str, ...]] = ("etag", "last_modified", "sha256")
    default_mode: ClassVar[str] = "single"
    max_bytes: ClassVar[int] = DOCUMENT_BYTES
    content_types: ClassVar[tuple[str, ...]] = ()
    resumes: ClassVar[bool] = False
    """Whether its pages name places where a list that was cut short goes on (`Page.place`)."""
    polled: ClassVar[bool] = True
    """Whether a source is read again by the clock once a reading has succeeded."""
    host_rps: ClassVar[Mapping[str, float]] = {}
    """Requests a second that a host of this kind allows; no definition may ask faster."""
    mapper_type: Callable[..., Mapper] = Mapper
    """What takes the rows; the sniffer looks at them with one of its own."""

    def __init__(
        self,
        definition: Definition,
        client: Client,
        *,
        now: datetime,
        cursor: JsonValue = None,
        secrets: Mapping[str, str] | None = None,
        resolvers: Resolvers | None = None,
        known_columns: Sequence[str] | None = None,
        code_lists: CodeLists = no_lists,
        files: Path | None = None,
    ) -> None:
        self.definition = definition
        self.client = client
        self.now = now
        self.cursor = cursor
        self.resolvers: Resolvers = resolvers or {}
        self.known_columns = known_columns
        self.code_lists = code_lists
        self.files = files
        self.mode = definition.dataset.mode or self.default_mode
        base_url = definition.client.base_url
        self.credentials: Credentials | None = access_for(
            client, definition.client.auth, base_url, secrets or {}
        )
        self.url = address_of(definition)
        self.params: Mapping[str, Any] = definition.endpoint.params

    @classmethod
    @abstractmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Return how likely a URL and the first bytes of its answer are of this kind, 0-1."""

    @classmethod
    def place(cls, url: str) -> dict[str, Any]:
        """Return the keys of a definition that say where the source is at which a pasted URL points."""
        return pasted.place(url)

    @abstractmethod
    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the source's records page by page.

        Args:
            cursor: `place` of the last page that was kept, to go on behind it; None begins anew.

        Raises:
            PlaceLostError: before any page, if the list can only be read from its start.
            HarvesterError: if the source cannot be read or must not be used.
        """

    def place_behind(
        self,
        state: Mapping[str, JsonValue],
        mapper: Mapper | None = None,
        asked: Mapping[str, JsonValue] | None = None,
    ) -> Place:
        """Return the place behind a whole page of the list; none where all its rows are one dataset.

        Args:
            state: what the walk needs to go on there.
            asked: the parameters of the next request, whose names may say that a value is a secret.
        """
        if not self.resumes or self.mode == "single":
            return Place(None)
        seen = {"mapper": mapper.state()} if mapper else {}
        return place_of({**state, **seen}, asked or {}, self.client.redact)

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask by markers alone whether the source changed; a kind without markers always says it may have."""
        return Probe(unchanged=False)

    @classmethod
    def redirect_hosts(cls, definition: Definition) -> tuple[str, ...] | None:
        """Return the hosts that redirects may lead to; None where any public one may be followed."""
        return None

    def reach(self) -> None:
        """Ask once, without reading anything, whether the source answers at all.

        Raises:
            HarvesterError: if it does not, or refuses us.
        """
        client = self.client
        ask = partial(client.get, self.url, credentials=self.credentials, accept=ANSWERS_OF_A_LIVING_SOURCE)
        try:
            ask(method="HEAD").close()
        except FetchError as err:
            if err.context.get("status") not in ANSWERS_TO_HEAD_ALONE:
                raise
            client.policy = replace(client.policy, sample_bytes=1)
            ask().close()

    def empty_answer(self, expected: str) -> UnexpectedContentError:
        """Return the error for an answer of no bytes."""
        return UnexpectedContentError(
            url=self.client.redact(self.url),
            found="an empty answer",
            found_id="jawaban kosong",
            expected=expected,
        )

    def mapper(self) -> Mapper:
        """Return a mapper for one reading of the source."""
        return self.mapper_type(self.definition, self.resolvers, self.known_columns)


class DocumentConnector(Connector):
    """A connector whose whole list is one document: a conditional request can skip it (harvesting.md 3.1)."""

    _kept: Response | None = None

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask with the validators of the last run; a body that came is kept for `pages`."""
        same = markers.get("definition") == self.definition.hash
        validators = {name: markers[name] for name in ("etag", "last_modified") if name in markers}
        response = self._ask(validators if same else {})
        if response.not_modified:
            response.close()
            return Probe(unchanged=True, markers=markers)
        found = {
            **response.validators,
            "sha256": response.body.sha256,
            "definition": self.definition.hash,
        }
        if same and markers.get("sha256") == response.body.sha256:
            response.close()
            return Probe(unchanged=True, markers=found)
        self._kept = response
        return Probe(unchanged=False, markers=found)

    def keep(self, response: Response) -> None:
        """Take a document that came by another way; `pages` reads it in place of asking."""
        response.file.seek(0)
        self._kept = response

    def grids(self, response: Response) -> Iterator[tuple[str, Iterator[Numbered]]]:
        """Yield (name, raw rows) of each table of a document, for kinds whose documents are tables."""
        return iter(())

    def document(self) -> Response:
        """Return the document, read anew unless the probe has just read it."""
        kept, self._kept = self._kept, None
        return kept or self._ask({})

    def _ask(self, validators: Mapping[str, str]) -> Response:
        spec = self.definition
        return self.client.get(
            self.url,
            self.params,
            spec.client.headers,
            method=spec.endpoint.method,
            json=spec.endpoint.json,
            validators=validators,
            credentials=self.credentials,
        )


def policy_for(
    definition: Definition,
    connector: type[Connector],
    *,
    targets: Sequence[Target] = (),
    user_agent: str | None = None,
    demo: bool = False,
) -> Policy:
    """Return the limits under which a definition may go out.

    Args:
        targets: all rows of the allowlist; only the one that `guard.internal_target` names is used.
        demo: whether that row may allow a loopback address (debug and demo mode only).
    """
    polite, guard = definition.polite, definition.guard
    limits: dict[str, Any] = {"user_agent": user_agent} if user_agent else {}
    return Policy(
        max_bytes=polite.max_bytes or connector.max_bytes,
        timeout=polite.timeout.total_seconds(),
        deadline=polite.deadline.total_seconds(),
        run_deadline=polite.run_deadline.total_seconds(),
        max_rps=_allowed_rps(definition, connector),
        targets=tuple(target for target in targets if target.name == guard.internal_target),
        content_types=guard.content_types or connector.content_types,
        redirect_hosts=connector.redirect_hosts(definition),
        demo=demo,
        ca_file=guard.tls.get("ca_file"),
        sha256=guard.tls.get("sha256"),
        **limits,
    )


def _allowed_rps(definition: Definition, connector: type[Connector]) -> float:
    wanted = definition.polite.max_rps
    if not connector.host_rps:
        return wanted
    return min(wanted, connector.host_rps.get(addresses.place_of(definition.client.base_url).host, wanted))


def address_of(definition: Definition) -> str:
    """Return the address that a definition asks: the base, and the path below it."""
    base_url, path = definition.client.base_url, definition.endpoint.path
    if not path:
        return base_url
    return urljoin(base_url if base_url.endswith("/") else f"{base_url}/", path.lstrip("/"))
