"""Sniff one address: which kind it is, where its list is and how it is paged, what its columns are."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jambi_harvesters import documents, pasted, sniffing
from jambi_harvesters.bodies import web_page_error
from jambi_harvesters.definition import DefinitionError, parse
from jambi_harvesters.definition_rules import PER_RECORD_KINDS
from jambi_harvesters.errors import ContentError, HarvesterError, UnexpectedContentError, UnreadableError
from jambi_harvesters.http import Client, Response
from jambi_harvesters.kinds import installed
from jambi_harvesters.record import JsonValue
from jambi_harvesters.sniffer import draft as drafts
from jambi_harvesters.sniffer.columns import ColumnGuess, guess_columns
from jambi_harvesters.sniffer.looking import Seen, limited, seen, spend
from jambi_harvesters.sniffer.sampling import Sample, of_document, sample_items, sample_table, stream_sample
from jambi_harvesters.sources.base import Connector, DocumentConnector
from jambi_harvesters.sources.html_table import not_supported
from jambi_harvesters.unsupported import NOT_FOR_KIND

LEAST = 0.3
JSON = ("json_object", "json_list")
SNIFFED_KEY = "SNIFFED_KEY"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What an address is taken for.

    Attributes:
        draft: a definition whose blanks a person fills.
        guesses: confidence from 0 to 1 by dotted key of the draft.
        kinds: all kinds that the address may be of, best first.
        columns, rows: the sample, its values as the source wrote them.
        problem: why there is no sample, if there is none.
    """

    url: str
    seen: Seen
    requests: int
    kinds: tuple[tuple[str, float], ...]
    draft: Mapping[str, Any]
    guesses: Mapping[str, float]
    columns: tuple[ColumnGuess, ...]
    rows: tuple[tuple[Any, ...], ...]
    problem: HarvesterError | None = None


def sniff(url: str, client: Client, *, now: datetime, kind: str | None = None) -> Sniffed:
    """Look at an address.

    Args:
        client: made with `sniff_policy`; at most five requests are sent through it.
        kind: what a person says it is; None lets the kinds say it.

    Raises:
        FetchError: if no usable answer came.
        ContentError: if it is none that any kind can read: a sign-in page, a page made by JavaScript.
    """
    address, key = pasted.without_key(url)
    client.redact = type(client.redact)((key.value,) if key else ())
    budget = limited(client)
    first = client.get(url)
    spend(client, first)
    head = first.read()
    came = seen(first, head)
    ranked = [(kind, 1.0)] if kind else _ranked(address, head)
    if not ranked:
        raise _nothing(client.redact(url), head, came)
    chosen: type[Connector] = installed()[ranked[0][0]].load()
    paging = _list_keys(chosen, first, came)
    draft = drafts.placed(chosen, address, key, paging)
    sample = _sample(chosen, client, first, draft, key, now)
    if not sample.table and came.meaning in JSON and not came.cut and chosen.kind not in PER_RECORD_KINDS:
        sample = of_document(head, client.redact(url))
    columns = guess_columns(sample.table, sample.labels)
    return Sniffed(
        url=client.redact(url),
        seen=came,
        requests=budget.used,
        kinds=tuple(ranked),
        draft=drafts.completed(draft, columns, sample),
        guesses=drafts.confidences(draft, ranked[0][1], sample, columns),
        columns=tuple(columns),
        rows=tuple(map(tuple, sample.rows)),
        problem=sample.problem,
    )


def _ranked(url: str, head: bytes) -> list[tuple[str, float]]:
    scores = [(name, point.load().sniff(url, head)) for name, point in sorted(installed().items())]
    likely = [(name, round(score, 2)) for name, score in scores if score >= LEAST]
    return sorted(likely, key=lambda one: -one[1])


def _nothing(url: str, head: bytes, came: Seen) -> ContentError:
    if came.meaning == "html":
        reasons = not_supported(head)
        if reasons:
            return UnreadableError(what=url, what_id=url, reason=reasons[0], alasan=reasons[1])
        return web_page_error(url, head)
    found = f"{came.media_type or came.meaning}"
    return UnexpectedContentError(
        url=url, found=found, found_id=found, expected="data of a known kind", expected_id="data yang dikenal"
    )


def _list_keys(kind: type[Connector], first: Response, came: Seen) -> dict[str, Any]:
    """Return selector and paginator of a JSON list, as far as the kind can be told them."""
    if came.meaning not in JSON or not kind.paginators:
        return {}
    selector, paginator = _of_json(first, came)
    found: dict[str, Any] = {}
    if paginator["type"] in kind.paginators:
        found["paginator"] = paginator
    if selector and "endpoint.data_selector" not in NOT_FOR_KIND.get(kind.kind, ()):
        found["data_selector"] = selector
    return found


def _of_json(first: Response, came: Seen) -> tuple[str | None, dict[str, Any]]:
    if came.cut:
        return documents.find_large_list(first.body) or "@", {"type": "auto"}
    document = documents.load(first.body, first.url, lenient=True)
    spec = sniffing.sniff_paginator(document, first.headers)
    return sniffing.find_list(document), {name: value for name, value in spec.items() if name != "items_path"}


def _sample(
    kind: type[Connector],
    client: Client,
    first: Response,
    draft: Mapping[str, Any],
    key: pasted.Key | None,
    now: datetime,
) -> Sample:
    """Read the first rows, through the kind itself."""
    if kind.kind in PER_RECORD_KINDS:
        return Sample()
    if first.body.cut and "data_selector" in draft.get("endpoint", {}):
        return stream_sample(first, draft["endpoint"]["data_selector"].removeprefix("@"))
    try:
        connector = _connector(kind, client, draft, key, now)
    except DefinitionError as err:
        return Sample(problem=err)
    if isinstance(connector, DocumentConnector) and connector.url == pasted.bare(first.url):
        connector.keep(first)
    if isinstance(connector, DocumentConnector) and type(connector).grids is not DocumentConnector.grids:
        return sample_table(connector, connector.document())
    return sample_items(connector)


def _connector(
    kind: type[Connector], client: Client, draft: Mapping[str, Any], key: pasted.Key | None, now: datetime
) -> Connector:
    """Return a connector of the draft that declares no column, so that all are seen."""
    definition = parse(drafts.readable(draft, SNIFFED_KEY), origin="form")
    bare = dataclasses.replace(definition, schema=dataclasses.replace(definition.schema, fields=()))
    secrets = {SNIFFED_KEY: key.value} if key else {}
    return kind(bare, client, now=now, secrets=secrets, code_lists=drafts.first_of_list)


def as_json(sniffed: Sniffed) -> dict[str, JsonValue]:
    """Return what was found as plain values, rows excepted."""
    plain = dataclasses.asdict(dataclasses.replace(sniffed, rows=(), problem=None))
    problem = sniffed.problem
    told = {"code": problem.code, "pesan": problem.pesan, "message": str(problem)} if problem else None
    return {**plain, "problem": told}
