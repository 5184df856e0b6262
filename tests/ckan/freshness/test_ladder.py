"""Posts in force, notices by the clock, each step once (F14, F29, F34, F44, F45)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import counting
import pytest
import sqlalchemy as sa
import yaml
from ckan import model
from ckan.tests import factories
from click.testing import CliRunner
from daftar import CONFIG, Cases, promise
from killing import killed_before
from mail_server import MailServer

from ckanext.jambi import clock, ticks
from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.ladder import adopted, climbing, letters
from ckanext.jambi.freshness.model import notice
from ckanext.jambi.freshness.promises import adopting, ticking
from ckanext.jambi.freshness.rules.ladder import Post
from ckanext.jambi.notices import sending, wording

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi_notices jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules", "with_request_context"),
]
FILE = CONFIG / "posts.yaml"
# The week of 7 to 13 September 2026 is due on the 15th, late from the 18th (day 17), long overdue on the 25th.
FIRST_WEEK = date(2026, 9, 13)
RULED = {"reason": "Diperiksa", "legal_basis": "Surat 9/2026"}


def test_f29_posts_need_the_organizations_of_their_panel() -> None:
    with pytest.raises(adopting.RuleError, match="names 'inspektorat'"):
        adopting.adopt(FILE)
    assert adopted.in_force() is None


def test_f34_posts_are_adopted_like_a_policy_and_no_address_enters_the_log(
    posts: None, portal_at: Any, tmp_path: Path
) -> None:
    assert adopting.adopt(FILE) is None
    assert b"@" not in b"".join(ledger.export())
    changed = tmp_path / "posts.yaml"
    body = yaml.safe_load(FILE.read_text("utf-8"))
    body["posts"]["sekda"] = {"address": "sekretaris@example.go.id"}
    changed.write_text(yaml.safe_dump(body), "utf-8")
    with pytest.raises(adopting.RuleError, match="new version"):
        adopting.adopt(changed)
    portal_at(3)
    changed.write_text(yaml.safe_dump(body | {"version": body["version"] + 1}), "utf-8")
    run = CliRunner().invoke(freshness, ["adopt", str(changed)])
    assert (run.exit_code, run.output) == (0, f"In force: posts {body['version'] + 1}\n")
    now = adopted.in_force()
    assert now is not None
    assert now.address(Post.SEKDA, "dinkes") == "sekretaris@example.go.id"


@pytest.fixture
def owing(posts: None, city: SimpleNamespace, portal_at: Any) -> SimpleNamespace:
    """Return the city with posts, on the day before its first period is due; nothing ever came."""
    city.opd_name = model.Group.get(city.opd).name
    return city


def work(days: float, portal_at: Any) -> None:
    """Let the duties run at an instant: the tables first, as after an outage."""
    portal_at(days)
    ticking.run()
    climbing.run()


def steps(**where: Any) -> list[str]:
    query = sa.select(notice.c.step).filter_by(**where).order_by(notice.c.written_at, notice.c.due_at)
    return list(model.Session.scalars(query))


def rows() -> set[tuple[Any, ...]]:
    """Return each step of each subject and when it was owed."""
    found = model.Session.execute(sa.select(notice.c.subject_key, notice.c.step, notice.c.due_at)).all()
    assert len(found) == len(set(found))
    return {tuple(row) for row in found}


def sent_to(mail: MailServer) -> Counter[str]:
    while sending.send_due().total():
        pass
    return Counter(to for to, _ in mail.taken)


def address(context: dict[str, Any]) -> str:
    return model.User.get(context["user"]).email


def test_f44_each_step_goes_to_its_posts_when_it_falls_due(owing, mail, portal_at) -> None:
    told: dict[str, set[str]] = {}
    for day in range(13, 46):
        before = set(steps(period_end=FIRST_WEEK))
        mail.taken.clear()
        work(day, portal_at)
        sent = set(sent_to(mail))
        for step in set(steps(period_end=FIRST_WEEK)) - before:
            told[step] = sent
            assert model.Session.scalar(
                sa.select(notice.c.due_at <= notice.c.written_at).filter_by(step=step, period_end=FIRST_WEEK)
            )
    stewards = {address(owing.editor), address(owing.admin)}
    assert told["due_in_1_day"] == told["ladder_1"] == stewards
    assert f"kepala-{owing.opd_name}@example.go.id" in told["ladder_2"]
    assert "walidata@example.go.id" in told["ladder_3"]
    assert {"sekda@example.go.id", "wakil-wali-kota@example.go.id"} <= told["ladder_4"]
    assert set(told) == {"due_in_1_day", *(f"ladder_{n}" for n in (1, 2, 3, 4))}


def test_f45_after_thirty_days_of_outage_nothing_is_doubled_or_lost(owing, mail, portal_at) -> None:
    for day in range(13, 45):
        work(day, portal_at)
    daily = rows()
    assert {step for _, step, _ in daily} >= {"due_in_1_day", "ladder_1", "ladder_2", "ladder_3", "ladder_4"}
    for table in ("jambi_freshness_notice", "jambi_notice_delivery", "jambi_notice"):
        model.Session.execute(sa.text(f"DELETE FROM {table}"))
    model.Session.commit()
    work(14, portal_at)
    mail.taken.clear()
    work(44, portal_at)
    work(44, portal_at)
    assert rows() == daily
    recipients = sent_to(mail)
    assert max(recipients.values()) == 2  # that of day 14 and that of day 44
    assert {"sekda@example.go.id", "walidata@example.go.id", address(owing.editor)} <= set(recipients)
    assert len({message["Message-ID"] for _, message in mail.taken}) == len(mail.taken)


def test_f45_killed_anywhere_each_step_is_told_once(owing, mail, portal_at) -> None:
    work(13, portal_at)
    sent_to(mail)
    mail.taken.clear()
    portal_at(21)
    ticking.run()
    kills = 0
    while killed_before(kills + 1, climbing.run):
        kills += 1
        assert len(steps()) in (0, 1)
    assert kills >= 8
    climbing.run()
    expected = rows()
    assert len(expected) >= 3
    assert killed_before(1, sending.send_due, only="'state': 'sent'")
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_notice_delivery SET due_at = now() - interval '1 second'"))
    sent_to(mail)
    assert rows() == expected
    ids = {(to, message["Message-ID"]) for to, message in mail.taken}
    assert len(mail.taken) == len(ids) + 1  # the one whose sender died bears the same id again
    assert max(Counter(to for to, _ in ids).values()) == 1


def test_f45_all_steps_of_a_run_for_one_recipient_are_one_message(owing, mail, dataset, portal_at) -> None:
    for code in "BCD":
        promise(dataset("mingguan", owner_org=owing.opd), code=code, title=f"Data {code}")
    work(20, portal_at)
    mail.taken.clear()
    sent_to(mail)
    mail.taken.clear()
    with counting.statements() as few:
        work(35, portal_at)
    assert sent_to(mail)[address(owing.editor)] == 1
    (message,) = [message for to, message in mail.taken if to == address(owing.editor)]
    text = message.get_content()
    assert all(f"Data {code}, 21 September – 27 September 2026" in text for code in "BCD")
    assert text.count("http") == 1
    assert len([each for each in few if "jambi_freshness_notice" in each]) <= 5


def test_f40_statements_of_a_run_do_not_grow_with_what_is_owed(owing, dataset, portal_at) -> None:
    def counted(day: float) -> int:
        portal_at(day)
        ticking.run()
        with counting.statements() as found:
            climbing.run()
        return len(found)

    one = counted(17)
    for code in "BCDEFGHIJK":
        promise(dataset("mingguan", owner_org=owing.opd), code=code, title=f"Data {code}")
    counted(20)
    before = len(steps())
    many = counted(36)
    assert len(steps()) > before + 10
    assert one == many <= 16


def test_f45_nothing_goes_out_at_night_or_on_a_closed_day(owing, portal_at) -> None:
    work(13, portal_at)
    done = len(steps())
    work(17.3, portal_at)  # Friday, 17:12
    work(18, portal_at)  # Saturday
    assert len(steps()) == done
    work(20, portal_at)
    assert "ladder_1" in steps(period_end=FIRST_WEEK)


def test_f45_the_first_step_of_realtime_goes_out_at_once(owing, mail, dataset, seen, portal_at) -> None:
    live = dataset("realtime", owner_org=owing.opd)
    promise(live, code="LIVE", title="Tinggi muka air", frequency="realtime")
    portal_at(18.5)  # Saturday, 22:00
    observe([seen(live, "x")])
    model.Session.commit()
    work(18.5, portal_at)
    assert steps() == []
    work(18.6, portal_at)  # two hours later
    assert steps() == ["ladder_1"]
    assert set(sent_to(mail)) == {address(owing.editor), address(owing.admin)}
    observe([seen(live, "y")])
    model.Session.commit()
    work(18.8, portal_at)
    assert steps() == ["ladder_1", "ladder_1"]


def test_f44_a_statement_that_waits_pauses_what_stewards_are_told_and_nothing_above(
    owing, seen, portal_at
) -> None:
    observe([seen(owing.dataset, "a", period_end=date(2026, 9, 6))])
    model.Session.commit()
    work(14, portal_at)
    calls = Cases("attestation")
    said = {"code": "A", "period": "2026-W37", "statement": "Tidak ada perubahan", "nil": False}
    made = calls.call("create", owing.editor, **said)
    work(27, portal_at)
    assert [each for each in steps(period_end=FIRST_WEEK) if each != "due_in_1_day"] == [
        "ladder_2",
        "ladder_3",
    ]
    calls.call("decide", owing.admin, id=made["id"], outcome="ditolak", reason="Belum")
    work(27.1, portal_at)
    assert steps(period_end=FIRST_WEEK)[-1] == "ladder_1"


def test_f29_a_pending_appeal_stops_the_last_step(owing, person, portal_at) -> None:
    work(20, portal_at)
    calls = Cases("appeal")
    filed = calls.call("create", owing.admin, code="A", period="2026-W37", **RULED)
    work(44, portal_at)
    assert steps(period_end=FIRST_WEEK)[-1] == "ladder_3"
    seat = person(model.Group.get("inspektorat").id)
    calls.call("decide", seat, id=filed["id"], outcome="ditolak", **RULED)
    work(44.1, portal_at)
    assert steps(period_end=FIRST_WEEK)[-1] == "ladder_4"


def test_f29_a_pending_appeal_against_evidence_stops_the_last_step_too(owing, seen, portal_at) -> None:
    rows = observe([seen(owing.dataset, "a", period_end=date(2026, 9, 6)), seen(owing.dataset, "a")])
    model.Session.commit()
    work(16, portal_at)
    Cases("appeal").call("create", owing.admin, observation=rows[1].seq, **RULED)
    work(44, portal_at)
    assert steps(period_end=FIRST_WEEK)[-1] == "ladder_3"


def test_f45_old_debts_begin_at_the_first_step(city, mail, portal_at) -> None:
    portal_at(62)
    ticking.run()
    for name in ("inspektorat", "setda-bagian-hukum"):
        factories.Organization(name=name)
    adopting.adopt(FILE)
    model.Session.commit()
    past = clock.Replay(clock.now(), clock.now())
    file = tk.config["ckanext.jambi.demo.clock_file"]
    clock.set_to(file, clock.now(), past)
    climbing.run()
    assert steps() == []  # a demonstration goes through its past
    work(62.01, portal_at)
    assert set(steps()) == {"ladder_1"}
    assert len(steps()) > 4
    assert sent_to(mail) == {address(city.editor): 1, address(city.admin): 1}
    work(66, portal_at)
    assert set(steps(period_end=FIRST_WEEK)) == {"ladder_1", "ladder_2"}


def test_what_the_tables_do_not_follow_yet_is_not_told(owing, seen, portal_at) -> None:
    portal_at(20)
    climbing.run()
    assert steps() == []  # the tables are a week old
    ticking.run()
    observe([seen(owing.dataset, "a", period_end=FIRST_WEEK)])
    model.Session.commit()
    climbing.run()
    assert steps(period_end=FIRST_WEEK) == []  # content came, and no tick since


def test_an_opd_without_members_is_told_at_its_office(rules, posts, dataset, mail, portal_at) -> None:
    site = factories.Sysadmin()
    with_office = dataset("mingguan")
    promise(with_office, code="P", title="Data P")
    promise(dataset("mingguan"), code="Q", title="Data Q")
    model.Session.execute(
        sa.text('UPDATE "group" SET extras = \'{"surel": "kantor@example.go.id"}\' WHERE id = :id'),
        {"id": with_office["owner_org"]},
    )
    model.Session.commit()
    work(20, portal_at)
    assert sent_to(mail)["kantor@example.go.id"] == sent_to(mail)[site["email"]] == 1


def test_f45_what_the_ladder_told_waits_for_the_mail_server_as_long_as_it_takes(
    owing, mail, portal_at
) -> None:
    work(20, portal_at)
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_notice_delivery SET created_at = now() - interval '9 days'"))
    assert set(sent_to(mail)) == {address(owing.editor), address(owing.admin)}


def test_the_duty_is_registered_and_does_nothing_without_posts(city, portal_at) -> None:
    assert climbing.tick.name in {one.name for one in ticks.registered()}
    work(30, portal_at)
    assert steps() == []


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ((2026, 1, 1), (2026, 12, 31), "2026"),
        ((2025, 1, 1), (2026, 12, 31), "2025 – 2026"),
        ((2026, 9, 1), (2026, 9, 30), "September 2026"),
        ((2026, 7, 1), (2026, 9, 30), "July – September 2026"),
        ((2026, 9, 7), (2026, 9, 13), "7 September – 13 September 2026"),
        ((2026, 9, 7), (2026, 9, 7), "7 September 2026"),
    ],
)
def test_a_period_is_told_in_words(first: tuple, last: tuple, words: str) -> None:
    assert letters.period(date(*first), date(*last)) == words


@pytest.mark.ckan_config("ckan.locale_default", "id")
def test_a_worker_writes_days_in_the_language_of_the_portal(owing, mail, portal_at) -> None:
    assert letters.period(date(2026, 10, 1), date(2026, 10, 31)) == "Oktober 2026"
    assert wording.moment(clock.now()).startswith("14 September 2026, 10.")
    assert "Agustus" in wording.moment(datetime(2026, 8, 1, tzinfo=UTC))


def test_a_message_says_what_is_late_to_whom_it_comes_and_what_to_do(owing, mail, portal_at) -> None:
    work(17, portal_at)
    sent_to(mail)
    (steward,) = [message for to, message in mail.taken if to == address(owing.editor)]
    assert steward["Subject"].endswith("T, 7 September – 13 September 2026: overdue")
    assert "due since 15 September 2026, late since 18 September 2026" in steward.get_content()
    mail.taken.clear()
    work(44, portal_at)
    sent_to(mail)
    texts = {to: message.get_content() for to, message in mail.taken}
    assert "to the OPD, its head and walidata, brought no data" in texts["sekda@example.go.id"]
    assert "Copy of the notice to the Sekda" in texts["wakil-wali-kota@example.go.id"]
    assert f"/organization/{owing.opd_name}" in texts["sekda@example.go.id"]


def test_a_long_message_tells_the_first_lines_and_how_many_more(
    owing, mail, dataset, portal_at, monkeypatch
) -> None:
    monkeypatch.setattr(letters, "MOST_LINES", 2)
    for code in "BCD":
        promise(dataset("mingguan", owner_org=owing.opd), code=code, title=f"Data {code}")
    work(35, portal_at)
    sent_to(mail)
    (message,) = [message for to, message in mail.taken if to == address(owing.editor)]
    lines = [line for line in message.get_content().splitlines() if line.startswith("- ")]
    assert len(lines) == 3
    assert "more: see the page" in lines[2]


def test_f14_nothing_is_told_while_a_submission_waits_for_walidata(owing, mail, portal_at) -> None:
    one = model.Package.get(owing.dataset["id"])
    one.extras = {**one.extras, "status_pemeriksaan": "diajukan"}
    model.Session.commit()
    work(17.05, portal_at)
    assert steps(period_end=FIRST_WEEK) == []
    one = model.Package.get(owing.dataset["id"])
    one.extras = {**one.extras, "status_pemeriksaan": "dikembalikan"}
    model.Session.commit()
    work(17.1, portal_at)
    assert "ladder_1" in steps(period_end=FIRST_WEEK)
