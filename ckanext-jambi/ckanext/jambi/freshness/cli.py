"""`ckan jambi freshness`: the commands that need no portal, and the export of the log."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import click

from ckanext.jambi.freshness.offline import state, verify


@click.group(commands=[state, verify])
def freshness() -> None:
    """Judge data, check and export the log of evidence."""


@freshness.command("export-log")
@click.option("--output", type=click.Path(path_type=Path), help="File; a name that ends in .gz is packed.")
def export_log(output: Path | None) -> None:
    """Write the log of evidence, one row a line; `verify` checks it without a portal."""
    from ckanext.jambi.freshness import ledger

    if output is None:
        sys.stdout.buffer.writelines(ledger.export())
        return
    with gzip.open(output, "wb") if output.suffix == ".gz" else output.open("wb") as file:
        file.writelines(ledger.export())
