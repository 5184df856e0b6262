"""Statements of no change and of nothing at all, approved by a second person (F13, F14, F19, G5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from click.testing import CliRunner
from daftar import Cases, outcomes, promise, stored

from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import obligation, score
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
_CASES = Cases("attestation")
call, refused = _CASES.call, _CASES.refused
WEEKS = ("2026-W37", "2026-W38", "2026-W39", "2026-W40", "2026-W41")  # from 7 September 2026


def state(who: dict[str, Any], period: str, *, nil: bool = False, **values: Any) -> Any:
    said = {"code": "A", "statement": "Tidak ada perubahan", "nil": nil}
    return call("create", who, period=period, **said | values)


def approve(who: dict[str, Any], made: dict[str, Any], outcome: str = "diterima") -> Any:
    return call("decide", who, id=made["id"], outcome=outcome, reason="Sesuai")


@pytest.fixture
def kept(city, seen, portal_at) -> Any:
    """Return the city with data up to the first week, five weeks later."""
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    model.Session.commit()
    portal_at(14)
    return city


def test_f19_an_approved_attestation_closes_one_period(kept, portal_at) -> None:
    made = state(kept.editor, WEEKS[0])
    assert made["remaining"] == 0
    ticking.run()
    assert outcomes() == ["open", "open"]
    decided = approve(kept.admin, made)
    ticking.run()
    assert outcomes() == ["attested", "open"]
    closing = sa.select(obligation.c.closing_seq).where(obligation.c.outcome == "attested")
    assert model.Session.scalar(closing) == decided["seq"]


def test_f19_whoever_stated_does_not_approve(kept) -> None:
    made = state(kept.admin, WEEKS[0])
    assert (
        "second person"
        in refused("decide", kept.admin, id=made["id"], outcome="diterima", reason="x")["id"][0]
    )
    with pytest.raises(tk.NotAuthorized):
        approve(kept.editor, made)
    assert approve(kept.judge, made)["outcome"] == "diterima"
    again = refused("decide", kept.judge, id=made["id"], outcome="ditolak", reason="x")["id"][0]
    assert "decided on" in again


def test_f19_a_second_attestation_in_a_row_is_refused(kept, portal_at) -> None:
    approve(kept.admin, state(kept.editor, WEEKS[0]))
    portal_at(21)
    with pytest.raises(tk.ValidationError, match="At most 1"):
        state(kept.editor, WEEKS[1])


def test_f13_three_nil_statements_in_a_row_and_a_fourth_with_walidata(kept, portal_at) -> None:
    for number, week in enumerate(WEEKS[:3]):
        portal_at(14 + 7 * number)
        made = state(kept.editor, week, nil=True)
        assert made["remaining"] == 2 - number
        approve(kept.admin, made)
    ticking.run()
    assert outcomes()[:3] == ["met"] * 3
    portal_at(35)
    fourth = state(kept.editor, WEEKS[3], nil=True)
    text = refused("decide", kept.admin, id=fourth["id"], outcome="diterima", reason="x")["period"][0]
    assert "At most 3" in text
    approve(kept.judge, fourth)
    ticking.run()
    assert outcomes()[:4] == ["met"] * 4


def test_f14_an_approval_after_the_deadline_counts_from_the_statement(kept, portal_at) -> None:
    made = state(kept.editor, WEEKS[0], nil=True)
    portal_at(25)
    approve(kept.admin, made)
    ticking.run()
    assert outcomes()[0] == "met"


def test_f19_a_refused_statement_closes_nothing_and_another_may_follow(kept) -> None:
    approve(kept.admin, state(kept.editor, WEEKS[0]), "ditolak")
    ticking.run()
    assert outcomes()[0] == "open"
    approve(kept.admin, state(kept.editor, WEEKS[0]))
    ticking.run()
    assert outcomes()[0] == "attested"


def test_f19_content_that_came_meanwhile_leaves_nothing_to_approve(kept, seen, portal_at) -> None:
    made = state(kept.editor, WEEKS[0])
    portal_at(21)
    observe([seen(kept.dataset, "b", period_end=date(2026, 9, 13))])
    model.Session.commit()
    text = refused("decide", kept.admin, id=made["id"], outcome="diterima", reason="x")["period"][0]
    assert "closed already" in text
    ticking.run()
    assert outcomes() == ["met_late", "open", "open"]


@pytest.mark.parametrize(
    ("changed", "field", "text"),
    [
        ({"period": "2026-W38"}, "period", "not over"),
        ({"period": "2026-W30"}, "period", "No period of A ends on 26 July 2026"),
        ({"period": "2020"}, "period", "No period"),
        ({"statement": ""}, "statement", "Missing value"),
        ({"statement": "Budi 081234567890"}, "statement", "N4"),
        ({"dataset": "other"}, "dataset", "name one"),
    ],
)
def test_f19_what_cannot_be_stated_is_named(kept, changed, field, text) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        state(kept.editor, **{"period": WEEKS[0]} | changed)
    assert text in caught.value.error_dict[field][0]


def test_f19_the_oldest_period_comes_first_and_one_statement_waits(kept, portal_at) -> None:
    portal_at(21)
    with pytest.raises(tk.ValidationError, match="older period"):
        state(kept.editor, WEEKS[1])
    state(kept.editor, WEEKS[0])
    with pytest.raises(tk.ValidationError, match="waits"):
        state(kept.editor, WEEKS[0])


def test_f19_a_rolling_item_is_not_helped_by_statements(kept, dataset, portal_at) -> None:
    promise(kept.dataset, code="R", frequency="realtime", datasets=["nowhere"])
    ticking.run()
    with pytest.raises(tk.ValidationError, match="newest content alone"):
        state(kept.editor, "2026-09-12", code="R")


def test_f19_without_a_dataset_there_is_nothing_to_state(kept, portal_at) -> None:
    promise(kept.dataset, code="N", datasets=["nowhere"])
    portal_at(30)
    ticking.run()
    with pytest.raises(tk.ValidationError, match="publish it first"):
        state(kept.editor, WEEKS[2], code="N")


def test_f19_only_editors_of_the_opd_state(kept, person, dataset) -> None:
    for who in (person(dataset("mingguan")["owner_org"]), person(kept.opd, "member"), {"user": ""}):
        with pytest.raises(tk.NotAuthorized):
            state(who, WEEKS[0])


def test_g05_after_the_deadline_an_attestation_is_worth_half_until_content_comes(
    kept, seen, portal_at
) -> None:
    approve(kept.admin, state(kept.editor, WEEKS[0]))
    portal_at(22)
    ticking.run()
    assert model.Session.scalar(sa.select(score.c.p)) == Decimal("0.5")
    observe([seen(kept.dataset, "b", period_end=date(2026, 9, 20))])
    ticking.run()
    assert model.Session.scalar(sa.select(score.c.p)) == 1


def test_f20_statements_are_listed_with_what_they_are(kept) -> None:
    approve(kept.admin, state(kept.editor, WEEKS[0], nil=True))
    (found,) = call("list", {"user": ""}, code="A")["results"]
    assert (found["act"], found["status"], found["outcome"]) == ("nil", "decided", "diterima")
    assert (found["period_end"], found["dataset_id"]) == ("2026-09-13", kept.dataset["id"])
    assert "reason" not in found["asked"]
    assert call("list", kept.editor)["results"][0]["asked"]["reason"] == "Tidak ada perubahan"


def test_f53_rebuild_equals_the_live_tables(kept, portal_at) -> None:
    approve(kept.admin, state(kept.editor, WEEKS[0]))
    ticking.run()
    portal_at(21.2)
    approve(kept.judge, state(kept.editor, WEEKS[1], nil=True))
    ticking.run()
    portal_at(23.6)
    ticking.run()
    live = stored()
    assert outcomes() == ["attested", "met", "open"]
    CliRunner().invoke(freshness, ["rebuild"])
    assert stored() == live
