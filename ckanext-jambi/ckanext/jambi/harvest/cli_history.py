"""Command `ckan jambi harvest history`: give a demonstration a past."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from ckan import model

from ckanext.jambi import clock, config
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.harvest import history, queue, sources
from ckanext.jambi.harvest.worker import Worker


@click.command("history")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="The present.")
@click.pass_context
def replay(ctx: click.Context, until: datetime) -> None:
    """Let the demonstration's clock go on to an instant, harvesting each source at its own pace.

    It begins where the clock stands, so one that was stopped goes on. For a demonstration alone.
    """
    path = config.demo_clock_file()
    if not config.demo_enabled() or path is None:
        raise click.ClickException("This portal is no demonstration with a clock of its own.")
    since = clock.now()
    if until <= since:
        raise click.BadParameter(
            f"The portal's clock shows {since.isoformat()} already.", param_hint="--until"
        )
    past = clock.replay() or clock.Replay(since, until)
    app = ctx.meta["flask_app"]
    worker = Worker(app, owner="history")
    with app.test_request_context(), model.meta.engine.connect() as connection:
        known = {one["name"]: one for one in sources.active(connection)}
    planned = history.visits({name: _frequency(one) for name, one in known.items()}, since, until)

    def close_day() -> None:
        with app.test_request_context():
            ticking.keep_up()
            model.Session.remove()

    made = history.go(
        planned,
        lambda at: clock.set_to(path, at, clock.Replay(past.since, until)),
        lambda name: _ask(worker, known[name]),
        close_day,
    )
    click.echo(f"{made} runs at {len(planned)} instants.")


def _frequency(chosen: dict[str, Any]) -> object:
    return (chosen["definition"] or {}).get("dataset", {}).get("fields", {}).get("frekuensi")


def _ask(worker: Worker, chosen: dict[str, Any]) -> None:
    with model.meta.engine.begin() as connection:
        run_id = queue.enqueue(connection, chosen["source_id"], "timer")
    worker.see_through(run_id)
