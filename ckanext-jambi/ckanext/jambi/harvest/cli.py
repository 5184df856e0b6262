"""Commands `ckan jambi harvest …` and `ckan jambi source …` (harvesting.md 11)."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import ckan.plugins.toolkit as tk
import click
from ckan import model

from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.harvest import config, preview, queue, sources, status
from ckanext.jambi.harvest.cli_checks import abort, approve, verify
from ckanext.jambi.harvest.cli_history import replay
from ckanext.jambi.harvest.cli_sniff import new, sniff
from ckanext.jambi.harvest.connections import allow_demo_city
from ckanext.jambi.harvest.errors import HarvestError
from ckanext.jambi.harvest.lanes import serve_lanes
from ckanext.jambi.harvest.stock import standing
from ckanext.jambi.harvest.worker import Worker
from jambi_harvesters import definition as definitions
from jambi_harvesters.definition import Definition, DefinitionError
from jambi_harvesters.errors import HarvesterError

EXIT_CODES = {"succeeded": 0, "unchanged": 0, "quarantined": 2, "partial": 2}
FAILED = 1


@click.group()
def harvest() -> None:
    """Harvest sources: run, worker, status, abort, verify; history for a demonstration."""


harvest.add_command(abort)
harvest.add_command(verify)
harvest.add_command(replay)


@harvest.command()
@click.argument("source", required=False)
@click.option("--all", "every", is_flag=True, help="Run all active sources, one after the other.")
@click.option("--complete", is_flag=True, help="Read the whole source even if it says that nothing changed.")
@click.option("--dry-run", is_flag=True, help="Compare and count; write nothing.")
@click.pass_context
def run(ctx: click.Context, source: str | None, every: bool, complete: bool, dry_run: bool) -> None:
    """Run SOURCE (its name or id) now, in the foreground.

    Exits with 0 if it succeeded or nothing changed, 2 if it is held or partial, 1 if it failed.
    """
    if bool(source) == every:
        raise click.UsageError("Give the name of one source, or --all.")
    app = ctx.meta["flask_app"]
    with app.test_request_context():
        chosen = _chosen(source)
    if dry_run:
        with app.test_request_context():
            sys.exit(max((_dry_run(one) for one in chosen), default=0))
    worker = Worker(app, owner="cli")
    ended = max((_run_one(worker, one, complete) for one in chosen), default=0)
    with app.test_request_context():
        ticking.keep_up()  # without a worker nobody else lets the promises follow
    sys.exit(ended)


@harvest.command()
@click.option("--once", is_flag=True, help="Work on what is due now, then end.")
@click.option("--lanes", type=click.IntRange(1, 64), help="How many sources at once (default: the option).")
@click.pass_context
def worker(ctx: click.Context, once: bool, lanes: int | None) -> None:
    """Work on runs as they are due, and on the portal's duties by the clock, until SIGTERM."""
    app = ctx.meta["flask_app"]
    if once:
        for state in Worker(app).drain():
            click.echo(state)
        return
    serve_lanes(app, lanes or config.lanes())


@harvest.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def show_status(as_json: bool) -> None:
    """Show every source: how its last run ended, when it is due next."""
    with model.meta.engine.connect() as connection:
        rows = standing.board(connection)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        last = row["last_run"] or {}
        text = f"{row['name']:32} {row['state']:8} {last.get('state', '-'):12} {row['next_due_at'] or '-':26}"
        click.echo(f"{text} {last.get('error') or ''}".rstrip())


@click.group()
def source() -> None:
    """Define sources: sniff, new, apply, validate, preview, approve, list."""


source.add_command(sniff)
source.add_command(new)
source.add_command(approve)


