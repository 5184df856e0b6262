"""Commands: sources from files, runs in the foreground, the board."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from harvest_source import PLUGINS, count, raw_definition

from ckanext.jambi.harvest.cli import harvest as harvest_group
from ckanext.jambi.harvest.cli import source as source_group

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "apply_source"),
]


@pytest.fixture
def file(tmp_path: Path, source: Any) -> Path:
    """Return a definition file."""
    path = tmp_path / "uji-kunjungan.yaml"
    path.write_text(yaml.safe_dump(raw_definition(source), sort_keys=False), encoding="utf-8")
    return path


def test_hv12_apply_is_idempotent_and_follows_the_file(command: Any, file: Path) -> None:
    assert command(source_group, "apply", str(file)).output == "uji-kunjungan: created\n"
    assert command(source_group, "apply", str(file.parent)).output == "uji-kunjungan: unchanged\n"
    file.write_text(file.read_text().replace("menurut Bulan", "per Bulan"))
    assert command(source_group, "apply", str(file)).output == "uji-kunjungan: updated\n"
    assert count("package", "type = 'harvest'") == 1
    assert "uji-kunjungan" in command(source_group, "list").output


def test_apply_names_a_missing_organization(command: Any, file: Path) -> None:
    file.write_text(file.read_text().replace("organization: dinkes", "organization: dinkez"))
    answer = command(source_group, "apply", str(file))
    assert answer.exit_code == 1
    assert "dinkez" in answer.output


def test_validate_says_where_and_what_was_meant(command: Any, file: Path) -> None:
    assert command(source_group, "validate", str(file)).exit_code == 0
    file.write_text(file.read_text().replace("title:", "titel:"))
    answer = command(source_group, "validate", str(file))
    assert answer.exit_code == 1
    assert "dataset.titel" in answer.output
    assert "title?" in answer.output


def test_run_tells_how_it_ended(command: Any, file: Path, source: Any) -> None:
    source.csv(30)
    command(source_group, "apply", str(file))
    answer = command(harvest_group, "run", "uji-kunjungan")
    assert answer.exit_code == 0
    assert "succeeded" in answer.output
    assert "1 new" in answer.output
    assert "unchanged" in command(harvest_group, "run", "--all").output
    source.csv(10)
    held = command(harvest_group, "run", "uji-kunjungan")
    assert (held.exit_code, "quarantined" in held.output) == (2, True)
    source.answers.clear()
    failed = command(harvest_group, "run", "uji-kunjungan")
    assert (failed.exit_code, "HTTP 404" in failed.output) == (1, True)


def test_run_of_an_unknown_source_fails_by_name(command: Any) -> None:
    answer = command(harvest_group, "run", "tidak-ada")
    assert answer.exit_code == 1
    assert "tidak-ada" in answer.output
    assert command(harvest_group, "run").exit_code == 2


def test_hv30_dry_run_counts_and_writes_nothing(command: Any, file: Path, source: Any) -> None:
    source.csv(30)
    command(source_group, "apply", str(file))
    answer = command(harvest_group, "run", "uji-kunjungan", "--dry-run")
    assert answer.exit_code == 0
    found = json.loads(answer.output.partition(": ")[2])
    assert (found["new"], found["complete"], found["held"]) == (1, True, [])
    assert count("package", "type = 'dataset'") + count("jambi_harvest_run") == 0


def test_hv30_preview_shows_rows_as_they_would_be_published(command: Any, file: Path, source: Any) -> None:
    source.csv(30)
    answer = command(source_group, "preview", str(file), "--rows", "3")
    [record] = json.loads(answer.output)["records"]
    assert len(record["rows"]) == 3
    assert count("jambi_harvest_source") == 0


def test_hv30_preview_lists_what_would_keep_the_dataset_a_draft(
    command: Any, file: Path, source: Any
) -> None:
    source.csv(30)
    assert _gaps(command, file) == []
    file.write_text(file.read_text().replace("      unit: orang\n", ""))
    [gap] = _gaps(command, file)
    assert "kunjungan" in gap["place"]
    assert gap["message"]


def _gaps(command: Any, file: Path) -> list[dict[str, str]]:
    [record] = json.loads(command(source_group, "preview", str(file)).output)["records"]
    return record["gaps"]


def test_status_names_every_source(command: Any, file: Path, source: Any) -> None:
    source.csv(30)
    command(source_group, "apply", str(file))
    assert command(harvest_group, "worker", "--once").output == "succeeded\n"
    [row] = json.loads(command(harvest_group, "status", "--json").output)
    assert (row["name"], row["last_run"]["state"]) == ("uji-kunjungan", "succeeded")
    assert "uji-kunjungan" in command(harvest_group, "status").output
