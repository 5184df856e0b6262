"""`ckan jambi freshness`: the commands that need no portal, the log, and what was promised."""

from __future__ import annotations

import gzip
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ckanext.jambi.freshness.offline import InstantOption, state, verify


@click.group(commands=[state, verify])
def freshness() -> None:
    """Judge data, check and export the log of evidence."""


@freshness.command("export-log")
@click.option("--output", type=click.Path(path_type=Path), help="File; a name that ends in .gz is packed.")
@click.option("--from", "first", type=click.IntRange(1), default=1, show_default=True, help="First row.")
@click.option("--to", "last", type=click.IntRange(1), help="Last row; the end of the log if left out.")
def export_log(output: Path | None, first: int, last: int | None) -> None:
    """Write the log of evidence, one row a line; `verify` checks it, from row 1 on, without a portal."""
    from ckanext.jambi.freshness import ledger

    lines = ledger.export(last, first)
    if output is None:
        sys.stdout.buffer.writelines(lines)
        return
    with gzip.open(output, "wb") if output.suffix == ".gz" else output.open("wb") as file:
        file.writelines(lines)


@freshness.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def adopt(files: tuple[Path, ...]) -> None:
    """Put versions of policy, calendar and posts in force; what is in force already stays."""
    from ckan import model

    from ckanext.jambi.freshness.promises import adopting

    for file in files:
        try:
            told = adopting.adopt(file)
        except adopting.RuleError as err:
            raise click.ClickException(str(err)) from err
        model.Session.commit()
        click.echo(f"In force: {told}" if told else f"{file}: in force already")


@freshness.group()
def items() -> None:
    """Keep the items of the Daftar Data: what each agency has promised."""


@items.command()
@click.argument("file", type=click.Path(path_type=Path))
def validate(file: Path) -> None:
    """Check a file of items without writing anything."""
    click.echo(f"{len(_items_of(file))} items, nothing wrong.")


@items.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reason", default="Daftar Data", show_default=True, help="Why, for the audit ledger.")
def apply_items(file: Path, reason: str) -> None:
    """Write new and changed items; each counts from its next full period."""
    from ckan import model

    from ckanext.jambi.freshness.promises import adopting
    from ckanext.jambi.freshness.promises.file import ItemError
    from ckanext.jambi.ledger import command_line

    found = _items_of(file)
    try:
        changed = adopting.put(found, reason, command_line())
    except ItemError as err:
        raise click.ClickException(str(err)) from err
    model.Session.commit()
    click.echo(f"{len(found)} items read, {len(changed)} new or changed.")


@items.command("list")
def list_items() -> None:
    """List the items by their code."""
    import ckan.plugins.toolkit as tk

    for each in tk.get_action("jambi_freshness_item_list")({"ignore_auth": True}, {}):
        click.echo(
            f"{each['code']}\t{each['organization']}\t{each['frequency']}\t{each['weight']}\t{each['title']}"
        )


@freshness.command("tick")
def run_tick() -> None:
    """Let obligations, scores and days follow the log now."""
    from ckanext.jambi.freshness.promises import ticking

    ticking.run()


@freshness.command()
def rebuild() -> None:
    """Make items, obligations, scores and days anew from the log, as of the last tick."""
    from ckan import model

    from ckanext.jambi.freshness.promises import ticking

    click.echo(f"{ticking.rebuild()} items judged anew.")
    model.Session.commit()


@freshness.command()
@click.option("--opd", required=True, metavar="NAME", help="Name of an organization, or all.")
@click.option("--period", required=True, metavar="PERIOD", help="Such as 2026, 2026-Q3 or 2026-09.")
@click.option("--as-of", type=InstantOption(), required=True, help="Instant as of which it is known.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv", "xlsx", "pdf", "zip"]),
    default="json",
    show_default=True,
)
@click.option("--output", type=click.Path(path_type=Path), help="File; standard output if left out.")
def report(opd: str, period: str, as_of: datetime, form: str, output: Path | None) -> None:
    """Write the report of an OPD; equal arguments give equal bytes."""
    from ckanext.jambi import clock
    from ckanext.jambi.freshness.promises import quarters
    from ckanext.jambi.freshness.reports import files, making

    try:
        time = quarters.interval(period)
    except ValueError as err:
        raise click.BadParameter(str(err), param_hint="--period") from err
    if as_of > clock.now():
        raise click.BadParameter("Nothing is known of the future.", param_hint="--as-of")
    made = making.make(_organization_id(opd), time, as_of)
    if made is None:
        raise click.ClickException("No policy and calendar were in force at that instant.")
    body = making.bundle(made) if form == "zip" else files.written(made, form)
    if output is None:
        sys.stdout.buffer.write(body)
    else:
        output.write_bytes(body)


def _organization_id(name: str) -> str | None:
    from ckan import model

    if name == "all":
        return None
    found = model.Group.get(name)
    if found is None or not found.is_organization:
        raise click.BadParameter(f"There is no organization {name!r}.", param_hint="--opd")
    organization_id: str = found.id
    return organization_id


def _items_of(file: Path) -> list[dict[str, Any]]:
    from ckanext.jambi.freshness.promises.file import ItemError, load

    try:
        return load(file)
    except ItemError as err:
        raise click.ClickException(str(err)) from err
