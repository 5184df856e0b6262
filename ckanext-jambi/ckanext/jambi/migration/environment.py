"""Run the migrations of one plugin; the `env.py` of each plugin's folder calls this and nothing else.

Each plugin keeps its revision in a table of its own, `<plugin>_alembic_version`, as CKAN expects.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context
from psycopg2.errors import InsufficientPrivilege

from ckanext.jambi import append_only

REFUSED = (
    "The portal's own role may not change the logs that only grow: run `ckan db upgrade` as the role "
    f"{append_only.UPGRADER} (docs/operate.md, The owner of the logs)."
)


def run(plugin: str) -> None:
    """Apply or undo revisions of `plugin` in the database that CKAN names to Alembic.

    Raises:
        RuntimeError: if the role that CKAN names may not do it.
    """
    address = context.config.get_main_option("sqlalchemy.url")
    if address is None:
        raise RuntimeError("CKAN gave Alembic no sqlalchemy.url; run migrations by `ckan db upgrade`.")
    engine = sa.create_engine(address, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=None, version_table=f"{plugin}_alembic_version"
        )
        try:
            with context.begin_transaction(), append_only.upgrading(connection):
                context.run_migrations()
        except sa.exc.ProgrammingError as err:
            if isinstance(err.orig, InsufficientPrivilege):
                raise RuntimeError(REFUSED) from err
            raise
