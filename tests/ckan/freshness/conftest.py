"""Fixtures of the freshness tests: a clock to set, datasets with a frequency, and what CKAN indexes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

from ckanext.jambi import clock
from ckanext.jambi.freshness.evidence import Observation
from ckanext.jambi.freshness.ladder import climbing
from ckanext.jambi.freshness.promises import adopting, ticking

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "notices")]
from daftar import CONFIG, promise  # noqa: E402 - lies beside
from mail_server import MailServer, served  # noqa: E402 - lies beside

START = datetime(2026, 9, 1, 3, tzinfo=UTC)


class Index:
    """Stand in for the search engine at CKAN's seam, and keep the rows that CKAN sends."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def add(self, docs: list[dict[str, Any]], **_: Any) -> None:
        """Keep rows by the id of their dataset."""
        self.rows.update({row["id"]: row for row in docs})

    def delete(self, **_: Any) -> None:
        """Take a deletion and keep the rows."""

    def commit(self, **_: Any) -> None:
        """Take a commit."""

    def search(self, *_: Any, **__: Any) -> SimpleNamespace:
        """Find nothing, so that CKAN reads the database."""
        return SimpleNamespace(hits=0, docs=[], facets={"facet_fields": {}})


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch) -> Index:
    """Return the rows that CKAN indexes."""
    found = Index()
    for module in ("index", "query"):
        monkeypatch.setattr(f"ckan.lib.search.{module}.make_connection", lambda *_, **__: found)
    return found


@pytest.fixture(autouse=True)
def portal_at(
    ckan_config: Any, with_plugins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[float], datetime]]:
    """Set the portal's clock to a number of days after the start."""
    file = tmp_path / "clock.json"
    monkeypatch.setitem(ckan_config, "ckanext.jambi.demo.clock_file", str(file))

    def go(days: float) -> datetime:
        instant = START + timedelta(days=days)
        clock.set_to(file, instant)
        clock.use(file)
        return instant

    go(0)
    yield go
    clock.use(None)


@pytest.fixture
def rules(clean_db: None, portal_at: Any) -> None:
    """Put the shipped policy and calendar in force."""
    for path in (CONFIG / "policy" / "v1.yaml", CONFIG / "calendar" / "v1.yaml"):
        adopting.adopt(path)
    model.Session.commit()


@pytest.fixture
def person() -> Callable[..., dict[str, Any]]:
    """Return a maker of contexts: of somebody with a role in an organization, or with none."""

    def make(organization_id: str | None = None, role: str = "admin") -> dict[str, Any]:
        user = factories.User()
        if organization_id:
            tk.get_action("organization_member_create")(
                {"ignore_auth": True}, {"id": organization_id, "username": user["name"], "role": role}
            )
        return {"user": user["name"]}

    return make


@pytest.fixture
def walidata(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the organization whose editors and admins review."""
    made = factories.Organization()
    monkeypatch.setitem(ckan_config, "ckanext.jambi.metadata.reviewer_organization", made["name"])
    return made


@pytest.fixture
def city(
    rules: None, dataset: Callable, person: Callable, walidata: dict, portal_at: Callable
) -> SimpleNamespace:
    """Return a weekly item of an OPD, in the week before its first deadline, and who acts."""
    one = dataset("mingguan")
    promise(one)
    portal_at(13)
    ticking.run()
    opd = one["owner_org"]
    return SimpleNamespace(
        opd=opd, dataset=one, admin=person(opd), editor=person(opd, "editor"), judge=person(walidata["id"])
    )


@pytest.fixture
def mail(ckan_config: Any) -> Iterator[MailServer]:
    """Return a mail server that the portal uses."""
    yield from served(ckan_config)


@pytest.fixture
def posts(rules: None) -> None:
    """Put the posts of the demonstration in force; the ladder stands from now on."""
    for name in ("inspektorat", "setda-bagian-hukum"):
        factories.Organization(name=name)
    adopting.adopt(CONFIG / "posts.yaml")
    model.Session.commit()
    climbing.run()


@pytest.fixture
def dataset() -> Callable[..., dict[str, Any]]:
    """Return a maker of datasets with a frequency and one resource."""

    def make(
        frekuensi: str = "bulanan", resources: int = 1, stored: bool = False, **values: Any
    ) -> dict[str, Any]:
        values.setdefault("owner_org", factories.Organization()["id"])
        kind = {"url_type": "datastore"} if stored else {}
        return factories.Dataset(
            extras=[{"key": "frekuensi", "value": frekuensi}] if frekuensi else [],
            resources=[
                {"url": f"https://contoh.example/{n}.csv", "format": "CSV", **kind} for n in range(resources)
            ],
            **values,
        )

    return make


@pytest.fixture
def seen() -> Callable[..., Observation]:
    """Return a maker of harvested evidence, dated now."""

    def make(dataset: dict[str, Any], content: str | None, **values: Any) -> Observation:
        values.setdefault("valid_at", clock.now())
        values.setdefault("kind", "harvest_ok")
        return Observation(
            package_id=dataset["id"],
            content_hash=content,
            hash_method="rows-v1" if content else None,
            **values,
        )

    return make


@pytest.fixture(autouse=True)
def fresh_session() -> Iterator[None]:
    """Leave no open transaction behind: the log's lock would hold the next test."""
    yield
    model.Session.rollback()
