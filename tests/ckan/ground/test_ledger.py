from __future__ import annotations

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

import services
from ckanext.jambi import chain, ledger
from ckanext.jambi.cli import jambi
from ckanext.jambi.ledger.recording import EntryError
from ckanext.jambi.ledger.rows import GENESIS

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def note(number: int, **over: object) -> int:
    values = {"action": "quarantine.approve", "object": f"quarantine:{number}", "reason": "Sudah diperiksa"}
    return ledger.record(ledger.Entry(**values | over))


def filled(rows: int = 5) -> None:
    for number in range(rows):
        note(number)
    model.Session.commit()


def tamper(statement: str) -> None:
    """Do what only a superuser can: switch the triggers off."""
    with services.superuser() as connection:
        connection.execute(sa.text(statement))


def test_p13_untouched_ledger_is_sound_and_ends_in_its_last_hash() -> None:
    filled()

    verdict = ledger.verify()

    last = model.Session.scalar(sa.text("SELECT row_hash FROM jambi_audit WHERE seq = 5"))
    assert verdict.ok
    assert (verdict.rows, verdict.root) == (5, bytes(last).hex())


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE jambi_audit SET reason = 'lain' WHERE seq = 3", 3),
        ("UPDATE jambi_audit SET recorded_at = recorded_at - interval '1 day' WHERE seq = 1", 1),
        ("UPDATE jambi_audit SET reason = 'lain', row_hash = sha256('lain') WHERE seq = 3", 3),
        ("UPDATE jambi_audit SET actor = 'x' WHERE seq = 5", 5),
        ("DELETE FROM jambi_audit WHERE seq = 2", 2),
        ("DELETE FROM jambi_audit WHERE seq = 1", 1),
    ],
)
def test_p13_altered_row_is_named(statement: str, seq: int) -> None:
    filled()
    tamper(statement)

    verdict = ledger.verify()

    assert not verdict.ok
    assert verdict.seq == seq


def test_p13_altered_row_with_a_hash_made_to_fit_is_named() -> None:
    filled()
    before = model.Session.scalar(sa.text("SELECT row_hash FROM jambi_audit WHERE seq = 2"))
    lines = list(ledger.export())
    forged = lines[2][65:-1].replace(b"Sudah", b"Belum")
    own = chain.link(bytes(before), forged).hex()
    tamper(f"UPDATE jambi_audit SET reason = 'Belum diperiksa', row_hash = '\\x{own}' WHERE seq = 3")

    verdict = ledger.verify()

    assert (verdict.seq, verdict.error) == (3, "the row was altered together with its hash")


def test_p13_rows_cut_off_at_the_end_are_found_by_a_root_noted_before() -> None:
    filled()
    root = ledger.verify().root
    tamper("DELETE FROM jambi_audit WHERE seq > 3")

    assert ledger.verify().ok
    assert ledger.verify(root).seq == 4


@pytest.mark.parametrize(
    "statement", ["UPDATE jambi_audit SET reason = ''", "DELETE FROM jambi_audit", "TRUNCATE jambi_audit"]
)
def test_rl10_changes_are_refused(statement: str) -> None:
    filled(1)

    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        model.Session.execute(sa.text(statement))
    model.Session.rollback()
    assert ledger.verify().rows == 1


def test_rl10_the_application_role_has_no_right_to_change_rows() -> None:
    granted = model.Session.execute(
        sa.text("SELECT unnest(relacl)::text FROM pg_class WHERE relname = 'jambi_audit'")
    ).scalars()

    rights = {one.split("=")[0]: one.split("=")[1].split("/")[0] for one in granted}
    assert rights
    assert not any(set(letters) & set("wdD") for letters in rights.values())


def test_entry_of_a_rolled_back_transaction_leaves_no_gap() -> None:
    note(1)
    model.Session.rollback()
    assert note(2) == 1
    model.Session.commit()

    assert ledger.verify().rows == 1


def test_export_is_checked_without_a_portal() -> None:
    filled()

    lines = list(ledger.export())

    checked = chain.verify(lines, GENESIS)
    assert checked.ok
    assert checked.root == ledger.verify().root
    assert chain.verify([lines[0], lines[1].replace(b"Sudah", b"Belum")], GENESIS).errors[0].seq == 2


def test_p13_any_text_is_written_alike_on_both_sides() -> None:
    odd = "".join(map(chr, range(1, 0x250))) + "\u2028\u2029\ufeff\uffff\U0001f30a"
    note(1, reason=odd, actor=odd, after=odd)
    model.Session.commit()

    assert ledger.verify().ok
    assert chain.verify(ledger.export(), GENESIS).ok


def test_entry_names_its_actor() -> None:
    user = factories.User()

    assert ledger.actor({"user": user["name"]}) == {"actor": user["id"], "actor_class": "person"}
    assert ledger.actor({"user": ""}) == {"actor_class": "system"}
    assert ledger.command_line()["actor"].startswith("cli:")


def test_entry_keeps_the_request_id_of_the_proxy(app) -> None:
    with app.flask_app.test_request_context(headers={"X-Request-ID": "abc-123"}):
        note(1)
        model.Session.commit()
    with app.flask_app.test_request_context(headers={"X-Request-ID": "a b\x01"}):
        note(2)
        model.Session.commit()

    found = model.Session.execute(sa.text("SELECT request_id FROM jambi_audit ORDER BY seq")).scalars()
    assert list(found) == ["abc-123", None]


@pytest.mark.parametrize(
    "over", [{"action": "approve"}, {"object": "quarantine"}, {"actor_class": "robot"}, {"reason": "a\0b"}]
)
def test_entry_that_nobody_could_read_is_refused(over: dict[str, str]) -> None:
    with pytest.raises(EntryError):
        note(1, **over)


def test_commands_check_and_export(cli, tmp_path) -> None:
    filled(3)

    good = cli.invoke(jambi, ["audit", "verify"])
    written = cli.invoke(jambi, ["audit", "export", "--output", str(tmp_path / "audit.log")])
    tamper("UPDATE jambi_audit SET actor = 'x' WHERE seq = 2")
    bad = cli.invoke(jambi, ["audit", "verify"])

    assert (good.exit_code, written.exit_code, bad.exit_code) == (0, 0, 1)
    assert good.output.startswith("3 rows are sound")
    assert len((tmp_path / "audit.log").read_bytes().splitlines()) == 3
    assert "Row 2" in bad.output
