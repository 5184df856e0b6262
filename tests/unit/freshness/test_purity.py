"""The rules import nothing of CKAN, open nothing and ask no clock (F1)."""

from __future__ import annotations

import subprocess
import sys

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
chain.verify([chain.line(chain.link(chain.GENESIS, b"{}"), b"{}")])
assert not touched, touched
"""


def test_f01_rules_work_without_ckan_and_open_nothing() -> None:
    subprocess.run([sys.executable, "-c", PROBE], check=True)
