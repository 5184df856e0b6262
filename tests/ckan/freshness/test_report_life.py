"""Drafts of reports, objection, final reports that nothing changes (F29, F46)."""

from __future__ import annotations

import base64
import json
from datetime import date
from hashlib import sha256
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from click.testing import CliRunner
from daftar import Cases

from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import observation, report, report_file
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.freshness.reports import files

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
_REPORTS, _APPEALS = Cases("report"), Cases("appeal")
call, refused = _REPORTS.call, _REPORTS.refused
FILED = {"code": "A", "period": "2026-W37", "reason": "Portal menolak", "legal_basis": "Surat 5/2026"}
RULED = {"outcome": "diterima", "reason": "Benar", "legal_basis": "Surat 9/2026"}
# The 34th day after the start is Monday, 5 October 2026; five working days of objection end with the 12th.
DRAFTED, LAST, OVER = 34, 41.5, 42


@pytest.fixture
def late(city, seen, portal_at) -> Any:
    """Return the city on 5 October, when two weeks of September are late."""
    portal_at(28)
    look = seen(city.dataset, None, kind="remote_fetch", detail={"available": True})
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6)), look])
    model.Session.commit()
    portal_at(DRAFTED)
    ticking.run()
    return city


@pytest.fixture
def drafted(late) -> dict[str, Any]:
    """Return the draft of September."""
    return draft(late)


def draft(city: Any, **values: Any) -> dict[str, Any]:
    return call("create", city.judge, **{"organization_id": city.opd, "period": "2026-09"} | values)


def exported(made: dict[str, Any], form: str = "json") -> bytes:
    return base64.b64decode(call("export", {}, id=made["id"], format=form)["base64"])


def shown(made: dict[str, Any]) -> dict[str, Any]:
    return call("show", {}, id=made["id"])["report"]


def test_f46_a_draft_is_open_to_objection_for_five_working_days(late, drafted) -> None:
    assert (drafted["revision"], drafted["status"]) == (0, "objection")
    assert drafted["objection_until"] == "2026-10-12T17:00:00+00:00"
    assert [each["outcome"] for each in shown(drafted)["obligations"]] == ["open", "open"]
    listed = call("list", {}, organization_id=late.opd)
    assert [each["id"] for each in listed["results"]] == [drafted["id"]]
    assert call("list", {}, status="final") == {"count": 0, "results": []}


def test_f46_the_hash_of_a_draft_is_in_the_log_and_is_that_of_the_command(late, drafted, portal_at) -> None:
    portal_at(DRAFTED + 1)
    row = model.Session.execute(sa.select(observation).where(observation.c.kind == "report")).one()
    assert (row.seq, row.organization_id, row.detail["event"]) == (drafted["draft_seq"], late.opd, "draft")
    given = ["--opd", model.Group.get(late.opd).name, "--period", "2026-09", "--as-of", drafted["as_of"]]
    printed = CliRunner().invoke(freshness, ["report", *given]).stdout_bytes
    assert sha256(printed).hexdigest() == row.detail["sha256"]["json"] == drafted["sha256"]["json"]


def test_f46_a_draft_says_what_was_known_whatever_comes_later(late, drafted, seen, portal_at) -> None:
    before = shown(drafted)
    portal_at(DRAFTED + 1)
    observe([seen(late.dataset, "b", period_end=date(2026, 9, 27))])
    model.Session.commit()
    ticking.run()
    assert shown(drafted) == before


def test_f29_an_appeal_may_come_while_the_draft_is_open_and_is_listed_in_it(late, drafted, portal_at) -> None:
    portal_at(LAST)
    filed = _APPEALS.call("create", late.admin, **FILED)
    (listed,) = shown(drafted)["life"]["objections"]
    assert (listed["code"], listed["filed_seq"], listed["outcome"]) == ("A", filed["seq"], None)
    _APPEALS.call("decide", late.judge, id=filed["id"], **RULED)
    assert shown(drafted)["life"]["objections"][0]["outcome"] == "diterima"


def test_f29_without_a_draft_the_days_of_the_obligation_alone_count(late) -> None:
    assert "last day" in str(_APPEALS.refused("create", late.admin, **FILED))


def test_f29_after_the_days_of_a_draft_no_appeal_is_taken(late, drafted, portal_at) -> None:
    portal_at(OVER)
    assert "12 October 2026" in str(_APPEALS.refused("create", late.admin, **FILED))


def test_f46_finalizing_too_early_names_the_day_from_which_on_it_goes(late, drafted, portal_at) -> None:
    portal_at(LAST)
    (text,) = refused("finalize", late.judge, id=drafted["id"])["id"]
    assert "until 12 October 2026" in text
    assert "from 13 October 2026 on" in text


@pytest.fixture
def final(late, drafted, portal_at) -> dict[str, Any]:
    """Return the report of September, final after an appeal was filed."""
    portal_at(LAST)
    _APPEALS.call("create", late.admin, **FILED)
    portal_at(OVER)
    return call("finalize", late.judge, id=drafted["id"])


def test_f46_a_final_report_keeps_its_files_whatever_comes_later(late, final, seen, portal_at) -> None:
    assert final["status"] == "final"
    kept = {form: exported(final, form) for form in files.FORMATS}
    assert {form: sha256(body).hexdigest() for form, body in kept.items()} == final["sha256"]
    said = json.loads(kept["json"])
    assert (said["life"]["status"], len(said["life"]["objections"])) == ("final", 1)
    portal_at(60)
    _group = model.Group.get(late.opd)
    _group.title = "Nama baru"
    observe([seen(late.dataset, "b", period_end=date(2026, 10, 25))])
    model.Session.commit()
    ticking.run()
    assert {form: exported(final, form) for form in files.FORMATS} == kept
    detail = model.Session.scalar(
        sa.select(observation.c.detail).where(observation.c.seq == final["final_seq"])
    )
    assert (detail["event"], detail["sha256"]) == ("final", final["sha256"])


