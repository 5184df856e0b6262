from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import certifi
import databases
import pytest
from databases import HOST, PASSWORD, PostgresServer, started
from reading import NOW, Attempts, cut, merged, records, rows

from jambi_harvesters import errors, sql_address, sql_mariadb, sql_postgres
from jambi_harvesters.definition import parse
from jambi_harvesters.http import Client
from jambi_harvesters.sources import policy_for
from jambi_harvesters.sources import sql as sql_source
from jambi_harvesters.sources.sql import SqlConnector
from jambi_harvesters.sql_database import later, moved_back, plain

BASE = {
    "version": 1,
    "id": "uji-izin",
    "kind": "sql",
    "organization": "dpmptsp",
    "client": {"base_url": "secret:DB_IZIN"},
    "endpoint": {"path": "izin"},
    "primary_key": "kode",
    "schema": {
        "fields": {"kode": "kode", "nama": "nama", "jumlah": {"type": "integer"}},
        "drop": ["nik"],
    },
    "dataset": {"title": "Izin", "fields": {"frekuensi": "bulanan"}},
    "guard": {"internal_target": "uji-db"},
}
ROWS = [f"'P{n}', 'Izin {n}', {n}, 'x', '2026-01-0{n} 08:00:00'" for n in range(1, 8)]
PER_RECORD = {
    "dataset__mode": "per_record",
    "dataset__title": "{nama}",
    "dataset__notes": "Jumlah {jumlah}",
}
NEEDS = "needs MariaDB (Debian: mariadb-server-core, mariadb-client-core)"
KINDS = [
    "postgresql",
    pytest.param("mysql", marks=pytest.mark.skipif(not databases.HAS_MARIADB, reason=NEEDS)),
]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    yield from started("postgresql", tmp_path_factory.mktemp("pg"))


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not databases.HAS_MARIADB:
        pytest.skip(NEEDS)
    yield from started("mysql", tmp_path_factory.mktemp("my"))


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Any:
    """A database with the usual seven rows."""
    found = request.getfixturevalue("postgres" if request.param == "postgresql" else "mariadb")
    found.fresh()
    found.fill(ROWS)
    return found


def opened(server: Any, address: str | None = None, **changes: Any) -> SqlConnector:
    recorder = changes.pop("recorder", None)
    resolver = changes.pop("resolver", lambda host, port: ["127.0.0.1"])
    targets = changes.pop("targets", (server.target,))
    cursor = changes.pop("cursor", None)
    spec = parse(merged(BASE, **changes))
    policy = policy_for(spec, SqlConnector, targets=targets, demo=True)
    client = Client(policy, resolver=resolver, sleep=lambda seconds: None, recorder=recorder)
    secrets = {"DB_IZIN": address or server.address()}
    return SqlConnector(spec, client, now=NOW, secrets=secrets, cursor=cursor)


def read(server: Any, address: str | None = None, **changes: Any) -> list[Any]:
    return list(opened(server, address, **changes).pages())


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Any) -> None:
    def hashes() -> dict[str, str | None]:
        pages = read(server, **PER_RECORD)
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again = hashes(), hashes()
    server.run(
        "UPDATE izin SET jumlah = 99 WHERE kode = 'P2'",
        "DELETE FROM izin WHERE kode = 'P3'",
        "INSERT INTO izin VALUES ('P9', 'Izin 9', 9, 'x', NULL)",
    )
    after = hashes()
    assert before == again
    assert set(after) - set(before) == {"P9"}
    assert set(before) - set(after) == {"P3"}
    assert {guid for guid in set(before) & set(after) if before[guid] != after[guid]} == {"P2"}


def test_f18_a_table_has_its_hash_whatever_the_database(postgres: PostgresServer, mariadb: Any) -> None:
    found = []
    for server in (postgres, mariadb):
        server.fresh()
        server.fill(ROWS)
        (page,) = read(server)
        assert rows([page])[0] == ("P1", "Izin 1", 1)
        assert page.total == 7
        found.append(page.records[0].content_hash)
    assert found[0] == found[1]


