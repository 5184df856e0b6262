"""Clear a source, as the page of ckanext-harvest offers it: all its datasets go, and come again with the next
whole reading.

ckanext-harvest removes datasets, jobs and objects by SQL. What we remember of the records must go with them,
or each would count as unchanged and none would ever come back.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import changes, datasets, datastore, queue
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import load, quarantine, record, run, source


@tk.chained_action
def harvest_source_clear(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Clear a source; what is remembered of its records, and their tables, go with its datasets.

    Raises:
        ValidationError: if a run of the source is at work.
    """
    tk.check_access("harvest_source_clear", context, data_dict)
    source_id = tk.get_or_bust(data_dict, "id")
    if queue.at_work(model.Session.connection(), source_id):
        raise tk.ValidationError(
            {"id": [tk._("A run of this source is at work; clear it when it has ended.")]}
        )
    answer = next_action(context, data_dict)
    gone = _forget(model.Session.connection(), source_id)
    model.Session.commit()
    for package_id in gone:
        datastore.drop(datasets.resource_id(package_id))
    return answer


def _forget(connection: Connection, source_id: str) -> list[str]:
    """Forget what was harvested from a source; return the ids of the datasets that there were."""
    of_source = sa.select(run.c.id).where(run.c.source_id == source_id)
    own = sa.and_(quarantine.c.source_id == source_id, quarantine.c.state == changes.OPEN)
    over = {"state": changes.SUPERSEDED, "decided_at": NOW}
    held = sa.update(quarantine).where(own).values(**over).returning(quarantine.c.id)
    changes.discard(connection, connection.scalars(held).all())
    connection.execute(sa.update(load).where(load.c.run_id.in_(of_source)).values(state="dropped"))
    anew = {"markers": None, "cursor": None, "last_read_at": None, "last_complete_at": None}
    connection.execute(sa.update(source).where(source.c.source_id == source_id).values(**anew))
    forgotten = sa.delete(record).where(record.c.source_id == source_id).returning(record.c.package_id)
    return [one for one in connection.scalars(forgotten) if one]
