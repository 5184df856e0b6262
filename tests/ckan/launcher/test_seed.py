from __future__ import annotations

import json
import stat
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.jambi.cli import jambi
from ckanext.jambi.freshness.ladder import panel
from ckanext.jambi.launcher.seed import ACCOUNTS
from ckanext.jambi.metadata import opd, vocabularies

pytestmark = [
    pytest.mark.ckan_config(
        "ckan.plugins",
        "jambi_freshness jambi_metadata jambi_search jambi scheming_datasets scheming_organizations",
    ),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def accounts_file(tmp_path: Path) -> Path:
    return tmp_path / "accounts.json"


@pytest.fixture
def seed(cli, accounts_file: Path):
    def run(demo: bool = True) -> str:
        options = ["--demo", "--accounts-file", str(accounts_file)] if demo else []
        result = cli.invoke(jambi, ["seed", *options])
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_seed_makes_organizations_topics_and_one_account_a_role(seed, action, accounts_file: Path) -> None:
    seed()

    assert set(action("organization_list")) == {agency.slug for agency in opd.agencies()}
    assert set(action("group_list")) == {term.kode for term in vocabularies.terms("topik")}
    written = json.loads(accounts_file.read_text())["accounts"]
    assert [one["name"] for one in written] == [account.name for account in ACCOUNTS]
    assert all(model.User.by_name(one["name"]).validate_password(one["password"]) for one in written)
    assert stat.S_IMODE(accounts_file.stat().st_mode) == 0o600


def test_seed_gives_each_account_the_rights_of_its_role(seed) -> None:
    seed()

    assert model.User.by_name("admin-portal").sysadmin
    for name, organization, permission, allowed in (
        ("walidata-pemeriksa", "walidata", "create_dataset", True),
        ("dinkes-admin", "dinkes", "admin", True),
        ("dinkes-editor", "dinkes", "create_dataset", True),
        ("dinkes-editor", "dinkes", "admin", False),
        ("inspektorat-panel", "inspektorat", "admin", True),
        ("warga", "dinkes", "create_dataset", False),
    ):
        rights = tk.get_action("organization_list_for_user")(
            {"user": name, "auth_user_obj": model.User.by_name(name)}, {"permission": permission}
        )
        assert (organization in [one["name"] for one in rights]) is allowed, (name, permission)


def test_f29_seed_makes_an_account_of_the_panel_that_decides_objections(seed) -> None:
    seed()

    may = [account.name for account in ACCOUNTS if panel.decides({"user": account.name})]
    assert may == ["inspektorat-panel"]


def test_second_seed_changes_nothing_and_writes_no_password(seed, action, accounts_file: Path) -> None:
    seed()
    action("organization_patch", id="dinkes", title="Dinas Kesehatan")
    accounts_file.unlink()
    output = seed()

    assert "All organizations exist." in output
    assert "All accounts exist." in output
    assert not accounts_file.exists()
    assert action("organization_show", id="dinkes")["title"] == "Dinas Kesehatan"


def test_seed_killed_before_the_accounts_keeps_the_passwords_of_its_file(seed, accounts_file: Path) -> None:
    stated = {"name": "warga", "password": "sudah-tertulis-12", "role": "citizen"}
    accounts_file.write_text(json.dumps({"accounts": [stated]}))
    seed()

    assert model.User.by_name("warga").validate_password("sudah-tertulis-12")


def test_m7_seed_keeps_facts_of_the_list_and_names_what_it_does_not_give(seed, action) -> None:
    output = seed()
    shown = action("organization_show", id="rsud-abdul-manap")
    gaps = {gap["field"] for gap in action("jambi_organization_gap_list", id="dinkes")["gaps"]}

    assert (shown["singkatan"], shown["jenis_opd"], shown["induk"]) == ("RSUD HAM", "rsud", "dinkes")
    assert shown["urusan"] == ["1.02"]
    assert "kepala_jabatan (47)" in output
    assert {"kepala_jabatan", "surel", "dasar_hukum"} <= gaps
    assert not gaps & {"name", "title", "singkatan", "jenis_opd", "urusan"}


def test_deleted_organization_is_not_made_again(seed, action) -> None:
    seed()
    action("organization_delete", id="kesbangpol")
    seed()

    assert "kesbangpol" not in action("organization_list")


def test_seed_without_demo_makes_no_accounts(seed, action) -> None:
    seed(demo=False)

    assert not set(action("user_list", all_fields=False)) & {account.name for account in ACCOUNTS}


def test_demo_without_a_file_for_the_passwords_is_refused(cli) -> None:
    result = cli.invoke(jambi, ["seed", "--demo"])

    assert result.exit_code == 2
    assert "--accounts-file" in result.output
