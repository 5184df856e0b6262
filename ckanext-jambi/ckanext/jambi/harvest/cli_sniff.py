"""Commands `ckan jambi source sniff` and `source new`: from an address to a definition file."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
import yaml
from ckan import model

from ckanext.jambi.harvest import sniffs
from ckanext.jambi.harvest.connections import allow_demo_city
from jambi_harvesters.errors import HarvesterError

BLANKS = (
    "# Complete what is empty, give the dataset notes and a topic, then: ckan jambi source validate FILE\n"
)


@click.command()
@click.argument("url")
@click.option("--kind", help="What the address is; left out, it is recognised.")
@click.pass_context
def sniff(ctx: click.Context, url: str, kind: str | None) -> None:
    """Look at URL and print as JSON what it is taken for, with how sure each guess is; write nothing."""
    click.echo(json.dumps(_look(ctx, url, "", kind), indent=2, ensure_ascii=False, default=str))


@click.command()
@click.argument("url")
@click.option("--kind", help="What the address is; left out, it is recognised.")
@click.option("--organization", default="", help="Name of the organization that owns the data.")
@click.pass_context
def new(ctx: click.Context, url: str, kind: str | None, organization: str) -> None:
    """Look at URL and print a definition to complete and keep in config/sources."""
    draft = _look(ctx, url, organization, kind)["draft"]
    click.echo(BLANKS + yaml.safe_dump(draft, sort_keys=False, allow_unicode=True, width=100), nl=False)


def _look(ctx: click.Context, url: str, organization: str, kind: str | None) -> dict[str, Any]:
    with ctx.meta["flask_app"].test_request_context():
        with model.meta.engine.begin() as connection:
            allow_demo_city(connection)
        try:
            return sniffs.look(model.meta.engine, url, organization, kind)
        except HarvesterError as err:
            click.echo(err.pesan, err=True)
            sys.exit(1)
