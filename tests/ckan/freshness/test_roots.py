"""Each day of the log gets a root: made once, mailed once, public (F32), and a log is held against it (F35)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import ledger as audit
from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.logic import action_log
from ckanext.jambi.freshness.model import root
from ckanext.jambi.freshness.roots import making
from ckanext.jambi.freshness.rules import chain, roots
from ckanext.jambi.notices.model import notice

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi_notices jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "with_request_context"),
]


@pytest.fixture
def three_days(dataset: Callable, seen: Callable, portal_at: Callable) -> list[bytes]:
    """Write rows on the first and the third day; it is noon of the fourth. Return the lines of the log."""
    one = dataset()
    observe([seen(one, "a"), seen(one, "b")])
    portal_at(2)
    observe([seen(one, "c")])
    model.Session.commit()
    portal_at(3)
    return [*ledger.export()]


def made() -> list[tuple]:
    query = sa.select(root.c.day, root.c.first_seq, root.c.last_seq).order_by(root.c.day)
    return [(row.day.isoformat(), row.first_seq, row.last_seq) for row in model.Session.execute(query)]


def mails() -> list[str]:
    query = sa.select(notice.c.body).where(notice.c.event == "roots").order_by(notice.c.created_at)
    return list(model.Session.scalars(query))


def test_f32_days_that_are_over_get_their_roots_once(three_days: list[bytes]) -> None:
    making.run()
    making.run()

    assert made() == [("2026-09-01", 1, 2), ("2026-09-02", 3, 2), ("2026-09-03", 3, 3)]
    hashes = [bytes.fromhex(line[:64].decode()) for line in three_days]
    kept = list(model.Session.scalars(sa.select(root.c.merkle_root).order_by(root.c.day)))
    assert [bytes(each) for each in kept] == [
        roots.merkle_root(part) for part in (hashes[:2], [], hashes[2:])
    ]


def test_f32_a_day_is_over_five_minutes_after_midnight(three_days: list[bytes], portal_at: Callable) -> None:
    midnight = 3 - 10 / 24  # the clock starts at 10 in the morning (WIB)
    portal_at(midnight + 4 / 1440)
    making.run()
    before = made()
    portal_at(midnight + 6 / 1440)
    making.run()

    assert [len(before), len(made())] == [2, 3]


def test_f32_one_mail_a_run_with_all_new_roots_goes_to_the_inspectorate(
    three_days: list[bytes], posts: None, portal_at: Callable
) -> None:
    making.run()
    making.run()
    portal_at(4)
    making.run()
    portal_at(34)
    making.run()

    told = mails()
    assert len(told) == 3
    days = [line[:10] for body in told for line in body.splitlines() if line.startswith("2026-")]
    assert len(days) == len(set(days)) == 34
    address = "SELECT DISTINCT recipient FROM jambi_notice_delivery"
    assert model.Session.scalars(sa.text(address)).all() == ["inspektorat@example.go.id"]
    assert all(row["mailed_at"] for row in tk.get_action("jambi_freshness_root_list")({}, {})["results"])


def test_f32_without_the_post_roots_are_made_and_not_mailed(three_days: list[bytes]) -> None:
    making.run()

    assert len(made()) == 3
    assert mails() == []
    assert tk.get_action("jambi_freshness_root_list")({}, {})["results"][0]["mailed_at"] is None


def test_f32_run_that_dies_before_its_commit_leaves_neither_root_nor_mail(
    three_days: list[bytes], posts: None, portal_at: Callable
) -> None:
    portal_at(4)
    making.make(making.clock.now())
    model.Session.rollback()

    assert made() == []
    assert mails() == []


def test_f32_list_gives_roots_of_some_days(three_days: list[bytes]) -> None:
    making.run()

    wanted = {"from": "2026-09-02", "to": "2026-09-02"}
    [only] = tk.get_action("jambi_freshness_root_list")({}, wanted)["results"]
    assert (only["day"], only["merkle_root"]) == ("2026-09-02", roots.EMPTY.hex())


def test_f35_verify_against_published_roots_names_a_cut_tail(
    three_days: list[bytes], tmp_path: Path, app, cli
) -> None:
    making.run()
    log, kept = tmp_path / "log.gz", tmp_path / "roots.csv"
    kept.write_text(app.get("/freshness/roots.csv").body)
    log.write_bytes(gzip.compress(b"".join(three_days)))
    sound = cli.invoke(freshness, ["verify", str(log), "--roots", str(kept)])
    log.write_bytes(gzip.compress(b"".join(three_days[:-1])))
    cut = cli.invoke(freshness, ["verify", str(log), "--roots", str(kept)])

    assert (sound.exit_code, cut.exit_code) == (0, 1)
    [error] = json.loads(cut.output)["errors"]
    assert error["seq"] == 3
    assert "are missing" in error["error"]


def test_f38_file_that_holds_no_roots_cannot_be_read(three_days: list[bytes], tmp_path: Path, cli) -> None:
    log, kept = tmp_path / "log.txt", tmp_path / "roots.csv"
    log.write_bytes(b"".join(three_days))
    kept.write_text("a,b\n1,2\n")

    found = cli.invoke(freshness, ["verify", str(log), "--roots", str(kept)])

    assert found.exit_code == 2
    assert "holds no roots" in found.output


def test_f34_parts_of_the_log_one_after_the_other_are_the_export(
    three_days: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action_log, "MOST_ROWS", 2)
    export = tk.get_action("jambi_freshness_log_export")
    first, rest = export({}, {}), export({}, {"from_seq": 3})

    assert (first["lines"] + rest["lines"]).encode() == b"".join(three_days)
    assert (first["previous_hash"], first["next_seq"]) == (chain.GENESIS.hex(), 3)
    assert (rest["previous_hash"], rest["next_seq"]) == (three_days[1][:64].decode(), None)
    assert export({}, {"from_seq": 2, "to_seq": 2})["lines"].encode() == three_days[1]
    assert export({}, {"from_seq": 9}) == {"lines": "", "previous_hash": None, "next_seq": None}


def test_policy_and_calendar_are_shown_whole_as_they_were_known(rules: None, portal_at: Callable) -> None:
    for name in ("policy", "calendar"):
        show = tk.get_action(f"jambi_freshness_{name}_show")
        found = show({}, {})
        assert found == show({}, {"version": found["version"]})
        assert found["sha256"] == audit.digest(found["body"])
        assert found["body"]["version"]
        with pytest.raises(tk.ObjectNotFound):
            show({}, {"as_of": "2020-01-01T00:00:00+07:00"})
        with pytest.raises(tk.ObjectNotFound):
            show({}, {"version": "99"})
