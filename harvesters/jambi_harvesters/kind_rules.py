"""What single kinds need of a definition, beyond what holds for all (`definition_rules` calls `problems`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jambi_harvesters.errors import Problem

Rule = Callable[[Mapping[str, Any]], Iterator[Problem]]

RESOLVING_KINDS = frozenset({"bmkg"})
"""Kinds that ask once for each value of a code list."""


def problems(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a definition for its kind."""
    kind = raw["kind"]
    if kind in RULES:
        yield from RULES[kind](raw)
    if kind not in RESOLVING_KINDS:
        for name in resolved_params(raw):
            yield Problem(
                f"endpoint.params.{name}",
                f"A code list has no effect for kind {kind}; state a value",
                f"Daftar kode tidak berpengaruh untuk jenis {kind}; isi sebuah nilai.",
            )


def needed(where: str, reason: str, alasan: str) -> Problem:
    """Return the problem of a key that must be there."""
    return Problem(where, f"{where} is required: {reason}", f"{where} wajib diisi: {alasan}.")


def resolved_params(raw: Mapping[str, Any]) -> list[str]:
    """Return the names of the parameters that stand for a code list."""
    params = raw.get("endpoint", {}).get("params", {})
    return [name for name, value in params.items() if isinstance(value, Mapping)]


def _bmkg(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if len(resolved_params(raw)) != 1:
        yield needed(
            "endpoint.params",
            "exactly one parameter, such as adm4, must be {type: resolve, resource: kelurahan, "
            "field: kode_kemendagri}",
            "tepat satu parameter, misalnya adm4, harus berupa {type: resolve, resource: kelurahan, "
            "field: kode_kemendagri}",
        )


RULES: Mapping[str, Rule] = {"bmkg": _bmkg}
