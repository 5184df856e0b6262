"""Write one search as one statement: the number of hits, the page and the facets from the same snapshot.

Two plans. Where all filters are scopes and no words rank, the page comes off an index and the counts from the
counters. Else the hits are collected once from the narrow table, and ranked, counted and paged from there.
"""

# ruff: noqa: S608 - the texts joined here are names and numbers of this code; what users send is bound.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ckanext.jambi.search import fields, sorting, weights
from ckanext.jambi.search.conditions import Algebra, Condition
from ckanext.jambi.search.ranking import Ranking
from ckanext.jambi.search.sorting import Sort


@dataclass(frozen=True)
class Facets:
    """Which fields are counted, how many values of each are wanted (negative: all), from which count on."""

    names: tuple[str, ...] = ()
    limit: int = 100
    least: int = 1

    @property
    def counted(self) -> list[str]:
        """Return the fields whose values have numbers."""
        return [name for name in self.names if fields.is_counted(name)]

    @property
    def uncounted(self) -> list[str]:
        """Return the fields that are counted from the documents of the hits."""
        return [name for name in self.names if not fields.is_counted(name)]


@dataclass(frozen=True)
class Search:
    """Everything that one statement answers."""

    condition: Condition
    ranking: Ranking
    sorts: tuple[Sort, ...]
    start: int
    rows: int
    facets: Facets = field(default_factory=Facets)

    @property
    def browses(self) -> bool:
        """Return whether the counters can answer it."""
        return self.condition.form == "scope" and (self.ranking.is_flat or not self.by_score)

    @property
    def by_score(self) -> bool:
        """Return whether the score takes part in the order of a page."""
        return self.rows > 0 and any(sort.field == "score" for sort in self.sorts)


def write(search: Search, algebra: Algebra) -> str:
    """Return the statement; its rows are (kind, text, text, number), see `answer`."""
    tables = [*_hits(search, algebra), *_counts(search, algebra), *_page(search, algebra)]
    tables = [table for table in tables if table]
    return f"WITH {', '.join(tables)} {' UNION ALL '.join(_answers(search))}"


def _hits(search: Search, algebra: Algebra) -> list[str]:
    where = algebra.sql(search.condition)
    columns = "n.docno, n.modified, n.created, n.fids"
    if search.browses:
        page = f"SELECT {columns}, 0 AS score FROM jambi_search_narrow n WHERE {where}"
        return [f"s AS NOT MATERIALIZED ({page})"]
    if search.ranking.is_flat or not search.by_score:
        return [
            f"hits AS MATERIALIZED (SELECT {columns} FROM jambi_search_narrow n WHERE {where})",
            "s AS NOT MATERIALIZED (SELECT *, 0 AS score FROM hits)",
        ]
    return _ranked_hits(search, algebra, columns, where)


def _ranked_hits(search: Search, algebra: Algebra, columns: str, where: str) -> list[str]:
    """Rank all hits by their heads, and the newest of those whose head lacks a word by their text."""
    ranking, params = search.ranking, algebra.params
    head = "NULL::float8"
    if ranking.head:
        holds = " AND ".join(f"n.head @@ {params.bind(query, 'tsquery')}" for query in ranking.head)
        rank = f"{ranking.full_head} + {ranking.of('n.head', params)}"
        head = f"CASE WHEN {holds} THEN {rank} END"
    ranked = f"{columns}, ({head})::float8 AS head_rank, ({ranking.of_clauses()})::float8 AS clause_rank"
    newest = "SELECT docno FROM hits WHERE head_rank IS NULL ORDER BY modified DESC NULLS LAST, docno"
    text = f"SELECT n.docno, ({ranking.of('n.whole', params)})::float8 AS text_rank"
    score = "clause_rank + coalesce(head_rank, text_rank, 0)"
    digits = 10**weights.DIGITS
    return [
        f"hits AS MATERIALIZED (SELECT {ranked} FROM jambi_search_narrow n WHERE {where})",
        f"newest AS MATERIALIZED ({newest} LIMIT {_newest(search)})",
        f"texts AS MATERIALIZED ({text} FROM newest JOIN jambi_search_narrow n USING (docno))",
        f"s AS NOT MATERIALIZED (SELECT hits.*, floor(({score}) * {digits}) / {digits} AS score"
        " FROM hits LEFT JOIN texts USING (docno))",
    ]


