from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import ckan.plugins.toolkit as tk
import psycopg2
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from ckan.tests.helpers import call_action
from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine

from ckanext.jambi.harvest import datastore
from ckanext.jambi.harvest.datastore import Load, LoadError, loader, tables
from jambi_harvesters.record import Column

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "datastore jambi_search jambi"),
    pytest.mark.usefixtures("with_plugins", "non_clean_db"),
]

COLUMNS = (
    Column("tanggal", "date", label="Tanggal", definition="Hari pencatatan"),
    Column("pasar", "text"),
    Column("harga", "decimal", unit="rupiah_per_kg", label="Harga 100 % eceran: 'kini'"),
    Column("waktu", "timestamp"),
    Column("ada", "boolean"),
)
MONDAY = (date(2026, 11, 23), "Angso Duo", Decimal("14250.50"), datetime(2026, 11, 23, 5, tzinfo=UTC), True)
TUESDAY = (date(2026, 11, 24), "Talang\tBanjar\\n", None, None, False)


@pytest.fixture
def resource_id() -> str:
    return str(uuid4())


@pytest.fixture
def load(resource_id: str) -> Callable[..., datastore.Loaded]:
    def run(*rows: Sequence[object], columns: Sequence[Column] = COLUMNS, **how: object) -> datastore.Loaded:
        wanted = Load(uuid4(), resource_id, tuple(columns), **how)
        return datastore.load(wanted, [rows[:1], rows[1:]])

    return run


def stored(
    resource_id: str, columns: str = "tanggal, pasar, harga, waktu, ada", order: str = "ORDER BY _id"
) -> list[tuple]:
    with get_read_engine().connect() as connection:
        query = sa.text(f'SELECT {columns} FROM "{resource_id}" {order}')
        return [tuple(row) for row in connection.execute(query)]


def test_rows_arrive_typed_in_order_and_readable_by_the_read_only_role(load, resource_id) -> None:
    loaded = load(MONDAY, TUESDAY)

    assert loaded.rows == 2
    assert stored(resource_id) == [MONDAY, TUESDAY]


def test_hv24_replacing_leaves_exactly_the_new_rows(load, resource_id) -> None:
    load(MONDAY)
    loaded = load(TUESDAY)

    assert loaded.rows == 1
    assert stored(resource_id) == [TUESDAY]


def test_replacing_may_change_the_columns(load, resource_id) -> None:
    load(MONDAY)
    load(("Angso Duo",), columns=[Column("pasar")])

    assert stored(resource_id, "pasar") == [("Angso Duo",)]


def test_merge_adds_new_keys_changes_known_ones_and_keeps_the_rest(load, resource_id) -> None:
    merge = {"mode": "merge", "key_columns": ("tanggal", "pasar")}
    load(MONDAY, TUESDAY, **merge)
    corrected = (*MONDAY[:2], Decimal("14000"), *MONDAY[3:])
    loaded = load(corrected, (date(2026, 11, 25), "Angso Duo", Decimal(1), None, None), **merge)

    assert loaded.rows == 3
    assert sorted(row[2] for row in stored(resource_id) if row[2]) == [Decimal(1), Decimal(14000)]


def test_merge_takes_the_last_of_two_rows_with_one_key(load, resource_id) -> None:
    merge = {
        "mode": "merge",
        "key_columns": ("pasar",),
        "columns": (Column("pasar"), Column("harga", "integer")),
    }
    load(("a", 1), ("a", 2), **merge)
    load(("a", 3), ("a", 4), (None, 5), (None, 6), **merge)

    assert sorted(stored(resource_id, "pasar, harga"), key=str) == [("a", 4), (None, 6)]


@pytest.mark.parametrize("keys", [("nomor",), ("nomor", "nama")])
def test_hv24_rows_of_one_key_are_found_without_comparing_pairs(keys: tuple[str, ...]) -> None:
    columns = (Column("nomor", "integer"), Column("nama", "text"))
    with get_write_engine().begin() as connection:
        connection.exec_driver_sql(tables.create_incoming(columns))
        connection.exec_driver_sql(
            f"INSERT INTO {tables.INCOMING} (nomor, nama) SELECT g / 2, 'x' FROM generate_series(1, 20000) g"
        )
        connection.exec_driver_sql(f"ANALYZE {tables.INCOMING}")
        plan = "\n".join(
            connection.exec_driver_sql(f"EXPLAIN {loader._keep_last_of_each_key(keys)}").scalars()
        )
    assert "Nested Loop" not in plan


def test_merge_into_other_columns_is_refused_and_changes_nothing(load, resource_id) -> None:
    load(MONDAY, mode="merge", key_columns=("tanggal",))

    with pytest.raises(LoadError, match="--complete"):
        load(("x",), columns=[Column("pasar")], mode="merge", key_columns=("pasar",))
    assert len(stored(resource_id)) == 1


def test_hv23_same_load_id_has_one_effect(resource_id) -> None:
    wanted = Load(uuid4(), resource_id, COLUMNS)
    first = datastore.load(wanted, [[MONDAY]])
    second = datastore.load(wanted, [[MONDAY, TUESDAY]])

    assert first == second == datastore.find(wanted.load_id)
    assert stored(resource_id, "pasar") == [("Angso Duo",)]


