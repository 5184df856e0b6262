"""Plugin `jambi_notices`: mail to those who can mend a source, made from the outbox."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.config_declarations
class NoticesPlugin(p.SingletonPlugin):
    """Notices, their deliveries, and digests."""
