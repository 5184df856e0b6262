"""`ckan jambi secret`: values come from standard input, and only names go out."""

from __future__ import annotations

import sys

import ckan.plugins.toolkit as tk
import click
from ckan import model

from ckanext.jambi import ledger, vault
from ckanext.jambi.vault import rotation


@click.group()
def secret() -> None:
    """Keep the secrets of organizations: set, list, remove, rotate."""


@secret.command("set")
@click.argument("organization")
@click.argument("name")
def set_value(organization: str, name: str) -> None:
    """Store the secret NAME of ORGANIZATION; its value is read from standard input.

    One line end at its end is left out. A definition names it as `secret:NAME`.
    """
    organization_id = _organization(organization)
    value = click.prompt("Value", hide_input=True) if sys.stdin.isatty() else sys.stdin.read()
    by = ledger.command_line()
    try:
        vault.put(
            model.Session.connection(), organization_id, name, value.removesuffix("\n"), set_by=by["actor"]
        )
    except vault.VaultError as err:
        raise click.ClickException(str(err)) from err
    ledger.record(ledger.Entry(action="secret.write", object=f"secret:{organization_id}/{name}", **by))
    model.Session.commit()
    click.echo(f"{name} is stored.")


@secret.command("list")
@click.argument("organization")
def list_names(organization: str) -> None:
    """List the secrets of ORGANIZATION: name, end of the fingerprint, set by, set at, last used."""
    for one in vault.listed(model.Session.connection(), _organization(organization)):
        used = f"{one.used_at:%Y-%m-%d %H:%M}" if one.used_at else "never"
        fingerprint = one.fingerprint or "no key"
        click.echo(f"{one.name:32} {fingerprint:8} {one.set_by:38} {one.set_at:%Y-%m-%d %H:%M}  {used}")


@secret.command()
@click.argument("organization")
@click.argument("name")
def remove(organization: str, name: str) -> None:
    """Delete the secret NAME of ORGANIZATION."""
    organization_id = _organization(organization)
    if not vault.remove(model.Session.connection(), organization_id, name):
        raise click.ClickException(f"{organization} has no secret {name}.")
    entry = ledger.Entry(
        action="secret.delete", object=f"secret:{organization_id}/{name}", **ledger.command_line()
    )
    ledger.record(entry)
    model.Session.commit()
    click.echo(f"{name} is deleted.")


@secret.command()
def rotate() -> None:
    """Encrypt all secrets by a new key; the portal need not stop."""
    try:
        done = vault.rotate(model.meta.engine)
    except vault.VaultError as err:
        raise click.ClickException(str(err)) from err
    ledger.record(rotation.entry(done))
    model.Session.commit()
    click.echo(f"{done.secrets} secrets are encrypted by key {done.key_id}.")
    if done.retired:
        click.echo(f"Backups made before need: {', '.join(done.retired)}")


def _organization(name: str) -> str:
    found = model.Group.get(name)
    if found is None or not found.is_organization:
        raise click.ClickException(tk._("There is no organization {name}.").format(name=name))
    return found.id
