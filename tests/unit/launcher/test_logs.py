"""Logs stay small, and their ends can be shown."""

from __future__ import annotations

from pathlib import Path

from ckanext.jambi.launcher import logs


def test_large_log_is_moved_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 50)
        logs.rotate([log], limit_bytes=20)
        writer.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "web.log.1").read_bytes() == b"x" * 50


def test_small_or_missing_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("few\n")
    logs.rotate([log, tmp_path / "none.log"], limit_bytes=20)
    assert [entry.name for entry in tmp_path.iterdir()] == ["web.log"]


def test_only_so_many_old_logs_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    for number in range(5):
        log.write_text(f"{number}" * 30)
        logs.rotate([log], limit_bytes=20, kept=3)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "web.log",
        "web.log.1",
        "web.log.2",
        "web.log.3",
    ]
    assert (tmp_path / "web.log.1").read_text() == "4" * 30
    assert (tmp_path / "web.log.3").read_text() == "2" * 30


def test_last_lines_are_the_last(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("".join(f"line {number}\n" for number in range(5_000)))
    assert logs.last_lines(log, 2) == "line 4998\nline 4999"
    assert logs.last_lines(tmp_path / "none.log") == ""


def test_a_long_line_is_told_by_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("an error" + "x" * 5_000)
    assert logs.last_lines(log).startswith("an error")
    assert len(logs.last_lines(log)) == logs.LONGEST_LINE
