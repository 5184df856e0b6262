"""Commands on single runs and sources: `harvest abort`, `harvest verify`, `source approve`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from ckan import model

from ckanext.jambi.harvest import sources, status, verifying
from ckanext.jambi.harvest.cli_acting import FAILED, call
from ckanext.jambi.harvest.errors import SourceUnknownError


@click.command()
@click.argument("run", metavar="RUN")
@click.pass_context
def abort(ctx: click.Context, run: str) -> None:
    """End RUN (its id): one that waits at once, one in work at its next commit, with nothing half done."""
    shown = call(ctx, "jambi_run_abort", None, id=run)
    click.echo(f"{shown['id']}: {'aborted' if shown['state'] == 'aborted' else 'asked to end'}")


@click.command()
@click.argument("source", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify(ctx: click.Context, source: str | None, as_json: bool) -> None:
    """Compare records, datasets, search rows and tables of SOURCE, or of all sources, one by one.

    Prints every difference and exits with 1 if there is one. Nothing is written.
    """
    with ctx.meta["flask_app"].test_request_context():
        found = {one["name"]: verifying.verify(one) for one in _chosen(source)}
        model.Session.remove()
    if as_json:
        shown = {name: asdict(one) for name, one in found.items()}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        for name, one in found.items():
            click.echo(f"{name}: {one.records} records, {one.datasets} datasets, {one.tables} tables")
            for difference in one.differences:
                click.echo(f"  {difference.about}: {difference.text}", err=True)
    sys.exit(FAILED if any(one.differences for one in found.values()) else 0)


@click.command()
@click.argument("source")
@click.option("--user", required=True, help="Who approves: a reviewer of the portal.")
@click.option("--note", required=True, help="Why, in at least 10 characters.")
@click.option("--definition-hash", required=True, help="`definition_hash` of what was looked at.")
@click.pass_context
def approve(ctx: click.Context, source: str, user: str, note: str, definition_hash: str) -> None:
    """Let SOURCE publish directly, as long as its definition stays as it was looked at.

    `ckan jambi harvest status --json` shows `definition_hash`.
    """
    data = {"id": source, "note": note, "definition_hash": definition_hash}
    changed = call(ctx, "jambi_source_approve", user, **data)["changed"]
    click.echo(f"{source}: {'approved' if changed else 'was approved already'}")


def _chosen(name: str | None) -> list[dict[str, object]]:
    with model.meta.engine.connect() as connection:
        try:
            names = [name] if name else [row["name"] for row in status.board(connection)]
            return [sources.find(connection, one) for one in names]
        except SourceUnknownError as err:
            click.echo(str(err), err=True)
            sys.exit(FAILED)
