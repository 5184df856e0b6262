"""The 25 datasets of the demo catalogue, one module a few related systems; `SOURCES` lists them all."""

from __future__ import annotations

from . import (
    budget,
    health,
    market,
    people,
    registers,
    revenue,
    river_and_air,
    safety,
    schools,
    services,
    streets,
    weather,
)

__all__ = ["SOURCES"]

_MODULES = (
    *(budget, health, market, people, registers, revenue),
    *(river_and_air, safety, schools, services, streets, weather),
)
SOURCES = tuple(
    sorted((source for module in _MODULES for source in module.SOURCES), key=lambda source: source.number)
)
