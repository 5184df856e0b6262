from __future__ import annotations

from datetime import date

import pytest

from ckanext.jambi.harvest.loosening import allowed_on, problems
from jambi_harvesters.definition import MaxDelete

TODAY = date(2026, 11, 30)
DEFAULT = MaxDelete()


def wide(until: date | None) -> MaxDelete:
    return MaxDelete(count=50, share=0.5, reason="Tabel lama dibersihkan", until=until)


@pytest.mark.parametrize(
    ("until", "counts"),
    [
        (date(2026, 11, 29), False),
        (TODAY, True),
        (date(2027, 2, 28), True),
        (date(2027, 3, 1), False),
        (None, False),
    ],
)
def test_a_loosened_limit_counts_within_ninety_days_only(until: date | None, counts: bool) -> None:
    assert (allowed_on(wide(until), TODAY) == wide(until)) is counts
    assert counts or allowed_on(wide(until), TODAY) == DEFAULT
    assert bool(list(problems(wide(until), TODAY, by_sysadmin=True))) is not counts


@pytest.mark.parametrize("stated", [DEFAULT, MaxDelete(count=1, share=0.01), MaxDelete(count=0, share=0.0)])
def test_a_tightened_limit_counts_always_and_is_anybodys(stated: MaxDelete) -> None:
    assert allowed_on(stated, TODAY) == stated
    assert list(problems(stated, TODAY, by_sysadmin=False)) == []


@pytest.mark.parametrize("stated", [{"count": 4}, {"share": 0.11}])
def test_only_a_sysadmin_may_loosen_one_of_both(stated: dict[str, float]) -> None:
    limit = MaxDelete(**stated, reason="Tabel lama dibersihkan", until=TODAY)
    (problem,) = problems(limit, TODAY, by_sysadmin=False)
    assert problem.path == "guard.max_delete"
    assert "sysadmin" in problem.pesan
    assert list(problems(limit, TODAY, by_sysadmin=True)) == []
