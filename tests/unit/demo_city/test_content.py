"""All 25 datasets: equal at equal instants, grown by exactly the released period one period later."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from ckanext.jambi.clock import WIB
from ckanext.jambi.demo_city.chance import Chance
from ckanext.jambi.demo_city.city import City
from ckanext.jambi.demo_city.content import Register, Series, touched
from ckanext.jambi.demo_city.datasets import SOURCES
from ckanext.jambi.demo_city.source import Source

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=WIB)
HARVESTS = [NOW - timedelta(days=days) for days in (120, 60, 30, 0)]
A_YEAR_AGO = NOW - timedelta(days=365)
CATALOGUE = yaml.safe_load((Path(__file__).parents[2] / "data" / "demo" / "datasets.yaml").read_text("utf-8"))
SERIES = [source for source in SOURCES if isinstance(source.content, Series)]
REGISTERS = [source for source in SOURCES if isinstance(source.content, Register)]
CHANCE = Chance("kota-jambi")


def named(sources: list[Source]) -> list[str]:
    return [source.name for source in sources]


def rows_at(source: Source, instant: datetime) -> list[tuple]:
    return source.content.rows(CHANCE, instant)


def test_the_25_datasets_are_those_of_the_demo_catalogue():
    wanted = [(one["nomor"], one["name"], one["judul"], one["produsen"]) for one in CATALOGUE["datasets"]]
    assert [(one.number, one.name, one.title, one.owner) for one in SOURCES] == wanted


@pytest.mark.parametrize("source", SOURCES, ids=named(SOURCES))
def test_columns_are_those_of_the_demo_catalogue(source: Source):
    entry = CATALOGUE["datasets"][source.number - 1]
    wanted = {column[0] for column in entry["columns"]}
    wanted |= {column[0] for column in CATALOGUE["kolom_wilayah"].get(entry.get("wilayah"), [])}
    added = {20: {"minggu"}, 24: {"keadaan_per"}}.get(source.number, set())
    assert set(source.columns) == wanted | added


@pytest.mark.parametrize("source", SOURCES, ids=named(SOURCES))
def test_every_harvest_finds_rows_of_the_right_width(source: Source):
    for instant in (A_YEAR_AGO, *HARVESTS):
        rows = rows_at(source, instant)
        assert 0 < len(rows) <= 7000
        assert {len(row) for row in rows} == {len(source.columns)}


def test_the_whole_city_stays_small():
    assert sum(len(rows_at(source, NOW)) for source in SOURCES) <= 60_000


@pytest.mark.parametrize("source", SOURCES, ids=named(SOURCES))
def test_equal_seed_and_instant_give_equal_rows_and_another_seed_does_not(source: Source):
    again = source.content.rows(Chance("kota-jambi"), NOW)
    assert again == rows_at(source, NOW)
    assert source.content.rows(Chance("lain"), NOW) != again


@pytest.mark.parametrize("source", SOURCES, ids=named(SOURCES))
def test_all_but_the_yearly_and_the_late_half_yearly_move_within_120_days(source: Source):
    slow = {"daya-tampung-penerimaan-murid", "kondisi-ruas-jalan"}
    before, after = rows_at(source, HARVESTS[0]), rows_at(source, HARVESTS[-1])
    assert (before == after) == (source.name in slow)


@pytest.mark.parametrize("source", SERIES, ids=named(SERIES))
def test_one_release_later_exactly_that_periods_rows_are_new(source: Source):
    content = source.content
    moment = next_release(content)
    earlier = moment - timedelta(seconds=1)
    old, new = rows_at(source, earlier), rows_at(source, moment)
    known, released = content.periods(CHANCE, earlier), content.periods(CHANCE, moment)
    came = made(content, [one for one in released if one not in known])
    left = made(content, [one for one in known if one not in released])
    gained, lost = Counter(new) - Counter(old), Counter(old) - Counter(new)
    corrections = 2 if content.corrects is not None else 0
    assert (gained - came).total() <= corrections
    assert (lost - left).total() <= corrections
    assert came.total() > 0
    assert not left or content.window


def next_release(content: Series) -> datetime:
    first = content.step.number(NOW) - 40
    releases = (content.release(CHANCE, content.step.period(index)) for index in range(first, first + 60))
    later = sorted(moment for moment in releases if moment > NOW)
    return next(moment for moment in later if made(content, content.periods(CHANCE, moment)[-1:]))


def made(content: Series, periods: list) -> Counter:
    return Counter(row for period in periods for row in content.make(CHANCE, period))


@pytest.mark.parametrize("source", REGISTERS, ids=named(REGISTERS))
def test_entries_of_a_register_stay_and_change_in_the_declared_columns_only(source: Source):
    moving = {source.columns.index(name) for name in source.content.changes}

    def lasting(instant: datetime) -> Counter:
        rows = rows_at(source, instant)
        return Counter(tuple(cell for at, cell in enumerate(row) if at not in moving) for row in rows)

    for earlier, later in pairwise(HARVESTS):
        assert not lasting(earlier) - lasting(later)


def test_a_figure_is_corrected_once_when_the_next_period_comes():
    source = next(one for one in SOURCES if one.name == "harga-bahan-pokok")
    content = source.content
    periods = [one for one in content.periods(CHANCE, NOW) if one.index % 5 == 0 and one.day.weekday() < 4]
    moment = content.release(CHANCE, periods[-1])
    first = {row[:3]: row[3] for row in rows_at(source, moment)}
    final = {row[:3]: row[3] for row in rows_at(source, moment + timedelta(days=1))}
    changed = [key for key in first if first[key] != final[key]]
    assert len(changed) == 1
    assert changed[0][0] == periods[-1].day


@pytest.mark.parametrize("source", SOURCES, ids=named(SOURCES))
def test_a_change_by_hand_touches_one_row_and_each_further_one_touches_it_again(source: Source):
    city = City(now=lambda: NOW)
    versions = [city.rows(source)]
    for _ in range(2):
        city.change(len(SOURCES))
        versions.append(city.rows(source))
    for earlier, later in pairwise(versions):
        assert len(earlier) == len(later)
        assert sum(one != other for one, other in zip(earlier, later, strict=True)) == 1


def test_nothing_to_correct_leaves_the_rows_alone():
    assert touched([(None,)], 0, 3) == [(None,)]
    assert touched([], 0, 1) == []


def test_no_published_count_of_complaints_lies_between_one_and_four():
    source = next(one for one in SOURCES if one.name == "pengaduan-warga")
    start = source.columns.index("masuk")
    for row in rows_at(source, NOW):
        received, waiting, closed = row[start : start + 3]
        assert all(count is None or count == 0 or count >= 5 for count in (received, waiting, closed))
        assert waiting is not None or closed is None, "the hidden count must not follow by subtraction"


def test_areas_are_real_and_the_new_kelurahan_have_no_bps_code():
    source = next(one for one in SOURCES if one.name == "stunting-kelurahan")
    codes = {row[3]: row[5] for row in rows_at(source, NOW)}
    assert len(codes) == 68
    assert sum(code is None for code in codes.values()) == 6
    assert len({row[1] for row in rows_at(source, NOW)}) == 11


def test_the_river_keeps_to_plausible_levels_and_its_alert_follows_them():
    source = SOURCES[0]
    for _, _, level, quality, _, alert, _ in rows_at(source, NOW):
        assert (level is None) == (quality != "baik") == (alert is None)
        assert level is None or 10 < level < 16
        assert level is None or (alert == "Normal") == (float(level) < 13.87)


@pytest.mark.parametrize("source", [one for one in SERIES if one.content.window], ids=lambda one: one.name)
def test_a_moving_window_always_shows_the_same_number_of_rows(source: Source):
    """Else each drop of a row or two would count as vanished rows, until the guard holds the table."""
    counts = {len(rows_at(source, NOW + timedelta(minutes=37 * step))) for step in range(90)}
    assert len(counts) == 1


@pytest.mark.parametrize("source", SOURCES, ids=named(SOURCES))
def test_no_table_ever_shrinks(source: Source):
    counts = [len(rows_at(source, instant)) for instant in HARVESTS]
    assert counts == sorted(counts)
