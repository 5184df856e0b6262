"""Exemptions: asked for by an OPD, decided once by walidata, withdrawn, listed (F15, F16, F27, F34, G19)."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from click.testing import CliRunner
from daftar import Cases, outcomes, stored

from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.decisions import exemptions
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import obligation, observation, writing
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.freshness.rules import chain
from ckanext.jambi.freshness.rules.cases import Ruling

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
_CASES = Cases("exemption")
call, refused = _CASES.call, _CASES.refused
ASKED = {
    "code": "A",
    "from": "2026-09-14",
    "to": "2026-09-20",
    "reason_code": "bencana",
    "reason": "Banjir merendam ruang server",
    "legal_basis": "Surat 800/12/2026",
}
GRANTED = {"outcome": "diterima", "reason": "Terbukti", "legal_basis": "Surat 900/3/2026"}


def granted(city: Any, **values: Any) -> str:
    """Return the id of an exemption that walidata granted."""
    asked = call("create", city.admin, **ASKED | values)
    call("decide", city.judge, id=asked["id"], **GRANTED)
    return asked["id"]


def test_f27_a_week_wholly_exempt_is_excused_and_the_others_are_not(city, portal_at) -> None:
    granted(city)
    portal_at(30)
    ticking.run()
    assert outcomes() == ["open", "excused", "open", "open"]


def test_f16_the_clock_stands_still_on_the_exempt_days(city, portal_at) -> None:
    before = deadline()
    granted(city)
    ticking.run()
    assert (deadline() - before).days == 6  # the first of the seven lies before the due date


def deadline() -> Any:
    query = sa.select(obligation.c.overdue_at).order_by(obligation.c.period_start).limit(1)
    return model.Session.scalar(query)


def test_f15_a_request_alone_changes_nothing(city, portal_at) -> None:
    before = stored()
    call("create", city.admin, **ASKED)
    ticking.run()
    assert {name: rows for name, rows in stored().items() if "obligation" in name} == {
        name: rows for name, rows in before.items() if "obligation" in name
    }


def test_f27_the_same_days_are_asked_for_once(city) -> None:
    first = call("create", city.admin, **ASKED)
    text = refused("create", city.admin, **ASKED | {"from": "2026-09-15"})["from"][0]
    assert f"row {first['seq']}" in text
    assert "waits for a decision" in text
    call("decide", city.judge, id=first["id"], **GRANTED)
    assert "granted" in refused("create", city.admin, **ASKED)["from"][0]
    assert call("create", city.admin, **ASKED | {"to": "2026-09-21"})["seq"]


@pytest.mark.parametrize("end", ["refused", "withdrawn"])
def test_f27_days_that_are_not_exempt_any_more_can_be_asked_for_again(city, end) -> None:
    first = call("create", city.admin, **ASKED)
    if end == "refused":
        call("decide", city.judge, id=first["id"], **GRANTED | {"outcome": "ditolak"})
    else:
        call("withdraw", city.admin, id=first["id"], reason="Keliru")
    assert call("create", city.admin, **ASKED)["seq"] > first["seq"]


def test_f27_days_before_the_item_counts_are_refused(city) -> None:
    text = refused("create", city.admin, **ASKED | {"from": "2026-08-01"})["from"][0]
    assert "A counts from" in text


def test_f27_a_part_of_the_days_can_be_granted(city, portal_at) -> None:
    before, asked = deadline(), call("create", city.admin, **ASKED)
    outside = refused("decide", city.judge, id=asked["id"], **GRANTED | {"outcome": "sebagian"})
    assert "which day" in outside["from"][0]
    too_much = {"from": "2026-09-14", "to": "2026-09-21", "outcome": "sebagian"}
    assert "No more" in refused("decide", city.judge, id=asked["id"], **GRANTED | too_much)["from"][0]
    part = {"from": "2026-09-15", "to": "2026-09-16", "outcome": "sebagian"}
    call("decide", city.judge, id=asked["id"], **GRANTED | part)
    ticking.run()
    assert (deadline() - before).days == 2


def test_f27_a_refusal_changes_nothing_and_is_final(city, portal_at) -> None:
    before, asked = deadline(), call("create", city.admin, **ASKED)
    first = call("decide", city.judge, id=asked["id"], **GRANTED | {"outcome": "ditolak"})
    ticking.run()
    assert deadline() == before
    again = refused("decide", city.judge, id=asked["id"], **GRANTED)["id"][0]
    assert all(
        text in again for text in ("14 September 2026, ", f"row {first['seq']}", "refused", "walidata")
    )
    assert model.User.get(city.judge["user"]).id not in again
    assert "nothing left" in refused("withdraw", city.admin, id=asked["id"], reason="x")["id"][0]


def test_f27_nobody_decides_an_own_matter(city, walidata, person) -> None:
    opd = city.opd
    both = person(opd)
    tk.get_action("organization_member_create")(
        {"ignore_auth": True}, {"id": walidata["id"], "username": both["user"], "role": "editor"}
    )
    asked = call("create", city.admin, **ASKED)
    assert "member" in refused("decide", both, id=asked["id"], **GRANTED)["id"][0]
    sysadmin = {"user": factories.Sysadmin()["name"]}
    own = call("create", sysadmin, **ASKED | {"to": "2026-09-21"})
    assert "second person" in refused("decide", sysadmin, id=own["id"], **GRANTED)["id"][0]
    nobody = {"user": "", "ignore_auth": True}
    assert "named person" in refused("decide", nobody, id=asked["id"], **GRANTED)["id"][0]


def case_row(case_id: str) -> Any:
    query = sa.select(observation).where(observation.c.detail["case"].astext == case_id)
    return model.Session.execute(query.order_by(observation.c.seq)).first()


def test_f27_only_admins_of_the_opd_ask_and_only_walidata_decides(city, person, dataset) -> None:
    stranger = person(dataset("mingguan")["owner_org"])
    for who in (city.editor, stranger, city.judge, {"user": ""}):
        with pytest.raises(tk.NotAuthorized):
            call("create", who, **ASKED)
    asked = call("create", city.admin, **ASKED)
    for who in (city.admin, city.editor, stranger):
        with pytest.raises(tk.NotAuthorized):
            call("decide", who, id=asked["id"], **GRANTED)
    for who in (city.editor, stranger):
        with pytest.raises(tk.NotAuthorized):
            call("withdraw", who, id=asked["id"], reason="x")


@pytest.mark.parametrize(
    ("changed", "field", "text"),
    [
        ({"to": "2026-09-13"}, "to", "before the first"),
        ({"to": "2026-12-13"}, "to", "At most 90 days"),
        ({"to": "soon"}, "to", "Give a day"),
        ({"reason": ""}, "reason", "Missing value"),
        ({"legal_basis": ""}, "legal_basis", "Missing value"),
        ({"reason": "Hubungi 0812 3456 7890"}, "reason", "N4"),
        ({"legal_basis": "Surat budi@gmail.com"}, "legal_basis", "N5"),
        ({"reason": "a\x00b"}, "reason", "cannot be printed"),
        ({"reason": "a" * 2001}, "reason", "2000"),
        ({"document_url": "javascript:alert(1)"}, "document_url", "https://"),
        ({"reason_code": "malas"}, "reason_code", "bencana"),
    ],
)
def test_f27_what_cannot_be_taken_is_named(city, changed, field, text) -> None:
    end = ledger.head().seq
    assert text in refused("create", city.admin, **ASKED | changed)[field][0]
    assert ledger.head().seq == end


def test_f27_ninety_days_are_the_longest(city) -> None:
    assert call("create", city.admin, **ASKED | {"to": "2026-12-12"})["seq"]


def test_an_item_that_does_not_exist_is_named(city) -> None:
    sysadmin = {"user": factories.Sysadmin()["name"]}
    assert refused("create", sysadmin, **ASKED | {"code": "Z"})["code"] == ["There is no item Z."]
    assert "nothing of the id" in refused("decide", sysadmin, id="x", **GRANTED)["id"][0]


def test_f27_a_withdrawal_lets_the_clock_run_from_then_on(city, portal_at) -> None:
    before, key = deadline(), granted(city, **{"to": "2026-09-30"})
    ticking.run()
    long = deadline()
    portal_at(18.5)
    row = call("withdraw", city.admin, id=key, reason="Pulih")
    ticking.run()
    assert before < deadline() < long
    assert ledger.head().seq >= row["seq"]
    (found,) = call("list", {"user": ""})["results"]
    assert (found["status"], found["outcome"]) == ("withdrawn", "diterima")
    assert found["granted_to_at"] == found["withdrawn"]["at"]
    assert "nothing left" in refused("withdraw", city.judge, id=key, reason="x")["id"][0]


def test_f27_what_was_taken_back_cannot_be_decided(city) -> None:
    asked = call("create", city.admin, **ASKED)
    call("withdraw", city.admin, id=asked["id"], reason="Keliru")
    assert "withdrawn" in refused("decide", city.judge, id=asked["id"], **GRANTED)["id"][0]


def test_g19_exemptions_are_public_rows_and_reasons_are_for_those_concerned(city) -> None:
    granted(city)
    (found,) = call("list", {"user": ""}, status="decided", code="A")["results"]
    assert (found["code"], found["reason_code"], found["outcome"]) == ("A", "bencana", "diterima")
    assert found["asked"]["legal_basis"] == ASKED["legal_basis"]
    assert "reason" not in found["asked"]
    for who in (city.editor, city.judge):
        (whole,) = call("list", who)["results"]
        assert whole["asked"]["reason"] == ASKED["reason"]
        assert whole["decided"]["reason"] == "Terbukti"
    assert call("list", {"user": ""}, status="pending")["count"] == 0
    assert call("list", {"user": ""}, limit=1, offset=1) == {"count": 1, "results": []}


def test_f34_the_log_holds_no_words_but_their_hash_and_stays_sound(city) -> None:
    granted(city)
    exported = b"".join(ledger.export())
    assert chain.verify(exported.splitlines(keepends=True)).ok
    assert b"Banjir" not in exported
    assert b"words_sha256" in exported
    assert city.admin["user"].encode() not in exported


def test_f30_words_cannot_be_changed(city) -> None:
    granted(city)
    with pytest.raises(sa.exc.DBAPIError, match="permission denied for table"):
        model.Session.execute(sa.update(writing).values(reason="other"))
    model.Session.rollback()


def test_f27_the_database_refuses_a_second_decision(city) -> None:
    row = dict(case_row(granted(city))._mapping)
    decided = row["detail"] | {"event": "decide"}
    fresh = row | {"seq": ledger.head().seq + 1, "row_hash": b"\0" * 32, "detail": decided}
    with pytest.raises(sa.exc.IntegrityError, match="decide_once"):
        model.Session.execute(sa.insert(observation).values(**fresh))
    model.Session.rollback()


def test_f27_of_two_who_decide_at_once_one_is_refused(city, person, walidata) -> None:
    key = call("create", city.admin, **ASKED)["id"]
    judges = [model.User.get(who["user"]).id for who in (city.judge, person(walidata["id"]))]
    model.Session.commit()
    both, ended = threading.Barrier(2), []

    def decide(judge: str, ruling: Ruling) -> None:
        both.wait()
        try:
            actor = {"actor": judge, "actor_class": "person"}
            exemptions.decide(key, ruling, (None, None), Words("Terbukti", "Surat 1"), actor)
            model.Session.commit()
            ended.append(ruling.value)
        except DecisionError as err:
            ended.append(err.text)
        finally:
            model.Session.remove()

    threads = [
        threading.Thread(target=decide, args=pair)
        for pair in zip(judges, (Ruling.ACCEPTED, Ruling.REFUSED), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (found,) = call("list", {"user": ""})["results"]
    assert found["outcome"] in ended
    assert sum("This was decided on" in each for each in ended) == 1


def test_f33_an_answer_as_of_an_instant_knows_no_later_decision(city, portal_at, seen) -> None:
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    model.Session.commit()
    then = portal_at(24)
    ask = {"id": city.opd, "as_of": then.isoformat()}
    before = tk.get_action("jambi_freshness_organization_show")({}, ask)
    portal_at(25)
    granted(city)
    after = tk.get_action("jambi_freshness_organization_show")({}, ask)
    assert {**after, "log": None} == {**before, "log": None}
    now = tk.get_action("jambi_freshness_organization_show")({}, {"id": city.opd})
    assert now["scores"][0]["p"] > before["scores"][0]["p"]


def test_f26_the_index_without_exemptions_stands_beside_the_index(city, portal_at, seen) -> None:
    stored_here = [{"url": "a.csv", "format": "CSV", "url_type": "datastore"}]
    tk.get_action("package_patch")(
        {"ignore_auth": True, "user": ""}, {"id": city.dataset["id"], "resources": stored_here}
    )
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    model.Session.commit()
    ask = {"id": city.opd, "as_of": portal_at(24).isoformat()}
    ticking.run()
    plain = tk.get_action("jambi_freshness_organization_show")({}, ask)
    assert plain["index_without_exemptions"] == plain["index"]
    granted(city)
    portal_at(25)
    helped = tk.get_action("jambi_freshness_organization_show")({}, {"id": city.opd})
    assert helped["index_without_exemptions"] < helped["index"]


def test_f53_rebuild_equals_the_live_tables(city, portal_at, seen) -> None:
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    key = granted(city)
    ticking.run()
    portal_at(16.2)
    call("withdraw", city.judge, id=key, reason="Pulih")
    ticking.run()
    portal_at(30.3)
    ticking.run()
    before = stored()
    assert CliRunner().invoke(freshness, ["rebuild"]).output == "1 items judged anew.\n"
    assert stored() == before
