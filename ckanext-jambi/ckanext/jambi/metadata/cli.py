"""Command `ckan jambi privacy …`: look for personal data behind the public doors (RL12)."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from ckanext.jambi.metadata.doors.exposure import Watch
from ckanext.jambi.metadata.doors.judge import Hit, Judge
from ckanext.jambi.metadata.doors.walk import MAX_PAGES, Doors

FOUND = 1


@click.group()
def privacy() -> None:
    """Personal data: scan what the public sees."""


@privacy.command()
@click.option(
    "--values",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of values that must be nowhere, one a line.",
)
@click.option(
    "--max-pages",
    default=MAX_PAGES,
    show_default=True,
    type=click.IntRange(1),
    help="Read so many pages at most.",
)
@click.option("--hide", is_flag=True, help="Hide what must not be there and tell its people, as each night.")
@click.pass_context
def scan(ctx: click.Context, values: Path | None, max_pages: int, hide: bool) -> None:
    """Read every public door as a stranger would, and print where personal data stands.

    Doors are pages, actions, tables, files, feeds and calendars. A line names the door, the place and the
    rule, never the value. Exits with 1 if there is a hit.
    """
    seeded = values.read_text(encoding="utf-8").splitlines() if values else []
    app = ctx.meta["flask_app"]
    judge, doors, watch = Judge(seeded), Doors(app, max_pages), Watch(app)
    hits: Counter[str] = Counter()
    for answer in doors.answers():
        found = judge.hits(answer.place, answer.media_type, answer.body)
        hits[answer.door] += len(found)
        for one in found:
            click.echo(_line(answer.door, one))
        if hide:
            watch.take(answer, found)
    watch.tell()
    opened = ", ".join(f"{number} {door}" for door, number in sorted(doors.opened.items()))
    click.echo(f"doors: {opened}; {judge.unread} read for the listed values only")
    if doors.cut:
        click.echo(f"stopped after {max_pages} pages: raise --max-pages", err=True)
    click.echo(f"hits: {hits.total()}")
    sys.exit(FOUND if hits.total() or doors.cut else 0)


def _line(door: str, one: Hit) -> str:
    return f"{door:6} {one.place} {one.column} {one.rule} {one.severity} x{one.count}"
