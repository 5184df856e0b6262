"""What keeps as-needed and archive lenient: a confirmation, and a review each year (F25, G6, G14)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from daftar import Cases, promise

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import item, score
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
SAID = {"statement": "Data masih benar"}
STATEMENTS = Cases("attestation")


@pytest.fixture
def opd(
    dataset: Callable, seen: Callable, person: Callable, walidata: dict[str, Any]
) -> Callable[[str, int], SimpleNamespace]:
    """Return what makes an OPD with an item A of a frequency, its data there since the first day."""

    def make(frequency: str, weight_beside: int = 2) -> SimpleNamespace:
        one = dataset("insidental")
        promise(one, frequency=frequency)
        for code in "BC":
            promise(one, code=code, weight=weight_beside, datasets=[])
        observe([seen(one, "a")])
        model.Session.commit()
        ticking.run()
        owner = one["owner_org"]
        return SimpleNamespace(editor=person(owner, "editor"), judge=person(walidata["id"]))

    return make


def state() -> str:
    """Return how item A stands once the tables follow."""
    ticking.run()
    joined = score.join(item, item.c.id == score.c.item_id)
    return model.Session.scalar(sa.select(score.c.state).select_from(joined).where(item.c.code == "A"))


def confirm(who: dict[str, Any], code: str = "A") -> dict[str, Any]:
    return tk.get_action("jambi_freshness_confirmation_create")(dict(who), {"code": code, **SAID})


def review(who: dict[str, Any], code: str = "A") -> dict[str, Any]:
    return tk.get_action("jambi_freshness_item_review")(dict(who), {"code": code, "reason": "Peninjauan"})


def test_f25_a_confirmation_counts_as_evidence_of_data_as_needed(opd: Callable, portal_at: Callable) -> None:
    made = opd("insidental")
    portal_at(430)
    assert state() == "overdue"
    confirm(made.editor)
    assert state() == "fresh"
    [listed] = STATEMENTS.call("list", made.judge)["results"]
    assert listed["status"] == "decided"
    assert "id" in STATEMENTS.refused("decide", made.judge, id=listed["id"], outcome="ditolak", reason="x")
    portal_at(430 + 430)
    assert state() == "overdue"


def test_g06_outside_the_fifth_a_confirmation_is_refused(opd: Callable) -> None:
    made = opd("insidental", weight_beside=1)
    with pytest.raises(tk.ValidationError) as caught:
        confirm(made.editor)
    assert "outside the fifth" in caught.value.error_dict["code"][0]


def test_f25_data_with_periods_is_not_confirmed(opd: Callable, person: Callable) -> None:
    made = opd("insidental")
    with pytest.raises(tk.ValidationError) as caught:
        confirm(made.editor, "B")
    assert "not promised as needed" in caught.value.error_dict["code"][0]
    with pytest.raises(tk.NotAuthorized):
        confirm(person())


def test_g14_an_archive_needs_a_review_each_year(opd: Callable, portal_at: Callable) -> None:
    made = opd("sekali")
    portal_at(364)
    assert state() == "fresh"
    portal_at(430)
    assert state() == "overdue"  # a year without review: it counts as promised each year
    review(made.judge)
    assert state() == "fresh"
    portal_at(430 + 366)
    assert state() == "delinquent"


def test_f25_walidata_alone_reviews_and_only_archives(opd: Callable) -> None:
    made = opd("sekali")
    with pytest.raises(tk.NotAuthorized):
        review(made.editor)
    with pytest.raises(tk.ValidationError) as caught:
        review(made.judge, "B")
    assert "no such archive" in caught.value.error_dict["code"][0]
