"""Actions about promises: obligations, the index and its history, what to do."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import (
    history,
    obligations,
    past,
    promised,
    releases,
    stamps,
    standing,
    standings,
)
from ckanext.jambi.freshness.logic import schema

__all__ = [
    "jambi_freshness_as_of_show",
    "jambi_freshness_history_list",
    "jambi_freshness_obligation_list",
    "jambi_freshness_organization_show",
    "jambi_freshness_promise_list",
    "jambi_freshness_release_list",
    "jambi_freshness_shortcut_show",
    "jambi_freshness_todo_list",
]

Answer = dict[str, Any]


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_obligation_list)
def jambi_freshness_obligation_list(context: Any, data_dict: Answer) -> Answer:
    """List obligations: what was owed for which period, by when, and what became of it.

    Args:
        id (str): only of this dataset (id or name), which the caller may read.
        organization_id (str): only of this organization (its id).
        code (str): only of this item.
        period (str): only of periods that end in this year, quarter or month, such as `2026-Q3`.
        outcome (str): `open`, `met`, `met_late`, `attested`, `skipped` or `excused`.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): how many to skip.

    Returns:
        dict: `count`, and `results`, the latest deadline first, with `outcome` `open` the earliest: `code`,
        `title` and `dataset` (null where the data is not open), `organization`, `frequency`, `period_start`,
        `period_end`, the four instants, `outcome`, `state` (of an open one: `fresh`, `soon`, `due`,
        `overdue`, `delinquent`), `closed_at`, `closing_seq` and `closing_kind` (of the row of the log that
        closed it), `content_seq` (of an open one the last row that brought content; null where none came),
        `policy_version`, `calendar_version`, `appeal` (`id`, `status`, `outcome`; null if none),
        `appeal_until` (until when one may come; null where none may), `appeal_ended_at` (when the days for
        one were over; null while they are not, or where it is not late); and
        `as_of`, `policy_version`, `calendar_version`, `log` of the answer.

    Raises:
        ObjectNotFound: if there is no such dataset.
        NotAuthorized: if the caller may not read it.

    Example:
        `GET /api/3/action/jambi_freshness_obligation_list?outcome=open`
    """
    tk.check_access("jambi_freshness_obligation_list", context, data_dict)
    return obligations.listed(data_dict | _dataset(data_dict))


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
    """Give what was known at an instant: the index of an organization or the city, or how a dataset stood.

    Args:
        as_of (str): an ISO 8601 instant.
        organization_id (str): id of an organization; the city if left out.
        id (str): id or name of a dataset that the caller may read, instead of an organization.

    Returns:
        dict: as `jambi_freshness_organization_show` gives it; of a dataset as `jambi_freshness_show`, without
        `checked_at`, `reachable` and `last_observation`. `log` is the end of the log at that instant.

    Raises:
        ObjectNotFound: if there is no such dataset.
        NotAuthorized: if the caller may not read it.

    Example:
        `GET /api/3/action/jambi_freshness_as_of_show?as_of=2026-10-01T00:00:00%2B07:00`
    """
    tk.check_access("jambi_freshness_as_of_show", context, data_dict)
    if data_dict.get("id"):
        return past.of_dataset(_dataset(data_dict)["id"], min(data_dict["as_of"], clock.now()))
    return standings.organization(data_dict.get("organization_id"), data_dict["as_of"])


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_history_list)
def jambi_freshness_history_list(context: Any, data_dict: Answer) -> Answer:
    """List the index day by day, each as it was known at the day's end; of a dataset the score by weeks.

    Args:
        organization_id (str): id of an organization; the city if left out.
        id (str): id or name of a dataset that the caller may read, instead of an organization.
        from (str): first day, such as 2026-01-01; all if left out.
        to (str): last day.

    Returns:
        dict: `results`, the oldest first, each with `day`, `index`, `items`, `open_overdue` and
        `open_delinquent`; of a dataset `day` (the last of a week) and `score`; and `as_of`, `policy_version`,
        `calendar_version`, `log`. `jambi_freshness_as_of_show` tells how a day came about.

    Raises:
        ObjectNotFound: if there is no such dataset.
        NotAuthorized: if the caller may not read it.

    Example:
        `GET /api/3/action/jambi_freshness_history_list`
    """
    tk.check_access("jambi_freshness_history_list", context, data_dict)
    wanted = (data_dict.get("from"), data_dict.get("to"))
    if data_dict.get("id"):
        points = history.scores(_dataset(data_dict)["id"], *wanted)
    else:
        points = history.of_organization(data_dict.get("organization_id"), *wanted)
    return {"results": points, **stamps.at(clock.now())}


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_promise_list)
def jambi_freshness_promise_list(context: Any, data_dict: Answer) -> Answer:
    """List what was promised of a dataset: the items of the Daftar Data for which it stands.

    Args:
        id (str): id or name of a dataset that the caller may read.

    Returns:
        dict: `results`, each with `code`, `title` (null where the data is not open), `frequency`, `weight`,
        `counts`,
        `basis` (`scheduled`: by its oldest open obligation, `rolling`: by the age of the data), `state`
        (as a badge shows it), `score`, and the obligations `judging`, `next` (the earliest whose deadline is
        ahead) and `last_closed`, each with `period_start`, `period_end`, `due_at`, `overdue_at`,
        `delinquent_at`, `outcome`, `closed_at`, `closing_seq`, `closing_kind`, or null; and `as_of`,
        `policy_version`, `calendar_version`, `log`.

    Raises:
        ObjectNotFound: if there is no such dataset.
        NotAuthorized: if the caller may not read it.

    Example:
        `GET /api/3/action/jambi_freshness_promise_list?id=kunjungan-penyakit-puskesmas`
    """
    tk.check_access("jambi_freshness_promise_list", context, data_dict)
    found = promised.of_dataset(model.Package.get(data_dict["id"]).id)
    return {"results": found, **stamps.at(clock.now())}


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_release_list)
def jambi_freshness_release_list(context: Any, data_dict: Answer) -> Answer:
    """List the releases that are promised: every obligation whose deadline lies ahead, within a year.

    Of data promised by the day or week the next one stands for all. Data promised more than once a day or
    as needed has no release days.

    Args:
        organization_id (str): only of this organization (its id).

    Returns:
        dict: `results`, the earliest deadline first, each with `code`, `title` and `dataset` (null where the
        data is not open, `dataset` also where it is not public), `organization`, `organization_title`,
        `frequency`, `period_start`, `period_end`, `due_at`, `overdue_at` (the deadline), `delivered` (all of
        it is there); and `as_of`, `policy_version`, `calendar_version`, `log`.

    Example:
        `GET /api/3/action/jambi_freshness_release_list`
    """
    tk.check_access("jambi_freshness_release_list", context, data_dict)
    now = standings.minute()
    return {"results": releases.ahead(data_dict.get("organization_id"), now), **stamps.at(now)}


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_todo_list)
def jambi_freshness_todo_list(context: Any, data_dict: Answer) -> Answer:
    """List what would raise the index of an organization, the greatest gain first.

    Each gain is the index as the rules would give it after that step alone, less the index now.

    Args:
        organization_id (str): id of an organization.

    Returns:
        dict: `results`, each with `code`, `title` (null where the data is not open), `step` (`publish`,
        `deliver`, `confirm` (in its place where a person's word counts; listed as soon as it is asked for,
        even if nothing is gained yet), `store`, or the check that fails: `metadata_valid`, `open_format`,
        `dictionary_complete`, `rows_valid`, `licence_set`), `points` (of the item's score) and `gain` (of the
        index); and `as_of`, `policy_version`, `calendar_version`, `log`.

    Raises:
        NotAuthorized: for everyone but the members of the organization and walidata.

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
        `jambi_freshness_todo_list`), `as_of`, `policy_version`, `calendar_version`, `log`; null in the best
        band, without an index, and where no steps reach the band today.

    Raises:
        NotAuthorized: for everyone but the members of the organization and walidata.

    Example:
        `GET /api/3/action/jambi_freshness_shortcut_show?organization_id=...`
    """
    tk.check_access("jambi_freshness_shortcut_show", context, data_dict)
    return standings.shortcut(data_dict["organization_id"])


def _dataset(data_dict: Answer) -> Answer:
    """Return the id of the dataset that is named by id or name; nothing where none is."""
    if not data_dict.get("id"):
        return {}
    package = model.Package.get(data_dict["id"])
    if package.type != standing.DATASET_TYPE:
        raise tk.ObjectNotFound(tk._("Freshness is judged for datasets only."))
    return {"id": package.id}
