"""The command `jambi`: bring the portal up, take it down, look at it, throw it away."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from ckanext.jambi import clock as portal_clock
from ckanext.jambi.launcher import detach, disk, down, folder, session
from ckanext.jambi.launcher import layout as layouts
from ckanext.jambi.launcher.boot import Boot, Wishes
from ckanext.jambi.launcher.errors import (
    AlreadyRunningError,
    DamagedFolderError,
    LauncherError,
    ServiceError,
    StepError,
)
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.lock import holder
from ckanext.jambi.launcher.progress import Progress
from ckanext.jambi.launcher.record import Record

NOT_RUNNING = 3
data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder that holds all of the portal's data (default: .jambi in the checkout).",
)


class Instant(click.ParamType[datetime]):
    """A date or an instant; without an offset it is meant in Asia/Jakarta."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the aware instant."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time: write 2026-11-24 or 2026-11-24T07:10:00+07:00.", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=portal_clock.WIB)


@click.group()
def main() -> None:
    """Run the open-data portal of Kota Jambi with all it needs, from one folder."""


@main.command()
@click.option("--detach", "behind", is_flag=True, help="Return when the portal answers; it runs on.")
@click.option(
    "--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="Port of the portal."
)
@data_dir
@click.option("--clock", type=Instant(), help="Set the demonstration's clock: evidence and pages follow it.")
@click.option(
    "--history",
    type=click.Choice(["year", "brief"]),
    default="year",
    show_default=True,
    help="The past of a new demonstration: a year that goes on while the portal serves, or four harvests.",
)
@click.option("--until-ready", is_flag=True, hidden=True)
def up(
    behind: bool, port: int, data_dir: Path | None, clock: datetime | None, history: str, until_ready: bool
) -> None:
    """Start the portal; the first start also makes and fills it. Ctrl-C stops it."""
    layout = _find(data_dir)
    if behind:
        arguments = ["up", "--until-ready", "--port", str(port), "--data-dir", str(layout.data)]
        arguments += ["--history", history]
        sys.exit(detach.start(arguments + (["--clock", clock.isoformat()] if clock else [])))
    progress = Progress()

    def ready() -> None:
        progress.line(f"Stop it by:   {layout.hint('down') if until_ready else 'Ctrl-C'}")
        if until_ready:
            progress.line(detach.READY.decode().strip("\n"))
            progress.move_to(layout.log("launcher"))

    with explained(layout):
        wishes = Wishes(port, clock, history)
        session.run(
            layout, port, progress, lambda supervisor: Boot(layout, wishes, supervisor, progress, ready)
        )


@main.command("down")
@data_dir
def take_down(data_dir: Path | None) -> None:
    """Stop the portal and everything it started."""
    layout = _find(data_dir)
    with explained(layout):
        was_running = down.stop(layout)
    click.echo("Stopped." if was_running else f"No portal is running in {layout.data}.")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
@data_dir
def status(as_json: bool, data_dir: Path | None) -> None:
    """List every process of the portal; the exit status is 3 if none runs."""
    layout = _find(data_dir)
    with explained(layout):
        launcher = holder(layout.lock)
        record = Record.read(layout.processes) if launcher else Record()
    if as_json:
        click.echo(json.dumps({**record.as_dict(), "data_dir": str(layout.data)}, indent=1))
    else:
        click.echo("\n".join(_status_lines(layout, record)))
    sys.exit(0 if launcher else NOT_RUNNING)


@main.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir
def reset(yes: bool, data_dir: Path | None) -> None:
    """Throw the portal away: database, files, secrets, logs. Files in the drop folder stay."""
    layout = _find(data_dir)
    with explained(layout):
        if holder(layout.lock):
            raise AlreadyRunningError(f"A portal is running in {layout.data}; it was not touched.")
        if not yes:
            click.confirm(f"Delete the portal in {layout.data} with all its data?", abort=True)
        folder.empty(layout)
    click.echo(f"Deleted. {layout.hint('up')} makes a new portal.")


@contextmanager
def explained(layout: Layout) -> Iterator[None]:
    """Turn errors into a sentence that says what happened and what to do, and status 1."""
    try:
        yield
    except AlreadyRunningError as error:
        _fail(f"{error} {layout.hint('status')} shows it, {layout.hint('down')} stops it.")
    except (DamagedFolderError, ServiceError, StepError) as error:
        _fail(_told(error, layout))
    except LauncherError as error:
        _fail(str(error))
    except OSError as error:
        if disk.is_full(error):
            _fail(disk.sentence(layout.data))
        if error.filename is None:
            raise
        _fail(f"{error.filename}: {error.strerror}. Make it yours and usable, or use another --data-dir.")


def _find(data_dir: Path | None) -> Layout:
    try:
        return layouts.find(data_dir)
    except LauncherError as error:
        _fail(str(error))


def _told(error: LauncherError, layout: Layout) -> str:
    """Return what to say of a failure: a full disk goes first, since then nothing must be thrown away."""
    if disk.is_blamed(str(error)) or disk.shortage(layout.data):
        return f"{disk.sentence(layout.data)}\n{error}"
    if isinstance(error, DamagedFolderError):
        way_out = f"Put a backup back, or {layout.hint('reset')} throws this portal away for a new one."
        return f"{error}\nNothing was changed. {way_out}"
    return str(error)


def _fail(text: str) -> NoReturn:
    click.echo(f"jambi: {text}", err=True)
    sys.exit(1)


def _status_lines(layout: Layout, record: Record) -> Iterator[str]:
    yield f"Portal {record.phase} {record.address}".rstrip()
    portal_clock.use(layout.clock)
    past = portal_clock.replay() if record.phase == "replaying" else None
    if past:
        day = f"{portal_clock.today():%d %B %Y}"
        yield f"Clock at {day}: {past.share(portal_clock.now())} % of the demonstration's year is done"
    yield f"Data folder {layout.data}"
    yield from filter(None, [disk.shortage(layout.data)])
    if not record.processes:
        return
    yield f"{'process':<14}{'pid':>8}  {'state':<9}{'since':<27}{'restarts':>8}  address"
    yield f"{'launcher':<14}{record.launcher:>8}  running"
    for entry in record.processes:
        state = entry.state if entry.alive or entry.state == "waiting" else "ended"
        line = (
            f"{entry.name:<14}{entry.pid:>8}  {state:<9}{entry.since:<27}{entry.restarts:>8}  {entry.address}"
        )
        yield line.rstrip()
