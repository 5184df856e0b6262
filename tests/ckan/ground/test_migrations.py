from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.model import metadata

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def own_tables() -> dict[str, set[str]]:
    inspector = sa.inspect(model.meta.engine)
    return {
        name: {column["name"] for column in inspector.get_columns(name)}
        for name in metadata.tables
        if inspector.has_table(name)
    }


def test_migrations_make_the_tables_that_the_code_names_and_can_be_undone(
    migrate: Callable[..., None],
) -> None:
    made = own_tables()
    migrate("jambi", "base", False)
    undone = own_tables()
    migrate("jambi")

    assert made == {name: set(table.c.keys()) for name, table in metadata.tables.items()}
    assert undone == {}
    assert own_tables() == made