def _newest(search: Search) -> str:
    """Return how many texts are ranked: none where full heads alone fill the page, for they come first."""
    if not search.ranking.lexemes:
        return "0"
    if search.ranking.clauses or search.sorts[0] != sorting.BY_SCORE[0]:
        return str(weights.RANKED)
    heads = "SELECT count(*) FROM hits WHERE head_rank IS NOT NULL"
    return f"(CASE WHEN ({heads}) >= {search.start + search.rows} THEN 0 ELSE {weights.RANKED} END)"


def _counts(search: Search, algebra: Algebra) -> list[str]:
    source = "s" if search.browses else "hits"
    tables = []
    if search.browses:
        tables.append(
            "counts AS (SELECT fid, sum(n) AS n FROM jambi_search_facet_delta AS n "
            f"WHERE {algebra.sql(search.condition)} GROUP BY fid HAVING sum(n.n) > 0)"
        )
    elif search.facets.counted:
        tables.append(
            f"counts AS (SELECT fid, count(*) AS n FROM {source}, unnest(fids) AS fid GROUP BY fid)"
        )
    if search.facets.counted:
        tables.append(_counted_values(search.facets, algebra))
    if search.facets.uncounted:
        tables.append(_document_values(search.facets, algebra, source))
    return tables


def _counted_values(facets: Facets, algebra: Algebra) -> str:
    names = algebra.params.bind(facets.counted, "text[]")
    return (
        f"counted AS (SELECT v.field, v.value, c.n, {_place('v.field', 'c.n', 'v.value')} AS place "
        "FROM counts c JOIN jambi_search_facet_value v USING (fid) "
        f"WHERE v.field = ANY({names}) AND c.n >= {facets.least})"
    )


def _document_values(facets: Facets, algebra: Algebra, source: str) -> str:
    names = algebra.params.bind(facets.uncounted, "text[]")
    return (
        "valued AS (SELECT f.field, v.value, count(DISTINCT d.docno) AS n FROM "
        f"{source} JOIN jambi_search_doc d USING (docno) CROSS JOIN unnest({names}) AS f (field) "
        "CROSS JOIN jsonb_array_elements_text(d.keys -> f.field) AS v (value) "
        f"GROUP BY f.field, v.value HAVING count(DISTINCT d.docno) >= {facets.least}), "
        f"uncounted AS (SELECT field, value, n, {_place('field', 'n', 'value')} AS place FROM valued)"
    )


def _place(name: str, count: str, value: str) -> str:
    return f'row_number() OVER (PARTITION BY {name} ORDER BY {count} DESC, {value} COLLATE "C")'


def _page(search: Search, algebra: Algebra) -> list[str]:
    if not search.rows:
        return []
    order = sorting.order_by(search.sorts, algebra.params)
    source = "s JOIN jambi_search_doc d USING (docno)" if sorting.needs_documents(search.sorts) else "s"
    limits = f"LIMIT {search.rows} OFFSET {search.start}"
    page = f"SELECT s.docno, s.score FROM {source} ORDER BY {order} {limits}"
    return [f"page AS (SELECT docno, score, row_number() OVER () AS place FROM ({page}) AS p)"]


def _answers(search: Search) -> Sequence[str]:
    number = (
        "coalesce((SELECT n FROM counts WHERE fid = 0), 0)"
        if search.browses
        else "(SELECT count(*) FROM hits)"
    )
    answers = [f"SELECT 'hits' AS kind, NULL::text AS a, NULL::text AS b, {number}::bigint AS n"]
    if search.rows:
        answers.append("SELECT 'page', docno::text, score::text, place FROM page")
    within = f" WHERE place <= {search.facets.limit}" if search.facets.limit >= 0 else ""
    for table, names in (("counted", search.facets.counted), ("uncounted", search.facets.uncounted)):
        if names:
            answers.append(f"SELECT 'facet', field, value, n::bigint FROM {table}{within}")
    return answers