def test_table_is_read_by_its_key_on_the_server_and_never_by_offset(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_source, "PAGE_ROWS", 3)
    postgres.fresh()
    postgres.fill(ROWS)
    begins = postgres.log.stat().st_size
    found = read(postgres)
    assert len(rows(found)) == 7
    assert found[-1].complete
    said = postgres.log.read_bytes()[begins:].decode()
    assert said.count("DECLARE") == 3
    assert """WHERE ("kode") > ('P3') ORDER BY "kode" LIMIT 3""" in said
    assert "OFFSET" not in said.upper()
    assert "READ ONLY" in said.upper()
    assert "nik" not in said.partition("DECLARE")[2]


def test_key_of_several_columns_is_walked_in_its_order(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_source, "PAGE_ROWS", 2)
    server.run(
        "CREATE TABLE pajak (tahun integer, urut integer, nilai decimal(12, 2))",
        *(f"INSERT INTO pajak VALUES ({2024 + n // 3}, {n % 3}, {n}.50)" for n in range(7)),
    )
    fields = {
        "tahun": {"type": "integer"},
        "no": {"path": "urut", "type": "integer"},
        "nilai": {"type": "decimal"},
    }
    changes = {"endpoint__path": "pajak", "primary_key": ["tahun", "no"], "schema__fields": fields}
    found = read(server, **changes)
    assert found[-1].complete
    assert rows(found) == [(2024 + n // 3, n % 3, Decimal(f"{n}.50")) for n in range(7)]


def test_table_may_be_a_view_in_another_schema(postgres: PostgresServer) -> None:
    postgres.fresh()
    postgres.fill(ROWS)
    postgres.run("CREATE VIEW lain.lihat AS SELECT * FROM izin WHERE jumlah > 5")
    assert [row[0] for row in rows(read(postgres, endpoint__path="lain.lihat"))] == ["P6", "P7"]


@pytest.mark.parametrize(
    "path", ["", "izin; DROP TABLE izin", "(SELECT 1)", "a.b.c", 'izin"', "izin WHERE 1=1"]
)
def test_free_sql_is_refused(path: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        parse(merged(BASE, endpoint__path=path))
    assert caught.value.problems[0].path == "endpoint.path"


def test_session_cannot_write_even_where_the_role_could(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_postgres.Postgres, "require_reader", lambda self: None)
    monkeypatch.setattr(sql_mariadb.MariaDb, "require_reader", lambda self: None)
    server.run("GRANT INSERT ON izin TO penulis")
    with opened(server, server.address("penulis"))._opened() as database:
        with pytest.raises(errors.UnreadableError, match=r"25006|1792"):
            database.one("INSERT INTO izin (kode) VALUES ('P8')")
        assert database.client.redact(database.address.shown).startswith(server.driver)


@pytest.mark.parametrize("right", ["INSERT", "UPDATE (nama)", "DELETE"])
def test_role_that_can_write_is_refused(server: Any, right: str) -> None:
    server.run("CREATE TABLE arsip (kode integer, nama integer)", f"GRANT {right} ON arsip TO penulis")
    with pytest.raises(errors.WriteAccessError) as caught:
        read(server, server.address("penulis"))
    assert "hanya dapat membaca" in caught.value.pesan


def test_right_to_pass_rights_on_is_refused(mariadb: Any) -> None:
    mariadb.fresh()
    mariadb.fill(ROWS)
    mariadb.run("GRANT SELECT ON izin TO penulis WITH GRANT OPTION")
    with pytest.raises(errors.WriteAccessError):
        read(mariadb, mariadb.address("penulis"))


def test_role_by_membership_and_superuser_are_refused(postgres: PostgresServer) -> None:
    postgres.fresh()
    postgres.fill(ROWS)
    postgres.run("GRANT pg_write_all_data TO penulis")
    for address in (postgres.address("penulis"), postgres.address("ckan")):
        with pytest.raises(errors.WriteAccessError):
            read(postgres, address)
    postgres.run("REVOKE pg_write_all_data FROM penulis")
    assert read(postgres, postgres.address("penulis"))[-1].complete


def test_role_of_mariadb_cannot_be_judged_and_is_refused(mariadb: Any) -> None:
    mariadb.fresh()
    mariadb.fill(ROWS)
    mariadb.run("CREATE ROLE IF NOT EXISTS tim", "GRANT tim TO penulis")
    with pytest.raises(errors.WriteAccessError):
        read(mariadb, mariadb.address("penulis"))
    mariadb.run("REVOKE tim FROM penulis")


def test_statement_that_takes_too_long_is_ended(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = sql_postgres._SETTINGS.replace("timeout=30s", "timeout=200ms")
    monkeypatch.setattr(sql_postgres, "_SETTINGS", settings)
    monkeypatch.setattr(sql_mariadb, "STATEMENT_SECONDS", 0.2)
    sleep = "pg_sleep(3)::text" if server.driver == "postgresql" else "sleep(3)"
    server.run(f"CREATE VIEW lambat AS SELECT 'a' AS kode, {sleep} AS nama, 1 AS jumlah FROM izin")
    with pytest.raises(errors.DeadlineError):
        read(server, endpoint__path="lambat")


def test_s22_zero_date_is_null_with_a_warning(mariadb: Any) -> None:
    mariadb.fresh()
    mariadb.run(
        "SET sql_mode = ''",
        "CREATE TABLE izin (kode varchar(9) PRIMARY KEY, terbit date, masuk datetime)",
        "INSERT INTO izin VALUES ('a', '0000-00-00', '0000-00-00 00:00:00'), ('b', '2026-02-03', '2026-02-03 08:00:00')",
    )
    fields = {"kode": "kode", "terbit": {"type": "date"}, "masuk": {"type": "timestamp"}}
    (page,) = read(mariadb, schema__fields=fields)
    assert rows([page])[0] == ("a", None, None)
    assert rows([page])[1][2] == datetime(2026, 2, 3, 1, tzinfo=UTC)
    assert {(one.code, one.field) for one in page.records[0].warnings} == {
        ("zero_date", "terbit"),
        ("zero_date", "masuk"),
    }


def test_s22_dates_beyond_the_calendar_are_null_or_named(postgres: PostgresServer) -> None:
    postgres.fresh()
    postgres.run(
        "CREATE TABLE izin (kode text PRIMARY KEY, terbit date, masuk timestamptz)",
        "INSERT INTO izin VALUES ('a', 'infinity', '-infinity'), ('b', '2026-02-03', '2026-02-03 08:00+07')",
        "INSERT INTO izin SELECT 'c' || n, '2026-01-01' FROM generate_series(1, 200) AS n",
        "INSERT INTO izin VALUES ('z', '0044-03-15 BC', NULL)",
    )
    fields = {"kode": "kode", "terbit": {"type": "date"}, "masuk": {"type": "timestamp"}}
    (page,) = read(postgres, schema__fields=fields)
    assert rows([page])[0] == ("a", None, None)
    assert rows([page])[1][2] == datetime(2026, 2, 3, 1, tzinfo=UTC)
    assert [one.code for one in page.records[0].warnings] == ["zero_date", "zero_date", "not_a_date"]


def test_hours_of_mariadb_in_utc_are_taken_to_the_zone_of_the_definition(mariadb: Any) -> None:
    mariadb.fresh()
    mariadb.run(
        "SET time_zone = '+00:00'",
        "CREATE TABLE izin (kode varchar(9) PRIMARY KEY, masuk timestamp NULL)",
        "INSERT INTO izin VALUES ('a', '2026-02-03 01:00:00')",
    )
    fields = {"kode": "kode", "masuk": {"type": "timestamp"}}
    assert rows(read(mariadb, schema__fields=fields)) == [("a", datetime(2026, 2, 3, 1, tzinfo=UTC))]


def test_columns_of_every_kind_are_read_whatever_their_names(postgres: PostgresServer) -> None:
    postgres.fresh()
    postgres.run(
        'CREATE TABLE izin ("Kode ""X""" text PRIMARY KEY, "Persen %" numeric, aktif boolean, isi bytea,'
        " rincian jsonb, jam time, uuid uuid)",
        """INSERT INTO izin VALUES ('a', 12.50, true, '\\x0aff', '{"b": [1]}', '08:30', '"""
        """00000000-0000-0000-0000-000000000001')""",
    )
    fields = {
        "kode": 'Kode "X"',
        "persen": {"path": "Persen %", "type": "decimal"},
        "aktif": {"type": "boolean"},
        "isi": "isi",
        "rincian": "rincian",
        "jam": "jam",
        "uuid": "uuid",
    }
    assert rows(read(postgres, schema__fields=fields, primary_key="kode", schema__drop=None)) == [
        (
            *("a", Decimal("12.50"), True, "0aff", '{"b":[1]}', "08:30:00"),
            "00000000-0000-0000-0000-000000000001",
        )
    ]


@pytest.mark.parametrize("rows_", [["'a', 1", "'a', 2", "'b', 3"], ["NULL, 1", "'b', 2"]])
def test_s17_key_that_is_not_unique_or_empty_leaves_the_list_incomplete(
    server: Any, monkeypatch: pytest.MonkeyPatch, rows_: list[str]
) -> None:
    monkeypatch.setattr(sql_source, "PAGE_ROWS", 1)
    server.run("CREATE TABLE kembar (kode varchar(9), jumlah integer)")
    server.run(*(f"INSERT INTO kembar VALUES ({one})" for one in rows_))
    fields = {"kode": "kode", "jumlah": {"type": "integer"}}
    found = read(server, endpoint__path="kembar", schema__fields=fields)
    assert not found[-1].complete
    assert "primary_key" in found[-1].problem.pesan


def test_s17_page_cap_leaves_the_list_incomplete(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_source, "PAGE_ROWS", 2)
    found = read(server, polite__max_pages=2)
    assert len(rows(found)) == 4
    assert "max_pages" in found[-1].problem.pesan


def test_s07_empty_table_is_named(server: Any) -> None:
    server.run("DELETE FROM izin")
    (page,) = read(server)
    assert isinstance(page.problem, errors.EmptyListError)


MARK = {"endpoint__incremental": {"cursor_path": "diubah", "lag": 3600}}


def test_hv02_probe_asks_for_the_highest_mark_and_the_count(server: Any) -> None:
    assert not opened(server).probe({}).markers
    first = opened(server, **MARK).probe({})
    assert not first.unchanged
    assert first.markers["max"] == "2026-01-07 08:00:00"
    assert first.markers["count"] == 7
    assert opened(server, **MARK).probe(first.markers).unchanged
    server.run("DELETE FROM izin WHERE kode = 'P1'")
    assert not opened(server, **MARK).probe(first.markers).unchanged
    assert len(rows(read(server, **MARK, cursor={"since": "2026-01-07 08:00:00"}))) == 6


def test_changes_are_read_from_the_mark_less_the_overlap(server: Any) -> None:
    changes = {**PER_RECORD, **MARK}
    first = read(server, **changes)[-1]
    assert first.complete
    assert first.next_cursor == {"since": "2026-01-07 08:00:00"}
    server.run("UPDATE izin SET jumlah = 5, diubah = '2026-01-08 09:00:00' WHERE kode = 'P2'")
    second = read(server, **changes, cursor=first.next_cursor)
    assert set(records(second)) == {"P2", "P7"}
    assert second[-1].incremental
    assert not second[-1].complete
    assert second[-1].problem is None
    assert second[-1].next_cursor == {"since": "2026-01-08 09:00:00"}
    third = read(server, **changes, cursor={"since": "2027-01-01 00:00:00"})
    assert third[-1].next_cursor == {"since": "2027-01-01 00:00:00"}
    assert third[-1].problem is None


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_source, "PAGE_ROWS", 3)


@pytest.mark.parametrize("keys", ["kode", ["jumlah", "kode"], ["diubah", "kode"]])
def test_hv07_table_goes_on_behind_the_key_at_which_it_was_cut(
    server: Any, small_pages: None, keys: Any
) -> None:
    asked = {**PER_RECORD, **MARK, "primary_key": keys}
    whole = records(read(server, **asked))
    before, place = cut(opened(server, **asked))
    found = list(opened(server, **asked).pages(place))
    assert (len(before), len(records(found))) == (3, 4)
    assert before.keys() | records(found).keys() == whole.keys()
    assert (found[-1].complete, found[-1].total) == (True, 7)
    assert found[-1].next_cursor == {"since": "2026-01-07 08:00:00"}


def test_hv07_highest_mark_before_a_place_is_not_forgotten(server: Any, small_pages: None) -> None:
    server.run("UPDATE izin SET diubah = '2026-02-01 08:00:00' WHERE kode = 'P1'")
    _, place = cut(opened(server, **PER_RECORD, **MARK))
    found = list(opened(server, **PER_RECORD, **MARK).pages(place))
    assert found[-1].next_cursor == {"since": "2026-02-01 08:00:00"}


@pytest.mark.parametrize(
    "change", ["DELETE FROM izin WHERE kode = 'P2'", "INSERT INTO izin VALUES ('P0', 'Izin 0', 0, 'x', NULL)"]
)
def test_hv07_table_that_changed_before_its_place_begins_again(
    server: Any, small_pages: None, change: str
) -> None:
    _, place = cut(opened(server, **PER_RECORD))
    server.run(change)
    with pytest.raises(errors.PlaceLostError):
        next(opened(server, **PER_RECORD).pages(place))


def test_hv07_rows_behind_a_place_may_have_changed(server: Any, small_pages: None) -> None:
    _, place = cut(opened(server, **PER_RECORD))
    server.run("DELETE FROM izin WHERE kode = 'P7'", "INSERT INTO izin VALUES ('P8', 'Izin', 8, 'x', NULL)")
    found = list(opened(server, **PER_RECORD).pages(place))
    assert set(records(found)) == {"P4", "P5", "P6", "P8"}
    assert found[-1].complete


def test_hv07_key_that_is_no_number_text_or_day_has_no_place(
    postgres: PostgresServer, small_pages: None
) -> None:
    postgres.fresh()
    postgres.fill(ROWS)
    postgres.run("ALTER TABLE izin ALTER jumlah TYPE numeric(10, 2)")
    found = read(postgres, **PER_RECORD, primary_key=["jumlah", "kode"])
    assert found[-1].complete
    assert all(page.place is None for page in found)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("9", "10", "10"),
        ("1.5", "1.25", "1.5"),
        ("2026-01-07", "2026-01-10", "2026-01-10"),
        ("2026-01-07 08:00:00+07:00", "2026-01-07 02:00:00+00:00", "2026-01-07 02:00:00+00:00"),
    ],
)
def test_hv06_marks_are_compared_as_numbers_and_instants(one: str, other: str, wanted: str) -> None:
    assert later(one, other) == later(other, one) == wanted


def test_first_start_bounds_a_complete_reading(server: Any) -> None:
    incremental = {"cursor_path": "diubah", "initial_value": "2026-01-06 00:00:00"}
    found = read(server, **PER_RECORD, endpoint__incremental=incremental)
    assert set(records(found)) == {"P6", "P7"}
    assert found[-1].complete


@pytest.mark.parametrize(
    ("mark", "wanted"),
    [
        ("2026-01-07 08:00:00", "2026-01-07 07:00:00"),
        ("2026-01-07 08:00:00+00:00", "2026-01-07 07:00:00+00:00"),
        ("20260107", "20260107"),
        ("v7", "v7"),
    ],
)
def test_marks_that_are_no_instants_have_no_overlap(mark: str, wanted: str) -> None:
    assert moved_back(mark, timedelta(hours=1)) == wanted


def test_hv09_judged_address_is_the_one_that_is_connected_to(server: Any) -> None:
    asked: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    assert read(server, resolver=resolver)[-1].complete
    assert asked == [(HOST, server.forwarder.port)]


def test_hv09_socket_of_mariadb_is_opened_to_the_judged_address_only(mariadb: Any) -> None:
    mariadb.fresh()
    mariadb.fill(ROWS)
    dialled: list[tuple[str, int]] = []

    def connect(place: tuple[str, int], timeout: float) -> socket.socket:
        dialled.append(place)
        return socket.create_connection(place, timeout)

    connector = opened(mariadb)
    connector.client.connect = connect
    assert list(connector.pages())[-1].complete
    assert dialled == [("127.0.0.1", mariadb.forwarder.port)]


def test_s16_database_without_tls_is_refused_where_an_authority_is_named(server: Any) -> None:
    with pytest.raises(errors.TlsRefusedError):
        read(server, guard__tls={"ca_file": certifi.where()})


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::ffff:7f00:1"])
def test_s13_internal_address_without_an_allowlist_row_is_refused(server: Any, ip: str) -> None:
    before = server.forwarder.connections
    with pytest.raises(errors.AddressRefusedError):
        read(server, targets=(), resolver=lambda host, port: [ip])
    with pytest.raises(errors.AddressRefusedError):
        read(server, server.address(database="lain"), resolver=lambda host, port: ["10.1.2.3"])
    assert server.forwarder.connections == before


def test_s31_wrong_password_is_an_access_failure_that_names_no_secret(server: Any) -> None:
    recorder = Attempts()
    with pytest.raises(errors.AuthFailedError) as caught:
        read(server, server.address(password="salah-besar"), recorder=recorder)
    said = f"{caught.value} {caught.value.pesan} {caught.value.context} {recorder.all}"
    assert "salah-besar" not in said
    assert "pembaca" not in said


def test_s01_database_that_does_not_listen_is_down(server: Any) -> None:
    gone = server.address().replace(str(server.forwarder.port), "1")
    target = databases.Target("uji-db", HOST, "127.0.0.0/8", 1, "/")
    with pytest.raises(errors.SourceDownError):
        read(server, gone, targets=(target,))


def test_hv27_health_probe_asks_the_database_itself(server: Any) -> None:
    recorder = Attempts()
    opened(server, recorder=recorder).reach()
    gone = server.address().replace(str(server.forwarder.port), "1")
    target = databases.Target("uji-db", HOST, "127.0.0.0/8", 1, "/")
    with pytest.raises(errors.SourceDownError):
        opened(server, gone, targets=(target,)).reach()
    server.run("DROP TABLE izin")
    with pytest.raises(errors.HarvesterError):
        opened(server).reach()


def test_s03_missing_table_or_right_is_no_empty_list(server: Any) -> None:
    with pytest.raises((errors.UnreadableError, errors.AuthFailedError)):
        read(server, endpoint__path="tidak_ada")
    if server.driver == "postgresql":
        server.run("CREATE TABLE tertutup (kode text)", "REVOKE ALL ON tertutup FROM pembaca")
        with pytest.raises(errors.AuthFailedError):
            read(server, endpoint__path="tertutup")


def test_s20_missing_column_key_or_mark_is_drift(server: Any) -> None:
    for changes in (
        {"schema__fields": {"kode": "kode", "luas": "luas"}},
        {"primary_key": "nomor"},
        {"endpoint__incremental": {"cursor_path": "updated_at"}},
        {"primary_key": "nik"},
    ):
        with pytest.raises(errors.SchemaDriftError):
            read(server, **changes)


def test_s21_new_column_is_held_or_its_rows_left_out(server: Any) -> None:
    spec = parse(merged(BASE))
    connector = opened(server)
    connector.known_columns = ["kode", "nama", "jumlah"]
    with pytest.raises(errors.SchemaDriftError, match="diubah"):
        list(connector.pages())
    connector = opened(server, schema__contract={"columns": "discard_row"})
    connector.known_columns = ["kode", "nama", "jumlah"]
    server.run("UPDATE izin SET diubah = NULL WHERE kode = 'P4'")
    assert [row[0] for row in rows(list(connector.pages()))] == ["P4"]
    assert spec.secret_names == ("DB_IZIN",)


def test_each_statement_is_recorded_without_secrets(server: Any) -> None:
    recorder = Attempts()
    read(server, recorder=recorder)
    assert {one.outcome for one in recorder.all} == {"ok"}
    shown = f"{server.driver}://{HOST}:{server.forwarder.port}/pelayanan"
    assert {one.url for one in recorder.all} == {shown}
    assert PASSWORD not in str(recorder.all)


def test_missing_secret_is_named(server: Any) -> None:
    spec = parse(merged(BASE))
    client = Client(policy_for(spec, SqlConnector))
    with pytest.raises(errors.SecretMissingError, match="DB_IZIN"):
        SqlConnector(spec, client, now=NOW)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"client__base_url": "postgresql://u:pw@h/db"}, "client.base_url"),
        ({"client__base_url": "https://data.test/"}, "client.base_url"),
        ({"kind": "csv", "primary_key": None, "endpoint": {}}, "client.base_url"),
        ({"primary_key": None}, "primary_key"),
        (
            {"endpoint__incremental": {"cursor_path": "a", "start_param": "b"}},
            "endpoint.incremental.start_param",
        ),
        ({"endpoint__params": {"a": 1}}, "endpoint.params"),
    ],
)
def test_hv13_definition_holds_the_name_of_a_secret_only(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        parse(merged(BASE, **changes))
    assert where in [problem.path for problem in caught.value.problems]
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "https://u:p@h/db",
        "postgresql://u:p@/db?host=/tmp",
        "postgresql://u:p@h/db?hostaddr=127.0.0.1",
        "postgresql://u:p@h,i/db",
        "postgresql://h/db",
        "postgresql://u:p@h/",
        "postgresql://u:p@h/a/b",
        "postgresql://u:p@[h/db",
        "postgresql://u:p@h:x/db",
        "service=lain",
        "",
    ],
)
def test_s15_secret_that_is_no_plain_address_is_refused_unquoted(text: str) -> None:
    with pytest.raises(errors.AddressRefusedError) as caught:
        sql_address.parse(text)
    assert "u:p" not in str(caught.value)


