"""Commands `ckan jambi quarantine …`: look at held change sets and decide them (HV26)."""

from __future__ import annotations

import json

import click
from ckan import model

from ckanext.jambi.harvest import changes
from ckanext.jambi.harvest.cli_acting import call
from ckanext.jambi.harvest.model import quarantine


@click.group("quarantine")
def quarantines() -> None:
    """Held change sets: list, show, approve, reject."""


@quarantines.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were decided or superseded too.")
def list_held(every: bool) -> None:
    """List what waits for a decision, newest first."""
    package = model.Package.__table__
    query = (
        quarantine.join(package, package.c.id == quarantine.c.source_id)
        .select()
        .with_only_columns(quarantine, package.c.name)
        .order_by(quarantine.c.opened_at.desc())
    )
    if not every:
        query = query.where(quarantine.c.state == changes.OPEN)
    with model.meta.engine.connect() as connection:
        for row in connection.execute(query):
            click.echo(
                f"{row.id}  {row.state:10} {row.name:28} {row.reason:16} {row.opened_at:%Y-%m-%d %H:%M}"
            )


@quarantines.command("show")
@click.argument("quarantine_id", metavar="ID")
@click.pass_context
def show_held(ctx: click.Context, quarantine_id: str) -> None:
    """Show as JSON what ID holds and would change."""
    shown = call(ctx, "jambi_quarantine_show", None, id=quarantine_id)
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False))


def _decision(name: str, text: str) -> None:
    @quarantines.command(name, help=text)
    @click.argument("quarantine_id", metavar="ID")
    @click.option("--user", required=True, help="Who decides: an admin of the source's organization.")
    @click.option("--note", required=True, help="Why, in at least 10 characters.")
    @click.option("--change-hash", required=True, help="`change_hash` of what was shown.")
    @click.pass_context
    def decide(ctx: click.Context, quarantine_id: str, user: str, note: str, change_hash: str) -> None:
        data = {"id": quarantine_id, "decision": name, "note": note, "change_hash": change_hash}
        decided = call(ctx, "jambi_quarantine_decide", user, **data)
        click.echo(f"{decided['id']}: {decided['state']}")


_decision("approve", "Apply the change set of ID as it was shown.")
_decision("reject", "Keep the public version; the change set of ID is dropped.")
