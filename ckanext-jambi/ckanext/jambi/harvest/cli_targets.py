"""Commands `ckan jambi target …`: the allowlist of internal addresses (harvesting.md 3.1)."""

from __future__ import annotations

import json

import click

from ckanext.jambi.harvest.cli_acting import call


@click.group("target")
def targets() -> None:
    """Internal addresses that sources may use: list, add, remove."""


@targets.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_context
def list_targets(ctx: click.Context, as_json: bool) -> None:
    """List the allowlist."""
    rows = call(ctx, "jambi_target_list", None)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        place = f"{row['host']} {row['cidr']} :{row['port']}{row['path_prefix']}"
        click.echo(f"{row['name']:24} {place:48} {row['expires_at'] or 'for ever':32} {row['reason']}")


@targets.command("add")
@click.argument("name")
@click.option("--host", required=True, help="Host name in the source's address.")
@click.option("--cidr", required=True, help="Range that its address must lie in, such as 10.1.2.0/24.")
@click.option("--port", required=True, type=click.IntRange(1, 65535))
@click.option("--path-prefix", default="/", show_default=True, help="Paths must begin so.")
@click.option("--reason", required=True, help="Why, in at least 10 characters.")
@click.option("--expires-at", help="Until when, such as 2027-06-30; for ever if left out.")
@click.option("--user", required=True, help="Who allows it: a sysadmin.")
@click.pass_context
def add(ctx: click.Context, name: str, user: str, expires_at: str | None, **values: str | int) -> None:
    """Allow an internal address to sources whose `guard.internal_target` is NAME; replaces that entry."""
    until = {"expires_at": expires_at} if expires_at else {}
    call(ctx, "jambi_target_create", user, name=name, **values, **until)
    click.echo(f"{name}: allowed")


@targets.command("remove")
@click.argument("name")
@click.option("--user", required=True, help="Who takes it away: a sysadmin.")
@click.pass_context
def remove(ctx: click.Context, name: str, user: str) -> None:
    """Take NAME from the allowlist; sources that use it fail from their next request on."""
    call(ctx, "jambi_target_delete", user, name=name)
    click.echo(f"{name}: removed")
