from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jambi_harvesters import outcomes

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("31622400", 86_400.0),
        ("9" * 40, 86_400.0),
        ("Tue, 24 Nov 2026 02:01:00 GMT", 60.0),
        ("Wed, 24 Nov 2027 02:00:00 GMT", 86_400.0),
        ("Mon, 23 Nov 2026 02:00:00 GMT", 0.0),
        ("besok", None),
        ("", None),
    ],
)
def test_s04_wait_that_a_source_asks_for_is_a_day_at_most(header: str, seconds: float | None) -> None:
    assert outcomes.retry_after(header, NOW) == seconds
