"""How far a run has come: pace, time left with its margin, counters while it reads (HV28)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, shown

from ckanext.jambi.harvest import gather, progress, queue, status
from ckanext.jambi.harvest.model import run


@pytest.mark.parametrize(
    ("done", "total", "seconds", "left", "margin"),
    [
        (0, 100, 5.0, None, None),
        (10, None, 5.0, None, None),
        (50, 100, 5.0, 5.0, 2.5),
        (50, 100, 20.0, 20.0, 4.0),
        (100, 100, 20.0, 0.0, 0.0),
        (120, 100, 20.0, 0.0, 0.0),
    ],
)
def test_hv28_time_left_follows_from_the_pace_and_narrows(
    done: int, total: int | None, seconds: float, left: float | None, margin: float | None
) -> None:
    found = progress.pace(done, total, seconds)
    assert (found["left_seconds"], found["margin_seconds"]) == (left, margin)


@pytest.mark.ckan_config("ckan.plugins", PLUGINS)
@pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True)
@pytest.mark.usefixtures("with_plugins", "clean_db")
class TestWithRuns:
    def test_hv28_run_that_waits_has_a_place(self, source: Any, apply_source: Any) -> None:
        source_id = apply_source()
        with model.meta.engine.begin() as connection:
            run_id = queue.enqueue(connection, source_id, "manual")
            found = connection.execute(sa.select(run).where(run.c.id == run_id)).mappings().one()
            assert progress.of(connection, found)["place"] == 1

    def test_hv28_place_counts_what_goes_first(self, source: Any, apply_source: Any) -> None:
        with model.meta.engine.begin() as connection:
            ids = {
                trigger: queue.enqueue(connection, apply_source(name=f"uji-{trigger}"), trigger)
                for trigger in ("timer", "manual", "ping")
            }
        with model.meta.engine.connect() as connection:
            found = {trigger: progress.of(connection, shown(run_id)) for trigger, run_id in ids.items()}
        assert [found[one]["place"] for one in ("manual", "ping", "timer")] == [1, 2, 3]

    def test_hv28_run_that_ended_has_no_progress(self, source: Any, apply_source: Any, harvest: Any) -> None:
        source.csv(6)
        ended = harvest(apply_source())
        with model.meta.engine.connect() as connection:
            assert progress.of(connection, ended) is None

    def test_hv28_next_run_expects_what_the_last_one_read(
        self, source: Any, apply_source: Any, harvest: Any
    ) -> None:
        source.csv(6)
        source_id = apply_source()
        harvest(source_id)
        with model.meta.engine.begin() as connection:
            run_id = queue.enqueue(connection, source_id, "manual")
        with model.meta.engine.connect() as connection:
            assert progress.of(connection, shown(run_id))["total"] == 6

    def test_hv28_reading_tells_its_counters_while_it_runs(
        self, source: Any, apply_source: Any, harvest: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gather, "TOLD_SECONDS", 0.0)
        source.csv(2_500)
        told: list[int] = []

        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("UPDATE jambi_harvest_run") and "seen=" in statement.replace(" ", ""):
                told.append(1)

        engine = model.meta.engine
        sa.event.listen(engine, "after_cursor_execute", note)
        try:
            assert harvest(apply_source())["state"] == "succeeded"
        finally:
            sa.event.remove(engine, "after_cursor_execute", note)
        assert len(told) >= 3

    def test_hv27_board_names_post_and_open_quarantines(self, source: Any, apply_source: Any) -> None:
        apply_source()
        with model.meta.engine.connect() as connection:
            [row] = status.board(connection)
        assert row["post"] == "Sekretaris Dinas Kesehatan"
        assert row["open_quarantines"] == 0
