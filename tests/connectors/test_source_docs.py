from __future__ import annotations

from pathlib import Path

import pytest

from jambi_harvesters import errors, schema_table, strict_yaml
from jambi_harvesters.definition import parse
from jambi_harvesters.kinds import installed

DOCS = Path(__file__).parents[2] / "docs" / "sources"


def subclasses(of: type[errors.HarvesterError]) -> set[type[errors.HarvesterError]]:
    return set(of.__subclasses__()).union(*map(subclasses, of.__subclasses__()))


def test_table_of_keys_is_the_schema() -> None:
    assert schema_table.table() in (DOCS / "README.md").read_text("utf-8")


def test_list_of_what_is_refused_is_the_code() -> None:
    assert schema_table.not_yet() in (DOCS / "README.md").read_text("utf-8")


@pytest.mark.parametrize("error", sorted(subclasses(errors.HarvesterError), key=lambda one: one.code))
def test_every_error_has_a_code_two_texts_and_a_line_in_the_docs(error: type[errors.HarvesterError]) -> None:
    assert error.message != error.message_id
    assert error.code in errors.__doc__ or error.__subclasses__()
    if not error.__subclasses__() or error.code in errors.__doc__:
        assert f"`{error.code}`" in (DOCS / "README.md").read_text("utf-8")


def test_codes_are_unique() -> None:
    codes = [error.code for error in subclasses(errors.HarvesterError)]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", sorted(installed()))
def test_page_of_a_kind_names_it_and_what_it_walks(kind: str) -> None:
    text = (DOCS / f"{kind}.md").read_text("utf-8")
    assert text.startswith(f"# Kind `{kind}`")
    for paginator in installed()[kind].load().paginators:
        assert f"`{paginator}`" in text


@pytest.mark.parametrize("kind", sorted(installed()))
def test_example_of_a_page_is_a_good_definition(kind: str) -> None:
    text = (DOCS / f"{kind}.md").read_text("utf-8")
    example = strict_yaml.read(text.partition("```yaml\n")[2].partition("```")[0])
    stated = example.pop("dataset", {})
    dataset = {"title": "Contoh", **stated, "fields": {"frekuensi": "bulanan", **stated.get("fields", {})}}
    found = parse({"version": 1, "id": "contoh", "organization": "dinkes", "dataset": dataset, **example})
    assert found.kind == kind
