"""What the actions say (specification 10)."""

from __future__ import annotations

from datetime import timedelta

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories, helpers

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger, listing, standing
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.rules import chain

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def show(dataset: dict) -> dict:
    return helpers.call_action("jambi_freshness_show", id=dataset["name"])


def test_show_tells_state_boundaries_evidence_and_the_log(dataset, seen, portal_at) -> None:
    one = dataset("bulanan", title="Tinggi Muka Air")
    observe([seen(one, "a")])
    portal_at(50.01)
    found = show(one)
    assert (found["state"], found["look"], found["label"]) == ("overdue", "overdue", "Overdue")
    assert found["days_late"] == 6
    assert (found["name"], found["title"], found["basis"]) == (one["name"], "Tinggi Muka Air", "rolling")
    assert found["frequency"]["iso8601"] == "P1M"
    assert (found["evidence"]["kind"], found["evidence"]["seq"]) == ("harvest_ok", 1)
    assert found["next_change_at"] == found["delinquent_at"]
    assert (found["policy_version"], found["log"]["row_hash"]) == ("1", ledger.head().row_hash.hex())
    assert found["sentence"] == (
        "Checked 50 days ago · 6 days late · last changed 1 Sep 2026 (table rows changed)"
    )


@pytest.mark.parametrize(
    ("frekuensi", "resources", "observed", "days", "look"),
    [
        ("bulanan", 1, True, 0, "fresh"),
        ("bulanan", 1, True, 25, "soon"),
        ("bulanan", 1, True, 30, "due"),
        ("bulanan", 1, True, 44, "overdue"),
        ("bulanan", 1, True, 60, "delinquent"),
        ("sekali", 1, True, 900, "archive"),
        ("bulanan", 1, False, 0, "unknown"),
        ("bulanan", 0, True, 0, "unknown"),
        ("sekali", 0, True, 0, "unknown"),
        ("", 1, True, 0, "unknown"),
        ("Periode", 1, True, 0, "unknown"),
        ("R/P1.5M", 1, True, 45, "due"),
    ],
)
def test_f09_state_in_sql_equals_the_rule(
    dataset, seen, portal_at, frekuensi, resources, observed, days, look
) -> None:
    one = dataset(frekuensi, resources)
    if observed:
        observe([seen(one, "a")])
    portal_at(days + 0.01)
    found = show(one)
    assert found["look"] == look
    listed = helpers.call_action("jambi_freshness_list", state=found["state"])
    assert [(each["id"], each["look"]) for each in listed["results"]] == [(one["id"], look)]
    assert listed["count"] == 1


def test_show_of_what_is_no_dataset_is_not_found(dataset) -> None:
    for id in ("tidak-ada", dataset(type="harvest")["id"]):
        with pytest.raises(tk.ObjectNotFound):
            helpers.call_action("jambi_freshness_show", id=id)


def test_show_of_a_private_dataset_needs_the_right_to_read_it(dataset) -> None:
    one = dataset(private=True)
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action("jambi_freshness_show", {"ignore_auth": False, "user": ""}, id=one["id"])


def test_list_holds_public_active_datasets_longest_overdue_first(dataset, seen, portal_at) -> None:
    old, new, gone, hidden = dataset(), dataset(), dataset(), dataset(private=True)
    observe([seen(each, "a") for each in (old, gone, hidden)])
    portal_at(5)
    observe([seen(new, "a")])
    helpers.call_action("package_delete", {"user": factories.Sysadmin()["name"]}, id=gone["id"])
    found = helpers.call_action("jambi_freshness_list")
    assert [each["id"] for each in found["results"]] == [old["id"], new["id"]]
    assert found["results"][0]["organization_id"] == old["owner_org"]
    narrowed = helpers.call_action("jambi_freshness_list", organization_id=new["owner_org"], limit=1)
    assert [each["id"] for each in narrowed["results"]] == [new["id"]]
    assert helpers.call_action("jambi_freshness_list", limit=1, offset=1)["results"][0]["id"] == new["id"]


@pytest.mark.parametrize("wrong", [{"state": "late"}, {"limit": 0}, {"limit": 1001}, {"offset": -1}])
def test_list_refuses_what_it_cannot_do(wrong) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        helpers.call_action("jambi_freshness_list", **wrong)
    assert set(caught.value.error_dict) == set(wrong)


def test_leaderboard_counts_states_and_ranks_only_agencies(dataset, seen, portal_at) -> None:
    good, bad = factories.Organization(name="a-buruk"), factories.Organization(name="b-baik")
    company = factories.Organization(name="0-bumd", extras=[{"key": "jenis_opd", "value": "bumd"}])
    observe(
        [
            seen(dataset("harian", owner_org=good["id"]), "a"),
            seen(dataset("sekali", owner_org=company["id"]), "a"),
        ]
    )
    portal_at(5)
    observe([seen(dataset("harian", owner_org=bad["id"]), "a")])
    dataset(owner_org=bad["id"])
    found = helpers.call_action("jambi_freshness_leaderboard_list")
    assert [(row["name"], row["ranked"], row["datasets"], row["on_time"]) for row in found["results"]] == [
        ("b-baik", True, 2, 1),
        ("a-buruk", True, 1, 0),
        ("0-bumd", False, 1, 1),
    ]
    assert found["results"][0]["states"] == {
        "fresh": 1,
        "due": 0,
        "overdue": 0,
        "delinquent": 0,
        "unknown": 1,
    }
    assert found["log"]["seq"] == 3


