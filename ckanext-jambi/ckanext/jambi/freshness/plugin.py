"""Plugin `jambi_freshness`: was the promised data there in time, and how do we know?"""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness.hooks import DatasetHooks
from ckanext.jambi.freshness.logic import chained


@tk.blanket.actions(chained.actions)
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.config_declarations
@tk.blanket.helpers
class FreshnessPlugin(DatasetHooks, p.SingletonPlugin):
    """States, evidence log, badge and search dates."""
