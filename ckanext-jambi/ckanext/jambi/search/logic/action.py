"""Actions of CKAN and ckanext-harvest that write to the index after their last commit, completed by one.

The marks of an original action are not passed on to what chains it, so they are repeated here.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import logic

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
    """Reindex a source, and commit."""
    return _committed(up_func, context, data_dict)


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
