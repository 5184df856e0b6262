"""Plugin `jambi_harvest`: from the city's systems into the catalogue, on ckanext-harvest's model."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.harvest.interfaces import IHarvester

from ckanext.jambi.harvest import bridge, harvester, hiding
from ckanext.jambi.harvest.stock.rdf import RdfAddresses


@tk.blanket.actions(bridge.actions)
@tk.blanket.auth_functions
@tk.blanket.config_declarations
class HarvestPlugin(hiding.DefinitionHiding, RdfAddresses, p.SingletonPlugin):
    """Runner, importer, and the harvester type `jambi`."""

    p.implements(IHarvester)

    def info(self) -> dict[str, str]:
        """Describe the harvester type to ckanext-harvest's forms."""
        return harvester.info()

    def validate_config(self, config: str) -> str:
        """Check a definition typed into a form."""
        return harvester.validate_config(config)
