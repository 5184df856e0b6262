"""Commands `ckan jambi notices …`: look at notices, send what waits, try the mail server."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import ckan.plugins.toolkit as tk
import click
from ckan import model

from ckanext.jambi.notices import channels, config, digest, mail, reading, sending, wording
from ckanext.jambi.notices.errors import NoticeError

FAILED = 1


@click.group()
def notices() -> None:
    """Notices to the people of the agencies: list, send, test."""


@notices.command("list")
@click.option("--organization", metavar="NAME", help="Only those of this organization.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the texts.")
@click.pass_context
def list_notices(ctx: click.Context, organization: str | None, limit: int, as_json: bool) -> None:
    """List notices, newest first, and how their delivery stands."""
    data = {"limit": limit} | ({"organization_id": organization} if organization else {})
    with ctx.meta["flask_app"].test_request_context():
        try:
            rows = tk.get_action("jambi_notice_list")({"ignore_auth": True, "user": ""}, data)
        except tk.ObjectNotFound as err:
            _fail(str(err))
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        states = ", ".join(f"{count} {state}" for state, count in sorted(row["deliveries"].items()))
        click.echo(f"{row['day']}  {row['event']:13} {row['source_name'] or '-':28} {states or '-'}")


@notices.command()
@click.pass_context
def send(ctx: click.Context) -> None:
    """Make notices of what happened since, and send all that is due; workers do the same by the clock.

    Exits with 1 if the mail server is not set or does not take them.
    """
    with ctx.meta["flask_app"].test_request_context():
        made = reading.read_events() + digest.make_due()
        done = sending.send_due()
        model.Session.remove()
        unset = config.mail_server() is None
    click.echo(f"{made} made, {done['sent']} sent, {done['queued']} put back, {done['failed']} refused")
    if unset:
        _fail("No mail server is set: set smtp.server and smtp.mail_from; notices wait for seven days.")
    if done["server"]:
        _fail("The mail server does not take messages now; they are tried again.")


@notices.command("test")
@click.argument("address")
@click.pass_context
def send_trial(ctx: click.Context, address: str) -> None:
    """Send a trial message to ADDRESS and say whether it was taken.

    ADDRESS is one of mail, or secret:ORGANIZATION/NAME for the channel behind a secret.
    """
    with ctx.meta["flask_app"].test_request_context():
        if address.startswith(channels.SCHEME):
            _try_channel(address)
            return
        server = config.mail_server()
        if server is None:
            _fail("No mail server is set: set smtp.server and smtp.mail_from.")
        told = wording.trial()
        message = mail.message(server, model.types.make_uuid(), address, told.subject, told.body)
        try:
            with mail.connected(server) as talk:
                mail.send(talk, server, message, address)
        except NoticeError as err:
            _fail(f"{server.host}:{server.port} did not take it: {err}")
    click.echo(f"{server.host}:{server.port} took the message {message['Message-ID']}.")


def _try_channel(address: str) -> None:
    named, _, name = address.removeprefix(channels.SCHEME).partition("/")
    found = model.Group.get(named)
    if found is None or not found.is_organization:
        _fail(f"There is no organization {named}: write secret:ORGANIZATION/NAME.")
    told = wording.trial()
    try:
        channels.send(channels.recipient(found.id, name), told.subject, told.body)
    except NoticeError as err:
        _fail(str(err))
    click.echo("The service took the message.")


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(FAILED)
