"""Linked files are looked at through the guarded client: available, changed, and seldom read (F18, F22, HV09)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from harvest_source import OWN_HOST, PLUGINS, Answer, Source

from ckanext.jambi.freshness.model import observation, state
from ckanext.jambi.harvest.connections import DEMO_HOST, DEMO_TARGET
from ckanext.jambi.harvest.links import checking, listing
from ckanext.jambi.harvest.model import host, link, target

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
TABLE = b"bulan,kunjungan\n2026-08,12\n"
KAMUS = [
    {"nama": "bulan", "tipe": "bulan", "label": "Bulan"},
    {"nama": "kunjungan", "tipe": "bilangan", "label": "K"},
]


@pytest.fixture
def city(ckan_config: Any, monkeypatch: pytest.MonkeyPatch, source: Source) -> str:
    """Let the test server be the simulated city, the one host on loopback that links may lead to."""
    monkeypatch.setitem(ckan_config, "ckanext.jambi.harvest.demo_city_url", source.url)
    row = {"name": DEMO_TARGET, "host": DEMO_HOST, "cidr": f"{OWN_HOST}/32", "port": source.port}
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.insert(target).values(
                **row, path_prefix="/", reason="uji", created_by="uji", created_at=sa.func.now()
            )
        )
    return f"http://{DEMO_HOST}"


@pytest.fixture
def linked(city: str) -> Callable[..., dict[str, Any]]:
    """Return a maker of datasets that link to files of the city."""

    def make(*paths: str, format: str = "CSV", **values: Any) -> dict[str, Any]:
        made = [{"url": f"{city}{path}", "format": format, **values} for path in paths]
        one = factories.Dataset(
            owner_org=factories.Organization()["id"],
            frekuensi="bulanan",
            resources=made,
        )
        listing.follow()
        return one

    return make


def look(after: timedelta | None = None) -> int:
    """Look at every link that is due; `after` lets that much time pass before. Return how many were looked at."""
    with model.meta.engine.begin() as connection:
        connection.execute(sa.delete(host))
        if after:
            connection.execute(
                sa.update(link).values(next_at=link.c.next_at - after, content_at=link.c.content_at - after)
            )
    count = 0
    while checking.check_next(model.meta.engine):
        count += 1
        with model.meta.engine.begin() as connection:
            connection.execute(sa.delete(host))
    return count


def rows(**wanted: Any) -> list[dict[str, Any]]:
    """Return the rows of the log about linked files."""
    query = sa.select(observation).where(observation.c.kind == "remote_fetch").order_by(observation.c.seq)
    found = [dict(row) for row in model.Session.execute(query).mappings()]
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def content() -> list[str]:
    return [row["detail"]["credit"] for row in rows() if row["content_hash"]]


def available() -> list[bool]:
    return [row["detail"]["available"] for row in rows() if "available" in row["detail"]]


SECONDS, DAY = timedelta(seconds=10), timedelta(days=1)


def test_f18_first_content_is_read_twice_and_counts_from_its_first_change(
    source: Source, linked: Callable
) -> None:
    source.answers["/a.csv"] = Answer(TABLE, headers={"ETag": '"1"'})
    linked("/a.csv")
    assert (look(), content(), available()) == (1, [], [True])
    assert look() == 0  # ten seconds have not passed
    assert (look(SECONDS), content()) == (1, ["first_linked_content"])
    assert [each for each in source.asked if not each.startswith("HEAD")] == ["/a.csv", "/a.csv"]
    source.answers["/a.csv"] = Answer(TABLE + b"2026-09,13\n", headers={"ETag": '"2"'})
    assert [look(DAY), look(SECONDS)] == [1, 1]
    assert content() == ["first_linked_content", "new_content"]
    [newest] = rows(row_count=2)
    assert (newest["hash_method"], newest["actor_class"]) == ("rows-v1", "harvester")


def test_f18_first_content_with_a_period_credits_up_to_it(source: Source, linked: Callable) -> None:
    source.answers["/a.csv"] = Answer(TABLE)
    one = linked("/a.csv", kamus_data=KAMUS, kolom_periode="bulan")
    look()
    look(SECONDS)
    assert content() == ["new_content"]
    known = model.Session.execute(sa.select(state).where(state.c.package_id == one["id"])).one()
    assert (known.evidence_kind, str(known.period_end)) == ("remote_fetch", "2026-08-31")


def test_f18_what_differs_at_each_reading_earns_nothing(source: Source, linked: Callable) -> None:
    count = iter(range(100))
    source.behaviours["/a.txt"] = lambda handler: handler.give(Answer(f"dibuat {next(count)}".encode()))
    source.answers["/a.txt"] = Answer(b"")
    linked("/a.txt", format="TXT")
    look()
    look(SECONDS)
    look(DAY)
    look(SECONDS)
    assert content() == ["first_linked_content", "unstable_content"]


def test_f18_an_unchanged_file_is_settled_without_its_bytes(source: Source, linked: Callable) -> None:
    source.answers["/a.csv"] = Answer(TABLE, headers={"Last-Modified": "Tue, 01 Sep 2026 00:00:00 GMT"})
    linked("/a.csv")
    look()
    look(SECONDS)
    source.asked.clear()
    for _ in range(5):
        assert look(DAY) == 1
    assert source.asked == ["HEAD /a.csv"] * 5


def test_f18_without_validators_the_bytes_are_read_less_and_less_often(
    source: Source, linked: Callable
) -> None:
    source.answers["/a.csv"] = Answer(TABLE)
    linked("/a.csv")
    look()
    look(SECONDS)
    source.asked.clear()
    for _ in range(15):
        look(DAY)
    assert (
        source.asked.count("/a.csv") == 4
    )  # on days 1, 2, 4 and 8; next 7.5 days later, a quarter of a month
    assert source.asked.count("HEAD /a.csv") == 15
    assert content() == ["first_linked_content"]


def test_f18_validators_that_change_by_themselves_are_believed_no_more(
    source: Source, linked: Callable
) -> None:
    count = iter(range(100))

    def fresh(*_: Any) -> Answer:
        return Answer(TABLE, headers={"ETag": f'"{next(count)}"'})

    linked("/a.csv")
    for wait in (None, SECONDS, DAY, DAY, DAY):
        source.answers["/a.csv"] = fresh()
        look(wait)
    assert content() == ["first_linked_content"]
    [kept] = model.Session.execute(sa.select(link.c.distrusted)).scalars()
    assert kept


LONGER = TABLE + b"2026-09,13\n"


def test_f18_a_server_that_never_tells_of_a_change_is_found_out(source: Source, linked: Callable) -> None:
    source.answers["/a.csv"] = Answer(TABLE, headers={"ETag": '"1"'})
    linked("/a.csv")
    look()
    look(SECONDS)
    source.answers["/a.csv"] = Answer(LONGER, headers={"ETag": '"1"'})
    for _ in range(29):
        look(DAY)
    assert content() == ["first_linked_content"]
    look(DAY)
    look(SECONDS)
    assert content() == ["first_linked_content", "new_content"]
    assert model.Session.scalar(sa.select(link.c.distrusted))


def test_f18_while_new_data_is_awaited_nobody_is_late_on_the_word_of_a_server(
    source: Source, linked: Callable
) -> None:
    source.answers["/a.csv"] = Answer(TABLE, headers={"ETag": '"1"'})
    linked("/a.csv", kamus_data=KAMUS, kolom_periode="bulan")
    look()
    look(SECONDS)
    source.asked.clear()
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(state).values(due_at=sa.func.now()))
    source.answers["/a.csv"] = Answer(LONGER, headers={"ETag": '"1"'})
    look(DAY)
    look(SECONDS)
    assert source.asked == ["HEAD /a.csv", "/a.csv"] * 2
    assert [row["row_count"] for row in rows() if row["content_hash"]] == [1, 2]


def test_f22_a_file_that_cannot_be_had_is_noted_when_that_changes_and_once_a_day(
    source: Source, linked: Callable
) -> None:
    source.answers["/a.csv"] = Answer(TABLE, headers={"ETag": '"1"'})
    one = linked("/a.csv")
    look()
    del source.answers["/a.csv"]
    look(SECONDS)
    look(timedelta(hours=1))
    assert available() == [True, False]
    assert rows()[-1]["detail"]["reason"] == "not_found"
    known = model.Session.execute(sa.select(state.c.reachable).where(state.c.package_id == one["id"])).one()
    assert known.reachable is False
    source.answers["/a.csv"] = Answer(TABLE, headers={"ETag": '"1"'})
    look(timedelta(hours=1))
    assert available() == [True, False, True]


def test_f22_a_dataset_is_available_if_all_of_its_links_are(source: Source, linked: Callable) -> None:
    source.answers["/a.csv"] = Answer(TABLE)
    linked("/a.csv", "/b.csv")
    assert look() == 2
    assert available()[-1] is False
    source.answers["/b.csv"] = Answer(TABLE)
    look(timedelta(hours=1))
    assert available()[-1] is True


def test_f22_a_web_page_in_place_of_data_is_no_data(source: Source, linked: Callable) -> None:
    source.answers["/a.csv"] = source.answers["/b"] = Answer(b"<!doctype html><title>Masuk</title>")
    linked("/a.csv")
    linked("/b", format="HTML")
    assert look() == 2
    assert sorted(available()) == [False, True]
    assert content() == []


def test_hv09_links_reach_no_internal_address(source: Source, allow_source: None, linked: Callable) -> None:
    source.answers["/a.csv"] = Answer(TABLE)
    one = linked("/a.csv")
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(model.Resource.__table__).values(url=f"{source.url}/a.csv"))
    listing.follow()
    look()
    assert source.asked == []  # though a source may ask there: its row of the allowlist is not for links
    assert rows(package_id=one["id"])[-1]["detail"]["reason"] == "address_refused"


@pytest.mark.parametrize("change", [{"state": "deleted"}, {"url_type": "upload"}, {"url": "/a.csv"}])
def test_f22_what_is_no_link_any_more_is_not_looked_at(
    source: Source, linked: Callable, change: dict[str, str]
) -> None:
    linked("/a.csv")
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(model.Resource.__table__).values(**change))
    listing.follow()
    assert look() == 0


def test_f22_two_workers_look_at_a_link_once(linked: Callable) -> None:
    linked("/a.csv")
    assert [bool(listing.take(model.meta.engine)) for _ in range(2)] == [True, False]


def test_f22_a_link_waits_while_its_host_was_asked_just_now(linked: Callable) -> None:
    linked("/a.csv")
    with model.meta.engine.begin() as connection:
        soon = sa.func.clock_timestamp() + timedelta(minutes=1)
        connection.execute(sa.insert(host).values(host=DEMO_HOST, free_at=soon))
    assert listing.take(model.meta.engine) is None


def test_section_16_content_checks_are_settled_without_a_body(source: Source, linked: Callable) -> None:
    """Ten links over sixty days: eight with validators, one without, one that changes each month."""
    for n in range(9):
        source.answers[f"/{n}.csv"] = Answer(TABLE, headers={"ETag": f'"{n}"'})
    source.answers["/9.csv"] = Answer(TABLE)
    linked(*(f"/{n}.csv" for n in range(10)))
    look()
    look(SECONDS)
    source.asked.clear()
    checks = 0
    for day in range(60):
        if day % 30 == 15:
            source.answers["/0.csv"] = Answer(
                TABLE + f"2026-09,{day}\n".encode(), headers={"ETag": f'"d{day}"'}
            )
        checks += look(DAY)
        look(SECONDS)
    read = [each for each in source.asked if not each.startswith("HEAD")]
    again = source.asked.count("/0.csv") // 2  # the second reading of what is new belongs to the same check
    share = 1 - (len(read) - again) / checks
    assert checks == 600
    assert share >= 0.95