def test_f46_what_is_shown_of_a_final_report_is_what_was_kept(late, final, portal_at) -> None:
    portal_at(OVER + 1)
    waiting = _APPEALS.call("list", late.judge, status="pending")["results"][0]
    _APPEALS.call("decide", late.judge, id=waiting["id"], **RULED)
    assert shown(final) == json.loads(exported(final))


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(report).values(policy_version="2"),
        sa.delete(report),
        sa.update(report_file).values(body=b""),
        sa.delete(report_file),
    ],
)
def test_f46_the_database_refuses_a_change_of_what_is_final(late, final, statement) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match=r"append-only|permission denied for table"):
        model.Session.execute(statement)
    model.Session.rollback()


def test_f46_finalizing_twice_is_refused(late, final) -> None:
    (text,) = refused("finalize", late.judge, id=final["id"])["id"]
    assert f"row {final['final_seq']} of the log" in text


def test_f46_later_evidence_makes_a_revision_with_days_of_its_own(late, final, seen) -> None:
    observe([seen(late.dataset, "b", period_end=date(2026, 9, 27))])
    model.Session.commit()
    ticking.run()
    second = draft(late)
    assert (second["revision"], second["objection_until"]) == (1, "2026-10-20T17:00:00+00:00")
    assert [each["outcome"] for each in shown(second)["obligations"]] == ["met_late", "met_late"]
    assert [each["outcome"] for each in shown(final)["obligations"]] == ["open", "open"]


def test_f46_an_upheld_appeal_lifts_the_index_of_the_next_revision(late, final, portal_at) -> None:
    (filed,) = _APPEALS.call("list", {})["results"]
    _APPEALS.call("decide", late.judge, id=filed["id"], **RULED)
    ticking.run()
    second, first = shown(draft(late)), shown(final)
    assert [each["outcome"] for each in second["obligations"]] == ["excused", "open"]
    assert second["index"] > first["index"]


def test_f46_what_is_mended_after_the_period_lifts_nothing_of_it(late, drafted, final) -> None:
    before = shown(final)["index"]
    tk.get_action("package_patch")(dict(late.admin), {"id": late.dataset["id"], "license_id": "cc-by"})
    ticking.run()
    assert shown(draft(late))["index"] == before


def test_f46_a_second_draft_of_a_period_is_refused_while_one_is_open(late, drafted) -> None:
    (text,) = refused("create", late.judge, organization_id=late.opd, period="2026-09")["period"]
    assert "Revision 0 of this report is a draft" in text
    assert draft(late, organization_id="all")["organization_id"] is None
    assert "organization_id" not in refused("create", late.judge, organization_id="all", period="2026-09")


@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        ({"period": "2026-10"}, "period", "from 1 November 2026 on"),
        ({"period": "2026"}, "period", "from 1 January 2027 on"),
        ({"period": "September"}, "period", "2026-Q3"),
        ({"organization_id": "nobody"}, "organization_id", "nobody"),
    ],
)
def test_f46_what_cannot_be_reported_is_named(late, values, field, text) -> None:
    given = {"organization_id": late.opd, "period": "2026-09"} | values
    assert text in refused("create", late.judge, **given)[field][0]


def test_f46_a_form_and_a_status_that_nobody_knows_are_refused(late, drafted) -> None:
    assert "json, csv" in refused("export", {}, id=drafted["id"], format="docx")["format"][0]
    assert "objection, final" in refused("list", {}, status="done")["status"][0]


def test_f46_an_unknown_report_is_not_found(late) -> None:
    assert "id" in refused("finalize", late.judge, id="none")
    for name in ("show", "export"):
        with pytest.raises(tk.ObjectNotFound):
            call(name, {}, id="none", **({"format": "pdf"} if name == "export" else {}))


def test_f46_walidata_alone_makes_reports(late, drafted) -> None:
    for who in (late.admin, late.editor, {"user": ""}):
        for name, data in (
            ("create", {"organization_id": late.opd, "period": "2026-08"}),
            ("finalize", {"id": drafted["id"]}),
        ):
            with pytest.raises(tk.NotAuthorized):
                call(name, who, **data)


AS_OF = "2026-10-02T00:00:00+07:00"


def test_f46_a_draft_may_say_what_was_known_at_an_earlier_instant(late, seen, portal_at) -> None:
    observe([seen(late.dataset, "b", period_end=date(2026, 9, 27))])
    model.Session.commit()
    portal_at(DRAFTED + 1)
    made = draft(late, as_of=AS_OF)
    assert made["as_of"] == "2026-10-01T17:00:00+00:00"
    assert [each["outcome"] for each in shown(made)["obligations"]] == ["open", "open"]
    assert made["objection_until"] == "2026-10-13T17:00:00+00:00"


def test_f29_an_appeal_after_that_instant_is_an_objection(late, portal_at) -> None:
    first = draft(late)
    _APPEALS.call("create", late.admin, **FILED)
    portal_at(OVER)
    call("finalize", late.judge, id=first["id"])
    (listed,) = shown(draft(late, as_of=AS_OF))["life"]["objections"]
    assert listed["code"] == "A"


@pytest.mark.parametrize(
    ("as_of", "text"), [("2026-09-30", "from 1 October 2026 on"), ("2026-12-01", "of the future")]
)
def test_f46_a_draft_knows_no_other_instant(late, as_of, text) -> None:
    refusal = refused("create", late.judge, organization_id=late.opd, period="2026-09", as_of=as_of)
    assert text in refusal["as_of"][0]
