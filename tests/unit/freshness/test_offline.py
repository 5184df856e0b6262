"""The commands `state` and `verify` without CKAN (F36, F37, F38)."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ckanext.jambi.freshness.__main__ import freshness
from ckanext.jambi.freshness.reports import bundle
from ckanext.jambi.freshness.rules import chain

NOW = "2026-11-24T00:00:00+07:00"


def _state(*frequency: str, evidence: str = "2026-10-01T03:00:00Z", now: str = NOW) -> dict[str, object]:
    result = CliRunner().invoke(freshness, ["state", *frequency, "--evidence-at", evidence, "--now", now])
    assert result.exit_code == 0, result.output
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def test_f36_state_prints_one_object_with_utc_instants() -> None:
    assert _state("--frequency", "bulanan") == {
        "state": "overdue",
        "age_days": 53.583333,
        "due_at": "2026-10-31T03:00:00+00:00",
        "overdue_at": "2026-11-14T03:00:00+00:00",
        "delinquent_at": "2026-11-30T03:00:00+00:00",
    }


@pytest.mark.parametrize("spelling", [["--frequency", "-1"], ["--frequency=-1"], ["--frequency", "sekali"]])
def test_f36_hdx_never_is_fresh_without_boundaries(spelling: list[str]) -> None:
    found = _state(*spelling)
    assert (found["state"], found["due_at"], found["delinquent_at"]) == ("fresh", None, None)


@pytest.mark.parametrize("spelling", ["2", "P2D", "R/P2D"])
def test_f36_day_count_and_duration_agree(spelling: str) -> None:
    assert _state("--frequency", spelling)["overdue_at"] == "2026-10-05T03:00:00+00:00"


def test_f36_no_evidence_is_unknown_without_age() -> None:
    assert _state("--frequency", "bulanan", evidence="none") == {
        "state": "unknown",
        "age_days": None,
        "due_at": None,
        "overdue_at": None,
        "delinquent_at": None,
    }


def test_f36_evidence_after_now_is_unknown_and_its_age_negative() -> None:
    found = _state("--frequency", "bulanan", evidence="2026-11-24T17:00:00Z")
    assert (found["state"], found["age_days"]) == ("unknown", -1.0)


def test_f36_instant_without_offset_is_utc() -> None:
    naive, aware = (_state("--frequency", "1", evidence=at) for at in ("2026-10-01", "2026-10-01T00:00Z"))
    assert naive == aware


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["--frequency", "Periode", "--evidence-at", "none", "--now", NOW], "--frequency"),
        (["--frequency", "-7", "--evidence-at", "none", "--now", NOW], "--frequency"),
        (["--frequency", "bulanan", "--evidence-at", "31/02/2026", "--now", NOW], "--evidence-at"),
        (["--frequency", "bulanan", "--evidence-at", "none", "--now", "kemarin"], "--now"),
        (["--frequency", "bulanan", "--evidence-at", "none"], "--now"),
    ],
)
def test_f36_unreadable_option_is_named_with_exit_2(arguments: list[str], option: str) -> None:
    result = CliRunner().invoke(freshness, ["state", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert option in result.stderr


def test_f37_state_runs_without_ckan_within_five_seconds() -> None:
    run = """
