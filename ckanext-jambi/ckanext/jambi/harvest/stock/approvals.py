"""Whether a source of another harvester may publish directly (HV22).

Its settings (type, address, owner, config) take the place of a definition: an approval is bound to their
hash, so that changed settings need an approval anew.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest.errors import DecisionRefusedError
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import stock_approval
from ckanext.jambi.harvest.stock import standing


def approved(connection: Connection, source_id: str) -> bool:
    """Return whether a source may publish with the settings that it has now."""
    found = standing.find(connection, source_id)
    return found is not None and found["approved_hash"] == found["definition_hash"]


def approve(connection: Connection, found: dict[str, Any], definition_hash: str, by: str) -> bool:
    """Let a source publish as long as its settings stay; return whether that is new.

    Raises:
        DecisionRefusedError: if the settings are others by now.
    """
    if found["definition_hash"] != definition_hash:
        raise DecisionRefusedError(
            tk._("The definition has changed since you looked at it; look at it again.")
        )
    if found["approved_hash"] == definition_hash:
        return False
    values = {"approved_hash": definition_hash, "approved_by": by, "approved_at": NOW}
    connection.execute(
        insert(stock_approval)
        .values(source_id=found["source_id"], **values)
        .on_conflict_do_update(index_elements=["source_id"], set_=values)
    )
    return True
