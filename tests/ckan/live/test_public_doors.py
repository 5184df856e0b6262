"""Persons planted in every way in stand behind no public door, and the scan finds one that does (P9, RL12)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import persons
import pytest
from ckan.tests import factories
from harvest_source import NOTES, PLUGINS, Answer, catalogue_of, count, entry, raw_catalogue, site_context
from samples import FIELDS, TABLE
from stock_sites import SEARCH, ckan_site, remote

from ckanext.jambi.metadata.cli import privacy

RNG = random.Random(12)
NIKS = [persons.nik(RNG) for _ in range(6)]
PHONE, FREE_MAIL = persons.phone(RNG), "warga.uji@gmail.com"
PLANTED = [*NIKS, PHONE, FREE_MAIL]

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_theme jambi_live {PLUGINS} ckan_harvester"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def scan(command: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Return a function that scans the portal for persons, and for what was planted."""
    values = tmp_path / "values.txt"
    values.write_text("\n".join(PLANTED), encoding="utf-8")
    return lambda *options: command(privacy, "scan", "--values", str(values), *options)


def doors(output: str) -> dict[str, int]:
    """Return how many doors of each kind were opened."""
    return {door: int(number) for number, door in re.findall(r"(\d+) (api|page|table|file)\b", output)}


def table(*cells: str) -> bytes:
    lines = [f"2026-0{at % 9 + 1},{cell},{at}" for at, cell in enumerate(cells)]
    return "\n".join(["bulan,puskesmas,kunjungan", *lines]).encode()


def test_p09_rl12_persons_planted_in_every_way_in_are_behind_no_door(
    open_door: Any,
    push: Any,
    harvest: Any,
    apply_source: Any,
    make_stock: Any,
    source: Any,
    scan: Any,
    work_off: Any,
) -> None:
    places = [f"Puskesmas {at}" for at in range(9)]
    source.answers["/data.csv"] = Answer(table(*places), headers={"Content-Type": "text/csv"})
    polled = apply_source(name="uji-tabel")
    states = [harvest(polled)["state"]]
    source.answers["/data.csv"] = Answer(table(*places, *NIKS), headers={"Content-Type": "text/csv"})
    states.append(harvest(polled)["state"])

    listed = [entry("1"), entry("2", description=f"{NOTES} Hubungi {PHONE}."), entry(NIKS[0])]
    source.answers["/data.json"] = catalogue_of(listed)
    states.append(harvest(apply_source(raw_catalogue(source) | {"id": "uji-katalog"}))["state"])

    pushed = open_door()
    push([{"bulan": "2026-01", "puskesmas": FREE_MAIL, "kunjungan": 1}], "a1")
    states.append(harvest(pushed)["state"])

    source.answers[SEARCH] = ckan_site(remote(0), remote(1, notes=f"{NOTES} Hubungi {PHONE}."))
    stock = make_stock("ckan", source.url)
    approve(stock)
    states += work_off()

    assert len(states) >= 5
    assert (states[0], set(states[1:])) == ("succeeded", {"quarantined"})
    assert count("package", "type = 'dataset' AND NOT private AND state = 'active'") == 2
    result = scan()
    assert result.exit_code == 0, result.output
    assert "hits: 0" in result.output
    opened = doors(result.output)
    assert opened["api"] > 20
    assert opened["page"] > 10
    assert opened["table"] == 1


def approve(source_id: str) -> None:
    admin = {"user": factories.Sysadmin()["name"]}
    hashed = tk.get_action("jambi_source_show")(admin, {"id": source_id})["definition_hash"]
    wanted = {"id": source_id, "definition_hash": hashed, "note": "sudah dilihat bersama pemilik"}
    tk.get_action("jambi_source_approve")(admin, wanted)


def test_rl12_scan_finds_what_a_page_shows_and_never_prints_it(agency: dict[str, Any], scan: Any) -> None:
    dataset = {
        **FIELDS,
        "name": "bocor",
        "title": "Data yang bocor",
        "notes": f"{NOTES} Hubungi {PHONE}.",
        "owner_org": agency["id"],
        "private": False,
        "license_id": "cc-by",
        "tags": [{"name": name} for name in ("kesehatan", "puskesmas", "kunjungan")],
        "resources": [{**TABLE, "url": "https://data.example.go.id/1.csv"}],
    }
    tk.get_action("package_create")(site_context(), dataset)
    result = scan()

    assert result.exit_code == 1
    told = result.output.splitlines()
    assert any(
        line.startswith("api") and "package_show?id=bocor" in line and "N4 block" in line for line in told
    )
    assert any(line.startswith("page") and "/dataset/bocor" in line and "N4 block" in line for line in told)
    assert any("seeded" in line for line in told)
    assert PHONE not in result.output


def test_rl12_scan_that_stops_early_does_not_pass_for_a_clean_one(agency: dict[str, Any], scan: Any) -> None:
    result = scan("--max-pages", "1")
    assert result.exit_code == 1
    assert "--max-pages" in result.output
