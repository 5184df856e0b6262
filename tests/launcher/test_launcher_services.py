"""The embedded services in awkward places: closed folders, deep folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckanext.jambi.launcher import child, databases
from ckanext.jambi.launcher.errors import ServiceError, StepError
from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.supervisor import Supervisor
from ckanext.jambi.launcher.valkey import Valkey

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Postgres]:
    tmp_path.chmod(0o711)
    postgres = Postgres(tmp_path / "pg", superuser="postgres")
    postgres.create()
    postgres.start()
    yield postgres
    postgres.stop()


def test_new_cluster_waits_for_the_disk_only_once_it_is_made(started: Postgres) -> None:
    assert started.sql("SHOW fsync") == "off"
    started.make_durable()
    settings = [started.sql(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
    assert settings == ["on", "on", "on"]


def test_databases_are_made_once_with_roles_that_rule_nothing(started: Postgres) -> None:
    databases.make(started)
    databases.make(started)
    databases.grant(started)
    rulers = started.sql("SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolsuper")
    assert rulers == "postgres"
    assert started.sql("SELECT has_database_privilege('datastore_ro', 'ckan', 'CONNECT')") == "f"
    assert started.sql("SELECT has_schema_privilege('datastore_ro', 'public', 'CREATE')", "datastore") == "f"


def test_f30_logs_of_an_older_data_folder_get_an_owner_of_their_own(started: Postgres) -> None:
    databases.make(started)
    body = "$$BEGIN RAISE 'append-only'; END$$"
    started.sql(
        "SET ROLE ckan; CREATE TABLE jambi_audit (seq int); CREATE TABLE jambi_other (seq int);"
        f" CREATE FUNCTION jambi_audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS {body};"
        " CREATE TRIGGER jambi_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON jambi_audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION jambi_audit_refuse_change()",
        "ckan",
    )
    for _ in range(2):
        databases.guard_logs(started)

    started.sql("SET ROLE ckan; INSERT INTO jambi_audit VALUES (1); UPDATE jambi_other SET seq = 1", "ckan")
    for change in ("DELETE FROM jambi_audit", "DROP TABLE jambi_audit", "DROP SCHEMA public CASCADE"):
        with pytest.raises(ServiceError, match=r"permission denied|must be owner"):
            started.sql(f"SET ROLE ckan; {change}", "ckan")


def test_deep_folder_gets_short_sockets_that_are_removed(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    postgres, valkey = Postgres(deep / "pg"), Valkey(deep / "valkey")
    postgres.create()
    postgres.start()
    valkey.start()
    outside = [postgres.socket, valkey.socket.parent]
    assert postgres.sql("SELECT 1") == "1"
    assert not any(folder.is_relative_to(tmp_path) for folder in outside)
    valkey.stop()
    postgres.stop()
    assert not any(folder.exists() for folder in outside)


@pytest.mark.skipif(not AS_ROOT, reason="only root must become somebody else")
def test_root_runs_postgresql_below_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    postgres = Postgres(tmp_path / "pg")
    postgres.create()
    postgres.start()
    assert postgres.process
    owner = Path(f"/proc/{postgres.process.pid}").stat().st_uid
    assert postgres.sql("SELECT 1") == "1"
    assert owner != 0
    assert tmp_path.stat().st_mode & 0o077 == 0, "no folder is opened for it"
    postgres.stop()


def test_valkey_keeps_its_data_over_a_stop(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "valkey")
    valkey.start()
    assert valkey.answers()
    valkey.stop()
    assert not valkey.answers()


def test_failed_command_shows_the_end_of_its_log(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json", print, os.getpid())
    command = child.Command("sources", ("sh", "-c", "echo no such source; exit 3"), tmp_path / "setup.log")
    with pytest.raises(StepError, match=r"`sources` ended with status 3(.|\n)*no such source"):
        supervisor.call(command)


def test_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "processes.json", print, os.getpid())
    command = child.Command("slow", ("sleep", "600"), tmp_path / "setup.log")
    with pytest.raises(StepError, match="took more than"):
        supervisor.call(command, timeout_seconds=0.3)
    assert child.children_of(os.getpid()) == []
