"""Topics are CKAN groups too: a dataset is a member of the groups of its topics, and of no other topic's.

Whoever may write any group (the importer, sysadmins) does so in the dataset's own transaction. For
other stewards CKAN leaves groups out that they do not belong to; those are joined right afterwards.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.metadata import values, vocabularies


def names() -> frozenset[str]:
    """Return the names of all topics' groups."""
    return frozenset(term.kode for term in vocabularies.terms("topik"))


def of(topics: Any) -> list[str]:
    """Return the codes of a stated list of topics; what is no topic is left out."""
    try:
        stated = [] if values.blank(topics) else values.as_list(topics)
    except values.RefusedError:
        return []
    codes = (vocabularies.normalise("topik", one) for one in stated)
    return list(dict.fromkeys(code for code in codes if code))


def titles() -> list[tuple[str, str]]:
    """Return name and title of every topic's group, by title; `group_list` asks for each by an action."""
    group = model.Group
    query = sa.select(group.name, group.title).where(group.type == "group", group.state == "active")
    return [(name, title or name) for name, title in model.Session.execute(query.order_by(group.title))]


def settle(dataset: dict[str, Any]) -> bool:
    """Join and leave groups so that they match a saved dataset's topics; say whether any differed."""
    wanted = set(of(dataset.get("topik"))) & _existing()
    present = {group["name"] for group in dataset.get("groups", ())} & names()
    for name in wanted - present:
        _member("member_create", name, dataset["id"], capacity="public")
    for name in present - wanted:
        _member("member_delete", name, dataset["id"])
    return wanted != present


def _existing() -> set[str]:
    return set(tk.get_action("group_list")({"ignore_auth": True}, {}))


def _member(action: str, group: str, dataset_id: str, **further: str) -> None:
    """Act as the site's own user, since a steward need not belong to a topic."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    about = {"id": group, "object": dataset_id, "object_type": "package", **further}
    tk.get_action(action)({"user": user, "ignore_auth": True}, about)
