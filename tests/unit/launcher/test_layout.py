"""Paths, socket folders, and what is told to be typed next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.launcher import layout
from ckanext.jambi.launcher.errors import LauncherError
from ckanext.jambi.launcher.layout import LONGEST_SOCKET_NAME, SOCKET_PATH_LIMIT, Layout


def test_short_path_is_used_as_wanted() -> None:
    assert layout.socket_folder(Path("/srv/x/socket")) == Path("/srv/x/socket")


@given(st.integers(min_value=1, max_value=200))
def test_socket_path_never_exceeds_the_kernels_limit(length: int) -> None:
    folder = layout.socket_folder(Path("/") / ("d" * length))
    assert len(os.fsencode(folder / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT


def test_long_path_always_gets_the_same_short_folder() -> None:
    long = Path("/") / ("d" * 120)
    assert layout.socket_folder(long) == layout.socket_folder(long)
    assert layout.socket_folder(long) != layout.socket_folder(long / "other")


def test_private_folder_is_closed(tmp_path: Path) -> None:
    layout.make_private(tmp_path / "socket")
    assert (tmp_path / "socket").stat().st_mode & 0o077 == 0


def test_planted_link_is_refused_as_socket_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "socket").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LauncherError, match="belongs to somebody else"):
        layout.make_private(tmp_path / "socket")


def test_checkout_is_found_from_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "portal.ini").touch()
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path / "docs")
    assert layout.find() == Layout(tmp_path, tmp_path / ".jambi")


def test_relative_data_folder_is_meant_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert layout.find(Path("data")).data == tmp_path / "data"


def test_hint_names_another_data_folder_only_where_needed(tmp_path: Path) -> None:
    assert Layout(tmp_path, tmp_path / ".jambi").hint("down").endswith("jambi down`")
    assert Layout(tmp_path, tmp_path / "d").hint("down").endswith(f"jambi down --data-dir {tmp_path}/d`")
