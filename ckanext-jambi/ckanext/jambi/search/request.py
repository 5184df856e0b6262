"""Read the parameters that CKAN and its API clients send with a search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ckanext.jambi.search import sorting
from ckanext.jambi.search.compiler import Defaults
from ckanext.jambi.search.documents import Wanted
from ckanext.jambi.search.query import reading
from ckanext.jambi.search.query.dismax import DEFAULT_LEAST
from ckanext.jambi.search.query.errors import QueryError, UnsupportedQueryError
from ckanext.jambi.search.query.nodes import Node
from ckanext.jambi.search.sorting import Sort
from ckanext.jambi.search.statement import Facets

LAST_ROW = 2_000_000_000
_IGNORED = frozenset({"wt", "tie", "fq_list", "facet", "echoParams", "indent"})
_READ = frozenset(
    {
        *("q", "fq", "fl", "sort", "start", "rows", "df", "qf", "mm", "defType", "q.op"),
        *("facet.field", "facet.limit", "facet.mincount"),
    }
)


@dataclass(frozen=True)
class Request:
    """A search as it was asked for."""

    query: Node
    query_defaults: Defaults
    filters: tuple[Node, ...]
    filter_defaults: Defaults
    sorts: tuple[Sort, ...]
    wanted: Wanted
    start: int
    rows: int
    facets: Facets


def read(params: Mapping[str, object]) -> Request:
    """Read the parameters of a search.

    Raises:
        QueryError: one cannot be read, or would change the answer in a way that this engine does not know.
    """
    _refuse_unknown(params)
    operator = str(params.get("q.op") or "OR").upper()
    parser = str(params.get("defType") or "lucene")
    filter_defaults = Defaults((str(params.get("df") or "text"),))
    query = reading.read_query(
        str(params.get("q") or "*:*"),
        parser=parser,
        operator=operator,
        least=str(params.get("mm") or DEFAULT_LEAST),
    )
    return Request(
        query=query,
        query_defaults=filter_defaults if parser == "lucene" else _query_fields(params),
        filters=tuple(
            reading.read_filter(each, operator) for each in _texts(params.get("fq")) if each.strip()
        ),
        filter_defaults=filter_defaults,
        sorts=sorting.read(str(params["sort"]) if params.get("sort") else None),
        wanted=Wanted.read(str(params["fl"]) if params.get("fl") else None),
        start=_whole(params, "start", 0),
        rows=_whole(params, "rows", 10),
        facets=_facets(params),
    )


def _refuse_unknown(params: Mapping[str, object]) -> None:
    unknown = sorted(name for name in params if name not in _READ | _IGNORED and params[name])
    if unknown:
        raise UnsupportedQueryError(f"Search parameters that are not supported: {', '.join(unknown)}")


def _query_fields(params: Mapping[str, object]) -> Defaults:
    names = str(params.get("qf") or params.get("df") or "text").replace(",", " ").split()
    return Defaults(tuple(name.partition("^")[0] for name in names))


def _facets(params: Mapping[str, object]) -> Facets:
    if str(params.get("facet") or "").lower() not in ("true", "on", "1"):
        return Facets()
    least = _whole(params, "facet.mincount", 0)
    names = tuple(dict.fromkeys(_texts(params.get("facet.field"))))
    if names and least < 1:
        raise UnsupportedQueryError("facet.mincount must be at least 1")
    if any(name.startswith("{!") for name in names):
        raise UnsupportedQueryError("Local parameters in facet.field are not supported")
    return Facets(names, _whole(params, "facet.limit", 100, negative=True), max(least, 1))


def _whole(params: Mapping[str, object], name: str, default: int, *, negative: bool = False) -> int:
    raw = params.get(name)
    if raw is None or raw == "":
        return default
    try:
        value = int(str(raw))
    except ValueError as err:
        raise QueryError(f"'{name}' is not a whole number: '{raw}'") from err
    if value < 0 and not negative:
        raise QueryError(f"'{name}' must not be negative: {value}")
    return min(value, LAST_ROW)


def _texts(raw: object) -> list[str]:
    if raw is None or raw == "":
        return []
    return (
        [str(each) for each in raw] if isinstance(raw, Iterable) and not isinstance(raw, str) else [str(raw)]
    )
