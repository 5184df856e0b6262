"""The evidence bundle of a report: anyone reckons it again from its log, without CKAN (F35)."""

from __future__ import annotations

import base64
import io
import itertools
import json
import subprocess
import sys
import textwrap
import zipfile
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from click.testing import CliRunner
from daftar import Cases

from ckanext.jambi.freshness.__main__ import freshness as offline
from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.freshness.reports import records
from ckanext.jambi.freshness.roots import making as roots
from ckanext.jambi.freshness.rules import chain

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
REPORTS, APPEALS = Cases("report"), Cases("appeal")
RUN = """
import runpy, sys
sys.modules.update(dict.fromkeys(("ckan", "flask", "requests", "sqlalchemy")))
runpy.run_module("ckanext.jambi.freshness", run_name="__main__")
"""
FILED = {"code": "A", "period": "2026-W37", "reason": "Portal menolak", "legal_basis": "Surat 5/2026"}
RULED = {"outcome": "diterima", "reason": "Benar", "legal_basis": "Surat 9/2026"}
AS_OF = "2026-10-04T03:00:00+00:00"


@pytest.fixture
def late(city, seen, portal_at) -> Any:
    """Return the city on 5 October, with one week late and excused, and one open."""
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    model.Session.commit()
    portal_at(18)
    made = APPEALS.call("create", city.admin, **FILED)
    APPEALS.call("decide", city.judge, id=made["id"], **RULED)
    portal_at(34)
    ticking.run()
    return city


def printed(form: str) -> bytes:
    given = ["--opd", "all", "--period", "2026-09", "--as-of", AS_OF, "--format", form]
    result = CliRunner().invoke(freshness, ["report", *given])
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


