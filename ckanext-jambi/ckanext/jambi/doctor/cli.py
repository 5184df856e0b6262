"""`ckan jambi doctor`: examine the portal and say what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import ckan.plugins.toolkit as tk
import click
from ckan import model

from ckanext.jambi.doctor.examining import Check, Finding, examine, registered

FAILED = 1
MARKS = {"ok": "ok  ", "warning": "warn", "failed": "FAIL"}


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Make this check; may be given several times.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, only: Sequence[str], as_json: bool) -> None:
    """Examine the portal: services, tables, options, keys, clock, workers, sources, mail.

    Prints one line a check, and what to do where one fails; exits with 1 if one failed. A warning does not
    fail. Run it on each server: processes are those of this machine.
    """
    chosen = _chosen(only)
    with ctx.meta["flask_app"].test_request_context():
        found = []
        for one in examine(chosen):
            found.append(one)
            if not as_json:
                _print(one)
        model.Session.remove()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    sys.exit(FAILED if any(one.state == "failed" for one in found) else 0)


def _chosen(only: Sequence[str]) -> list[Check]:
    known = registered(tk.config["ckan.plugins"])
    names = [check.name for check in known]
    for name in only:
        if name not in names:
            raise click.UsageError(f"There is no check {name}; there are {', '.join(names)}.")
    return [check for check in known if not only or check.name in only]


def _print(one: Finding) -> None:
    click.echo(f"{MARKS[one.state]} {one.name:12} {one.text}")
    if one.todo:
        click.echo(f"     {'':12} -> {one.todo}")