def test_hv23_load_that_fails_leaves_neither_rows_nor_its_id(load, resource_id) -> None:
    load(MONDAY)
    wanted = Load(uuid4(), resource_id, COLUMNS)

    with pytest.raises(LoadError, match="row 2, column tanggal") as caught:
        datastore.load(wanted, [[MONDAY, ("not a date", "x", None, None, None)]])
    assert "not a date" not in str(caught.value)
    assert datastore.find(wanted.load_id) is None
    assert stored(resource_id, "pasar") == [("Angso Duo",)]


def test_datastore_actions_read_the_table_as_one_of_their_own() -> None:
    resource = factories.Resource(
        package_id=factories.Dataset(owner_org=factories.Organization()["id"])["id"]
    )
    wanted = Load(uuid4(), resource["id"], COLUMNS)
    datastore.load(wanted, [[MONDAY, TUESDAY]])

    found = call_action("datastore_search", resource_id=resource["id"], q="angso")
    info = call_action("datastore_info", id=resource["id"])

    assert [record["pasar"] for record in found["records"]] == ["Angso Duo"]
    assert info["meta"]["count"] == 2
    described = {field["id"]: field.get("info") for field in info["fields"]}
    assert described["harga"] == {"label": "Harga 100 % eceran: 'kini'", "unit": "rupiah_per_kg"}


def test_rows_found_by_full_text_equal_those_the_trigger_would_give(load, resource_id) -> None:
    load(MONDAY, TUESDAY)
    ours = stored(resource_id, "_full_text::text")
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(f'UPDATE "{resource_id}" SET _full_text = NULL'))

    assert stored(resource_id, "_full_text::text") == ours
    assert ours[0][0]


def test_alias_survives_a_swap(load, resource_id) -> None:
    load(MONDAY)
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(f'CREATE VIEW "harga-{resource_id[:8]}" AS SELECT * FROM "{resource_id}"'))

    load(TUESDAY)

    assert stored(f"harga-{resource_id[:8]}", "pasar") == [(TUESDAY[1],)]


def test_p07_readers_never_see_a_table_that_is_empty_or_mixed(resource_id) -> None:
    """Two readers without pause through 200 reloads, every fourth of which fails in one of three ways."""
    _reload(resource_id, 0, None)
    seen: set[tuple] = set()
    stop = threading.Event()

    def read() -> None:
        query = sa.text(f'SELECT min(kelas), max(kelas), count(*) FROM "{resource_id}"')
        with get_read_engine().connect() as connection:
            while not stop.is_set():
                seen.add(tuple(connection.execute(query).one()))
                connection.rollback()

    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        try:
            committed = [value for value in range(1, 201) if _reload(resource_id, value, _fault(value))]
        finally:
            stop.set()
        for one in reading:
            one.result(timeout=10)

    assert committed == [value for value in range(1, 201) if value % 4]
    assert len(seen) > 100
    assert seen <= {(value, value, 500) for value in [0, *committed]}
    assert stored(resource_id, "min(kelas), count(*)", order="") == [(199, 500)]


def _fault(value: int) -> Callable[[], None] | None:
    """Return what happens in the middle of every fourth load, three ways in turn."""
    faults = (_raise_error, _end_own_connection, _spoil)
    return None if value % 4 else faults[value // 4 % len(faults)]


def _raise_error() -> None:
    raise RuntimeError("the source of the rows failed")


def _end_own_connection() -> None:
    with get_write_engine().connect() as connection:
        copying = (
            "state = 'active' AND query LIKE 'COPY jambi_incoming_rows%' AND datname = current_database()"
        )
        ended = connection.scalar(
            sa.text(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {copying}")
        )
    assert ended == 1


def _spoil() -> str:
    return "no number"


def _reload(resource_id: str, value: int, fault: Callable[[], object] | None) -> bool:
    """Load 500 rows of one value; return whether they were committed."""

    def chunks() -> Iterator[list[tuple[object]]]:
        yield [(value,)] * 250
        spoilt = fault() if fault else None
        yield [(value if spoilt is None else spoilt,)] * 250

    wanted = Load(uuid4(), resource_id, (Column("kelas", "integer"),))
    if fault is None:
        datastore.load(wanted, chunks())
        return True
    with pytest.raises((RuntimeError, LoadError, sa.exc.DBAPIError, psycopg2.Error)):
        datastore.load(wanted, chunks())
    return False


def test_drop_removes_the_table_and_is_idempotent(load, resource_id) -> None:
    load(MONDAY)
    datastore.drop(resource_id)
    datastore.drop(resource_id)

    with pytest.raises(tk.ObjectNotFound):
        call_action("datastore_search", resource_id=resource_id)


def test_hv24_first_loads_of_many_workers_at_once_all_succeed() -> None:
    lanes = 8
    for _ in range(5):
        with get_write_engine().begin() as connection:
            connection.execute(sa.text("DROP SCHEMA IF EXISTS jambi CASCADE"))
        together = threading.Barrier(lanes)

        def first(_: int, together: threading.Barrier = together) -> datastore.Loaded:
            together.wait()
            wanted = Load(uuid4(), str(uuid4()), COLUMNS)
            return datastore.load(wanted, [[MONDAY]])

        with ThreadPoolExecutor(lanes) as pool:
            assert [loaded.rows for loaded in pool.map(first, range(lanes))] == [1] * lanes
