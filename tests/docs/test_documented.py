"""The docs name everything that the code offers; what is added without a word in them fails here."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ckanext-jambi/ckanext/jambi"
PAGES = "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").rglob("*.md")))


def actions() -> list[str]:
    found = []
    for module in sorted(PACKAGE.rglob("logic/action*.py")):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        found += [
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("jambi_")
        ]
    return found


def options() -> list[str]:
    declared = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("config_declaration.yaml")
    ]
    return sorted(option["key"] for one in declared for group in one["groups"] for option in group["options"])


def fields() -> list[str]:
    found = set()
    for name in ("dataset.yaml", "organization.yaml"):
        schema = yaml.safe_load((ROOT / "schemas" / name).read_text(encoding="utf-8"))
        for part in ("dataset_fields", "resource_fields", "fields"):
            found |= {field["field_name"] for field in schema.get(part, [])}
    return sorted(found)


def documented(word: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.]*\w)", PAGES) is not None


@pytest.mark.parametrize("name", actions())
def test_every_action_is_documented(name: str) -> None:
    assert documented(name)


@pytest.mark.parametrize("name", options())
def test_every_option_is_documented(name: str) -> None:
    assert documented(name)


@pytest.mark.parametrize("name", fields())
def test_every_field_is_documented(name: str) -> None:
    assert documented(name)


@pytest.mark.parametrize(
    "table",
    re.findall(
        r'"jambi_freshness_(\w+)",\n    metadata', (PACKAGE / "freshness/model.py").read_text("utf-8")
    ),
)
def test_every_table_of_freshness_is_documented(table: str) -> None:
    assert f"`{table}`" in (ROOT / "docs/freshness.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sorted(point.name for point in entry_points(group="jambi.sources")))
def test_every_kind_of_source_has_its_page(kind: str) -> None:
    assert (ROOT / "docs/sources" / f"{kind}.md").read_text(encoding="utf-8").startswith("# ")


def test_help_texts_in_the_docs_are_those_of_the_commands() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / "tools/commands"], capture_output=True, text=True, check=True
    )

    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8").strip() == printed.stdout.strip()


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name
)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(((?!https?:|#|mailto:)[^)#\s]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []
