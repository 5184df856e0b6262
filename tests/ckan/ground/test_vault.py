from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import stat
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.jambi import ledger, log_masks, vault
from ckanext.jambi.cli import jambi
from ckanext.jambi.vault import keys

CANARY = "kenari-9f2c1b7a55e0"

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_search jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "vault.key"
    keys.write(path, [keys.made()])
    monkeypatch.setitem(tk.config, "ckanext.jambi.vault.key_file", str(path))
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    return path


def put(organization_id: str = "org", name: str = "SIMPUS", value: str = CANARY) -> None:
    vault.put(model.Session.connection(), organization_id, name, value, set_by="u")
    model.Session.commit()


def revealed(organization_id: str = "org", name: str = "SIMPUS") -> str | None:
    found = vault.reveal(model.Session.connection(), organization_id, [name]).get(name)
    model.Session.commit()
    return found


def dump() -> bytes:
    """Return every row of every table as text, as a dump holds them."""
    with model.meta.engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        rows = [
            connection.execute(sa.text(f'SELECT t::text FROM "{name}" t')).scalars().all() for name in tables
        ]
    return "\n".join(row for table in rows for row in table).encode()


def traces(value: str) -> list[bytes]:
    plain = value.encode()
    return [plain, plain.hex().encode(), base64.b64encode(plain).rstrip(b"=")]


@pytest.mark.usefixtures("key_file")
def test_rl08_secret_comes_back_only_for_its_organization_and_name() -> None:
    put()

    assert revealed() == CANARY
    assert revealed("other") is None
    assert revealed(name="LAIN") is None


@pytest.mark.usefixtures("key_file")
def test_rl08_a_dump_of_the_database_reveals_no_secret_and_no_hash_of_one() -> None:
    put()
    revealed()

    held = dump()

    assert b"SIMPUS" in held
    assert not [trace for trace in traces(CANARY) if trace in held]
    assert hashlib.sha256(CANARY.encode()).hexdigest().encode() not in held


@pytest.mark.usefixtures("key_file")
def test_rl08_box_laid_into_another_row_does_not_open_there() -> None:
    put()
    put("other", "SIMPUS", "sandi lain")
    swap = "UPDATE jambi_secret SET box = (SELECT box FROM jambi_secret WHERE organization_id = 'org')"
    model.Session.execute(sa.text(f"{swap} WHERE organization_id = 'other'"))
    model.Session.commit()

    with pytest.raises(vault.VaultError, match="altered"):
        revealed("other")


@pytest.mark.usefixtures("key_file")
def test_rl08_list_shows_name_fingerprint_and_times_but_no_value() -> None:
    put()
    before = vault.listed(model.Session.connection(), "org")[0]
    revealed()
    after = vault.listed(model.Session.connection(), "org")[0]

    assert before.fingerprint == hashlib.sha256(CANARY.encode()).hexdigest()[-4:]
    assert (before.name, before.set_by, before.used_at) == ("SIMPUS", "u", None)
    assert after.used_at is not None
    assert CANARY not in repr(after)


def test_rl08_rotation_encrypts_everything_anew_and_drops_the_old_key(key_file: Path) -> None:
    put()
    put(name="LAIN", value="sandi lain")
    old = keys.load().current.id

    done = vault.rotate(model.meta.engine)

    assert (done.secrets, done.retired) == (2, (old,))
    assert [key.id for key in keys.load().keys] == [done.key_id] != [old]
    assert set(model.Session.execute(sa.text("SELECT key_id FROM jambi_secret")).scalars()) == {done.key_id}
    assert (revealed(), revealed(name="LAIN")) == (CANARY, "sandi lain")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o400


