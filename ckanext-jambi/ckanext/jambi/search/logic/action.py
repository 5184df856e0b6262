"""Actions of CKAN and ckanext-harvest that write to the index after their last commit, completed by one.

The marks of an original action are not passed on to what chains it, so they are repeated here.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import logic
from ckan.logic import index_update_package

from ckanext.jambi.search import seam, session

__all__ = ["harvest_source_index_clear", "harvest_source_reindex", "tag_delete"]


@tk.chained_action
def tag_delete(up_func: Any, context: Any, data_dict: Any) -> Any:
    """Delete a tag, and commit the index of the datasets that had it."""
    return _committed(up_func, context, data_dict)


@logic.auth_audit_exempt
@tk.chained_action
def harvest_source_index_clear(up_func: Any, context: Any, data_dict: Any) -> Any:
    """Clear the datasets of a source from the index, and commit."""
    return _committed(up_func, context, data_dict)


@logic.auth_audit_exempt
@tk.side_effect_free
@tk.chained_action
def harvest_source_reindex(up_func: Any, context: Any, data_dict: Any) -> Any:
    """Reindex a source as CKAN indexes any dataset, and commit.

    ckanext-harvest 1.6.3 asks for a dict without validation, which CKAN 2.12 returns before plugins add to
    it: its document would lose the status of the last job, and the source's kind.
    """
    if not seam.uses_postgresql():
        return up_func(context, data_dict)
    defer_commit = context.get("defer_commit", False)
    index_update_package({"ignore_auth": True}, tk.get_or_bust(data_dict, "id"), defer_commit)
    if not defer_commit:
        session.commit()
    return True


def loaded() -> dict[str, Any]:
    """Return the actions whose originals are there."""
    if not p.plugin_loaded("harvest"):
        return {"tag_delete": tag_delete}
    return {name: globals()[name] for name in __all__}


def _committed(up_func: Any, context: Any, data_dict: Any) -> Any:
    result = up_func(context, data_dict)
    if seam.uses_postgresql():
        session.commit()
    return result