@pytest.fixture
def entries(late) -> dict[str, bytes]:
    """Return what a bundle of September holds, by name."""
    with zipfile.ZipFile(io.BytesIO(printed("zip"))) as bundle:
        assert {each.date_time for each in bundle.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {name: bundle.read(name) for name in bundle.namelist()}


def packed(entries: dict[str, bytes], folder: Path) -> Path:
    file = folder / "bundle.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, body in entries.items():
            bundle.writestr(name, body)
    return file


def verified(file: Path) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(offline, ["verify", str(file)])
    return result.exit_code, json.loads(result.stdout) if result.stdout else {}


def test_f35_a_bundle_is_reckoned_again_without_ckan(late, tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    file.write_bytes(printed("zip"))
    done = subprocess.run([sys.executable, "-c", RUN, "verify", str(file)], capture_output=True, text=True)
    said = json.loads(done.stdout)
    assert (done.returncode, done.stderr, said["ok"], said["errors"]) == (0, "", True, [])
    assert said["root"] == json.loads(printed("json"))["log"]["row_hash"]


def test_f35_a_bundle_holds_the_report_its_log_and_the_rules(entries) -> None:
    assert list(entries) == [
        "log.txt",
        "report.json",
        "report.csv",
        "policy.json",
        "calendar.json",
        "item.json",
        "roots.json",
        "BACA-SAYA.txt",
    ]
    assert entries["report.json"] == printed("json")
    assert entries["report.csv"] == printed("csv")
    assert [each["version"] for each in json.loads(entries["policy.json"])] == ["1"]
    assert "create" in {each["event"] for each in json.loads(entries["item.json"])}


@pytest.mark.parametrize("named", ["0", None])
def test_f33_a_report_of_other_rules_is_told_from_a_damaged_one(entries, tmp_path: Path, named) -> None:
    report = json.loads(entries["report.json"])
    assert report.pop("algorithm_version") == "1"
    other = json.dumps(report | ({"algorithm_version": named} if named else {})).encode()
    code, said = verified(packed(entries | {"report.json": other}, tmp_path))
    (error,) = said["errors"]
    assert (code, error["seq"]) == (1, None)
    assert "take the program of that time" in error["error"]


def test_f35_roots_in_a_bundle_name_a_cut_tail(late, tmp_path: Path) -> None:
    roots.run()
    with zipfile.ZipFile(io.BytesIO(printed("zip"))) as bundle:
        held = {name: bundle.read(name) for name in bundle.namelist()}
    lines = held["log.txt"].splitlines(keepends=True)
    last = json.loads(held["roots.json"])[-1]["last_seq"]
    sound, _ = verified(packed(held, tmp_path))

    held["log.txt"] = b"".join(lines[: last - 1])
    code, said = verified(packed(held, tmp_path))

    assert (sound, code) == (0, 1)
    assert said["errors"][0]["seq"] == last
    assert "are missing: the root of" in said["errors"][0]["error"]


def test_f47_equal_arguments_give_equal_bundles_whatever_came_later(late, seen, portal_at) -> None:
    before = printed("zip")
    portal_at(40)
    observe([seen(late.dataset, "b", period_end=date(2026, 9, 27))])
    model.Session.commit()
    assert printed("zip") == before


def test_f35_a_flipped_bit_of_the_log_is_named_by_its_row(entries, tmp_path: Path) -> None:
    log = entries["log.txt"].splitlines(keepends=True)
    for row, line in enumerate(log, start=1):
        for place in (3, 64, 65 + len(line) // 3, len(line) - 1):
            bad = bytearray(line)
            bad[place % len(line)] ^= 1 << (row % 7)
            body = b"".join([*log[: row - 1], bytes(bad), *log[row:]])
            code, said = verified(packed(entries | {"log.txt": body}, tmp_path))
            assert (code, said["errors"][0]["seq"]) == (1, row)


def test_f35_a_cut_tail_is_seen(entries, tmp_path: Path) -> None:
    log = entries["log.txt"].splitlines(keepends=True)
    code, said = verified(packed(entries | {"log.txt": b"".join(log[:-1])}, tmp_path))
    assert (code, said["ok"]) == (1, False)
    assert f"the log ends with row {len(log) - 1}" in said["errors"][0]["error"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("report.json", b'"met": 0', b'"met": 1'),
        ("report.json", b'"outcome": "open"', b'"outcome": "met"'),
        ("report.json", b'"period_end": "2026-09-20"', b'"period_end": "2026-09-21"'),
        ("report.csv", b"open", b"met"),
        ("policy.json", b'"version": "1"', b'"version": "2"'),
        ("calendar.json", b"2026", b"2025"),
        ("item.json", b'"weight": 1', b'"weight": 3'),
    ],
)
def test_f35_what_does_not_follow_from_the_log_is_named(entries, tmp_path, name, old, new) -> None:
    assert old in entries[name]
    code, said = verified(packed(entries | {name: entries[name].replace(old, new, 1)}, tmp_path))
    assert (code, said["ok"]) == (1, False)
    assert [each["error"] for each in said["errors"]] == [f"{name} differs from what the log gives"]


def test_f35_damaged_instructions_are_named_and_older_bundles_hold_none(entries, tmp_path) -> None:
    changed = entries | {"BACA-SAYA.txt": entries["BACA-SAYA.txt"].replace(b"SHA-256", b"MD5", 1)}
    code, said = verified(packed(changed, tmp_path))
    assert (code, [each["error"] for each in said["errors"]]) == (
        1,
        ["BACA-SAYA.txt differs from the instructions of this program"],
    )
    del entries["BACA-SAYA.txt"]
    assert verified(packed(entries, tmp_path))[0] == 0


def commands(entries: dict[str, bytes], heading: str) -> str:
    """Return the commands that the instructions give below a heading."""
    _, found = entries["BACA-SAYA.txt"].decode().split(f"{heading}\n")
    block = itertools.takewhile(lambda line: line.startswith("    "), f"{found}".splitlines())
    return textwrap.dedent("\n".join(block))


@pytest.mark.parametrize("damaged", [False, True])
def test_f35_the_instructions_check_a_log_with_common_tools(entries, tmp_path, damaged) -> None:
    log = entries["log.txt"].splitlines(keepends=True)
    log[1] = log[1].replace(b'"seq":2', b'"seq":9') if damaged else log[1]
    (tmp_path / "log.txt").write_bytes(b"".join(log))
    tools = commands(entries, "Memeriksa satu baris dengan alat biasa (di folder hasil ekstrak; N > 1)")
    python = commands(entries, "Memeriksa seluruh rantai dengan Python 3 saja")
    by_tools = run(tmp_path, "bash", "-c", tools).stdout.split()
    by_python = run(tmp_path, sys.executable, "-c", python)
    assert (by_tools[0] == by_tools[2], by_python.returncode == 0) == (not damaged, not damaged)
    assert damaged or by_python.stdout.split() == [str(len(log)), log[-1][:64].decode()]
    assert chain.GENESIS.hex() in entries["BACA-SAYA.txt"].decode()
    assert all(name in entries["BACA-SAYA.txt"].decode() for name in entries)


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"log": 1}', b"\xff"])
def test_f35_a_report_that_cannot_be_read_is_named(entries, tmp_path, body) -> None:
    code, said = verified(packed(entries | {"report.json": body}, tmp_path))
    assert (code, said["ok"]) == (1, False)
    assert "cannot be read" in said["errors"][0]["error"]


@pytest.mark.parametrize("name", ["log.txt", "report.json", "item.json"])
def test_f38_a_bundle_without_a_part_is_unreadable(entries, tmp_path, name) -> None:
    del entries[name]
    result = CliRunner().invoke(offline, ["verify", str(packed(entries, tmp_path))])
    assert result.exit_code == 2
    assert name in result.output


@pytest.mark.parametrize("cut", [4, 200, -1])
def test_f38_a_cut_bundle_is_unreadable(late, tmp_path, cut) -> None:
    file = tmp_path / "bundle.zip"
    file.write_bytes(printed("zip")[:cut])
    assert CliRunner().invoke(offline, ["verify", str(file)]).exit_code == 2


def test_f35_the_log_holds_the_hash_of_the_report_in_the_bundle_of_a_draft(late, tmp_path) -> None:
    made = REPORTS.call("create", late.judge, organization_id=late.opd, period="2026-09")
    group = model.Group.get(late.opd)
    group.title = "Nama baru"
    model.Session.commit()
    file = tmp_path / "bundle.zip"
    file.write_bytes(base64.b64decode(REPORTS.call("export", {}, id=made["id"], format="zip")["base64"]))
    assert verified(file)[0] == 0
    with zipfile.ZipFile(file) as bundle:
        assert sha256(bundle.read("report.json")).hexdigest() == made["sha256"]["json"]


def test_the_web_gives_no_bundle_of_a_log_that_is_too_long(late, monkeypatch) -> None:
    made = REPORTS.call("create", late.judge, organization_id=late.opd, period="2026-09")
    assert "zip" in REPORTS.call("show", {}, id=made["id"])["formats"]
    monkeypatch.setattr(records, "LONGEST_LOG", 3)
    assert "zip" not in REPORTS.call("show", {}, id=made["id"])["formats"]
    assert "format" in REPORTS.refused("export", {}, id=made["id"], format="zip")
    assert printed("zip")
