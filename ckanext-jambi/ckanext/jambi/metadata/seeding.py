"""Make the organizations of the agency list and the groups of the topics, where they are missing.

What exists is left as its people have edited it. Called by `ckan jambi seed`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.metadata import opd, requirements, vocabularies
from ckanext.jambi.metadata.opd import Agency

# Facts of the list that organizations have a field for, under the name they have there.
FACTS = ("induk", "kode_wilayah", "urusan")


def seed_organizations() -> list[str]:
    """Create the organizations that do not exist yet; return their names."""
    existing = set(tk.get_action("organization_list")(_context(), {}))
    missing = [one for one in opd.agencies() if one.slug not in existing and not _was_deleted(one.slug)]
    for agency in missing:
        tk.get_action("organization_create")(_context(), organization(agency))
    return [one.slug for one in missing]


def seed_topics() -> list[str]:
    """Create the groups of the topics that do not exist yet; return their names."""
    existing = set(tk.get_action("group_list")(_context(), {}))
    missing = [term for term in vocabularies.terms("topik") if term.kode not in existing]
    for term in missing:
        tk.get_action("group_create")(_context(), {"name": term.kode, "title": term.label})
    return [term.kode for term in missing]


def organization(agency: Agency) -> dict[str, Any]:
    """Return the organization that an entry of the list describes; what it does not say is left out."""
    facts = {name: agency.facts[name] for name in FACTS if agency.facts.get(name)}
    return {
        "name": agency.slug,
        "title": agency.name,
        "singkatan": agency.abbreviation,
        "jenis_opd": agency.kind,
        **facts,
    }


def missing_fields() -> Counter[str]:
    """Count, for each field, the entries of the list that do not give it (M7)."""
    return Counter(
        gap.field for one in opd.agencies() for gap in requirements.gaps(organization(one), "organization")
    )


def _was_deleted(name: str) -> bool:
    """Whether somebody deleted the organization: it is not made again."""
    try:
        about = {"id": name, "include_dataset_count": False, "include_users": False}
        tk.get_action("organization_show")(_context(), about)
    except tk.ObjectNotFound:
        return False
    return True


def _context(**further: Any) -> dict[str, Any]:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"user": user, "ignore_auth": True, "jambi_import": True, **further}
