"""Plugin `jambi_search`: search in PostgreSQL, or in Solr, at CKAN's own seam."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi.search import owners, seam
from ckanext.jambi.search.logic import action

seam.install()


@tk.blanket.config_declarations
class SearchPlugin(p.SingletonPlugin):
    """The engine, and what keeps its index true."""

    p.implements(p.IActions)
    p.implements(p.IConfigurable)
    p.implements(p.IOrganizationController, inherit=True)
    p.implements(p.IGroupController, inherit=True)

    def configure(self, config: Any) -> None:
        """Patch modules that were imported since."""
        seam.install()

    def get_actions(self) -> dict[str, Any]:
        """Complete the actions that lose writes to the index."""
        return action.loaded()

    def edit(self, entity: Any) -> None:
        """Reindex the datasets of a renamed organization or group."""
        owners.reindex(entity)
