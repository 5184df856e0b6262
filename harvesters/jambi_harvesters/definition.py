"""Source definitions: one YAML file, or the same object as JSON, says how a system is read.

`load` and `parse` are the only ways in; both give a `Definition` that is known to be good or raise a
`DefinitionError` that lists every problem with its path, an English message and an Indonesian sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from jambi_harvesters import definition_check, definition_rules, strict_yaml
from jambi_harvesters.amounts import parse_duration, parse_size
from jambi_harvesters.canonical import canonical_json
from jambi_harvesters.errors import DefinitionError, Problem
from jambi_harvesters.kinds import installed_kinds

__all__ = ["Definition", "DefinitionError", "Problem", "load", "parse", "source_schema"]

source_schema = definition_check.source_schema

HARD_MAX_BYTES = 500 * 10**6
_UNKEPT = Problem(
    "endpoint.json",
    "A definition holds plain numbers and a few levels only; write a simpler body",
    "Definisi hanya memuat angka biasa dan beberapa tingkat; tulis isi yang lebih sederhana.",
)


@dataclass(frozen=True, slots=True)
class Client:
    """Where the source is and how it is asked."""

    base_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: Mapping[str, str] = field(default_factory=dict)
    paginator: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incremental:
    """How changes since a cursor are asked for."""

    cursor_path: str
    start_param: str = ""
    end_param: str | None = None
    initial_value: str | None = None
    lag: timedelta = timedelta(hours=1)
    row_order: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is asked of the source."""

    path: str = ""
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    data_selector: str | None = None
    response_actions: tuple[Mapping[str, Any], ...] = ()
    incremental: Incremental | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day (WIB) in which a source is not polled; they may go over midnight."""

    start: time
    until: time

    def holds(self, at: time) -> bool:
        """Return whether a time of day falls into them."""
        if self.start <= self.until:
            return self.start <= at < self.until
        return at >= self.start or at < self.until


@dataclass(frozen=True, slots=True)
class Polite:
    """Limits that spare the source and us."""

    max_rps: float = 1.0
    concurrency: int = 1
    max_bytes: int | None = None
    max_pages: int = 10_000
    timeout: timedelta = timedelta(seconds=20)
    deadline: timedelta = timedelta(seconds=120)
    run_deadline: timedelta = timedelta(hours=1)
    quiet_hours: QuietHours | None = None
    probe: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One declared column; `path` is the source's heading or a JMESPath."""

    name: str
    path: str
    type: str = "text"
    format: str | None = None
    unit: str | None = None
    pii: str | None = None
    public: bool = False
    label: str | None = None
    definition: str | None = None
    concept: str | None = None
    reference_code: str | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """Form of a csv or xlsx file; None means sniffed."""

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    quote: str = '"'
    sheet: str | None = None
    sheets: str = "first"
    header_rows: int = 1
    skip_rows: int = 0
    footer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """What happens when columns or types change."""

    columns: str = "freeze"
    data_type: str = "freeze"


@dataclass(frozen=True, slots=True)
class Schema:
    """What the columns mean and how values are written."""

    fields: tuple[Field, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    contract: Contract = field(default_factory=Contract)
    locale: str = "text"
    timezone: str = "Asia/Jakarta"
    date_formats: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)
    dialect: Dialect = field(default_factory=Dialect)


@dataclass(frozen=True, slots=True)
class Dataset:
    """The dataset that is made of the source; `mode` is None where the kind decides."""

    fields: Mapping[str, Any]
    mode: str | None = None
    name: str | None = None
    title: str | None = None
    notes: str | None = None
    license_id: str = "cc-by"
    tags: tuple[str, ...] = ()
    period_column: str | None = None
    area_column: str | None = None
    key_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """Where rows go; `to` is None where the kind decides."""

    to: str | None = None
    mode: str = "replace"
    batch: int = 50


@dataclass(frozen=True, slots=True)
class MaxDelete:
    """More deletions than the larger of both hold a run; beyond the default, for a reason and a time only."""

    count: int = definition_rules.MAX_DELETE_COUNT
    share: float = definition_rules.MAX_DELETE_SHARE
    reason: str = ""
    until: date | None = None

    @property
    def loosened(self) -> bool:
        """Whether more may go than by default."""
        return (
            self.count > definition_rules.MAX_DELETE_COUNT or self.share > definition_rules.MAX_DELETE_SHARE
        )


@dataclass(frozen=True, slots=True)
class Guard:
    """What protects public data from a bad answer."""

    max_delete: MaxDelete = field(default_factory=MaxDelete)
    grace_days: int = 7
    min_rows: int = 1
    rolling: bool = False
    success: str | None = None
    content_types: tuple[str, ...] = ()
    tls: Mapping[str, str] = field(default_factory=dict)
    internal_target: str | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """When the source is polled, and whether it may tell of changes itself.

    Attributes:
        polled: False for a source that pushes and states no time to be polled at.
    """

    every: timedelta = timedelta(hours=24)
    full_every: timedelta = timedelta(hours=24)
    at: time | None = None
    adaptive: bool = True
    webhook: bool = False
    push: bool = False
    polled: bool = True


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told of what happens to the source; `to` is empty for the organization's own people."""

    to: tuple[str, ...] = ()
    on: tuple[str, ...] = ("failed", "quarantined", "down", "recovered")
    digest: str = "weekly"


