from __future__ import annotations

from ckanext.jambi.metadata import indexing


def test_list_fields_are_indexed_as_several_values() -> None:
    indexed = indexing.split_lists({"topik": '["kesehatan", "sosial"]', "frekuensi": "bulanan"})

    assert indexed["vocab_topik"] == ["kesehatan", "sosial"]
    assert "vocab_frekuensi" not in indexed
    assert "vocab_cakupan_wilayah" not in indexed
