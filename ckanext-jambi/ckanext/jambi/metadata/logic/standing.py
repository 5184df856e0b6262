"""Validators of what a dataset is to the portal: automatic values, visibility, review state, topics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.metadata import config, flat, requirements, topics, vocabularies
from ckanext.jambi.metadata.logic.access import is_reviewer, is_system, stored_value
from ckanext.jambi.metadata.publication import DRAFT, PUBLISHED
from ckanext.jambi.metadata.values import blank

PUBLIC_STATES = (PUBLISHED, "arsip")


def jambi_automatic(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Keep the stored value of a field that only the portal sets; what a steward sends is dropped."""
    if not is_system(context):
        _keep_stored(key, data, context)


def jambi_reviewer_only(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Keep the stored value of a field that only reviewers set."""
    if _empty(data.get(key)) and stored_value(key, data, context) is None:
        return
    if not (is_system(context) or is_reviewer(context)):
        _keep_stored(key, data, context)


def jambi_default_walidata(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Name the data trustee where none is named."""
    _default(key, data, config.walidata_name)


def jambi_default_walidata_email(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Give the data trustee's address where none is given."""
    _default(key, data, config.walidata_email)


def jambi_default_origin(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Say that a file was uploaded where nothing else is known."""
    if data.get((*key[:2], "url_type")) == "upload":
        _default(key, data, lambda: "unggah")


def jambi_only_unless_open(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Drop grounds of exemption from open data: they are never shown to the public."""
    if _code(data, "klasifikasi_akses") == "terbuka":
        data.pop(key, None)
        raise tk.StopOnError


def jambi_data_list_code(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Take a code of the data list, where the portal has one."""
    if _empty(data.get(key)):
        data.pop(key, None)
        raise tk.StopOnError
    data[key] = str(data[key]).strip()
    try:
        action = tk.get_action("jambi_freshness_item_list")
    except KeyError:
        return
    items = action({"ignore_auth": True}, {})
    if data[key] not in {item["code"] for item in items}:
        errors[key].append(tk._('"{value}" is no code of the data list.').format(value=data[key]))


def jambi_draft_default(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Say whether a dataset is private where the caller does not.

    An existing dataset stays as it is; a new one is public, as in CKAN, unless it misses something
    that the public needs: then it is a draft.
    """
    if data.get(("private",)) not in (tk.missing, None, ""):
        return
    package = context.get("package")
    data["private",] = bool(requirements.gaps(flat.nested(data))) if package is None else package.private


def jambi_review_state(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Set the review state: the portal may state one; else public is `terbit`, private `draf`."""
    stated = _code(data, "status_pemeriksaan") if is_system(context) else None
    state = stated or stored_value(key, data, context) or DRAFT
    if data.get(("private",)) is False:
        state = state if state in PUBLIC_STATES else PUBLISHED
    elif state == PUBLISHED:
        state = DRAFT
    data[key] = state


def jambi_topic_groups(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Put the dataset into the groups of its topics and out of those of other topics."""
    stated = data.get(("topik",))
    if _empty(stated):
        return
    groups = [one for one in flat.nested(data).get("groups", ()) if one.get("name") not in topics.names()]
    for old in [one for one in data if one[0] == "groups"]:
        del data[old]
    for number, group in enumerate([*groups, *({"name": name} for name in topics.of(stated))]):
        data.update({("groups", number, name): value for name, value in group.items()})


def _keep_stored(key: Any, data: Any, context: Any) -> None:
    stored = stored_value(key, data, context)
    data[key] = tk.missing if stored is None else stored


def _default(key: Any, data: Any, value: Callable[[], str]) -> None:
    if _empty(data.get(key)):
        data[key] = value()


def _empty(value: Any) -> bool:
    return value is tk.missing or blank(value)


def _code(data: Any, name: str) -> str | None:
    value = data.get((name,))
    return None if _empty(value) else vocabularies.normalise(name, str(value))
