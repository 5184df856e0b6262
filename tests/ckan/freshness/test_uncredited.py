"""Appeals against one row of evidence that earned nothing: once, by others, without an edit (F29, F33)."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from click.testing import CliRunner
from daftar import Cases, outcomes, stored

from ckanext.jambi.freshness import ledger, standing
from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import obligation
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
_CASES = Cases("appeal")
call, refused = _CASES.call, _CASES.refused
WHY = {"reason": "Isinya memang sama, periodenya baru", "legal_basis": "Surat 5/2026"}
RULED = {"reason": "Diperiksa", "legal_basis": "Surat 9/2026"}


@pytest.fixture
def repeated(city, seen, portal_at) -> Any:
    """Return the city with the row of content of the week of 7 September that was seen before, `seq`."""
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    portal_at(15)
    (credit,) = observe([seen(city.dataset, "a", period_end=date(2026, 9, 13))])
    model.Session.commit()
    assert not credit.credited
    portal_at(18)
    ticking.run()
    city.seq = credit.seq
    return city


def show(package_id: str) -> dict[str, Any]:
    return tk.get_action("jambi_freshness_show")({}, {"id": package_id})


def evidence(city: Any) -> dict[int, dict[str, Any]]:
    shown = tk.get_action("jambi_freshness_timeline_show")({}, {"id": city.dataset["id"]})
    return {each["seq"]: each for each in shown["evidence"]}


def test_f29_upheld_the_evidence_counts_from_when_it_was_seen(repeated) -> None:
    assert outcomes() == ["open", "open"]
    before = list(ledger.export())
    filed = call("create", repeated.admin, observation=repeated.seq, **WHY)
    assert filed["decide_by"]
    decided = call("decide", repeated.judge, id=filed["id"], outcome="diterima", **RULED)
    ticking.run()
    assert outcomes() == ["met", "open"]
    assert list(ledger.export())[: len(before)] == before
    row = model.Session.execute(sa.select(log).where(log.c.seq == decided["seq"] + 1)).one()
    assert (row.detail["observation"], row.detail["credit"]) == (repeated.seq, "new_content")
    assert row.period_end == date(2026, 9, 13)
    closed = model.Session.execute(sa.select(obligation).where(obligation.c.outcome == "met")).one()
    assert (closed.closing_seq, closed.closed_at) == (repeated.seq, row.valid_at)
    assert evidence(repeated)[row.seq]["explanation"].endswith(f"row {repeated.seq} was upheld")
    assert show(repeated.dataset["id"])["evidence"]["seq"] == row.seq


def test_f33_as_of_before_the_decision_stays_and_a_rebuild_gives_the_same(repeated, portal_at) -> None:
    ask = {"id": repeated.dataset["id"], "as_of": "2026-09-19T02:00:00+00:00"}
    before = tk.get_action("jambi_freshness_as_of_show")({}, dict(ask))
    portal_at(19)
    filed = call("create", repeated.admin, observation=repeated.seq, **WHY)
    portal_at(20)
    call("decide", repeated.judge, id=filed["id"], outcome="diterima", **RULED)
    portal_at(20.1)
    ticking.run()
    assert tk.get_action("jambi_freshness_as_of_show")({}, dict(ask)) == before
    now = tk.get_action("jambi_freshness_as_of_show")({}, ask | {"as_of": "2026-09-21T04:00:00+00:00"})
    live = show(repeated.dataset["id"])
    assert now["evidence"] == live["evidence"]
    assert now["state"] != before["state"]
    live_rows = stored()
    assert CliRunner().invoke(freshness, ["rebuild"]).exit_code == 0
    assert stored() == live_rows


def test_f29_content_that_came_late_meanwhile_turns_from_late_to_in_time(repeated, seen, portal_at) -> None:
    portal_at(19)
    observe([seen(repeated.dataset, "b", period_end=date(2026, 9, 13))])
    model.Session.commit()
    ticking.run()
    assert outcomes()[0] == "met_late"
    newest = show(repeated.dataset["id"])["evidence"]
    filed = call("create", repeated.admin, observation=repeated.seq, **WHY)
    call("decide", repeated.judge, id=filed["id"], outcome="diterima", **RULED)
    ticking.run()
    assert outcomes()[0] == "met"
    assert show(repeated.dataset["id"])["evidence"] == newest


def test_f41_the_search_row_follows_at_once(repeated, index) -> None:
    filed = call("create", repeated.admin, observation=repeated.seq, **WHY)
    index.rows.clear()
    decided = call("decide", repeated.judge, id=filed["id"], outcome="diterima", **RULED)
    assert set(decided) == {"id", "seq", "outcome"}
    assert set(index.rows) == {repeated.dataset["id"]}


def test_f29_refused_it_counts_for_nothing(repeated) -> None:
    filed = call("create", repeated.admin, observation=repeated.seq, **WHY)
    decided = call("decide", repeated.judge, id=filed["id"], outcome="ditolak", **RULED)
    ticking.run()
    assert outcomes() == ["open", "open"]
    assert ledger.head().seq == decided["seq"]
    again = refused("decide", repeated.judge, id=filed["id"], outcome="diterima", **RULED)
    assert "was decided on" in again["id"][0]


def test_g02_a_period_in_the_future_covers_no_day_after_it_was_seen(city, seen, portal_at) -> None:
    portal_at(15)
    (credit,) = observe([seen(city.dataset, "p", period_end=date(2026, 12, 31))])
    model.Session.commit()
    portal_at(18)
    filed = call("create", city.admin, observation=credit.seq, **WHY)
    call("decide", city.judge, id=filed["id"], outcome="diterima", **RULED)
    portal_at(40)
    ticking.run()
    assert outcomes() == ["met", "open", "open", "open", "open"]
    assert show(city.dataset["id"])["evidence"]["period_end"] == "2026-09-16"


def test_f29_nobody_appeals_twice_late_or_against_what_counts(repeated, portal_at) -> None:
    for seq in (1, repeated.seq - 1, 10**6):
        assert "no evidence that was refused credit" in str(
            refused("create", {**repeated.admin, "ignore_auth": True}, observation=seq, **WHY)
        )
    portal_at(30)
    assert "The last day for an appeal was 23 September 2026" in str(
        refused("create", repeated.admin, observation=repeated.seq, **WHY)
    )
    portal_at(18)
    call("create", repeated.admin, observation=repeated.seq, **WHY)
    assert "was filed on" in str(refused("create", repeated.admin, observation=repeated.seq, **WHY))


def test_f29_neither_the_opd_nor_who_brought_the_evidence_decides(repeated, seen, person, portal_at) -> None:
    bearer = person()
    actor = {"actor_id": model.User.get(bearer["user"]).id, "actor_class": "person"}
    (credit,) = observe([seen(repeated.dataset, "a", period_end=date(2026, 9, 14), **actor)])
    model.Session.commit()
    filed = call("create", repeated.admin, observation=credit.seq, **WHY)
    for who, why in ((repeated.admin, "asked"), (bearer, "evidence")):
        told = refused("decide", {**who, "ignore_auth": True}, id=filed["id"], outcome="diterima", **RULED)
        assert why in told["id"][0]


def test_only_admins_of_the_opd_appeal(repeated, person) -> None:
    for who in (repeated.editor, person(), {"user": ""}):
        with pytest.raises(tk.NotAuthorized):
            call("create", who, observation=repeated.seq, **WHY)


def test_an_appeal_names_a_row_or_a_period(repeated) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        call("create", {**repeated.admin, "ignore_auth": True}, code="A", **WHY)
    assert list(caught.value.error_dict) == ["period"]
    both = call("create", repeated.admin, observation=repeated.seq, code="A", period="2026-W37", **WHY)
    (listed,) = call("list", {})["results"]
    assert (listed["id"], listed["observation"], listed["period_end"]) == (both["id"], repeated.seq, None)


def test_f29_the_row_shows_the_appeal_and_until_when_one_may_come(repeated) -> None:
    shown = evidence(repeated)
    assert (shown[repeated.seq]["appeal"], shown[repeated.seq]["appeal_until"]) == (
        None,
        "2026-09-23T17:00:00+00:00",
    )
    assert [each["appeal_until"] for seq, each in shown.items() if seq != repeated.seq] == [None]
    call("create", repeated.admin, observation=repeated.seq, **WHY)
    after = evidence(repeated)[repeated.seq]
    assert (after["appeal"]["status"], after["appeal_until"]) == ("pending", None)


def test_f29_an_admin_objects_from_the_page_of_the_dataset(repeated, app) -> None:
    headers = {"Authorization": factories.APIToken(user=repeated.admin["user"])["token"]}
    page = app.get(f"/dataset/{repeated.dataset['name']}/freshness", headers=headers).body
    assert f"/freshness/desk/dispute?observation={repeated.seq}" in page
    assert "desk/dispute" not in app.get(f"/dataset/{repeated.dataset['name']}/freshness").body
    form = app.get(f"/freshness/desk/dispute?observation={repeated.seq}", headers=headers)
    assert f"/freshness/log/{repeated.seq}" in form.body


def test_f46_a_report_lists_the_appeal_with_its_row(repeated, walidata, person, portal_at) -> None:
    call("create", repeated.admin, observation=repeated.seq, **WHY)
    portal_at(32)
    ticking.run()
    shown = tk.get_action("jambi_freshness_report_show")(
        {}, {"organization_id": repeated.opd, "period": "2026-09"}
    )
    assert [each.get("observation") for each in shown["report"]["appeals"]] == [repeated.seq]


def test_evidence_of_a_dataset_that_owes_nothing_is_not_disputed(city, dataset, seen, person) -> None:
    free = dataset("mingguan")
    observe([seen(free, "x"), seen(free, "x")])
    model.Session.commit()
    rows = tk.get_action("jambi_freshness_timeline_show")({}, {"id": free["id"]})["evidence"]
    assert [each["appeal_until"] for each in rows] == [None, None]
    assert standing.load([free["id"]])[free["id"]].evidence_seq == rows[-1]["seq"]
