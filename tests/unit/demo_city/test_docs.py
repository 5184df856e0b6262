"""The page on the demo city names every dataset, option, fault and office that it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.jambi.demo_city import native
from ckanext.jambi.demo_city.__main__ import parser
from ckanext.jambi.demo_city.datasets import SOURCES
from ckanext.jambi.demo_city.faults import FAULTS

PAGE = (Path(__file__).parents[3] / "docs" / "demo-city.md").read_text("utf-8")


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_each_dataset_is_listed_with_its_address(source):
    assert f"| {source.number} | `{source.name}` | {source.owner} | `/{source.path}` |" in PAGE


@pytest.mark.parametrize("action", [action for action in parser()._actions if action.dest != "help"])
def test_each_option_is_explained(action):
    assert f"`{action.option_strings[0]}" in PAGE


@pytest.mark.parametrize("mode", FAULTS)
def test_each_fault_is_explained(mode):
    assert f"| `{mode}` |" in PAGE


@pytest.mark.parametrize("system", native.SYSTEMS, ids=[system.prefix for system in native.SYSTEMS])
def test_each_system_without_a_dataset_is_listed_with_its_kind(system):
    lines = [line for line in PAGE.splitlines() if line.startswith(f"| `{system.prefix}")]
    assert any(line.endswith(f"| `{system.kind}` |") for line in lines)
