"""The data folder before a start."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ckanext.jambi.launcher import folder, jsonfile
from ckanext.jambi.launcher.errors import DamagedFolderError, LauncherError
from ckanext.jambi.launcher.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path, tmp_path / "data")


def test_new_folder_is_closed_to_others(layout: Layout) -> None:
    folder.make(layout)
    assert stat.S_IMODE(layout.data.stat().st_mode) & 0o066 == 0
    assert layout.drop.is_dir()


def test_folder_of_another_program_is_refused(layout: Layout) -> None:
    layout.data.mkdir()
    (layout.data / "thesis.odt").touch()
    with pytest.raises(LauncherError, match="not empty"):
        folder.make(layout)
    assert [entry.name for entry in layout.data.iterdir()] == ["thesis.odt"]


def test_folder_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LauncherError, match="--data-dir"):
        folder.make(Layout(tmp_path, tmp_path / "file" / "data"))


def test_missing_cluster_of_a_finished_start_is_damage(layout: Layout) -> None:
    folder.make(layout)
    jsonfile.write(layout.state, {"steps": {"databases": ""}})
    with pytest.raises(DamagedFolderError, match="postgres/data is missing"):
        folder.check_whole(layout)


def test_unreadable_state_is_damage(layout: Layout) -> None:
    folder.make(layout)
    layout.state.write_text("{ torn")
    with pytest.raises(DamagedFolderError, match=r"state\.json"):
        folder.check_whole(layout)


def test_state_that_is_no_object_is_damage(layout: Layout) -> None:
    folder.make(layout)
    layout.state.write_text("[]")
    with pytest.raises(DamagedFolderError, match="launcher writes"):
        folder.check_whole(layout)


def test_reset_keeps_the_drop_folder_and_a_new_start_takes_it(layout: Layout) -> None:
    folder.make(layout)
    (layout.drop / "mine.csv").write_text("a\n1\n")
    folder.empty(layout)
    assert [entry.name for entry in layout.data.iterdir()] == ["drop"]
    folder.make(layout)
    assert (layout.drop / "mine.csv").exists()


def test_reset_leaves_nothing_where_nothing_was_dropped(layout: Layout) -> None:
    folder.make(layout)
    folder.empty(layout)
    assert not layout.data.exists()


def test_reset_refuses_a_folder_without_a_portal(layout: Layout) -> None:
    layout.data.mkdir()
    (layout.data / "thesis.odt").touch()
    with pytest.raises(LauncherError, match="holds no portal"):
        folder.empty(layout)
    assert (layout.data / "thesis.odt").exists()
