"""The doctor finds what is wrong, says what to do, and fails then only (HV04, RL03)."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from mail_server import PLUGINS

from ckanext.jambi import ticks
from ckanext.jambi.doctor import Check, UnwellError, checks, databases, examine, registered
from ckanext.jambi.doctor.cli import doctor
from ckanext.jambi.harvest import checks as harvest_checks
from ckanext.jambi.notices import checks as notice_checks
from ckanext.jambi.vault import keys

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "with_request_context"),
]


def change(statement: str, **values: Any) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(statement), values)


@contextmanager
def process(*words: str) -> Iterator[int]:
    """Run a process with these words in its command line, until the end of the block."""
    # It says when it runs: until then the system may not show its command line yet.
    command = [sys.executable, "-c", "print(flush=True); input()", *words]
    pipe = subprocess.PIPE
    running = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
    try:
        running.stdout.readline()
        yield running.pid
    finally:
        running.communicate(b"\n")


def unwell(run: Any, text: str, *, warning: bool = False) -> str:
    with pytest.raises(UnwellError, match=text) as caught:
        run()
    assert caught.value.todo
    assert caught.value.warning is warning
    return caught.value.todo


@pytest.mark.parametrize("words", [("gather-consumer",), ("fetch-consumer",), ("run",), ("-v", "run")])
def test_hv04_a_stock_consumer_that_lives_fails(words: tuple[str, ...]) -> None:
    with process("harvester", *words) as pid:
        unwell(harvest_checks.consumers, str(pid))
    assert harvest_checks.consumers()


def test_hv04_our_own_commands_are_no_stock_consumers() -> None:
    with process("jambi", "harvest", "run"), process("harvester", "job-list"):
        assert harvest_checks.consumers()


def test_a_worker_that_is_silent_fails() -> None:
    unwell(harvest_checks.worker, "ever")
    ticks.run_due([ticks.Tick("uji", timedelta(hours=1), lambda: None)])
    assert harvest_checks.worker()
    change("UPDATE jambi_tick SET last_run_at = now() - interval '10 minutes'")
    assert "harvest worker" in unwell(harvest_checks.worker, "10 minutes")


def test_sources_without_approval_are_a_warning(apply_source: Any) -> None:
    apply_source(approve_by=None)
    unwell(harvest_checks.approvals, "uji-kunjungan", warning=True)
    apply_source()
    assert harvest_checks.approvals()


def test_duties_that_are_late_or_fail_are_named() -> None:
    def broken() -> None:
        raise ValueError("rusak")

    ticks.run_due([ticks.Tick("uji", timedelta(hours=1), broken)])
    unwell(checks.duties, r"uji \(ValueError: rusak\)")
    change("UPDATE jambi_tick SET due_at = now() - interval '1 hour', last_error = NULL")
    unwell(checks.duties, "Overdue: uji")
    change("UPDATE jambi_tick SET due_at = now()")
    assert checks.duties()


def test_services_answer() -> None:
    assert databases.main().startswith("PostgreSQL ")
    assert databases.datastore()
    assert databases.separate()
    assert checks.valkey()
    assert checks.clock_skew()
    assert checks.disk()


def test_a_database_that_is_away_is_named_with_its_option(
    ckan_config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ckan_config, "ckan.datastore.read_url", "postgresql://nobody@127.0.0.1:1/none")
    unwell(databases.datastore, "ckan.datastore.read_url")


@pytest.mark.ckan_config("ckan.redis.url", "redis://127.0.0.1:1/0")
def test_valkey_that_is_away_is_told(ckan_config: Any) -> None:
    from ckan.lib import redis

    before, redis._connection_pool = redis._connection_pool, None
    try:
        unwell(checks.valkey, "does not answer")
    finally:
        redis._connection_pool = before


def test_one_database_for_both_purposes_fails(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write_url = ckan_config["ckan.datastore.write_url"]
    monkeypatch.setitem(ckan_config, "ckan.datastore.write_url", ckan_config["sqlalchemy.url"])
    unwell(databases.separate, "shares CKAN's own database")
    monkeypatch.setitem(ckan_config, "ckan.datastore.write_url", write_url)
    monkeypatch.setitem(ckan_config, "ckan.datastore.read_url", write_url)
    unwell(databases.separate, "one role")


def test_a_reading_role_that_can_write_fails() -> None:
    with get_write_engine().begin() as connection:
        connection.execute(sa.text("CREATE TABLE public.uji_hak (a int)"))
        connection.execute(sa.text("GRANT INSERT ON public.uji_hak TO datastore_ro"))
    try:
        assert "set-permissions" in unwell(databases.permissions, "write 1 tables")
    finally:
        with get_write_engine().begin() as connection:
            connection.execute(sa.text("DROP TABLE public.uji_hak"))


def test_tables_that_are_behind_are_named(migrate: Callable[..., None]) -> None:
    assert checks.migrations()
    migrate("jambi_notices", "base", False)
    try:
        assert unwell(checks.migrations, "jambi_notices") == "ckan db upgrade"
    finally:
        migrate("jambi_notices")


def test_rl08_a_vault_key_that_others_may_read_fails(
    tmp_path: Path, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    path = tmp_path / "vault.key"
    path.write_bytes(base64.b64encode(secrets.token_bytes(32)))
    monkeypatch.setitem(ckan_config, "ckanext.jambi.vault.key_file", str(path))
    path.chmod(0o644)
    unwell(checks.vault_key, "chmod 0400")
    path.chmod(0o400)
    assert "file" in checks.vault_key()


def test_disk_and_clock_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "FREE_BYTES", 10**18)
    unwell(checks.disk, "GB are free")
    monkeypatch.setattr(checks, "SKEW", timedelta(seconds=-1))
    unwell(checks.clock_skew, "differ by")


def test_a_transaction_that_stays_open_over_events_is_told() -> None:
    with model.meta.engine.begin() as open_one:
        open_one.execute(sa.text("SELECT pg_current_xact_id()"))
        change(
            "INSERT INTO jambi_event (kind, public, payload, emitted_at)"
            " VALUES ('run.failed', false, '{}', now() - interval '1 hour')"
        )
        unwell(checks.outbox_age, "60 minutes")
    assert checks.outbox_age()


def test_mail_is_asked_for_and_tried(ckan_config: Any, mail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert notice_checks.smtp()
    monkeypatch.setitem(ckan_config, "smtp.server", "127.0.0.1:1")
    unwell(notice_checks.smtp, "does not take us")
    monkeypatch.setitem(ckan_config, "smtp.server", "")
    unwell(notice_checks.smtp, "No mail server", warning=True)
    monkeypatch.setitem(ckan_config, "ckanext.jambi.demo.enabled", False)
    unwell(notice_checks.smtp, "No mail server")


def test_notices_that_are_not_read_or_sent_are_told() -> None:
    assert notice_checks.unread()
    change(
        "INSERT INTO jambi_event (kind, public, payload, emitted_at)"
        " VALUES ('run.failed', false, '{}', now() - interval '1 hour')"
    )
    unwell(notice_checks.unread, "60 minutes")
    change(
        "INSERT INTO jambi_notice (id, about, event, day, subject, body, happened_at)"
        " VALUES ('n', 'a', 'down', now()::date, 's', 'b', now())"
    )
    change(
        "INSERT INTO jambi_notice_delivery (id, notice_id, recipient, state) VALUES ('d', 'n', 'r', 'failed')"
    )
    unwell(notice_checks.deliveries, "1 deliveries", warning=True)


def test_a_check_that_breaks_hides_no_other() -> None:
    def broken() -> str:
        raise ZeroDivisionError("kunci=rahasia-sekali")

    found = list(examine([Check("rusak", broken), Check("baik", lambda: "baik")]))
    assert [one.state for one in found] == ["failed", "ok"]
    assert "rahasia-sekali" not in found[0].text


def test_rooms_that_are_not_enabled_are_not_examined() -> None:
    names = {check.name for check in registered(["jambi"])}
    assert "options" in names
    assert not names & {"consumers", "smtp"}


def test_command_prints_a_line_a_check_and_fails_if_one_fails(command: Any) -> None:
    good = command(doctor, "--only", "postgresql", "--only", "databases")
    assert good.exit_code == 0
    assert [line[:4] for line in good.output.splitlines()] == ["ok  ", "ok  "]
    bad = command(doctor, "--json")
    found = {one["name"]: one for one in json.loads(bad.output)}
    assert bad.exit_code == 1
    assert found["worker"]["state"] == "failed"
    assert found["worker"]["todo"]
    assert len(found) == len(registered(PLUGINS.split()))
    assert command(doctor, "--only", "tidak-ada").exit_code == click.UsageError.exit_code