@dataclass(frozen=True, slots=True)
class Definition:
    """One source, ready to be read.

    Attributes:
        origin: "file" or "form".
        raw: the validated mapping, for storing and showing.
        hash: SHA-256 of the canonical raw mapping; approvals are bound to it.
    """

    id: str
    kind: str
    organization: str
    client: Client
    dataset: Dataset
    raw: Mapping[str, Any]
    hash: str
    version: int = 1
    state: str = "active"
    endpoint: Endpoint = field(default_factory=Endpoint)
    primary_key: tuple[str, ...] = ()
    polite: Polite = field(default_factory=Polite)
    schema: Schema = field(default_factory=Schema)
    write: Write = field(default_factory=Write)
    guard: Guard = field(default_factory=Guard)
    trigger: Trigger = field(default_factory=Trigger)
    notify: Notify = field(default_factory=Notify)
    origin: str = "file"

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Names of the stored secrets that this source needs."""
        values = (self.client.base_url, *self.client.auth.values())
        return tuple(sorted(v.removeprefix("secret:") for v in values if v.startswith("secret:")))


def load(path: Path | str) -> Definition:
    """Read a definition file from the server's disk.

    Raises:
        DefinitionError: naming each problem, the file's name in `context["file"]`.
        OSError: if the file cannot be read.
    """
    path = Path(path)
    try:
        raw = strict_yaml.read(path.read_text("utf-8-sig"))
        return parse(raw)
    except strict_yaml.StrictYamlError as err:
        problem = Problem(f"line {err.line}", err.message, err.pesan)
        raise DefinitionError([problem], file=path.name) from err
    except UnicodeDecodeError as err:
        problem = Problem("", f"Not UTF-8 at byte {err.start}", f"Bukan UTF-8 pada bita ke-{err.start}.")
        raise DefinitionError([problem], file=path.name) from err
    except DefinitionError as err:
        raise DefinitionError(err.problems, file=path.name) from err


def parse(raw: Any, origin: str = "file") -> Definition:
    """Return the definition that a mapping states.

    Raises:
        DefinitionError: naming each problem.
    """
    found = definition_check.problems(raw, installed_kinds())
    if not found:
        found = definition_rules.problems({"client": {}, **raw})
    if found:
        raise DefinitionError(found)
    try:
        canonical = canonical_json(raw)
    except ValueError:
        raise DefinitionError([_UNKEPT]) from None
    return _build(raw, origin, sha256(canonical).hexdigest())


def _build(raw: Mapping[str, Any], origin: str, digest: str) -> Definition:
    key = raw.get("primary_key", definition_rules.KEYS_OF_KIND.get(raw["kind"], ()))
    return Definition(
        **{name: raw[name] for name in ("id", "kind", "organization", "version")},
        state=raw.get("state", "active"),
        primary_key=_tuple(key),
        client=Client(**raw.get("client", {})),
        endpoint=_endpoint(raw.get("endpoint", {})),
        polite=_polite(raw.get("polite", {})),
        schema=_schema(raw.get("schema", {})),
        dataset=Dataset(**_tuples(raw["dataset"], "tags", "key_columns")),
        write=Write(**raw.get("write", {})),
        guard=_guard(raw.get("guard", {})),
        trigger=_trigger(raw.get("trigger", {})),
        notify=Notify(**_tuples(raw.get("notify", {}), "to", "on")),
        raw=raw,
        hash=digest,
        origin=origin,
    )


def _endpoint(raw: Mapping[str, Any]) -> Endpoint:
    values = _tuples(raw, "response_actions")
    if "incremental" in values:
        incremental = dict(values["incremental"])
        if "lag" in incremental:
            incremental["lag"] = timedelta(seconds=incremental["lag"])
        values["incremental"] = Incremental(**incremental)
    return Endpoint(**values)


def _polite(raw: Mapping[str, Any]) -> Polite:
    values = dict(raw)
    for name in ("timeout", "deadline", "run_deadline"):
        if name in values:
            values[name] = parse_duration(values[name])
    if "quiet_hours" in values:
        start, _, until = values["quiet_hours"].partition("-")
        values["quiet_hours"] = QuietHours(time.fromisoformat(start), time.fromisoformat(until))
    if "max_bytes" in values:
        values["max_bytes"] = min(parse_size(values["max_bytes"]), HARD_MAX_BYTES)
    return Polite(**values)


def _trigger(raw: Mapping[str, Any]) -> Trigger:
    values = dict(raw)
    for name in ("every", "full_every"):
        if name in values:
            values[name] = parse_duration(values[name])
    if "at" in values:
        values["at"] = time.fromisoformat(values["at"])
    polled = not raw.get("push") or bool({"every", "at"} & raw.keys())
    return Trigger(**values, polled=polled)


def _schema(raw: Mapping[str, Any]) -> Schema:
    values = _tuples(raw, "drop", "ignore", "unordered", "date_formats", "missing")
    values["fields"] = tuple(_field(name, spec) for name, spec in raw.get("fields", {}).items())
    if "contract" in values:
        values["contract"] = Contract(**values["contract"])
    if "dialect" in values:
        values["dialect"] = Dialect(**_tuples(values["dialect"], "footer"))
    return Schema(**values)


def _field(name: str, spec: str | Mapping[str, Any]) -> Field:
    if isinstance(spec, str):
        return Field(name=name, path=spec)
    return Field(name=name, **{"path": name, **spec})


def _guard(raw: Mapping[str, Any]) -> Guard:
    values = _tuples(raw, "content_types")
    if "max_delete" in values:
        stated = dict(values["max_delete"])
        if "until" in stated:
            stated["until"] = date.fromisoformat(stated["until"])
        values["max_delete"] = MaxDelete(**stated)
    return Guard(**values)


def _tuples(raw: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: _tuple(value) if name in names else value for name, value in raw.items()}


def _tuple(value: str | Iterable[Any]) -> tuple[Any, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
