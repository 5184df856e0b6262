"""Parameters that stand for a code list: `{type: resolve, resource: kelurahan, field: kode_kemendagri}`.

The lists themselves are given to a connector (`CodeLists`); this package holds no reference data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jambi_harvesters.errors import DefinitionError, Problem

CodeLists = Callable[[str, str], Sequence[str]]
"""`lists(resource, field)` gives the values of a field, in the order of the list; KeyError if unknown."""

MAX_VALUES = 500


def resolve(params: Mapping[str, Any], lists: CodeLists) -> tuple[str, tuple[str, ...]]:
    """Return the parameter that stands for a list, and its values.

    Raises:
        DefinitionError: if the list or its field is unknown, or it has no or too many values.
    """
    name, spec = next((name, value) for name, value in params.items() if isinstance(value, Mapping))
    where, resource, field = f"endpoint.params.{name}", spec["resource"], spec["field"]
    try:
        values = tuple(dict.fromkeys(lists(resource, field)))
    except KeyError:
        raise DefinitionError(
            [
                Problem(
                    where,
                    f"There is no code list {resource} with the field {field}",
                    f"Tidak ada daftar kode {resource} dengan medan {field}.",
                )
            ]
        ) from None
    if not 1 <= len(values) <= MAX_VALUES:
        raise DefinitionError(
            [
                Problem(
                    where,
                    f"The code list has {len(values)} values; 1 to {MAX_VALUES} can be asked for",
                    f"Daftar kode memuat {len(values)} nilai; yang dapat diminta 1 sampai {MAX_VALUES}.",
                )
            ]
        )
    return name, values


def no_lists(resource: str, field: str) -> Sequence[str]:
    """Stand for code lists where none were given."""
    raise KeyError(resource)
