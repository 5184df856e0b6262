"""The policy that the repository ships says what the rules hold (F5, F6)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ckanext.jambi import frequency
from ckanext.jambi.freshness.rules.policy import IndexPolicy
from ckanext.jambi.freshness.rules.thresholds import V1, Policy

FILE = Path(__file__).parents[3] / "config" / "policy" / "v1.yaml"


def test_f06_policy_v1_is_what_the_rules_hold() -> None:
    assert Policy.read(yaml.safe_load(FILE.read_text("utf-8"))) == V1


def test_f11_scheduled_part_names_known_frequencies() -> None:
    scheduled = yaml.safe_load(FILE.read_text("utf-8"))["scheduled"]
    assert all(frequency.parse(code).code == code for code in scheduled)


def test_f11_a_policy_that_says_nothing_of_a_frequency_is_refused() -> None:
    read = yaml.safe_load(FILE.read_text("utf-8"))
    del read["scheduled"]["harian"]
    with pytest.raises(ValueError, match="lacks harian"):
        IndexPolicy.read(read)
