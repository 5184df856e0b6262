"""Commands, targets and levels that the pages tell a reader to type exist, with the options that they name."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("README*.md")),
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.name != "commands.md"),
]
SECTION = re.compile(r"^## ((?:ckan )?jambi.*)\n((?:(?!## ).*\n)*)", re.M)
COMMANDS = dict(SECTION.findall((ROOT / "docs" / "commands.md").read_text("utf-8")))
"""The help of each command by its name; another test compares it with the command itself."""
TYPED = re.compile(r"(?:(ckan) (?:-c \S+ )?|[`/]|^)jambi ((?!jambi_)[a-z][^`|;\n]*)", re.M)
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
LEVELS = {level.name for level in runpy.run_path(str(ROOT / "tools" / "levels"))["LEVELS"]}


def typed(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of a page: the longest known beginning, and the words after it."""
    for ckan, rest in TYPED.findall(page.read_text("utf-8")):
        words = rest.split()
        prefix = "ckan jambi" if ckan else "jambi"
        lengths = (n for n in range(len(words), 0, -1) if " ".join([prefix, *words[:n]]) in COMMANDS)
        known = next(lengths, 0)
        yield " ".join([prefix, *words[:known]]), words[known:]


def is_group(command: str) -> bool:
    return command not in COMMANDS or any(name.startswith(f"{command} ") for name in COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    names_none = [
        (command, rest)
        for command, rest in typed(page)
        if is_group(command) and re.match(r"[a-z]", " ".join(rest))
    ]
    assert names_none == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_option_that_a_page_gives_to_a_command_exists(page: Path) -> None:
    given = ((c, word.rstrip(",.)")) for c, rest in typed(page) for word in rest if word.startswith("--"))
    unknown = [(c, option) for c, option in given if option.partition("=")[0] not in COMMANDS.get(c, "")]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_target_that_a_page_tells_to_make_exists(page: Path) -> None:
    told = re.findall(r"(?:`|^ *)make ([a-z]+)", page.read_text("utf-8"), re.M)
    assert set(told) - TARGETS == set()


def test_the_levels_that_the_page_for_developers_names_are_those_of_make_test() -> None:
    [told] = re.findall(
        r"one level: (.*); drill only if named", (ROOT / "docs" / "develop.md").read_text("utf-8")
    )
    assert set(told.split(", ")) | {"drill"} == LEVELS
