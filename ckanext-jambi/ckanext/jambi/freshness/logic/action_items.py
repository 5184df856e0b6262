"""Actions about the items of the Daftar Data, which walidata keeps (F10)."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi import clock, ledger
from ckanext.jambi.freshness import standings
from ckanext.jambi.freshness.logic import schema
from ckanext.jambi.freshness.promises import adopting, file

__all__ = [
    "jambi_freshness_item_create",
    "jambi_freshness_item_list",
    "jambi_freshness_item_retire",
    "jambi_freshness_item_show",
    "jambi_freshness_item_update",
]

Answer = dict[str, Any]


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_item_list)
def jambi_freshness_item_list(context: Any, data_dict: Answer) -> list[Answer]:
    """List the items of the Daftar Data that are owed: what each agency has promised.

    Args:
        organization_id (str): only items of this organization (its id).
        code (str): only this item.

    Returns:
        list: each with `id`, `code`, `organization` (name), `organization_id`, `title` (left out where
        the data is not open), `frequency`, `weight`, `class`, `access`, `calendar`, `lag_days`,
        `grace_days`, `anchor`, `valid_from`, `valid_to`, `seq` (the row of the log that says so),
        `review_until` (of an archive: until then walidata's look at it holds; else null).

    Example:
        `GET /api/3/action/jambi_freshness_item_list`
    """
    tk.check_access("jambi_freshness_item_list", context, data_dict)
    return standings.items(data_dict.get("organization_id"), data_dict.get("code"))


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_item_show)
def jambi_freshness_item_show(context: Any, data_dict: Answer) -> Answer:
    """Give an item of the Daftar Data whole, as walidata said it last.

    Args:
        code (str): the item.

    Returns:
        dict: the item as `jambi_freshness_item_update` takes it.

    Raises:
        ObjectNotFound: if there is no item of this code.
        NotAuthorized: for everyone but walidata.

    Example:
        `GET /api/3/action/jambi_freshness_item_show?code=DD-07`
    """
    tk.check_access("jambi_freshness_item_show", context, data_dict)
    found = adopting.said(data_dict["code"])
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no item {code}.").format(code=data_dict["code"]))
    return found


@tk.validate_action_data(schema.jambi_freshness_item_create)
def jambi_freshness_item_create(context: Any, data_dict: Answer) -> Answer:
    """Take an item into the Daftar Data; it counts from its first full period after now.

    Args:
        item (dict): `code`, `organization` (name), `title`, `frequency`, `weight`, `valid_from`, and what
            `docs/freshness.md` lists.
        reason (str): why, for the audit ledger.

    Returns:
        dict: `code` and `id`.

    Raises:
        ValidationError: naming what is wrong with the item, or that its code is taken.
        NotAuthorized: for everyone but walidata.

    Example:
        `POST /api/3/action/jambi_freshness_item_create {"item": {...}, "reason": "SK 12/2026"}`
    """
    tk.check_access("jambi_freshness_item_create", context, data_dict)
    return _put(context, data_dict, exists=False)


@tk.validate_action_data(schema.jambi_freshness_item_update)
def jambi_freshness_item_update(context: Any, data_dict: Answer) -> Answer:
    """Change an item; the change holds from the next full period, and a slower frequency one later.

    Args:
        item (dict): the whole item, as `jambi_freshness_item_create` takes it.
        reason (str): why, for the audit ledger.

    Returns:
        dict: `code` and `id`.

    Raises:
        ValidationError: naming what is wrong with the item, or that there is none of its code.
        NotAuthorized: for everyone but walidata.

    Example:
        `POST /api/3/action/jambi_freshness_item_update {"item": {...}, "reason": "SK 12/2026"}`
    """
    tk.check_access("jambi_freshness_item_update", context, data_dict)
    return _put(context, data_dict, exists=True)


@tk.validate_action_data(schema.jambi_freshness_item_retire)
def jambi_freshness_item_retire(context: Any, data_dict: Answer) -> Answer:
    """End the duty of an item for periods that end on a day or later; nothing before it is forgiven.

    Args:
        code (str): the item.
        last_day (str): the day, today or later.
        reason (str): why, for the audit ledger.

    Returns:
        dict: `code` and `last_day`.

    Raises:
        ValidationError: if there is no such item, or the day has passed.
        NotAuthorized: for everyone but walidata.

    Example:
        `POST /api/3/action/jambi_freshness_item_retire {"code": "DD-07", "last_day": "2026-12-31", ...}`
    """
    tk.check_access("jambi_freshness_item_retire", context, data_dict)
    last_day: date = data_dict["last_day"]
    if last_day < clock.today().date():
        raise tk.ValidationError({"last_day": [tk._("Give today or a later day: nothing is forgiven.")]})
    try:
        adopting.retire(data_dict["code"], last_day, data_dict["reason"], ledger.actor(context), tk._)
    except file.ItemError as err:
        raise tk.ValidationError({"code": list(err.problems)}) from err
    model.Session.commit()
    return {"code": data_dict["code"], "last_day": last_day.isoformat()}


def _put(context: Any, data_dict: Answer, *, exists: bool) -> Answer:
    item = data_dict["item"]
    problems = file.problems_of(item, tk._)
    code = str(item.get("code")) if isinstance(item, dict) else ""
    known = {each["code"] for each in standings.items(None)}
    if not problems and exists is not (code in known):
        problems = [tk._("There is no item {code}.") if exists else tk._("The code {code} is taken.")]
        problems = [text.format(code=code) for text in problems]
    try:
        if problems:
            raise file.ItemError(problems)
        adopting.put([file.complete(item)], data_dict["reason"], ledger.actor(context), tk._)
    except file.ItemError as err:
        raise tk.ValidationError({"item": list(err.problems)}) from err
    model.Session.commit()
    return {"code": code, "id": adopting.item_id(code)}
