from __future__ import annotations

from importlib import resources

import pytest

FILES = [
    path
    for path in (resources.files("ckanext.jambi.schemas") / "vocabularies").iterdir()
    if path.name.endswith(".yaml")
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_m3_file_says_where_its_list_comes_from(path) -> None:
    head = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#"))

    assert "CC0" in head
    assert len(head) > 80
