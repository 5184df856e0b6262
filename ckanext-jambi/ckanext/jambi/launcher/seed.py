"""`ckan jambi seed`: organizations, topics and, for a demonstration, accounts.

Runs as often as wanted: what exists stays as it is. Imports CKAN only when the command is called.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ckanext.jambi.launcher import jsonfile

PASSWORD_BYTES = 12
DOMAIN = "example.go.id"


@dataclass(frozen=True)
class Account:
    """One demonstration account: a role, never a person."""

    name: str
    fullname: str
    role: str
    organization: str = ""


ACCOUNTS = (
    Account("admin-portal", "Akun peraga: pengelola portal", "sysadmin"),
    Account("walidata-pemeriksa", "Akun peraga: walidata", "editor", "walidata"),
    Account("dinkes-admin", "Akun peraga: walidata pendukung Dinas Kesehatan", "admin", "dinkes"),
    Account("dinkes-editor", "Akun peraga: produsen data Dinas Kesehatan", "editor", "dinkes"),
    Account("inspektorat-panel", "Akun peraga: panel sanggahan (Inspektorat)", "admin", "inspektorat"),
    Account("warga", "Akun peraga: warga", "citizen"),
)


@click.command(short_help="Make organizations, topics and demonstration accounts.")
@click.option("--demo", is_flag=True, help="Make an account for each role too.")
@click.option(
    "--accounts-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the passwords of new accounts are written, once, for the owner's eyes only.",
)
@click.option("--present", metavar="TIME", help="Until when the demonstration gets a past (default: now).")
def seed(demo: bool, accounts_file: Path | None, present: str | None) -> None:
    """Make what a new portal needs: organizations of config/opd.yaml, groups of the topics.

    With --demo it makes an account for each role, with a random password that only the file named
    by --accounts-file tells. What exists already is left alone.
    """
    if demo and accounts_file is None:
        raise click.UsageError("--demo needs --accounts-file: nobody else learns the passwords.")
    from ckanext.jambi.metadata import seeding

    click.echo(_told("organizations", seeding.seed_organizations()))
    click.echo(_told("topics", seeding.seed_topics()))
    missing = ", ".join(f"{field} ({count})" for field, count in seeding.missing_fields().items())
    if missing:
        click.echo(f"config/opd.yaml does not give: {missing}. Fill these in on the organizations' pages.")
    if demo and accounts_file is not None:
        click.echo(_told("accounts", make_accounts(accounts_file)))
        until = datetime.fromisoformat(present) if present else datetime.now(UTC)
        click.echo(_told("promises", make_promises(until)))


def make_promises(until: datetime) -> list[str]:
    """Put the shipped policy, calendar and posts in force and take the demonstration's Daftar Data.

    An item counts from the day on which the demonstration begins to ask for its data at its pace.
    """
    from ckan import model

    from ckanext.jambi.freshness.promises import adopting, file
    from ckanext.jambi.harvest import history
    from ckanext.jambi.metadata import opd

    config = opd.CHECKOUT_FILE.parent
    for name in ("policy/v1.yaml", "calendar/v1.yaml", "posts.yaml"):
        adopting.adopt(config / name)
    items = file.load(config / "daftar-data.yaml")
    for item in items:
        item["valid_from"] = history.first_day(item["frequency"], until).isoformat()
    made = adopting.put(items, "Daftar Data peraga")
    model.Session.commit()
    return made


def make_accounts(path: Path) -> list[str]:
    """Create the demonstration accounts that are missing; return their names.

    The file is written before the accounts are made, so that a kill in between loses no password: the
    next call takes those of the file.
    """
    import ckan.plugins.toolkit as tk

    users = tk.get_action("user_list")({"ignore_auth": True}, {"all_fields": False})
    missing = [one for one in ACCOUNTS if one.name not in users]
    if not missing:
        return []
    passwords = _write_passwords(path, missing)
    for account in missing:
        _make(account, passwords[account.name])
    return [account.name for account in missing]


def _write_passwords(path: Path, accounts: Sequence[Account]) -> dict[str, str]:
    known = {one["name"]: one for one in jsonfile.read(path).get("accounts", [])}
    for account in accounts:
        known.setdefault(account.name, _entry(account))
    jsonfile.write(path, {"accounts": list(known.values())})
    return {name: entry["password"] for name, entry in known.items()}


def _entry(account: Account) -> dict[str, str]:
    place = {"organization": account.organization} if account.organization else {}
    return {
        "name": account.name,
        "password": secrets.token_urlsafe(PASSWORD_BYTES),
        "role": account.role,
        **place,
    }


def _make(account: Account, password: str) -> None:
    import ckan.plugins.toolkit as tk

    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]

    def act(action: str, **data: Any) -> Any:
        return tk.get_action(action)({"user": site_user, "ignore_auth": True}, data)

    made = act(
        "user_create",
        name=account.name,
        fullname=account.fullname,
        email=f"{account.name}@{DOMAIN}",
        password=password,
    )
    if account.role == "sysadmin":
        act("user_patch", id=made["id"], sysadmin=True)
    elif account.organization:
        act(
            "organization_member_create",
            id=account.organization,
            username=account.name,
            role=account.role,
        )


def _told(what: str, made: list[str]) -> str:
    return f"{len(made)} {what} made: {', '.join(made)}." if made else f"All {what} exist."
