"""States as ranges of dates in search (F41)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ckanext.jambi.frequency import parse
from ckanext.jambi.freshness.rules.thresholds import rolling
from ckanext.jambi.freshness.search_dates import fields, rewrite, without_state

NOW = datetime(2026, 11, 24, 5, 0, 0, 123_000, tzinfo=UTC)
AT = "2026-11-24T05:00:00.123Z"


def test_f41_index_holds_the_three_dates() -> None:
    assert fields(rolling(parse("bulanan"), NOW - timedelta(days=30))) == {
        "jambi_due_date": AT,
        "jambi_overdue_date": "2026-12-08T05:00:00.123Z",
        "jambi_delinquent_date": "2026-12-24T05:00:00.123Z",
    }


def test_f41_archive_is_never_due_and_unjudged_data_has_no_date() -> None:
    assert set(fields(rolling(parse("sekali"), NOW)).values()) == {"9999-12-31T00:00:00Z"}
    assert fields(None) == {}


@pytest.mark.parametrize(
    ("state", "clause"),
    [
        ("fresh", f"+jambi_due_date:{{{AT} TO *]"),
        ("due", f"+jambi_due_date:[* TO {AT}] +jambi_overdue_date:{{{AT} TO *]"),
        ("overdue", f"+jambi_overdue_date:[* TO {AT}] +jambi_delinquent_date:{{{AT} TO *]"),
        ("delinquent", f"+jambi_delinquent_date:[* TO {AT}]"),
        ("unknown", "-jambi_due_date:[* TO *]"),
    ],
)
@pytest.mark.parametrize(
    "spelling",
    ["jambi_state:{}", "+jambi_state:{}", 'kemutakhiran:"{}"', "kemutakhiran:({})", "kemutakhiran: {}"],
)
def test_f41_state_becomes_a_range(spelling: str, state: str, clause: str) -> None:
    found = rewrite({"q": "x", "fq": f'organization:"bpbd" {spelling.format(state)}'}, NOW)
    assert found == {"q": "x", "fq": f'organization:"bpbd" {clause}'}


def test_f41_state_in_extras_and_lists_is_read() -> None:
    clause = f"+jambi_delinquent_date:[* TO {AT}]"
    extra = {"fq": "", "extras": {"ext_kemutakhiran": "delinquent", "ext_other": "1"}}
    assert rewrite(extra, NOW) == {"fq": clause, "extras": {"ext_other": "1"}}
    assert rewrite({"fq_list": ["jambi_state:delinquent", "a:b"]}, NOW) == {"fq": clause, "fq_list": ["a:b"]}


def test_f41_several_states_mean_any_of_them() -> None:
    both = rewrite({"fq": 'kemutakhiran:"unknown" kemutakhiran:"delinquent"'}, NOW)["fq"]
    assert both == f"+((*:* +jambi_delinquent_date:[* TO {AT}]) OR (*:* -jambi_due_date:[* TO *]))"
    assert rewrite({"fq": "jambi_state:(delinquent OR unknown)"}, NOW)["fq"] == both
    assert rewrite({"fq": "-jambi_state:(fresh OR due OR overdue)"}, NOW)["fq"] == both


def test_f41_contradiction_finds_nothing() -> None:
    assert rewrite({"fq": "jambi_state:due -jambi_state:due"}, NOW)["fq"] == "-*:*"


@pytest.mark.parametrize("params", [{}, {"fq": None}, {"fq": "jambi_stated:due xkemutakhiran:due"}])
def test_f41_other_searches_stay_as_they_are(params: dict[str, str | None]) -> None:
    assert rewrite(params, NOW) == params


@pytest.mark.parametrize("text", ["jambi_state:late", 'kemutakhiran:""', "kemutakhiran:(due OR terlambat)"])
def test_f41_state_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="State"):
        rewrite({"fq": text}, NOW)


def test_f41_counting_leaves_the_state_out() -> None:
    params = {"q": "air", "fq": 'a:"b" kemutakhiran:"due"', "extras": {"ext_kemutakhiran": "due"}}
    assert without_state(params) == {"q": "air", "fq": 'a:"b"', "extras": {}}
