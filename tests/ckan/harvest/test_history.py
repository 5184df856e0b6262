"""The demonstration's past: the clock goes on, and each source is harvested at its pace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, Answer, count, raw_definition

from ckanext.jambi import clock
from ckanext.jambi.harvest.cli import harvest as harvest_group
from ckanext.jambi.harvest.model import run

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "apply_source"),
]
PRESENT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock_file(tmp_path: Path, ckan_config: Any) -> Iterator[Path]:
    """Return the file of a demonstration's clock that stands five days before the present."""
    path = tmp_path / "clock.json"
    ckan_config["ckanext.jambi.demo.clock_file"] = str(path)
    clock.set_to(path, PRESENT - timedelta(days=5))
    clock.use(path)
    yield path
    clock.use(None)
    ckan_config["ckanext.jambi.demo.clock_file"] = ""


def raw(source: Any, name: str, frequency: str) -> dict[str, Any]:
    wanted = raw_definition(source, name)
    wanted["dataset"]["fields"] = wanted["dataset"]["fields"] | {"frekuensi": frequency}
    return wanted


def evidence_days() -> list[Any]:
    """Return when each observation of a harvest was recorded, by the portal's clock."""
    query = "SELECT recorded_at FROM jambi_freshness_observation WHERE kind = 'harvest_ok' ORDER BY seq"
    with model.meta.engine.connect() as connection:
        return list(connection.scalars(sa.text(query)))


def last_credit() -> str:
    """Return what the last content that was seen was worth."""
    query = "SELECT detail->>'credit' FROM jambi_freshness_observation WHERE package_id IS NOT NULL"
    with model.meta.engine.connect() as connection:
        return str(connection.scalar(sa.text(f"{query} ORDER BY seq DESC LIMIT 1")))


def test_each_source_is_harvested_at_its_pace_until_the_present(
    command: Any, source: Any, apply_source: Any, clock_file: Path
) -> None:
    source.csv(30)
    daily = apply_source(raw(source, "uji-harian", "harian"))
    monthly = apply_source(raw(source, "uji-bulanan", "bulanan"))
    answer = command(harvest_group, "history", "--until", PRESENT.strftime("%Y-%m-%dT%H:%M:%S%z"))
    assert answer.output == "6 runs at 5 instants.\n"
    with model.meta.engine.connect() as connection:
        made = sa.select(run.c.source_id, sa.func.count(), sa.func.min(run.c.state)).group_by(run.c.source_id)
        assert {row[0]: tuple(row[1:]) for row in connection.execute(made)} == {
            daily: (5, "succeeded"),
            monthly: (1, "succeeded"),
        }
    noted = [day.date().isoformat() for day in evidence_days()]
    assert noted[0] == "2026-11-19"
    assert noted[-1] in {"2026-11-22", "2026-11-23"}  # that a source answers is noted after a whole day
    past = clock.replay()
    assert past is not None
    assert (past.share(past.since), past.until) == (0, PRESENT)
    assert clock.now() < PRESENT


def test_an_hourly_table_is_fresh_all_day(
    harvest: Any, source: Any, apply_source: Any, clock_file: Path
) -> None:
    wanted = raw(source, "uji-tiap-jam", "realtime")
    fields = {
        "path": "waktu",
        "type": "timestamp",
        "label": "Waktu",
        "definition": "Waktu",
        "concept": "Waktu",
    }
    wanted["schema"] = {"fields": {"waktu": fields | {"public": True}}}
    wanted["dataset"] |= {"period_column": "waktu", "key_columns": ["waktu"]}
    source_id = apply_source(wanted)
    reasons = []
    for hour in range(1, 5):
        instants = [f"2026-11-19T{at:02d}:00:00+07:00" for at in range(5, 10 + hour)]
        source.answers["/data.csv"] = Answer("\n".join(["waktu", *instants]).encode())
        clock.set_to(clock_file, PRESENT - timedelta(days=5) + timedelta(hours=hour))
        assert harvest(source_id)["state"] == "succeeded"
        reasons.append(last_credit())
    assert reasons == ["new_content"] * 4


def test_a_past_that_was_stopped_goes_on_where_the_clock_stands(
    command: Any, source: Any, apply_source: Any, clock_file: Path
) -> None:
    source.csv(30)
    apply_source(raw(source, "uji-harian", "harian"))
    until = ("--until", PRESENT.strftime("%Y-%m-%dT%H:%M:%S%z"))
    assert command(harvest_group, "history", *until).output == "5 runs at 5 instants.\n"
    assert command(harvest_group, "history", *until).output == "0 runs at 0 instants.\n"
    assert count("jambi_harvest_run") == 5


def test_the_clock_never_goes_back(command: Any, clock_file: Path) -> None:
    answer = command(harvest_group, "history", "--until", "2026-11-01T00:00:00+0000")
    assert answer.exit_code == 2
    assert "shows 2026-11-19T02:00" in answer.output


def test_a_portal_that_is_no_demonstration_has_no_past_to_make(command: Any) -> None:
    answer = command(harvest_group, "history", "--until", "2026-11-01T00:00:00+0000")
    assert answer.exit_code == 1
    assert "no demonstration" in answer.output
