"""Promises in the portal: items, obligations, scores and days that follow from the log (F10, F13, F33, F40, F53)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date, timedelta
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from click.testing import CliRunner
from daftar import CONFIG, outcomes, promise, stored

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import item, item_dataset, obligation, observation, score
from ckanext.jambi.freshness.promises import adopting, file, tables, ticking
from ckanext.jambi.freshness.rules import chain

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]


@pytest.mark.parametrize("table", [item_dataset, obligation, score], ids=lambda table: table.name)
def test_section_16_what_is_derived_of_a_dataset_has_an_index_over_datasets(table: sa.Table) -> None:
    asked = sa.text("SELECT indexdef FROM pg_indexes WHERE tablename = :table")
    found = model.Session.scalars(asked, {"table": table.name}).all()
    assert any(each.endswith("(package_id)") for each in found)


@pytest.mark.parametrize("published", [True, False])
def test_section_16_obligations_are_deleted_without_reading_those_of_other_items(
    dataset, portal_at, published: bool
) -> None:
    one = dataset("mingguan")
    promise(one)
    promise(one, code="B", datasets=[])
    portal_at(24)
    ticking.run()
    own = obligation.c.package_id.is_not(None) if published else obligation.c.package_id.is_(None)
    gone = [dict(row) for row in model.Session.execute(sa.select(obligation).where(own)).mappings()]
    query = tables.deleted(gone, published=published).compile(dialect=model.meta.engine.dialect)
    connection = model.Session.connection()
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    found = "\n".join(connection.exec_driver_sql(f"EXPLAIN {query}", query.params).scalars())
    assert "package_id = gone.package_id" in found if published else "package_id IS NULL" in found
    assert "Seq Scan" not in found
    assert model.Session.execute(tables.deleted(gone, published=published)).rowcount == len(gone) > 0


def test_f10_an_item_gives_obligations_that_content_closes(dataset, seen, portal_at) -> None:
    one = dataset("mingguan")  # 1 September 2026 is a Tuesday: the first full week begins on the 7th
    promise(one)
    portal_at(13)
    observe([seen(one, "a", period_end=date(2026, 9, 13))])
    ticking.run()
    assert outcomes() == ["met", "open"]
    row = model.Session.execute(sa.select(obligation).order_by(obligation.c.period_start)).first()
    assert (row.period_start, row.period_end) == (date(2026, 9, 7), date(2026, 9, 13))
    closing = model.Session.execute(sa.select(observation).where(observation.c.seq == row.closing_seq)).one()
    assert closing.content_hash == "a"


def test_f03_what_was_promised_is_judged_and_not_the_date_of_a_file(dataset, seen, portal_at) -> None:
    weekly, yearly = dataset("mingguan"), dataset("tahunan")
    promise(weekly)
    promise(yearly, code="B", frequency="tahunan")
    promise(yearly, code="C", datasets=[])  # promised each week, and nothing was ever published
    observe([seen(weekly, "a"), seen(yearly, "b")])
    portal_at(30)
    ticking.run()
    query = sa.select(item.c.code, score.c.state).join(item, item.c.id == score.c.item_id)
    assert dict(map(tuple, model.Session.execute(query))) == {
        **{"A": "delinquent", "B": "fresh", "C": "unknown"}
    }
    assert outcomes("C") == ["open"] * 4
    assert outcomes("B") == []


def test_f13_late_and_never(dataset, seen, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    observe([seen(one, "a", period_end=date(2026, 8, 30))])
    portal_at(36)
    observe([seen(one, "b", period_end=date(2026, 10, 4))])
    portal_at(60)
    ticking.run()
    assert outcomes() == ["met_late", "met_late", "met_late", "met", "open", "open", "open", "open"]


def test_f40_a_tick_that_changes_nothing_writes_nothing_new(dataset, seen, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    observe([seen(one, "a")])
    portal_at(20)
    ticking.run()
    before, end = stored(), ledger.head().seq
    ticking.run()
    assert (stored(), ledger.head().seq) == (before, end)


def test_f40_thirty_days_without_a_tick_end_as_ticks_every_day_do(dataset, seen, portal_at) -> None:
    one, other = dataset("mingguan"), dataset("harian")
    promise(one)
    promise(other, code="B", frequency="harian")
    observe([seen(one, "a"), seen(other, "b")])
    ticking.run()
    portal_at(31.4)
    ticking.run()
    at_once = stored()
    ticking.tables.clear()
    for day in range(1, 32):
        portal_at(day + 0.1)
        ticking.run()
    portal_at(31.4)
    ticking.run()
    assert stored() == at_once


def test_p14_f53_rebuild_equals_the_live_tables_row_by_row(dataset, seen, portal_at) -> None:
    several = [dataset("bulanan") for _ in range(3)]
    for number, one in enumerate(several):
        promise(one, code=f"A{number}", frequency=("harian", "mingguan", "realtime")[number])
    for day in range(1, 30, 4):
        portal_at(day)
        end = clock.today().date() - timedelta(days=1)
        observe([seen(one, f"{day}", period_end=end) for one in several[: day % 3 + 1]])
        ticking.run()
    before = stored()
    assert CliRunner().invoke(freshness, ["rebuild"]).output == "3 items judged anew.\n"
    assert stored() == before
    assert all(rows for name, rows in before.items())


def test_f40_what_is_recorded_while_a_tick_runs_is_followed_by_the_next(dataset, seen, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    portal_at(13.01)
    observe([seen(one, "a", period_end=date(2026, 9, 13))])
    model.Session.commit()
    portal_at(13)  # the clock of a worker that began before, or lags a little behind
    ticking.run()
    assert outcomes() == ["open", "open"]
    portal_at(13.02)
    ticking.run()
    assert outcomes() == ["met", "open"]


def test_f53_what_was_recorded_since_the_last_tick_is_followed_after_a_rebuild(
    dataset, seen, portal_at
) -> None:
    one = dataset("mingguan")
    promise(one)
    portal_at(13)
    ticking.run()
    portal_at(13.01)
    observe([seen(one, "a", period_end=date(2026, 9, 13))])
    model.Session.commit()
    ticking.rebuild()
    model.Session.commit()
    ticking.run()
    assert outcomes() == ["met", "open"]


def test_f40_a_tick_after_midnight_waits_for_whoever_records_since_before(dataset, seen, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    portal_at(13)
    ticking.run()
    portal_at(20.58)  # a few minutes before midnight (WIB)
    observe([seen(one, "a", period_end=date(2026, 9, 20))])
    portal_at(20.59)

    def tick() -> None:
        try:
            ticking.run()
        finally:
            model.Session.remove()

    with ThreadPoolExecutor() as threads:
        ticked = threads.submit(tick)
        assert wait([ticked], timeout=2).done == set()
        model.Session.commit()
        ticked.result(30)
    live = stored()
    ticking.rebuild()
    assert stored() == live


def test_f33_an_answer_as_of_an_instant_is_the_same_before_and_after_later_rows(
    dataset, seen, portal_at
) -> None:
    one = dataset("mingguan")
    promise(one)
    observe([seen(one, "a")])
    then = portal_at(25)
    ticking.run()
    ask = {"id": one["owner_org"], "as_of": then.isoformat()}
    before = tk.get_action("jambi_freshness_organization_show")({}, ask)
    portal_at(60)
    observe([seen(one, "b")])
    promise(one, weight=2)
    ticking.run()
    after = tk.get_action("jambi_freshness_organization_show")({}, ask)
    assert {**after, "log": None} == {**before, "log": None}
    assert before["index"] is not None


def test_f53_the_log_stays_sound(dataset, seen, portal_at) -> None:
    promise(dataset("mingguan"))
    portal_at(20)
    ticking.run()
    kinds = set(model.Session.scalars(sa.select(observation.c.kind)))
    assert {"policy", "calendar", "item", "facts"} <= kinds
    assert chain.verify(ledger.export()).ok


def test_f24_an_item_without_a_dataset_scores_nothing_and_lowers_the_index(dataset, seen, portal_at) -> None:
    one = dataset("mingguan", license_id="cc-by")
    promise(one)
    observe([seen(one, "a")])
    portal_at(14)
    observe([seen(one, "b")])
    ticking.run()
    owner = {"id": one["owner_org"]}
    alone = tk.get_action("jambi_freshness_organization_show")({}, owner)
    promise(one, code="B", datasets=["nowhere"])
    portal_at(30)
    observe([seen(one, "c")])
    ticking.run()
    both = tk.get_action("jambi_freshness_organization_show")({}, owner)
    assert {row["code"]: row["score"] for row in both["scores"]}["B"] == 0
    assert both["index"] < alone["index"]


def test_f24_a_private_or_deleted_dataset_scores_nothing(dataset, seen, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    observe([seen(one, "a")])
    portal_at(14)
    ticking.run()
    context = {"ignore_auth": True, "user": ""}
    tk.get_action("package_patch")(dict(context), {"id": one["id"], "private": True})
    ticking.run()
    facts = model.Session.execute(
        sa.select(observation.c.detail).where(observation.c.kind == "facts").order_by(observation.c.seq)
    ).scalars()
    assert [row["published"] for row in facts] == [True, False]
    assert float(model.Session.scalar(sa.select(score.c.score))) == 0


@pytest.mark.ckan_config("ckanext.jambi.metadata.reviewer_organization", "walidata")
def test_f10_only_walidata_keeps_the_items(dataset) -> None:
    one = dataset("mingguan")
    owner = model.Group.get(one["owner_org"])
    row = {
        "code": "A",
        "organization": owner.name,
        "title": "T",
        "frequency": "bulanan",
        "weight": 1,
        "valid_from": "2026-01-01",
    }
    admin = factories.User()
    tk.get_action("organization_member_create")(
        {"ignore_auth": True}, {"id": owner.id, "username": admin["name"], "role": "admin"}
    )
    ask = {"item": row, "reason": "SK 1"}
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("jambi_freshness_item_create")({"user": admin["name"]}, ask)
    walidata = factories.Organization(name="walidata", users=[{"name": admin["name"], "capacity": "editor"}])
    assert walidata
    assert tk.get_action("jambi_freshness_item_create")({"user": admin["name"]}, ask)["code"] == "A"
    ticking.run()
    listed = tk.get_action("jambi_freshness_item_list")({}, {})
    assert [(each["code"], each["organization"]) for each in listed] == [("A", owner.name)]
    with pytest.raises(tk.ValidationError, match="taken"):
        tk.get_action("jambi_freshness_item_create")({"user": admin["name"]}, ask)
    with pytest.raises(tk.ValidationError, match="frequency"):
        tk.get_action("jambi_freshness_item_update")(
            {"user": admin["name"]}, {"item": {**row, "frequency": ""}, "reason": "x"}
        )


def test_g07_past_duties_cannot_be_retired_away(dataset, portal_at) -> None:
    promise(dataset("mingguan"))
    portal_at(30)
    ticking.run()
    ask = {"code": "A", "reason": "SK 1", "last_day": "2026-09-15"}
    sysadmin = factories.Sysadmin()["name"]
    with pytest.raises(tk.ValidationError, match="forgiven"):
        tk.get_action("jambi_freshness_item_retire")({"user": sysadmin}, ask)
    tk.get_action("jambi_freshness_item_retire")({"user": sysadmin}, {**ask, "last_day": "2026-10-05"})
    portal_at(60)
    ticking.run()
    assert outcomes() == ["open"] * 4


def test_f10_a_retired_item_stays_so_whatever_is_said_of_it(dataset, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    adopting.retire("A", date(2026, 9, 20), "SK 1")
    with pytest.raises(file.ItemError, match="A: this item was retired; take a new code"):
        promise(one, title="Another")
    promise(one)  # a file that still lists it as it was
    adopting.retire("A", date(2026, 9, 27), "SK 2")  # the day lies ahead yet
    portal_at(60)
    with pytest.raises(file.ItemError, match="A: this item ended on 27 September 2026"):
        adopting.retire("A", date(2026, 12, 31), "SK 3")
    ticking.run()
    assert outcomes() == ["open"] * 2


def test_f24_titles_of_data_that_is_not_open_stay_inside(dataset) -> None:
    promise(dataset("mingguan"), access="terbatas")
    ticking.run()
    (found,) = tk.get_action("jambi_freshness_item_list")({}, {})
    assert "title" not in found
    assert found["code"] == "A"


def test_f49_the_day_leaves_its_figures(dataset, seen, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    observe([seen(one, "a")])
    portal_at(20)
    ticking.run()
    found = tk.get_action("jambi_freshness_history_list")({}, {"organization_id": one["owner_org"]})[
        "results"
    ]
    assert [found[0]["day"], found[-1]["day"]] == ["2026-09-14", "2026-09-20"]
    assert all(0 <= each["index"] <= 100 for each in found)
    city = tk.get_action("jambi_freshness_history_list")({}, {"from": "2026-09-18"})["results"]
    assert [each["day"] for each in city] == ["2026-09-18", "2026-09-19", "2026-09-20"]


def test_f12_a_version_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    changed = tmp_path / "v1.yaml"
    changed.write_text(
        (CONFIG / "policy" / "v1.yaml").read_text("utf-8").replace("lag: 10", "lag: 11"), "utf-8"
    )
    assert adopting.adopt(CONFIG / "policy" / "v1.yaml") is None
    with pytest.raises(adopting.RuleError, match="new version"):
        adopting.adopt(changed)
    run = CliRunner().invoke(freshness, ["adopt", str(changed)])
    assert run.exit_code == 1
    (tmp_path / "x.yaml").write_text("version: 1", "utf-8")
    with pytest.raises(adopting.RuleError, match="neither"):
        adopting.adopt(tmp_path / "x.yaml")


def test_f10_the_daftar_data_of_the_demonstration_names_organizations_that_exist() -> None:
    from ckanext.jambi.metadata import opd

    found = file.load(CONFIG / "daftar-data.yaml")
    assert {each["organization"] for each in found} <= {each.slug for each in opd.agencies()}
    for slug in {each["organization"] for each in found}:
        factories.Organization(name=slug)
    run = CliRunner().invoke(freshness, ["items", "apply", str(CONFIG / "daftar-data.yaml")])
    assert run.output == f"{len(found)} items read, {len(found)} new or changed.\n"
    run = CliRunner().invoke(freshness, ["items", "apply", str(CONFIG / "daftar-data.yaml")])
    assert run.output == f"{len(found)} items read, 0 new or changed.\n"
    ticking.run()
    assert CliRunner().invoke(freshness, ["items", "list"]).output.count("\n") == len(found)


def test_f10_obligations_are_listed_with_what_closed_them(dataset, seen, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    portal_at(14)
    observe([seen(one, "a")])
    ticking.run()
    listed = tk.get_action("jambi_freshness_obligation_list")({}, {"outcome": "met"})
    assert (listed["count"], listed["results"][0]["dataset"]) == (1, one["name"])
    assert listed["results"][0]["closing_seq"] is not None


def test_f24_the_log_which_everyone_reads_gets_no_title_of_data_that_is_not_open(dataset) -> None:
    promise(dataset("mingguan"), access="terbatas", title="Judul tertutup")
    details = model.Session.scalars(sa.select(sa.cast(observation.c.detail, sa.Text))).all()
    assert len(details) > 1
    assert not any("Judul tertutup" in each for each in details)


def test_f10_two_items_cannot_stand_for_the_same_rows(dataset, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    with pytest.raises(file.ItemError, match="stands for A already"):
        promise(one, code="B")
    promise(one, code="C", datasets=[{"name": one["name"], "column": "wilayah", "value": "Jelutung"}])

    portal_at(30)
    adopting.retire("A", date(2026, 10, 5), "SK 1")
    promise(one, code="B")
    ticking.run()

    assert outcomes("A")
    portal_at(60)
    ticking.run()
    assert outcomes("B")


def test_f40_two_that_follow_the_log_at_once_wait_for_each_other(
    dataset, seen, portal_at, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = dataset("mingguan")
    promise(one)
    observe([seen(one, "a")])
    model.Session.commit()
    portal_at(40)
    saved, goes_on = threading.Event(), threading.Event()
    note = tables.note

    def note_and_wait(*values: object) -> None:
        note(*values)
        saved.set()
        assert goes_on.wait(20)

    def follow() -> None:
        try:
            ticking.keep_up()
        finally:
            model.Session.remove()

    with ThreadPoolExecutor() as threads:
        monkeypatch.setattr(tables, "note", note_and_wait)
        first = threads.submit(follow)
        assert saved.wait(20)
        monkeypatch.setattr(tables, "note", note)
        second = threads.submit(follow)
        assert wait([second], timeout=1).done == set()
        goes_on.set()
        first.result(20)
        second.result(20)
    before = stored()
    ticking.rebuild()
    assert {name: rows for name, rows in stored().items() if name != "jambi_freshness_organization_day"} == {
        name: rows for name, rows in before.items() if name != "jambi_freshness_organization_day"
    }
