from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ckanext.jambi.metadata.fields import Field, kind_of

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "metadata.md").read_text(encoding="utf-8")
DATASET, ORGANIZATION = kind_of("dataset"), kind_of("organization")
FIELDS = [*DATASET.fields, *DATASET.resource_fields, *DATASET.column_fields, *ORGANIZATION.fields]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field["field_name"])
def test_field_is_documented_with_its_label_rule_and_validators(field: Field) -> None:
    rows = [line for line in DOCS.splitlines() if line.startswith(f"| `{field['field_name']}` |")]
    validators = ", ".join(f"`{name}`" for name in field["validators"].split())

    assert any(
        f"| {field['label']['id']} | {field['rule']}" in row and f"| {validators} |" in row for row in rows
    )


def test_every_option_is_documented() -> None:
    path = ROOT / "ckanext-jambi/ckanext/jambi/metadata/config_declaration.yaml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"][0]["options"]

    assert [option["key"] for option in declared if f"`{option['key']}`" not in DOCS] == []
