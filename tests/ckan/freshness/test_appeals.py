"""Appeals against obligations: in time, once, decided once by others (F29, F33, F34)."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from click.testing import CliRunner
from daftar import Cases, outcomes, promise, stored

from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import obligation
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.freshness.rules import chain

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
_CASES = Cases("appeal")
call, refused = _CASES.call, _CASES.refused
# The week of 7 to 13 September 2026 is overdue from Friday the 18th: the 17th day after the start.
FILED = {
    "code": "A",
    "period": "2026-W37",
    "reason": "Portal menolak unggahan",
    "legal_basis": "Surat 5/2026",
}
RULED = {"reason": "Diperiksa", "legal_basis": "Surat 9/2026"}


@pytest.fixture
def late(city, seen, portal_at) -> Any:
    """Return the city on the day after the first week became overdue."""
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    model.Session.commit()
    portal_at(18)
    ticking.run()
    return city


def test_f29_an_upheld_appeal_excuses_the_obligation(late, portal_at) -> None:
    filed = call("create", late.admin, **FILED)
    assert filed["decide_by"] == "2026-10-02T17:00:00+00:00"
    decided = call("decide", late.judge, id=filed["id"], outcome="diterima", **RULED)
    ticking.run()
    assert outcomes() == ["excused", "open"]
    closing = model.Session.scalar(
        sa.select(obligation.c.closing_seq).where(obligation.c.outcome == "excused")
    )
    assert closing == decided["seq"]


def test_f29_a_refused_appeal_leaves_the_obligation(late) -> None:
    before = outcomes()
    filed = call("create", late.admin, **FILED)
    call("decide", late.judge, id=filed["id"], outcome="ditolak", **RULED)
    ticking.run()
    assert outcomes() == before == ["open", "open"]


def test_f29_an_appeal_upheld_in_part_stops_the_clock_for_its_days(late) -> None:
    filed = call("create", late.admin, **FILED)
    assert (
        "which day" in refused("decide", late.judge, id=filed["id"], outcome="sebagian", **RULED)["from"][0]
    )
    days = {"from": "2026-09-16", "to": "2026-09-18"}
    call("decide", late.judge, id=filed["id"], outcome="sebagian", **days, **RULED)
    ticking.run()
    overdue_at = sa.select(obligation.c.overdue_at).order_by(obligation.c.period_start).limit(1)
    assert model.Session.scalar(overdue_at).isoformat() == "2026-09-20T17:00:00+00:00"
    assert outcomes() == ["open", "open"]


def test_f29_a_second_decision_names_the_first(late, person, walidata) -> None:
    filed = call("create", late.admin, **FILED)
    first = call("decide", late.judge, id=filed["id"], outcome="ditolak", **RULED)
    other = person(walidata["id"])
    text = refused("decide", other, id=filed["id"], outcome="diterima", **RULED)["id"][0]
    assert all(part in text for part in ("19 September 2026, ", " WIB", f"row {first['seq']}", "refused"))
    assert "by walidata" in text
    assert model.User.get(late.judge["user"]).id not in text
    assert "+00:00" not in text


def test_f29_late_filing_is_refused_with_the_last_day(late, portal_at) -> None:
    portal_at(24.6)  # 26 September, 00:24 WIB
    text = refused("create", late.admin, **FILED)["period"][0]
    assert text == "The last day for an appeal was 25 September 2026."
    portal_at(24.5)  # the day before, 22:00 WIB: the fifth working day since the 18th
    assert call("create", late.admin, **FILED)["seq"]


def test_f29_the_days_run_from_the_closing_where_that_is_later(late, seen, portal_at) -> None:
    portal_at(40)
    observe([seen(late.dataset, "b", period_end=date(2026, 9, 13))])
    model.Session.commit()
    portal_at(43)
    assert call("create", late.admin, **FILED)["seq"]


def test_f29_one_appeal_for_one_obligation(late) -> None:
    filed = call("create", late.admin, **FILED)
    text = refused("create", late.admin, **FILED)["period"][0]
    assert f"row {filed['seq']}" in text
    assert "September 2026, " in text
    assert "WIB" in text


def test_f29_what_is_not_late_needs_no_appeal(city) -> None:
    assert "not late" in refused("create", city.admin, **FILED)["period"][0]
    assert (
        "No period of A ends on 30 September 2026"
        in refused("create", city.admin, **FILED | {"period": "2026-09"})["period"][0]
    )
    assert "such as 2026-09" in refused("create", city.admin, **FILED | {"period": "soon"})["period"][0]


def test_f29_nobody_decides_who_filed_belongs_to_the_opd_or_brought_the_evidence(
    late, person, walidata, seen
) -> None:
    role = {"id": walidata["id"], "username": late.admin["user"], "role": "editor"}
    tk.get_action("organization_member_create")({"ignore_auth": True}, role)
    witness = person(walidata["id"])
    by = {"actor_id": model.User.get(witness["user"]).id, "actor_class": "person", "kind": "upload"}
    observe([seen(late.dataset, "late", period_end=date(2026, 9, 13), **by)])
    model.Session.commit()
    filed = call("create", late.admin, **FILED)
    ruling = {"id": filed["id"], "outcome": "diterima", **RULED}
    assert "second person" in refused("decide", late.admin, **ruling)["id"][0]
    assert "evidence" in refused("decide", witness, **ruling)["id"][0]
    for who in (late.editor, {"user": ""}):
        with pytest.raises(tk.NotAuthorized):
            call("decide", who, **ruling)
    with pytest.raises(tk.NotAuthorized):
        call("create", late.editor, **FILED)
    assert call("decide", late.judge, **ruling)["outcome"] == "diterima"


@pytest.fixture
def seat(posts: None, late: Any, person: Any) -> dict[str, Any]:
    """Return who holds a seat of the panel, in the city on the day after the first week became overdue."""
    return person(model.Group.get("inspektorat").id)


def test_f29_the_panel_of_posts_decides_instead_of_walidata(late, seat, person, sysadmin) -> None:
    filed = call("create", late.admin, **FILED)
    ruling = {"id": filed["id"], "outcome": "diterima", **RULED}
    junior = person(model.Group.get("inspektorat").id, "editor")
    for who in (late.judge, junior, late.editor, {"user": sysadmin["name"]}):
        with pytest.raises(tk.NotAuthorized, match="panel"):
            call("decide", who, **ruling)
    (found,) = call("list", seat)["results"]
    assert found["asked"]["reason"] == FILED["reason"]
    (hidden,) = call("list", junior)["results"]
    assert "reason" not in hidden["asked"]
    assert call("decide", seat, **ruling)["outcome"] == "diterima"
    ticking.run()
    assert outcomes()[0] == "excused"


def test_f29_no_seat_lets_a_member_of_the_opd_or_a_witness_decide(late, seat, person, seen) -> None:
    role = {"id": late.opd, "username": seat["user"], "role": "member"}
    tk.get_action("organization_member_create")({"ignore_auth": True}, role)
    witness = person(model.Group.get("setda-bagian-hukum").id)
    by = {"actor_id": model.User.get(witness["user"]).id, "actor_class": "person", "kind": "upload"}
    observe([seen(late.dataset, "late", period_end=date(2026, 9, 13), **by)])
    model.Session.commit()
    filed = call("create", late.admin, **FILED)
    ruling = {"id": filed["id"], "outcome": "ditolak", **RULED}
    assert "member of the OPD" in refused("decide", seat, **ruling)["id"][0]
    assert "evidence" in refused("decide", witness, **ruling)["id"][0]
    free = person(model.Group.get("setda-bagian-hukum").id)
    assert call("decide", free, **ruling)["outcome"] == "ditolak"


def test_f29_an_item_without_a_dataset_can_be_excused_too(late, portal_at) -> None:
    promise(late.dataset, code="B", datasets=["nowhere"])
    portal_at(34)
    ticking.run()
    filed = call("create", late.admin, **FILED | {"code": "B", "period": "2026-W39"})
    call("decide", late.judge, id=filed["id"], outcome="diterima", **RULED)
    ticking.run()
    assert outcomes("B") == ["excused", "open", "open"]


def test_f29_a_pending_appeal_marks_the_line_and_is_listed(late) -> None:
    filed = call("create", late.admin, **FILED)
    lines = tk.get_action("jambi_freshness_obligation_list")({}, {"code": "A"})["results"]
    assert [line["appeal"] for line in lines] == [
        None,
        {"id": filed["id"], "status": "pending", "outcome": None},
    ]
    (found,) = call("list", {"user": ""}, status="pending", organization_id=late.opd)["results"]
    assert (found["period_start"], found["period_end"]) == ("2026-09-07", "2026-09-13")
    assert found["decide_by"] == filed["decide_by"]
    assert "reason" not in found["asked"]
    call("decide", late.judge, id=filed["id"], outcome="ditolak", **RULED)
    assert call("list", {"user": ""}, status="pending")["count"] == 0
    (found,) = call("list", late.admin)["results"]
    assert (found["outcome"], found["decided"]["reason"], found["decide_by"]) == (
        "ditolak",
        "Diperiksa",
        None,
    )


def test_f33_f53_as_of_before_the_decision_and_a_rebuild_agree(late, portal_at) -> None:
    filed = call("create", late.admin, **FILED)
    then = portal_at(20)
    ask = {"id": late.opd, "as_of": then.isoformat()}
    before = tk.get_action("jambi_freshness_organization_show")({}, ask)
    portal_at(21.2)
    call("decide", late.judge, id=filed["id"], outcome="diterima", **RULED)
    ticking.run()
    portal_at(21.4)
    ticking.run()
    after = tk.get_action("jambi_freshness_organization_show")({}, ask)
    assert {**after, "log": None} == {**before, "log": None}
    assert before["open_overdue"] == 1
    assert tk.get_action("jambi_freshness_organization_show")({}, {"id": late.opd})["open_overdue"] == 0
    live = stored()
    CliRunner().invoke(freshness, ["rebuild"])
    assert stored() == live
    exported = b"".join(ledger.export())
    assert chain.verify(exported.splitlines(keepends=True)).ok
    assert b"menolak" not in exported


def test_f29_the_list_of_obligations_says_until_when_an_appeal_may_come(city, portal_at) -> None:
    def until() -> list[str | None]:
        asked = {"id": city.dataset["id"], "outcome": "open"}
        rows = tk.get_action("jambi_freshness_obligation_list")({}, asked)["results"]
        return [each["appeal_until"] for each in rows if each["period_end"] == "2026-09-13"]

    ticking.run()
    assert until() == [None]  # not late yet
    portal_at(18)
    ticking.run()
    (end,) = until()
    assert end == "2026-09-25T17:00:00+00:00"  # the fifth working day after Friday, 18 September
    portal_at(25)
    assert until() == [None]  # over
    portal_at(34)
    ticking.run()
    draft = {"organization_id": city.opd, "period": "2026-09"}
    made = tk.get_action("jambi_freshness_report_create")(dict(city.judge), draft)
    assert until() == [made["objection_until"]]
    words = {"code": "A", "period": "2026-09-13", "reason": "Portal menolak", "legal_basis": "Surat 5/2026"}
    tk.get_action("jambi_freshness_appeal_create")(dict(city.admin), words)
    assert until() == [None]  # filed
