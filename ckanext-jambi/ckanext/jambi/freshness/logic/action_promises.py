"""Actions about promises: items of the Daftar Data, obligations, the index and its history."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi import clock, ledger
from ckanext.jambi.freshness import promised, releases, standings
from ckanext.jambi.freshness.logic import schema
from ckanext.jambi.freshness.promises import adopting, file

__all__ = [
    "jambi_freshness_as_of_show",
    "jambi_freshness_history_list",
    "jambi_freshness_item_create",
    "jambi_freshness_item_list",
    "jambi_freshness_item_retire",
    "jambi_freshness_item_show",
    "jambi_freshness_item_update",
    "jambi_freshness_obligation_list",
    "jambi_freshness_organization_show",
    "jambi_freshness_promise_list",
    "jambi_freshness_release_list",
    "jambi_freshness_shortcut_show",
    "jambi_freshness_todo_list",
]

Answer = dict[str, Any]


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_item_list)
def jambi_freshness_item_list(context: Any, data_dict: Answer) -> list[Answer]:
    """List the items of the Daftar Data that are owed: what each agency has promised.

    Args:
        organization_id (str): only items of this organization (its id).

    Returns:
        list: each with `id`, `code`, `organization` (name), `organization_id`, `title` (left out where
        the data is not open), `frequency`, `weight`, `class`, `access`, `calendar`, `lag_days`,
        `grace_days`, `anchor`, `valid_from`, `valid_to`, `seq` (the row of the log that says so).

    Example:
        `GET /api/3/action/jambi_freshness_item_list`
    """
    tk.check_access("jambi_freshness_item_list", context, data_dict)
    return standings.items(data_dict.get("organization_id"))


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
        adopting.retire(data_dict["code"], last_day, data_dict["reason"], ledger.actor(context))
    except file.ItemError as err:
        raise tk.ValidationError({"code": list(err.problems)}) from err
    model.Session.commit()
    return {"code": data_dict["code"], "last_day": last_day.isoformat()}


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_obligation_list)
def jambi_freshness_obligation_list(context: Any, data_dict: Answer) -> Answer:
    """List obligations: what was owed for which period, by when, and what became of it.

    Args:
        organization_id (str): only of this organization (its id).
        code (str): only of this item.
        outcome (str): `open`, `met`, `met_late`, `attested`, `skipped` or `excused`.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): how many to skip.

    Returns:
        dict: `count`, and `results`, the latest deadline first, with `outcome` `open` the earliest: `code`,
        `title` and `dataset` (null where the data is not open), `organization`, `frequency`, `period_start`,
        `period_end`, the four instants, `outcome`, `state` (of an open one: `fresh`, `soon`, `due`,
        `overdue`, `delinquent`), `closed_at`, `closing_seq` (the row of the log that closed it),
        `policy_version`, `calendar_version`, `appeal` (`id`, `status`, `outcome`; null without one).

    Example:
        `GET /api/3/action/jambi_freshness_obligation_list?outcome=open`
    """
    tk.check_access("jambi_freshness_obligation_list", context, data_dict)
    return standings.obligations(data_dict)


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_organization_show)
def jambi_freshness_organization_show(context: Any, data_dict: Answer) -> Answer:
    """Give the index of an organization with everything that it is made of.

    Args:
        id (str): id or name of the organization.
        as_of (str): an ISO 8601 instant; the figures as they were known then. Now if left out.

    Returns:
        dict: `index` (0 to 100), `index_without_exemptions`, `stars` (1 to 5), `band`, `mean`, `weakest`,
        `on_time_rate`, `met`,
        `judged`, `skipped`, `distribution`, `items` (counted), `items_waiting`, `open_overdue`,
        `open_delinquent`, `scores` (one an item and dataset: `code`, `title`, `package_id` and
        `dataset` (null where the data is not open, the name also where it is not public), `weight`,
        `state`, `p`, `t`, `a`, `q`, `score`, `lost`: the points missing from 100 by `part` with the
        `seq` of the row that shows why;
        `evidence_seq`, `item_seq`), `as_of`, `policy_version`, `calendar_version`, `log`.

    Raises:
        ObjectNotFound: if there is no such organization.

    Example:
        `GET /api/3/action/jambi_freshness_organization_show?id=dinkes`
    """
    tk.check_access("jambi_freshness_organization_show", context, data_dict)
    found = model.Group.get(data_dict["id"])
    if found is None or not found.is_organization or found.state != "active":
        raise tk.ObjectNotFound(tk._("There is no such organization."))
    answer = standings.organization(found.id, data_dict.get("as_of"))
    return {"id": found.id, "name": found.name, "title": found.title, **answer}


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_as_of_show)
def jambi_freshness_as_of_show(context: Any, data_dict: Answer) -> Answer:
    """Give the index as it was known at an instant: of an organization, or of the whole city.

    Args:
        as_of (str): an ISO 8601 instant.
        organization_id (str): id of an organization; the city if left out.

    Returns:
        dict: as `jambi_freshness_organization_show` gives it.

    Example:
        `GET /api/3/action/jambi_freshness_as_of_show?as_of=2026-10-01T00:00:00%2B07:00`
    """
    tk.check_access("jambi_freshness_as_of_show", context, data_dict)
    return standings.organization(data_dict.get("organization_id"), data_dict["as_of"])


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_history_list)
def jambi_freshness_history_list(context: Any, data_dict: Answer) -> Answer:
    """List the index day by day, each as it was known at the day's end.

    Args:
        organization_id (str): id of an organization; the city if left out.
        from (str): first day, such as 2026-01-01; all if left out.
        to (str): last day.

    Returns:
        dict: `results`, each with `day`, `index`, `items`, `open_overdue` and `open_delinquent`.

    Example:
        `GET /api/3/action/jambi_freshness_history_list`
    """
    tk.check_access("jambi_freshness_history_list", context, data_dict)
    wanted = (data_dict.get("from"), data_dict.get("to"))
    return {"results": standings.history(data_dict.get("organization_id"), *wanted)}


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_promise_list)
def jambi_freshness_promise_list(context: Any, data_dict: Answer) -> list[Answer]:
    """List what was promised of a dataset: the items of the Daftar Data for which it stands.

    Args:
        id (str): id or name of a dataset that the caller may read.

    Returns:
        list: each with `code`, `title` (null where the data is not open), `frequency`, `weight`, `counts`,
        `basis` (`scheduled`: by its oldest open obligation, `rolling`: by the age of the data), `state`
        (as a badge shows it), `score`, and the obligations `judging`, `next` (the earliest whose deadline is
        ahead) and `last_closed`, each with `period_start`, `period_end`, `due_at`, `overdue_at`,
        `delinquent_at`, `outcome`, `closed_at`, `closing_seq`, or null.

    Raises:
        ObjectNotFound: if there is no such dataset.
        NotAuthorized: if the caller may not read it.

    Example:
        `GET /api/3/action/jambi_freshness_promise_list?id=kunjungan-penyakit-puskesmas`
    """
    tk.check_access("jambi_freshness_promise_list", context, data_dict)
    return promised.of_dataset(model.Package.get(data_dict["id"]).id)


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_release_list)
def jambi_freshness_release_list(context: Any, data_dict: Answer) -> list[Answer]:
    """List the releases that are promised: every obligation whose deadline lies ahead, within a year.

    Of data promised by the day or week the next one stands for all. Data promised more than once a day or
    as needed has no release days.

    Args:
        organization_id (str): only of this organization (its id).

    Returns:
        list: the earliest deadline first, each with `code`, `title` and `dataset` (null where the data is
        not open, `dataset` also where it is not public), `organization`, `organization_title`, `frequency`,
        `period_start`, `period_end`, `due_at`, `overdue_at` (the deadline), `delivered` (all of it is there).

    Example:
        `GET /api/3/action/jambi_freshness_release_list`
    """
    tk.check_access("jambi_freshness_release_list", context, data_dict)
    return releases.ahead(data_dict.get("organization_id"))


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_todo_list)
def jambi_freshness_todo_list(context: Any, data_dict: Answer) -> list[Answer]:
    """List what would raise the index of an organization, the greatest gain first.

    Each gain is the index as the rules would give it after that step alone, less the index now.

    Args:
        organization_id (str): id of an organization.

    Returns:
        list: each with `code`, `title` (null where the data is not open), `step` (`publish`, `deliver`,
        `store`, or the check that fails: `metadata_valid`, `open_format`, `dictionary_complete`,
        `rows_valid`, `licence_set`), `points` (of the item's score) and `gain` (of the index).

    Example:
        `GET /api/3/action/jambi_freshness_todo_list?organization_id=...`
    """
    tk.check_access("jambi_freshness_todo_list", context, data_dict)
    return standings.todo(data_dict["organization_id"])


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_shortcut_show)
def jambi_freshness_shortcut_show(context: Any, data_dict: Answer) -> Answer | None:
    """Give the fewest steps that together lift an organization into its next band.

    Args:
        organization_id (str): id of an organization.

    Returns:
        dict: `band` and `index` that the steps reach by the same rules, `minimal` (it is proven that fewer do
        not), `steps` (each with `code`, `title`, null where the data is not open, and `step` as in
        `jambi_freshness_todo_list`), `as_of`; null in the best band, without an index, and where no steps
        reach the band today.

    Example:
        `GET /api/3/action/jambi_freshness_shortcut_show?organization_id=...`
    """
    tk.check_access("jambi_freshness_shortcut_show", context, data_dict)
    return standings.shortcut(data_dict["organization_id"])


def _put(context: Any, data_dict: Answer, *, exists: bool) -> Answer:
    item = data_dict["item"]
    problems = file.problems_of(item)
    code = str(item.get("code")) if isinstance(item, dict) else ""
    known = {each["code"] for each in standings.items(None)}
    if not problems and exists is not (code in known):
        problems = [tk._("There is no item {code}.") if exists else tk._("The code {code} is taken.")]
        problems = [text.format(code=code) for text in problems]
    try:
        if problems:
            raise file.ItemError(problems)
        adopting.put([file.complete(item)], data_dict["reason"], ledger.actor(context))
    except file.ItemError as err:
        raise tk.ValidationError({"item": list(err.problems)}) from err
    model.Session.commit()
    return {"code": code, "id": adopting.item_id(code)}
