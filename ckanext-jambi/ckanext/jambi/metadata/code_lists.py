"""Reference lists that a source definition may ask for value by value (harvesting.md 5). Imports no CKAN."""

from __future__ import annotations

from collections.abc import Sequence

from ckanext.jambi.metadata.areas import areas

LEVELS = ("kecamatan", "kelurahan")
FIELDS = {"kode_kemendagri": "code", "kode_bps": "bps", "nama": "name"}


def values(resource: str, field: str) -> Sequence[str]:
    """Return the values of a field of a list, in the order of the list; empty ones are left out.

    Args:
        resource: `kecamatan` or `kelurahan`.
        field: `kode_kemendagri`, `kode_bps` or `nama`.

    Raises:
        KeyError: if there is no such list or field.
    """
    if resource not in LEVELS:
        raise KeyError(resource)
    attribute = FIELDS[field]
    return [value for one in areas(resource) if (value := getattr(one, attribute))]
