"""The log, its guard, and the states that follow from it (F17, F30, F31, F33)."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.search import rebuild
from ckan.tests import factories
from counting import statements

from ckanext.jambi import clock
from ckanext.jambi.freshness import evidence, ledger, standing
from ckanext.jambi.freshness.errors import ObservationError
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import observation, state
from ckanext.jambi.freshness.rules import chain
from ckanext.jambi.freshness.rules.states import State
from ckanext.jambi.model import event

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def state_rows() -> dict[str, dict]:
    """Return the stored states by dataset."""
    return {row["package_id"]: dict(row) for row in model.Session.execute(sa.select(state)).mappings()}


def events() -> list[tuple[str, str, bool]]:
    """Return the states that events told of, in order."""
    query = sa.select(event.c.package_id, event.c.payload, event.c.public).order_by(event.c.id)
    return [(row.package_id, row.payload["state"], row.public) for row in model.Session.execute(query)]


def test_f17_new_content_credits_and_moves_the_boundaries(dataset, seen, portal_at) -> None:
    one = dataset("bulanan")
    credit = observe([seen(one, "a" * 64)])[0]
    assert (credit.seq, credit.credited, credit.reason) == (1, True, "new_content")
    row = state_rows()[one["id"]]
    assert row["overdue_at"] - row["evidence_at"] == timedelta(days=44)
    assert (row["evidence_seq"], row["evidence_kind"], row["frequency"]) == (1, "harvest_ok", "bulanan")
    assert row["organization_id"] == one["owner_org"]


def test_g03_g04_repeated_content_earns_nothing_within_and_between_batches(dataset, seen, portal_at) -> None:
    one, other = dataset(), dataset()
    first = observe([seen(one, "a"), seen(one, "a"), seen(one, "b"), seen(other, "a")])
    assert [credit.credited for credit in first] == [True, False, True, True]
    portal_at(10)
    again = observe([seen(one, "a"), seen(other, "b")])
    assert [credit.reason for credit in again] == ["repeated_content", "new_content"]
    row = state_rows()[one["id"]]
    assert clock.now() - row["evidence_at"] > timedelta(days=9)
    assert clock.now() - row["checked_at"] < timedelta(days=1)


def test_g12_period_must_advance_and_not_lie_ahead(dataset, seen, portal_at) -> None:
    one = dataset()
    ends = [date(2026, 7, 31), date(2026, 8, 31), date(2026, 8, 31), date(2026, 12, 31), None]
    credits = observe([seen(one, f"h{n}", period_end=end) for n, end in enumerate(ends)])
    assert [credit.reason for credit in credits] == [
        "new_content",
        "new_content",
        "period_not_advanced",
        "period_in_future",
        "period_missing",
    ]
    assert state_rows()[one["id"]]["period_end"] == date(2026, 8, 31)


def test_f17_data_of_the_hour_counts_within_the_day(dataset, seen, portal_at) -> None:
    one, noon = dataset("realtime"), portal_at(0.5)

    def hourly(content: str, hour: int) -> str:
        named = noon - timedelta(hours=6 - hour)
        today = noon.astimezone(clock.WIB).date()
        return observe([seen(one, content, period_end=today, period_at=named)])[0].reason

    assert [hourly("a", 1), hourly("b", 2)] == ["new_content", "new_content"]
    assert [hourly("c", 2), hourly("d", 1)] == ["period_not_advanced", "period_not_advanced"]
    assert hourly("e", 3) == "new_content"
    assert hourly("f", 8) == "period_in_future"


def test_g02_evidence_ahead_of_the_clock_is_refused_and_writes_nothing(dataset, seen) -> None:
    one = dataset()
    ahead = seen(one, "b", valid_at=clock.now() + timedelta(minutes=6))
    with pytest.raises(ObservationError, match="ahead of the portal's clock"):
        observe([seen(one, "a"), ahead])
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(observation)) == 0
    near = seen(one, "c", valid_at=clock.now() + timedelta(minutes=4))
    assert observe([near])[0].credited
    assert standing.load([one["id"]])[one["id"]].state(clock.now()) is State.FRESH


def test_f33_recorded_at_never_goes_back_when_the_clock_does(dataset, seen, portal_at) -> None:
    one = dataset()
    portal_at(30)
    observe([seen(one, "a")])
    portal_at(5)
    observe([seen(one, "b")])
    times = model.Session.scalars(sa.select(observation.c.recorded_at).order_by(observation.c.seq)).all()
    assert times[0] == times[1]


def test_f31_log_is_a_sound_chain_and_its_export_verifies(dataset, seen) -> None:
    one = dataset()
    observe([seen(one, "a", detail={"berkas": "Béta", "ke": 1, "ada": True})])
    model.Session.commit()
    observe([seen(one, "b", period_end=date(2026, 8, 31), row_count=12), seen(one, None)])
    model.Session.commit()
    found = chain.verify(ledger.export())
    assert (found.ok, found.rows, found.last_seq) == (True, 3, 3)
    assert found.root == ledger.head().row_hash.hex()


def test_f30_rolled_back_savepoint_leaves_no_gap(dataset, seen) -> None:
    one = dataset()
    observe([seen(one, "a")])
    nested = model.Session.begin_nested()
    observe([seen(one, "b")])
    nested.rollback()
    assert observe([seen(one, "c")])[0].seq == 2
    assert chain.verify(ledger.export()).ok


@pytest.mark.parametrize("statement", ["UPDATE {} SET kind = kind", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_f30_log_refuses_change(dataset, seen, statement: str) -> None:
    observe([seen(dataset(), "a")])
    model.Session.commit()
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        model.Session.execute(sa.text(statement.format(observation.name)))


@pytest.mark.parametrize("detail", [{"x": 1.5}, {"x": "a\0b"}, {"x": {1, 2}}])
def test_f31_detail_without_canonical_form_is_refused(dataset, seen, detail) -> None:
    with pytest.raises(ObservationError):
        observe([seen(dataset(), "a", detail=detail)])


def test_f30_two_writers_at_once_leave_one_chain_without_a_gap(dataset, seen) -> None:
    pairs = [[seen(dataset(), f"{n}{m}") for m in range(5)] for n in range(2)]

    def write(batch) -> None:
        for each in batch:
            observe([each])
            model.Session.commit()
        model.Session.remove()

    writers = [threading.Thread(target=write, args=(batch,)) for batch in pairs]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = chain.verify(ledger.export())
    assert (found.ok, found.rows) == (True, 10)


def test_hv34_event_is_written_only_when_the_state_changes(dataset, seen, portal_at) -> None:
    one = dataset()
    observe([seen(one, "a")])
    portal_at(1)
    observe([seen(one, "b"), seen(one, "b")])
    portal_at(50)
    observe([seen(one, "c")])
    assert events() == [(one["id"], "fresh", True), (one["id"], "fresh", True)]


def test_hv34_event_of_a_private_dataset_is_not_public(dataset, seen) -> None:
    observe([seen(dataset(private=True), "a")])
    assert [public for _, _, public in events()] == [False]


def test_f34_actor_that_is_no_uuid_is_left_out(dataset, seen) -> None:
    one, user = dataset(), factories.User()
    observe([seen(one, "a", actor_id="budi@example.go.id"), seen(one, "b", actor_id=user["id"])])
    actors = model.Session.scalars(sa.select(observation.c.actor_id).order_by(observation.c.seq)).all()
    assert actors == [None, user["id"]]


def test_f17_evidence_of_an_unknown_dataset_is_kept_without_credit(seen) -> None:
    credit = observe([seen({"id": "00000000-0000-4000-8000-000000000000"}, "a")])[0]
    assert (credit.credited, state_rows()) == (False, {})


def test_hv01_reachability_is_written_on_change_or_after_a_day(dataset, seen, portal_at) -> None:
    one = dataset()
    observe([seen(one, "a")])
    outcomes = []
    for days, ok in [(0.1, True), (0.5, True), (1.2, True), (1.3, False), (1.4, False), (1.5, True)]:
        written = evidence.reachability("sumber", [one["id"]], ok, portal_at(days))
        outcomes.append(bool(written))
    assert outcomes == [True, False, True, True, False, True]
    row = state_rows()[one["id"]]
    assert row["reachable"] is True
    assert row["checked_at"] == model.Session.scalar(sa.select(sa.func.max(observation.c.valid_at)))


def test_g13_reachability_is_no_content(dataset, seen, portal_at) -> None:
    one = dataset("harian")
    observe([seen(one, "a")])
    evidence.reachability("sumber", [one["id"]], True, portal_at(5))
    assert standing.load([one["id"]])[one["id"]].state(clock.now()) is State.DELINQUENT


def test_batch_of_observations_costs_the_statements_of_one(dataset, seen) -> None:
    one, other = dataset(), dataset()
    counts = []
    for batch in ([seen(one, "a")], [seen(each, f"x{n}") for n in range(20) for each in (one, other)]):
        with statements() as asked:
            observe(batch)
        counts.append(len(asked))
    assert max(counts) <= 8


def test_f41_foreseen_evidence_stands_in_an_earlier_search_row(dataset, seen, index, portal_at) -> None:
    one = dataset("bulanan")
    observe([seen(one, "a")])
    model.Session.commit()
    portal_at(10)
    coming, repeated = seen(one, "b"), seen(one, "a")
    with evidence.foresee([coming]):
        rebuild(one["id"])
    foreseen = index.rows[one["id"]]
    observe([coming])
    model.Session.commit()
    rebuild(one["id"])
    assert index.rows[one["id"]]["jambi_due_date"] == foreseen["jambi_due_date"]
    assert foreseen["jambi_due_date"].startswith("2026-10-11")
    portal_at(20)
    with evidence.foresee([repeated]):
        rebuild(one["id"])
    assert index.rows[one["id"]]["jambi_due_date"].startswith("2026-10-11")


def test_f31_the_payload_of_a_row_is_written_the_fast_way() -> None:
    assert {type(name) for name in ledger._PAYLOAD} == {str}
