"""Generated searches equal a naive evaluator in hits, order and facets, also after changes and rollbacks."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pysolr
import pytest
from ckan import model
from ckan.lib import search

from ckanext.jambi.search.engine import PostgresConnection

sys.path.insert(0, str(Path(__file__).parent))
import catalogue
from naive import NaiveEngine

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_search jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
QUERIES = 300
ROUNDS = 3


@pytest.fixture
def connection() -> Iterator[PostgresConnection]:
    search.clear_all()
    yield PostgresConnection()
    model.Session.remove()


class Twin:
    """The engine and a plain list, which must always say the same."""

    def __init__(self, connection: PostgresConnection, seed: int) -> None:
        self.connection = connection
        self.rng = random.Random(seed)
        self.documents = {n: catalogue.document(self.rng, n) for n in range(120)}
        connection.add(list(self.documents.values()))
        model.Session.commit()
        self.naive: NaiveEngine | None = None

    def change(self) -> None:
        """Update, add and delete documents, some of them undone by a rollback."""
        self.naive = None
        for _ in range(12):
            keep = self.rng.random() < 0.5
            changed = dict(self.documents)
            self._change_one(changed)
            if keep:
                model.Session.commit()
                self.documents = changed
            else:
                model.Session.rollback()

    def _change_one(self, changed: dict[int, dict]) -> None:
        number = self.rng.choice([*changed, max(changed) + 1])
        if number in changed and self.rng.random() < 0.3:
            self.connection.delete(q=f'+entity_type:package AND +(id:"id{number}" OR name:"id{number}")')
            del changed[number]
        else:
            changed[number] = catalogue.document(self.rng, number)
            self.connection.add([changed[number]])

    def compare(self, params: dict) -> None:
        if self.naive is None:
            self.naive = NaiveEngine([self.documents[n] for n in self._order()])
        page, ids, facets = self.naive.search(params)
        found = self.connection.search(**params)
        assert found.hits == len(ids), params
        assert [each["id"] for each in found.docs] == page, params
        assert found.facets["facet_fields"] == facets, params

    def _order(self) -> list[int]:
        """Return the documents in the order of their first arrival, which ends every tie."""
        rows = (
            model.Session.connection()
            .exec_driver_sql("SELECT id FROM jambi_search_doc ORDER BY docno")
            .scalars()
        )
        order = [int(each[2:]) for each in rows]
        assert sorted(order) == sorted(self.documents)
        return order


@pytest.mark.parametrize("seed", range(3))
def test_sr04_generated_searches_equal_the_naive_evaluator(connection: PostgresConnection, seed: int) -> None:
    twin = Twin(connection, seed)
    for n in range(QUERIES):
        if n and n % (QUERIES // ROUNDS) == 0:
            twin.change()
        twin.compare(catalogue.request(twin.rng))


def test_sr02_counters_equal_a_recount_after_changes_and_rollbacks(connection: PostgresConnection) -> None:
    twin = Twin(connection, seed=99)
    for _ in range(5):
        twin.change()
        twin.compare({**catalogue.request(twin.rng), "q": "*:*", "facet": "true", "sort": None})


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"q": "title:/pend.*/"}, "Regular expressions"),
        ({"q": "kode:abc~"}, "Fuzzy"),
        ({"q": "{!knn f=x}a"}, "knn"),
        ({"q": "a", "defType": "func"}, "func"),
        ({"q": "a", "bf": "views_total"}, "bf"),
        ({"q": "a", "group": "true"}, "group"),
        ({"q": "a", "fl": "sum(a,b)"}, "Functions"),
        ({"q": "a", "sort": "metadata_modified"}, "Can't determine a Sort Order"),
        ({"q": "a", "sort": "gvgyr_fgevat nfp"}, "Can't determine a Sort Order"),
        ({"q": "a", "sort": "tags asc"}, "can not sort"),
        ({"q": "title:[a TO b]"}, "Ranges"),
        ({"q": "metadata_modified:[yesterday TO *]"}, "Invalid Date"),
        ({"q": "views_total:many"}, "Invalid Number"),
        ({"q": " ".join(f"text:*{n}a" for n in range(40))}, "too many wildcards"),
        ({"q": "a:b:c"}, "SyntaxError: Cannot parse"),
        ({"q": "a", "rows": "x"}, "not a whole number"),
        ({"q": "a", "facet": "true", "facet.field": ["tags"], "facet.mincount": 0}, "mincount"),
    ],
)
def test_sr03_what_has_no_true_answer_raises(
    connection: PostgresConnection, params: dict, reason: str
) -> None:
    with pytest.raises(pysolr.SolrError, match=reason):
        connection.search(**params)
    assert connection.search("*:*").hits == 0