def test_address_is_taken_apart() -> None:
    found = sql_address.parse("mariadb://pem%40baca:s%2Fandi@db.test/pelayanan")
    assert (found.driver, found.port, found.user, found.password) == ("mysql", 3306, "pem@baca", "s/andi")
    assert found.shown == "mysql://db.test:3306/pelayanan"


@pytest.mark.parametrize(("value", "wanted"), [(b"\x00\xff", "00ff"), (None, None), ({"a": 1}, {"a": 1})])
def test_values_of_drivers_are_made_plain(value: Any, wanted: Any) -> None:
    assert plain(value) == wanted


SAMPLE = {
    "album": ("album_id", 347),
    "artist": ("artist_id", 275),
    "customer": ("customer_id", 59),
    "employee": ("employee_id", 8),
    "genre": ("genre_id", 25),
    "invoice": ("invoice_id", 412),
    "invoice_line": ("invoice_line_id", 2_240),
    "media_type": ("media_type_id", 5),
    "playlist": ("playlist_id", 18),
    "playlist_track": (["playlist_id", "track_id"], 8_715),
    "track": ("track_id", 3_503),
}


@pytest.fixture(scope="module")
def music(chinook: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL that holds the sample database Chinook."""
    text = (chinook / "Chinook_PostgreSql.sql").read_text("utf-8-sig")
    kept = [line for line in text.splitlines() if not re.match(r"(DROP|CREATE) DATABASE|\\c ", line)]
    for server in started("postgresql", tmp_path_factory.mktemp("chinook")):
        server.fresh()
        server.run("\n".join(kept), "GRANT SELECT ON ALL TABLES IN SCHEMA public TO pembaca")
        yield server


@pytest.mark.parametrize("name", SAMPLE)
def test_hv39_tables_of_a_sample_database_are_read_by_their_key(music: Any, name: str) -> None:
    key, count = SAMPLE[name]
    names = [key] if isinstance(key, str) else list(key)
    fields = {one: {"path": one, "type": "integer"} for one in names}
    changes = {"endpoint": {"path": name}, "primary_key": key, "schema": {"fields": fields}}
    pages = list(opened(music, **changes).pages())
    assert pages[-1].complete
    found = rows(pages)
    assert len(found) == count
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("url", "likely"),
    [("postgresql://u@h/db", 0.95), ("mysql://u@h/db", 0.95), ("https://h/db", 0.0), ("mysql", 0.0)],
)
def test_sniff(url: str, likely: float) -> None:
    assert SqlConnector.sniff(url, b"") == likely
