"""Compare the whole index with what CKAN would index now: documents, not counts.

Called by `ckan jambi search check`, and by tests after rollbacks and kills. The wanted document of each
dataset is made by CKAN's own indexing, into a buffer that is never written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.logic import index_update_package
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Row as Result

from ckanext.jambi.search import batch, fields, session
from ckanext.jambi.search.document import Row, Scope

CHUNK = 200

_STORED = """
SELECT d.index_id, d.id, d.keys, d.texts, d.data_dict, d.validated_data_dict,
    c.site_id, c.entity_type, c.state, c.dataset_type, c.capacity, c.labels,
    (SELECT json_agg(json_build_array(v.field, v.value)) FROM jambi_search_facet_value v
     WHERE v.fid = ANY(n.fids)) AS counted,
    n.head = wanted.head::tsvector AND n.whole = wanted.whole::tsvector
        AND d.words = wanted.words::tsvector AS has_words,
    (SELECT json_object_agg(x.field, to_char(x.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
     FROM jambi_search_date x WHERE x.docno = n.docno) AS dates,
    n.modified IS NOT DISTINCT FROM (d.keys -> 'metadata_modified' ->> 0)::timestamptz
        AND n.created IS NOT DISTINCT FROM (d.keys -> 'metadata_created' ->> 0)::timestamptz AS has_dates
FROM unnest(%(index_ids)s::text[], %(heads)s::text[], %(wholes)s::text[], %(words)s::text[])
    AS wanted (index_id, head, whole, words)
JOIN jambi_search_doc d USING (index_id)
JOIN jambi_search_narrow n USING (docno)
JOIN jambi_search_scope c USING (sid)
"""
_COUNTERS = """
WITH counted AS (
    SELECT sid, fid, count(*) AS n FROM jambi_search_narrow, unnest(fids || 0) AS fid GROUP BY sid, fid
), kept AS (
    SELECT sid, fid, sum(n) AS n FROM jambi_search_facet_delta GROUP BY sid, fid HAVING sum(n) <> 0
)
SELECT count(*) FROM counted FULL JOIN kept USING (sid, fid) WHERE counted.n IS DISTINCT FROM kept.n
"""
_INDEXED = "SELECT id FROM jambi_search_doc WHERE site_id = %(site_id)s ORDER BY docno"


@dataclass(frozen=True)
class Difference:
    """A document that is not what it should be; `parts` names what differs."""

    dataset: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.dataset}: {', '.join(self.parts)}"


def differences() -> Iterator[Difference]:
    """Yield every difference between the index and the datasets.

    Of a portal at work a dataset may be written between the reading of its two sides: what differs is
    read once more, and told if it differs still.
    """
    found = session.run(_indexed)
    wanted = _dataset_ids()
    suspects = [each.dataset for each in among(wanted)]
    model.Session.expire_all()
    yield from among(suspects)
    known = set(wanted)
    for indexed in found:
        if indexed not in known:
            yield Difference(str(indexed), ("no such dataset",))
    wrong = session.run(lambda c: c.exec_driver_sql(_COUNTERS).scalar_one())
    if wrong:
        yield Difference("counters", (f"{wrong} do not match",))


def among(datasets: Sequence[str]) -> Iterator[Difference]:
    """Yield the differences of these datasets."""
    for start in range(0, len(datasets), CHUNK):
        yield from _compare_chunk(datasets[start : start + CHUNK])


def _dataset_ids() -> list[str]:
    packages = model.Session.query(model.Package.id).order_by(model.Package.id)
    if tk.config["ckan.search.remove_deleted_packages"]:
        packages = packages.filter(model.Package.state != model.State.DELETED)
    return [dataset for (dataset,) in packages]


def _compare_chunk(datasets: Sequence[str]) -> list[Difference]:
    with batch.collect() as buffer:
        for dataset in datasets:
            index_update_package({"ignore_auth": True}, dataset, True)
        rows = buffer.take()
    return session.run(lambda connection: _compare(connection, rows))


def _compare(connection: Connection, rows: Sequence[Row]) -> list[Difference]:
    vectors = [(*row.vectors(), row.field_vector()) for row in rows]
    values = {
        "index_ids": [row.index_id for row in rows],
        "heads": [str(head) for head, _, _ in vectors],
        "wholes": [str(whole) for _, whole, _ in vectors],
        "words": [str(words) for _, _, words in vectors],
    }
    stored = {each.index_id: each for each in connection.exec_driver_sql(_STORED, values)}
    compared = ((row, _parts(row, stored.get(row.index_id))) for row in rows)
    return [Difference(str(row.id), parts) for row, parts in compared if parts]


def _parts(row: Row, stored: Result | None) -> tuple[str, ...]:
    """Return what differs between the wanted and the stored document."""
    if stored is None:
        return ("missing",)
    found = stored._asdict()
    scope = Scope(**{name: found[name] for name in fields.SCOPE_SINGLE}, labels=tuple(found["labels"]))
    same = {
        "keys": _lasting(found["keys"]) == _lasting(row.keys),
        "texts": found["texts"] == row.texts,
        "payloads": _same_payloads(
            {name: found[name] for name in fields.PAYLOADS if found[name] is not None}, row.payloads
        ),
        "scope": scope == row.scope,
        "counted values": {tuple(pair) for pair in found["counted"] or ()} == set(row.counted()),
        "words": found["has_words"],
        "dates": found["has_dates"] and (found["dates"] or {}) == row.dates(),
    }
    return tuple(name for name, equal in same.items() if not equal)


def _lasting(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without those that age between two writes."""
    return {name: value for name, value in values.items() if name not in fields.AGEING}


def _same_payloads(stored: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Return whether the dicts are the same; extras are a set, and CKAN gives them in any order."""
    return stored == wanted or {name: _ordered(text) for name, text in stored.items()} == {
        name: _ordered(text) for name, text in wanted.items()
    }


def _ordered(text: str) -> Any:
    payload = json.loads(text)
    extras = payload.get("extras") or ()
    return payload | {"extras": sorted(extras, key=lambda one: str(one.get("key")))}


def _indexed(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql(_INDEXED, {"site_id": tk.config["ckan.site_id"]}).scalars())
