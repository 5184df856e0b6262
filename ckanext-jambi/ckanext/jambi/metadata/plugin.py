"""Plugin `jambi_metadata`: types, vocabularies, and what a dataset needs to be public."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi.metadata import config, indexing, licences, opd
from ckanext.jambi.metadata.logic import validators


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.config_declarations
@tk.blanket.helpers
@tk.blanket.validators(validators.VALIDATORS)
class MetadataPlugin(p.SingletonPlugin):
    """Fields, validators, licences, topics and the list of gaps."""

    p.implements(p.IConfigurer)
    p.implements(p.IConfigurable)
    p.implements(p.IPackageController, inherit=True)

    def update_config(self, ckan_config: Any) -> None:
        """Offer the city's licences, and this room's templates."""
        tk.add_template_directory(ckan_config, "templates")
        if not ckan_config.get("licenses_group_url"):
            ckan_config["licenses_group_url"] = licences.register_url()

    def configure(self, ckan_config: Any) -> None:
        """Take the list of agencies that this deployment names."""
        opd.use(config.opd_file())

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Index fields that hold several values as several values."""
        return indexing.split_lists(pkg_dict)
