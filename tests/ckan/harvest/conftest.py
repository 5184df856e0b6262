"""Fixtures of the harvest tests: an agency, the source server, and a worker's lane."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import click
import pytest
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestJob, HarvestSource
from click.testing import CliRunner

from ckanext.jambi.harvest import queue, sources
from ckanext.jambi.harvest.model import run as runs
from ckanext.jambi.harvest.model import target
from ckanext.jambi.harvest.worker import Worker
from jambi_harvesters import definition as definitions

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "plugins"))
sys.path.insert(0, str(Path(__file__).parents[2] / "drill" / "recorder"))
sys.path.insert(0, str(Path(__file__).parents[2] / "drill" / "simulator"))
sys.path.insert(0, str(Path(__file__).parents[2] / "data" / "pribadi"))
from harvest_source import (
    OWN_HOST,
    Source,
    catalogue_definition,
    catalogue_of,
    entry,
    member_of,
    raw_definition,
    run_of,
    shown,
    site_context,
)
from samples import AGENCY


@pytest.fixture(scope="session")
def server() -> Iterator[Source]:
    """Return one server for all tests."""
    source = Source()
    yield source
    source.close()


@pytest.fixture
def source(server: Source) -> Source:
    """Return the server with no answers yet."""
    server.answers.clear()
    server.behaviours.clear()
    server.asked.clear()
    return server


@pytest.fixture
def agency(with_plugins: None, clean_db: None) -> dict[str, Any]:
    """Return the organization that owns the test sources."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action("organization_create")(
        {"ignore_auth": True, "user": user},
        dict(AGENCY),
    )


@pytest.fixture
def allow_source(agency: dict[str, Any], source: Source) -> None:
    """Put the test server into the allowlist."""
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.insert(target).values(
                name="uji",
                host=OWN_HOST,
                cidr=f"{OWN_HOST}/32",
                port=source.port,
                path_prefix="/",
                reason="uji",
                created_by="uji",
                created_at=sa.func.now(),
            )
        )


@pytest.fixture
def apply_source(agency: dict[str, Any], source: Source, allow_source: None) -> Callable[..., str]:
    """Return a function that applies a definition and returns the source's id."""

    def apply(raw: dict[str, Any] | None = None, approve_by: str | None = "uji", **over: Any) -> str:
        wanted = definitions.parse(raw or raw_definition(source, **over))
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        done = sources.apply(wanted, {"ignore_auth": True, "user": user}, approve_by=approve_by)
        assert HarvestSource.get(done.source_id)
        model.Session.remove()
        return done.source_id

    return apply


@pytest.fixture
def harvest(app: Any) -> Callable[..., dict[str, Any]]:
    """Return a function that runs a source to its end and returns the run's row.

    Like the clock it leaves a run that waits, such as that of a push, to be taken as it is.
    """
    worker = Worker(app.flask_app, owner="uji")

    def run(source_id: str, trigger: str = "timer", **values: Any) -> dict[str, Any]:
        with model.meta.engine.begin() as connection:
            run_id = _waiting(connection, source_id) if (trigger, values) == ("timer", {}) else None
            run_id = run_id or queue.enqueue(connection, source_id, trigger, **values)
        worker.run_next(run_id)
        return shown(run_id)

    return run


def _waiting(connection: sa.Connection, source_id: str) -> str | None:
    own = runs.c.source_id == source_id
    return connection.scalar(sa.select(runs.c.id).where(own, queue.WAITING))


@pytest.fixture
def command(app: Any) -> Any:
    """Return a function that runs a command as `ckan` would."""

    @click.group()
    @click.pass_context
    def ckan(ctx: click.Context) -> None:
        ctx.meta["flask_app"] = app.flask_app

    def run(group: click.Group, *arguments: str) -> Any:
        ckan.add_command(group)
        answer = CliRunner().invoke(ckan, [str(group.name), *arguments], catch_exceptions=False)
        model.Session.remove()
        return answer

    return run


@pytest.fixture
def admin(agency: dict[str, Any]) -> str:
    """Return the name of an admin of the agency."""
    return member_of(agency["id"], "admin")


@pytest.fixture
def editor(agency: dict[str, Any]) -> str:
    """Return the name of an editor of the agency."""
    return member_of(agency["id"], "editor")


@pytest.fixture
def work_off(app: Any) -> Callable[[], list[str]]:
    """Return a function that works on all runs that are due."""
    return Worker(app.flask_app, owner="uji").drain


@pytest.fixture
def catalogue(source: Source, apply_source: Callable[..., str]) -> tuple[str, Callable[..., None]]:
    """Return the id of a data.json source, and a function that sets which datasets it lists.

    Numbers stand for the ids `id-1` and so on; a keyword is an id of its own with the content of a number.
    """

    def listing(*numbers: int, **names: str) -> None:
        listed = {f"id-{at}": at for at in numbers} | {name: int(at) for name, at in names.items()}
        source.answers["/data.json"] = catalogue_of(
            entry(str(at)) | {"identifier": identifier} for identifier, at in listed.items()
        )

    return apply_source(catalogue_definition(source)), listing


@pytest.fixture
def make_stock(agency: dict[str, Any], tmp_path: Path) -> Callable[..., str]:
    """Return a function that makes a source of the test harvester and returns its id."""

    def made(source_type: str = "uji", url: str = "http://sumber.example.go.id/", **config: Any) -> str:
        config = {"log": str(tmp_path / "log"), **config} if source_type == "uji" else config
        found = tk.get_action("harvest_source_create")(
            site_context(),
            {
                "name": f"sumber-{source_type}",
                "title": "Sumber uji",
                "url": url,
                "source_type": source_type,
                "owner_org": agency["id"],
                "frequency": "MANUAL",
                "config": json.dumps(config),
            },
        )
        return found["id"]

    return made


@pytest.fixture
def harvest_stock(app: Any) -> Callable[[str], dict[str, Any]]:
    """Return a function that runs a source by ckanext-harvest's own action, and returns the run."""
    worker = Worker(app.flask_app, owner="uji")

    def run(source_id: str) -> dict[str, Any]:
        job = tk.get_action("harvest_job_create")(site_context(), {"source_id": source_id, "run": True})
        model.Session.remove()
        [state] = worker.drain()
        found = shown(run_of(job["id"]))
        assert found["state"] == state
        assert HarvestJob.get(job["id"]).status == "Finished"
        return found

    return run
