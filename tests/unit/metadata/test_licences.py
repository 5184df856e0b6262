from __future__ import annotations

import json
from importlib import resources

from ckanext.jambi.metadata import licences


def test_register_file_is_what_the_vocabulary_says() -> None:
    path = resources.files("ckanext.jambi.schemas") / "licenses.json"

    assert json.loads(path.read_text(encoding="utf-8")) == licences.register()


def test_licence_without_a_text_does_not_count_as_open() -> None:
    conformance = {one["id"]: one["od_conformance"] for one in licences.register()}

    assert conformance["cc-by"] == "approved"
    assert conformance["lisensi-pemda"] == conformance["notspecified"] == "not reviewed"
