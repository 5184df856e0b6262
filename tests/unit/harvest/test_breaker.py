"""The circuit breaker of a source opens by failed runs or failed probes, and by nothing else (HV27)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.harvest.breaker import Health, health, is_open, opens

COUNTS = st.integers(0, 12)


@pytest.mark.parametrize(
    ("state", "failures", "probes", "expected"),
    [
        ("active", 0, 0, Health.HEALTHY),
        ("active", 1, 0, Health.DISTURBED),
        ("active", 4, 2, Health.DISTURBED),
        ("active", 5, 0, Health.DOWN),
        ("active", 1, 3, Health.DOWN),
        ("paused", 9, 9, Health.PAUSED),
        ("retired", 0, 0, Health.RETIRED),
    ],
)
def test_hv27_how_a_source_stands(state: str, failures: int, probes: int, expected: Health) -> None:
    assert health(state, failures, probes) is expected


@given(failures=COUNTS, probes=COUNTS, probe=st.booleans())
def test_hv27_a_breaker_opens_once(failures: int, probes: int, probe: bool) -> None:
    after = (failures + (not probe), probes + probe)
    assert opens(failures, probes, probe=probe) == (is_open(*after) and not is_open(failures, probes))
