"""What CKAN tells the freshness room: a dataset changed, is indexed, is searched."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.freshness import evidence, search_dates, standing, uploads


class DatasetHooks(p.SingletonPlugin):
    """The part of IPackageController that the plugin takes over."""

    p.implements(p.IPackageController, inherit=True)

    def after_dataset_update(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Let the state follow the dataset's frequency, and note what was uploaded."""
        standing.refresh(pkg_dict["id"])
        uploads.record(context, pkg_dict["id"])

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Give the search row the dates by which its state is found, and the score."""
        known = evidence.expected(pkg_dict["id"])
        if known is None:
            return pkg_dict
        score = known.promise.score_text if known.promise else None
        return pkg_dict | search_dates.fields(known.boundaries, score)

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        """Turn filters by state into ranges of dates."""
        try:
            return search_dates.rewrite(search_params, clock.now())
        except ValueError as err:
            states = ", ".join(search_dates.NAMES)
            raise tk.ValidationError({"fq": [tk._("Give one of: {states}.").format(states=states)]}) from err
