"""Who decides, and how long one has: by the posts and the policy in force, in words."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness.decisions import listing
from ckanext.jambi.freshness.ladder import panel
from ckanext.jambi.theme.pages import board


def decides() -> str:
    """Return who decides objections (F29)."""
    named = [board.short_title(title) for title in panel.titles()]
    if not named:
        return tk._("Walidata decides.")
    return tk._("The panel decides: {names}.").format(names=", ".join(named))


def days_to_object() -> str:
    """Return how long one has to object, by the policy in force (F29)."""
    days = listing.procedure().appeal_days
    text = tk.ungettext(
        "An admin of the OPD objects within {days} working day after an obligation became late, or after a "
        "draft of a report told of it.",
        "An admin of the OPD objects within {days} working days after an obligation became late, or after a "
        "draft of a report told of it.",
        days,
    )
    return text.format(days=days)