def test_rl08_rotation_cut_off_before_its_end_leaves_keys_that_open_everything(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put()
    written, count = keys.write, []

    def once(path: Path, ring: object) -> None:
        count.append(1)
        if len(count) == 2:
            raise OSError("no space")
        written(path, ring)

    monkeypatch.setattr(keys, "write", once)
    with pytest.raises(OSError, match="no space"):
        vault.rotate(model.meta.engine)
    monkeypatch.setattr(keys, "write", written)

    assert revealed() == CANARY
    assert vault.rotate(model.meta.engine).secrets == 1
    assert len(keys.load().keys) == 1


def test_rl08_rotation_with_keys_of_the_environment_uses_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    monkeypatch.setenv(keys.VARIABLE, first)
    put()
    monkeypatch.setenv(keys.VARIABLE, f"{second},{first}")

    vault.rotate(model.meta.engine)

    monkeypatch.setenv(keys.VARIABLE, second)
    assert revealed() == CANARY


def test_rl08_key_file_that_others_can_read_is_refused(key_file: Path) -> None:
    key_file.chmod(0o440)

    with pytest.raises(vault.KeyFileError, match="chmod 0400"):
        put()


@pytest.mark.parametrize("text", ["", "short\n", "AAAA\n"])
def test_rl08_key_file_without_a_key_is_refused(key_file: Path, text: str) -> None:
    key_file.chmod(0o600)
    key_file.write_text(text)

    with pytest.raises(vault.KeyFileError, match="openssl rand"):
        put()


def test_rl08_lost_key_is_named_and_the_list_still_answers(key_file: Path) -> None:
    put()
    keys.write(key_file, [keys.made()])

    with pytest.raises(vault.KeyMissingError, match="restore it"):
        revealed()
    assert vault.listed(model.Session.connection(), "org")[0].fingerprint is None


@pytest.mark.usefixtures("key_file")
@pytest.mark.parametrize(("name", "value"), [("kecil", "x"), ("A", "x"), ("BAIK", ""), ("BAIK", "a\0b")])
def test_rl08_bad_name_or_value_is_refused(name: str, value: str) -> None:
    with pytest.raises(vault.VaultError):
        put(name=name, value=value)


@pytest.mark.usefixtures("key_file")
def test_rl09_log_lines_are_masked_in_message_arguments_and_exception(caplog) -> None:
    put()
    log_masks.install()
    log = logging.getLogger("ckanext.jambi.uji")
    try:
        raise ValueError(f"bad answer for {CANARY}")
    except ValueError:
        log.exception("Could not read %s with %s", "https://x.example/?token=abcdef", CANARY)

    text = logging.Formatter().format(caplog.records[-1])
    assert "bad answer for ***" in text
    assert CANARY not in text
    assert "abcdef" not in text


def keepers() -> tuple[dict, dict, dict]:
    admin, editor = factories.User(), factories.User()
    users = [{"name": admin["name"], "capacity": "admin"}, {"name": editor["name"], "capacity": "editor"}]
    return admin, editor, factories.Organization(users=users)


@pytest.mark.usefixtures("key_file")
def test_hv13_admin_sets_lists_and_deletes_and_the_ledger_tells_of_it() -> None:
    admin, _, organization = keepers()
    context = {"user": admin["name"]}
    own = {"organization_id": organization["name"], "name": "SIMPUS"}

    tk.get_action("jambi_secret_update")(dict(context), {**own, "value": CANARY})
    shown = tk.get_action("jambi_secret_list")(dict(context), {"organization_id": organization["name"]})
    tk.get_action("jambi_secret_delete")(dict(context), dict(own))

    assert [one["name"] for one in shown] == ["SIMPUS"]
    assert CANARY not in repr(shown)
    assert revealed(organization["id"]) is None
    rows = model.Session.execute(sa.text("SELECT action, object, actor FROM jambi_audit ORDER BY seq")).all()
    place = f"secret:{organization['id']}/SIMPUS"
    assert rows == [("secret.write", place, admin["id"]), ("secret.delete", place, admin["id"])]
    assert ledger.verify().ok


@pytest.mark.usefixtures("key_file")
@pytest.mark.parametrize("name", ["jambi_secret_list", "jambi_secret_update", "jambi_secret_delete"])
def test_hv13_editors_and_strangers_keep_no_secrets(name: str) -> None:
    _, editor, organization = keepers()
    data = {"organization_id": organization["id"], "name": "SIMPUS", "value": CANARY}
    if name == "jambi_secret_list":
        data = {"organization_id": organization["id"]}

    for user in (editor["name"], factories.User()["name"], ""):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action(name)({"user": user}, dict(data))


def test_hv13_without_a_key_the_action_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    admin, _, organization = keepers()
    data = {"organization_id": organization["id"], "name": "SIMPUS", "value": CANARY}

    with pytest.raises(tk.ValidationError, match=r"vault\.key_file"):
        tk.get_action("jambi_secret_update")({"user": admin["name"]}, data)


@pytest.mark.usefixtures("key_file")
def test_hv13_commands_take_the_value_from_standard_input_and_never_print_it(cli) -> None:
    organization = factories.Organization()["name"]

    results = [
        cli.invoke(jambi, ["secret", "set", organization, "SIMPUS"], input=f"{CANARY}\n"),
        cli.invoke(jambi, ["secret", "list", organization]),
        cli.invoke(jambi, ["secret", "rotate"]),
        cli.invoke(jambi, ["secret", "remove", organization, "SIMPUS"]),
    ]
    missing = cli.invoke(jambi, ["secret", "remove", organization, "SIMPUS"])

    assert [one.exit_code for one in results] == [0, 0, 0, 0]
    assert "SIMPUS" in results[1].output
    assert CANARY not in "".join(one.output for one in results)
    assert missing.exit_code == 1
    actions = model.Session.execute(sa.text("SELECT action FROM jambi_audit ORDER BY seq")).scalars()
    assert list(actions) == ["secret.write", "secret.rotate", "secret.delete"]
