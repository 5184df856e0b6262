"""The rules import nothing of CKAN, open nothing and ask no clock (F1)."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import subprocess
import sys

import pytest

from ckanext.jambi.freshness import rules

PROBE = """
import importlib, pkgutil, sys
sys.modules.update(dict.fromkeys(("ckan", "flask", "requests", "sqlalchemy")))
from datetime import UTC, datetime
from ckanext.jambi.freshness import rules
for found in pkgutil.iter_modules(rules.__path__):
    importlib.import_module(f"{rules.__name__}.{found.name}")
from fractions import Fraction
from ckanext.jambi.frequency import Frequency, Interval
from ckanext.jambi.freshness.rules import chain, credit, statement, states, thresholds
at = datetime(2026, 9, 1, tzinfo=UTC)
touched = []
sys.addaudithook(lambda event, args: touched.append(event) if event in ("open", "socket.connect") else None)
for code, interval in {"bulanan": Interval(Fraction(1)), "insidental": None, "sekali": None}.items():
    found = thresholds.rolling(Frequency(code, interval=interval), at)
    states.look(found, at)
    statement.parts(statement.Known(found, evidence_at=at), at)
credit.judge(credit.Content("upload", "a"), credit.History(), at)
from datetime import date
from ckanext.jambi.freshness.rules import assessing, closing, index, items, obligations, policy, scoring
from ckanext.jambi.working_days import Calendar
law = obligations.Law((obligations.Known(at, policy.V1),), (obligations.Known(at, Calendar("1")),))
one = items.Item("1", "A", "o", "A", (items.Version(at, date(2026, 1, 1), items.Terms(Frequency("bulanan"))),))
track = assessing.Track("p", [closing.Event(1, closing.Act.CONTENT, at)], (), scoring.Facts(True, True, True, True))
found = assessing.assess(assessing.Docket(one, [track]), law, datetime(2027, 9, 1, tzinfo=UTC))
assert found.judged[0].obligations and found.score.total
index.of_items([index.Weighed(found.score.total, 1)], policy.V1.scoring)
chain.verify([chain.line(chain.link(chain.GENESIS, b"{}"), b"{}")])
assert not touched, touched
"""


def test_f01_rules_work_without_ckan_and_open_nothing() -> None:
    subprocess.run([sys.executable, "-c", PROBE], check=True)


def _values() -> list[type]:
    """Return every class that the rules define."""
    names = [each.name for each in pkgutil.iter_modules(rules.__path__)]
    modules = [importlib.import_module(f"{rules.__name__}.{name}") for name in names]
    found = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    own = [each for each in found if each.__module__.startswith(rules.__name__)]
    return sorted(own, key=lambda each: (each.__module__, each.__qualname__))


@pytest.mark.parametrize("kind", [each for each in _values() if dataclasses.is_dataclass(each)])
def test_f01_what_rules_take_and_give_cannot_be_changed(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert not any("__dict__" in vars(each) for each in kind.__mro__)
