"""Whoever holds the portal's own role can add to the logs and read them, and nothing else (F30, RL10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.db import _run_migrations

import services
from ckanext.jambi import append_only, ledger
from ckanext.jambi.cli import jambi
from ckanext.jambi.doctor import UnwellError, databases

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi_metadata jambi scheming_datasets"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]

LOGS = [
    "jambi_audit",
    "jambi_freshness_observation",
    "jambi_freshness_posts",
    "jambi_freshness_report_file",
    "jambi_freshness_writing",
]
REPORTS = "jambi_freshness_report"
CHANGES = [
    "UPDATE {log} SET seq = seq",
    "DELETE FROM {log}",
    "TRUNCATE {log} CASCADE",
    "DROP TRIGGER {log}_append_only ON {log}",
    "ALTER TABLE {log} DISABLE TRIGGER ALL",
    "ALTER TABLE {log} ADD COLUMN more text",
    "CREATE RULE away AS ON INSERT TO {log} DO INSTEAD NOTHING",
    "DROP TABLE {log} CASCADE",
]


def refused(statement: str) -> str:
    """Try a statement as the portal's own role and return why it is refused."""
    with pytest.raises(sa.exc.ProgrammingError) as caught, model.meta.engine.begin() as connection:
        connection.execute(sa.text(statement))
    return str(caught.value.orig)


@pytest.fixture
def handed_back() -> Iterator[Callable[[str], None]]:
    """Return what makes the portal's role the owner of a log, as before this rule; all is mended at the end."""

    def hand_back(log: str) -> None:
        services.run_script(f"ALTER TABLE {log} OWNER TO {services.ROLE};")

    yield hand_back
    services.run_script(append_only.script(services.ROLE, services.MAIN))


@pytest.mark.parametrize("log", [*LOGS[:3], LOGS[4]])
@pytest.mark.parametrize("statement", CHANGES)
def test_f30_portal_role_cannot_change_a_log(log: str, statement: str) -> None:
    assert "permission denied" in (told := refused(statement.format(log=log))) or "must be owner" in told


@pytest.mark.parametrize(
    "statement",
    [
        f"SET ROLE {append_only.OWNER}",
        f"SET ROLE {append_only.UPGRADER}",
        f"GRANT {append_only.OWNER} TO CURRENT_USER",
        "DROP SCHEMA public CASCADE",
        "CREATE OR REPLACE FUNCTION jambi_audit_refuse_change() RETURNS trigger LANGUAGE sql AS ''",
        f"DROP TRIGGER {REPORTS}_final ON {REPORTS}",
        f"DELETE FROM {REPORTS}",
        "DELETE FROM jambi_freshness_report_file",
    ],
)
def test_f30_portal_role_cannot_become_who_could(statement: str) -> None:
    assert "permission denied" in (told := refused(statement)) or "must be owner" in told


def test_f30_portal_role_holds_insert_and_select_only() -> None:
    query = (
        "SELECT relname, string_agg(privilege_type, ' ' ORDER BY privilege_type) FROM pg_class, aclexplode(relacl) a"
        " WHERE a.grantee = CAST('ckan' AS regrole) AND relname = ANY(:logs) GROUP BY relname"
    )
    held = dict(model.Session.execute(sa.text(query), {"logs": [*LOGS, REPORTS]}).all())

    assert held == dict.fromkeys(LOGS, "INSERT SELECT") | {REPORTS: "INSERT SELECT UPDATE"}


def test_f30_trigger_refuses_even_whom_rights_do_not_bind() -> None:
    engine = sa.create_engine(services.url(), poolclass=sa.pool.NullPool)
    with pytest.raises(sa.exc.ProgrammingError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM jambi_audit"))


def test_f30_rows_are_added_with_these_rights() -> None:
    ledger.record(ledger.Entry(action="secret.write", object="secret:1"))
    model.Session.commit()

    assert ledger.verify().rows == 1


def test_doctor_names_logs_that_the_portal_role_could_change(handed_back: Callable[[str], None]) -> None:
    assert databases.logs()
    handed_back("jambi_audit")

    with pytest.raises(
        UnwellError, match=r"could change or drop logs that only grow: jambi_audit\."
    ) as caught:
        databases.logs()

    assert "guard-logs" in caught.value.todo


def test_doctor_names_a_log_that_lost_its_trigger(handed_back: Callable[[str], None]) -> None:
    services.run_script("ALTER TRIGGER jambi_audit_append_only ON jambi_audit RENAME TO kept;")
    assert databases.logs()
    services.run_script("DROP TRIGGER kept ON jambi_audit;")
    try:
        with pytest.raises(UnwellError, match="jambi_audit"):
            databases.logs()
    finally:
        services.run_script(
            "CREATE TRIGGER jambi_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON jambi_audit"
            " FOR EACH STATEMENT EXECUTE FUNCTION jambi_audit_refuse_change();"
        )


def test_script_of_the_command_hands_over_what_an_older_portal_made(
    cli, handed_back: Callable[[str], None]
) -> None:
    for log in [*LOGS, REPORTS]:
        handed_back(log)
    services.run_script(f"ALTER DATABASE {services.MAIN} OWNER TO {services.ROLE};")

    printed = cli.invoke(jambi, ["guard-logs"])
    services.run_script(printed.output)

    assert printed.exit_code == 0
    assert databases.logs()
    assert "permission denied" in refused("DELETE FROM jambi_audit")


def test_migrations_as_the_portal_role_say_which_role_is_needed() -> None:
    with pytest.raises(RuntimeError, match=append_only.UPGRADER):
        _run_migrations("jambi", "base", False)

    assert databases.logs()


def test_tables_made_by_an_upgrade_belong_to_the_portal_and_logs_to_their_owner(
    migrate: Callable[..., None],
) -> None:
    migrate("jambi", "base", False)
    migrate("jambi")

    owner = sa.text("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = :name")
    assert model.Session.scalar(owner, {"name": "jambi_audit"}) == append_only.OWNER
    assert model.Session.scalar(owner, {"name": "jambi_event"}) == services.ROLE
    assert model.Session.scalar(owner, {"name": "jambi_alembic_version"}) == services.ROLE
    assert tk.config["sqlalchemy.url"].startswith("postgresql://ckan@")