def test_f35_observations_carry_what_a_reader_needs_to_check_them(dataset, seen) -> None:
    one, other = dataset(), dataset()
    observe([seen(one, "a"), seen(other, "b"), seen(one, "c")])
    rows = helpers.call_action("jambi_freshness_observation_list", limit=10)["results"]
    lines = [chain.line(bytes.fromhex(row["row_hash"]), row["payload"].encode()) for row in rows]
    assert chain.verify(lines).ok
    later = helpers.call_action("jambi_freshness_observation_list", id=one["id"], since_seq=1)["results"]
    assert [row["row_hash"] for row in later] == [rows[2]["row_hash"]]


def test_state_follows_when_the_frequency_changes(dataset, seen, portal_at, index) -> None:
    one = dataset("tahunan")
    observe([seen(one, "a")])
    model.Session.commit()
    portal_at(10)
    context = {"user": factories.Sysadmin()["name"]}
    extras = [{"key": "frekuensi", "value": "harian"}]
    helpers.call_action("package_patch", context, id=one["id"], extras=extras)
    assert show(one)["state"] == "delinquent"
    assert index.rows[one["id"]]["jambi_delinquent_date"].startswith("2026-09-04T03:00")
    assert standing.load([one["id"]])[one["id"]].frequency == "harian"


def test_g01_metadata_edit_changes_nothing(dataset, seen, portal_at) -> None:
    one = dataset("harian")
    observe([seen(one, "a")])
    model.Session.commit()
    before = standing.load([one["id"]])
    portal_at(10)
    context = {"user": factories.Sysadmin()["name"]}
    resource = one["resources"][0] | {"last_modified": "2026-09-11T00:00:00", "description": "baru"}
    helpers.call_action("package_patch", context, id=one["id"], notes="disunting", resources=[resource])
    assert standing.load([one["id"]]) == before
    assert ledger.head().seq == 1


@pytest.mark.parametrize("claimed", ["2001-01-01T00:00:00", "2026-09-11T00:00:00", "2099-12-31T00:00:00"])
def test_f02_the_date_that_a_publisher_gives_a_file_is_no_input(
    dataset, seen, portal_at, claimed: str
) -> None:
    one = dataset("harian")
    observe([seen(one, "a")])
    model.Session.commit()
    portal_at(1.5)
    before = show(one)
    context = {"user": factories.Sysadmin()["name"]}
    changed = {"id": one["resources"][0]["id"], "last_modified": claimed}
    assert helpers.call_action("resource_patch", context, **changed)["last_modified"] == claimed
    assert show(one) | {"as_of": None} == before | {"as_of": None}
    assert ledger.head().seq == 1


def test_g08_new_resource_is_no_reset(dataset, seen, portal_at) -> None:
    one = dataset("harian")
    observe([seen(one, "a")])
    model.Session.commit()
    portal_at(10)
    context = {"user": factories.Sysadmin()["name"]}
    helpers.call_action("resource_create", context, package_id=one["id"], url="https://contoh.example/b.csv")
    assert show(one)["state"] == "delinquent"


def test_removed_last_resource_makes_it_unknown(dataset, seen) -> None:
    one = dataset("harian")
    observe([seen(one, "a")])
    model.Session.commit()
    helpers.call_action("package_patch", {"user": factories.Sysadmin()["name"]}, id=one["id"], resources=[])
    assert show(one)["state"] == "unknown"
    assert show(one)["sentence"] == "No file yet"


def test_f41_index_row_holds_the_dates_of_the_evidence(dataset, seen, index) -> None:
    one = dataset("bulanan")
    assert "jambi_due_date" not in index.rows[one["id"]]
    observe([seen(one, "a")])
    model.Session.commit()
    helpers.call_action("package_patch", {"user": factories.Sysadmin()["name"]}, id=one["id"], notes="x")
    assert index.rows[one["id"]]["jambi_due_date"].startswith("2026-10-01T03:00:00")


def test_leaderboard_and_list_agree(dataset, seen, portal_at) -> None:
    for number, code in enumerate(("harian", "mingguan", "bulanan", "sekali", "")):
        observe([seen(dataset(code), f"h{number}")])
    for days in (0, 1, 2.5, 8, 15, 31, 45, 61):
        portal_at(days)
        now = clock.now()
        counted: dict[str, int] = {}
        for row in listing.counts(now):
            counted[row["state"]] = counted.get(row["state"], 0) + row["datasets"]
        known = standing.load(row["id"] for row in listing.datasets(now, None, None, 100, 0)[1])
        ruled: dict[str, int] = {}
        for each in known.values():
            ruled[each.state(now).value] = ruled.get(each.state(now).value, 0) + 1
        assert counted == ruled


def test_f33_clock_that_goes_back_makes_a_dataset_unknown(dataset, seen, portal_at) -> None:
    one = dataset()
    portal_at(10)
    observe([seen(one, "a")])
    portal_at(9)
    assert show(one)["state"] == "unknown"
    assert clock.now() + timedelta(days=2) > standing.load([one["id"]])[one["id"]].evidence_at


def test_f17_steward_is_told_why_the_last_evidence_did_not_count(dataset, seen) -> None:
    one = dataset()
    assert show(one)["last_observation"] is None
    observe([seen(one, "a"), seen(one, "a", kind="upload")])
    told = show(one)["last_observation"]
    assert (told["kind"], told["credited"], told["reason"]) == ("upload", False, "repeated_content")
    assert told["explanation"] == "does not count: this content was here before"


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("as_of_show", {"as_of": "0001-01-01T00:00:00+07:00"}),
        ("as_of_show", {"as_of": "9999-12-31T23:59:59-07:00"}),
        ("history_list", {"from": "9999-12-31"}),
    ],
)
def test_years_with_which_nobody_can_reckon_are_refused(action: str, asked: dict[str, str]) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        tk.get_action(f"jambi_freshness_{action}")({}, asked)
    assert set(caught.value.error_dict) == set(asked)