@source.command("apply")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--approve", is_flag=True, help="Let these definitions publish directly, without a review.")
@click.pass_context
def apply_files(ctx: click.Context, paths: Sequence[Path], approve: bool) -> None:
    """Make or update the sources that files (or folders of *.yaml) define; applied twice is applied once.

    Without --approve what they harvest stays private drafts until a reviewer approves the source.
    """
    wanted = _read_all(paths)
    with ctx.meta["flask_app"].test_request_context():
        with model.meta.engine.begin() as connection:
            allow_demo_city(connection)
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        context = {"user": user["name"], "ignore_auth": True}
        failed = [one for one in wanted if not _apply(one, context, approve)]
    sys.exit(FAILED if failed else 0)


@source.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def validate(paths: Sequence[Path]) -> None:
    """Check definition files and say what is wrong, where, and which name was probably meant."""
    for one in _read_all(paths):
        click.echo(f"{one.id}: ok")


@source.command("preview")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rows", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many rows.")
@click.pass_context
def show_preview(ctx: click.Context, path: Path, rows: int) -> None:
    """Read a source as PATH defines it and print the first rows as they would be published; write nothing."""
    [wanted] = _read_all([path])
    with ctx.meta["flask_app"].test_request_context():
        with model.meta.engine.begin() as connection:
            allow_demo_city(connection)
        try:
            shown = preview.preview(model.meta.engine, wanted, rows, trusted=True)
        except HarvesterError as err:
            _fail(err.pesan)
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False, default=str))


@source.command("list")
def list_names() -> None:
    """List the sources with their kind and organization."""
    with model.meta.engine.connect() as connection:
        for row in standing.board(connection):
            click.echo(f"{row['name']:32} {row['kind']:10} {row['organization']}")


def _chosen(name: str | None) -> list[dict[str, Any]]:
    with model.meta.engine.connect() as connection:
        try:
            return [sources.find(connection, name)] if name else sources.active(connection)
        except HarvestError as err:
            _fail(str(err))


def _run_one(worker: Worker, chosen: dict[str, Any], complete: bool) -> int:
    with model.meta.engine.begin() as connection:
        mode = "complete" if complete else "normal"
        run_id = queue.enqueue(connection, chosen["source_id"], "cli", mode=mode)
    worker.see_through(run_id)
    with model.meta.engine.connect() as connection:
        state, text = status.line(connection, run_id, chosen["name"])
    click.echo(text)
    return EXIT_CODES.get(state, FAILED)


def _dry_run(chosen: dict[str, Any]) -> int:
    wanted = definitions.parse(chosen["definition"], origin=chosen["origin"])
    try:
        found = preview.dry_run(model.meta.engine, chosen, wanted, trusted=True)
    except (HarvestError, HarvesterError) as err:
        click.echo(f"{chosen['name']}: {getattr(err, 'pesan', err)}", err=True)
        return FAILED
    click.echo(f"{chosen['name']}: {json.dumps(found)}")
    return 0


def _read_all(paths: Sequence[Path]) -> list[Definition]:
    """Return the definitions of all files, or print every problem of all of them and end."""
    good, bad = [], False
    for path in _files(paths):
        try:
            good.append(definitions.load(path))
        except DefinitionError as err:
            bad = True
            _print_problems(path, err)
    if bad:
        sys.exit(FAILED)
    return good


def _files(paths: Sequence[Path]) -> list[Path]:
    return [one for path in paths for one in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]


def _print_problems(path: Path, err: DefinitionError) -> None:
    for problem in err.problems:
        hint = f" ({problem.suggestion}?)" if problem.suggestion else ""
        click.echo(f"{path.name}: {problem.path or '-'}: {problem.pesan}{hint}", err=True)


def _apply(wanted: Definition, context: dict[str, Any], approve: bool) -> bool:
    try:
        done = sources.apply(wanted, context, context["user"] if approve else None)
    except tk.ObjectNotFound:
        click.echo(f"{wanted.id}: organization {wanted.organization} does not exist", err=True)
        return False
    except tk.ValidationError as err:
        model.Session.rollback()
        click.echo(f"{wanted.id}: {json.dumps(err.error_dict, ensure_ascii=False)}", err=True)
        return False
    click.echo(f"{done.name}: {done.change}")
    return True


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(FAILED)