import runpy, sys
sys.modules.update(dict.fromkeys(("ckan", "flask", "requests", "sqlalchemy")))
runpy.run_module("ckanext.jambi.freshness", run_name="__main__")
"""
    arguments = ["state", "--frequency", "harian", "--evidence-at", "2026-11-23", "--now", "2026-11-24"]
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", run, *arguments], capture_output=True, text=True, check=True)
    assert time.monotonic() - started < 5
    assert json.loads(done.stdout)["state"] == "due"
    assert done.stderr == ""


def _log(folder: Path, *, packed: bool = False) -> Path:
    payload = chain.canonical({"seq": 1, "kind": "upload"})
    line = chain.line(chain.link(chain.GENESIS, payload), payload)
    file = folder / "log"
    file.write_bytes(gzip.compress(line) if packed else line)
    return file


@pytest.mark.parametrize("packed", [False, True])
def test_f38_sound_log_exits_0(tmp_path: Path, packed: bool) -> None:
    result = CliRunner().invoke(freshness, ["verify", str(_log(tmp_path, packed=packed))])
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (found["ok"], found["rows"], found["first_seq"], found["last_seq"], found["errors"]) == (
        True,
        1,
        1,
        1,
        [],
    )


def test_f38_damaged_log_exits_1_and_names_the_row(tmp_path: Path) -> None:
    file = _log(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"upload", b"uplaod"))
    result = CliRunner().invoke(freshness, ["verify", str(file)])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["errors"][0]["seq"] == 1


def _rows(count: int) -> list[bytes]:
    lines, last = [], chain.GENESIS
    for seq in range(1, count + 1):
        payload = chain.canonical({"seq": seq, "kind": "upload"})
        last = chain.link(last, payload)
        lines.append(chain.line(last, payload))
    return lines


def _verified(folder: Path, lines: list[bytes]) -> tuple[int, dict[str, Any]]:
    file = folder / "log"
    file.write_bytes(b"".join(lines))
    result = CliRunner().invoke(freshness, ["verify", str(file)])
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("first", [2, 7, 10])
def test_f38_a_part_of_a_log_is_named_as_one_with_exit_3(tmp_path: Path, first: int) -> None:
    lines = _rows(10)
    code, found = _verified(tmp_path, lines[first - 1 :])
    assert (code, found["ok"], found["rows"]) == (3, False, 11 - first)
    assert (found["first_seq"], found["last_seq"]) == (first, 10)
    assert found["root"] == lines[-1][:64].decode()
    (error,) = found["errors"]
    assert error["seq"] == first
    assert error["error"].startswith(f"a part: rows {first + 1} to 10 follow from row {first}, which cannot")


def test_f38_damage_in_a_part_is_named_with_exit_1(tmp_path: Path) -> None:
    lines = _rows(10)[3:]
    lines[3] = lines[3].replace(b"upload", b"uplaod")
    code, found = _verified(tmp_path, lines)
    assert (code, found["rows"], found["errors"][0]["seq"]) == (1, 3, 7)


@pytest.mark.parametrize(("old", "new"), [(b'"seq":1', b'"seq":3'), (b'"seq":1', b'"seq":9'), (b"}", b"]")])
def test_f35_a_whole_log_with_a_damaged_number_is_no_part(tmp_path: Path, old: bytes, new: bytes) -> None:
    lines = _rows(5)
    lines[0] = lines[0].replace(old, new)
    code, found = _verified(tmp_path, lines)
    assert (code, found["errors"][0]["seq"]) == (1, 1)


def test_f38_unreadable_log_exits_2(tmp_path: Path) -> None:
    cut = tmp_path / "cut.gz"
    cut.write_bytes(_log(tmp_path, packed=True).read_bytes()[:-12])
    for file in (tmp_path / "none", cut):
        assert CliRunner().invoke(freshness, ["verify", str(file)]).exit_code == 2


def test_f35_a_flipped_bit_of_a_packed_log_is_damage_and_no_crash(tmp_path: Path) -> None:
    sound = _log(tmp_path, packed=True).read_bytes()
    for place in range(len(sound) * 8):
        file = tmp_path / "flipped.gz"
        file.write_bytes(_flipped(sound, place))
        done = CliRunner().invoke(freshness, ["verify", str(file)])
        assert done.exception is None or isinstance(done.exception, SystemExit), place
        assert done.exit_code or gzip.decompress(file.read_bytes()) == gzip.decompress(sound)


def test_f35_a_flipped_bit_of_a_bundle_is_damage_or_unreadable_and_no_crash() -> None:
    row = dict.fromkeys(("period_start", "period_end")) | {"seq": 1, "kind": "upload"}
    payload = chain.canonical(row | dict.fromkeys(("valid_at", "recorded_at"), "2026-01-01T00:00:00Z"))
    row_hash = chain.link(chain.GENESIS, payload)
    told = {"log": {"seq": 1, "row_hash": row_hash.hex()}, "obligations": [], "rolling": []}
    told |= dict.fromkeys(("policy_version", "calendar_version", "as_of"), "v1")
    sound = bundle.packed(told, [chain.line(row_hash, payload)])
    guide, central = (sound.index(mark) * 8 for mark in (b"BACA-SAYA.txt", b"PK\x01\x02"))
    unreadable = damaged = 0
    for place in (*range(guide), *range(guide, central, 31), *range(central, len(sound) * 8)):
        try:
            damaged += any(each.seq == 1 for each in bundle.verify(io.BytesIO(_flipped(sound, place))).errors)
        except bundle.BundleError:
            unreadable += 1
    assert min(unreadable, damaged) > 0


def _flipped(body: bytes, place: int) -> bytes:
    changed = bytearray(body)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)
