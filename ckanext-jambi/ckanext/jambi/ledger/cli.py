"""`ckan jambi audit`: check and export the audit ledger."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import click

from ckanext.jambi import ledger


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
