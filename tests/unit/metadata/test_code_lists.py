"""The lists of areas that a source may be asked for one by one."""

from __future__ import annotations

import pytest

from ckanext.jambi.metadata.code_lists import values


@pytest.mark.parametrize(
    ("resource", "field", "count", "first"),
    [
        ("kelurahan", "kode_kemendagri", 68, "15.71.01.1001"),
        ("kelurahan", "kode_bps", 62, "1571050002"),
        ("kecamatan", "nama", 11, "Telanaipura"),
    ],
)
def test_a_list_has_its_values_in_order(resource, field, count, first):
    found = values(resource, field)
    assert (len(found), found[0]) == (count, first)


@pytest.mark.parametrize(("resource", "field"), [("kota", "nama"), ("kelurahan", "luas")])
def test_what_is_no_list_is_a_key_error(resource, field):
    with pytest.raises(KeyError):
        values(resource, field)
