"""Which errors are the database's, and which of them may pass (reliability.md I3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from ckanext.jambi.harvest import faults


class DriverError(Exception):
    """An error of the driver, with the server's code."""

    def __init__(self, code: str | None) -> None:
        super().__init__("the server's words")
        self.pgcode = code


def operational(code: str | None) -> sa.exc.OperationalError:
    return sa.exc.OperationalError("SELECT 1", None, DriverError(code))


def wrapped(err: Exception, *, named: bool) -> Exception:
    """Return an error of search that hides another one, as its cause or only as what was handled then."""
    try:
        try:
            raise err
        except Exception as hidden:
            if named:
                raise LookupError("search failed") from hidden
            raise LookupError("search failed")  # noqa: B904 - CKAN does so
    except LookupError as shown:
        return shown


@pytest.mark.parametrize("named", [True, False])
def test_i03_fault_behind_an_error_of_search_comes_through(named: bool) -> None:
    fault = operational("57014")
    with pytest.raises(sa.exc.OperationalError) as caught, faults.bared():
        raise wrapped(fault, named=named)
    assert caught.value is fault


@pytest.mark.parametrize(
    ("err", "passes"),
    [
        (operational("40P01"), True),
        (operational(None), False),
        (sa.exc.InternalError("SELECT 1", None, DriverError("25P02")), True),
        (sa.exc.PendingRollbackError("lost", code="8s2b"), False),
    ],
    ids=["deadlock", "lost", "undone", "lost-and-kept"],
)
def test_i03_fault_is_tried_again_at_once_or_later(err: Exception, passes: bool) -> None:
    found = faults.behind(err)
    assert found is not None
    assert faults.passes(found) is passes
    with pytest.raises(faults.ERRORS), faults.bared():
        raise err


@pytest.mark.parametrize(
    "make",
    [
        lambda: ValueError("a defect of ours"),
        lambda: sa.exc.IntegrityError("INSERT", None, DriverError("23505")),
        lambda: sa.exc.InternalError("SELECT 1", None, DriverError("XX001")),
        lambda: sa.exc.PendingRollbackError("a flush failed", code="7s2a"),
    ],
    ids=["defect", "doubled", "damaged", "flush"],
)
def test_i03_other_errors_stay_what_they_are(make: Callable[[], Exception]) -> None:
    err = make()
    assert faults.behind(err) is None
    with pytest.raises(type(err)) as caught, faults.bared():
        raise err
    assert caught.value is err
