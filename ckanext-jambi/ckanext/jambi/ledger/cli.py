"""`ckan jambi audit`: check and export the audit ledger. `ckan jambi guard-logs`: who may change logs."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import ckan.plugins.toolkit as tk
import click
from sqlalchemy.engine import make_url

from ckanext.jambi import append_only, ledger


@click.group()
def audit() -> None:
    """Check and export the audit ledger."""


@audit.command()
@click.option("--root", help="The hash that an earlier check printed: it must still be in the ledger.")
def verify(root: str | None) -> None:
    """Check every row from the first; exit with 1 and name the row if one was altered, added or removed."""
    verdict = ledger.verify(root)
    if not verdict.ok:
        click.echo(f"Row {verdict.seq}: {verdict.error}", err=True)
        sys.exit(1)
    click.echo(f"{verdict.rows} rows are sound; the root is {verdict.root}")


@audit.command()
@click.option("--output", type=click.Path(path_type=Path), help="File; a name that ends in .gz is packed.")
def export(output: Path | None) -> None:
    """Write the ledger, one row a line: its hash, a space, the row as canonical JSON."""
    if output is None:
        sys.stdout.buffer.writelines(ledger.export())
        return
    with gzip.open(output, "wb") if output.suffix == ".gz" else output.open("wb") as file:
        file.writelines(ledger.export())


@click.command("guard-logs")
def guard_logs() -> None:
    """Print the SQL that gives logs which only grow an owner of their own.

    A superuser of PostgreSQL runs it, once and after each restore:

      ckan jambi guard-logs | psql -U postgres --set ON_ERROR_STOP=1
    """
    place = make_url(tk.config["sqlalchemy.url"])
    click.echo(append_only.script(str(place.username), str(place.database)))
