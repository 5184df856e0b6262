"""Actions of the freshness room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import (
    board,
    dates,
    history,
    ledger,
    listing,
    promised,
    report,
    stamps,
    standing,
    standings,
)
from ckanext.jambi.freshness.logic import schema
from ckanext.jambi.freshness.promises.scoreboard import CITY
from ckanext.jambi.freshness.rules.exclusions import Interval

__all__ = [
    "jambi_freshness_leaderboard_list",
    "jambi_freshness_list",
    "jambi_freshness_show",
    "jambi_freshness_timeline_show",
]

Answer = dict[str, Any]


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_show)
def jambi_freshness_show(context: Any, data_dict: Answer) -> Answer:
    """Tell whether a dataset is up to date, and how the portal knows.

    Args:
        id (str): id or name of a dataset that the caller may read.

    Returns:
        dict: `state` (`fresh`, `due`, `overdue`, `delinquent`, `unknown`), `look` (the state, or
        `soon` or `archive`), `basis` (`scheduled`: by the release schedule that walidata approved, `rolling`:
        by the age of the data), `label`, `sentence`, `frequency`, the four instants `soon_at`,
        `due_at`, `overdue_at`, `delinquent_at` (ISO 8601, UTC, or null), `days_late`,
        `owed` (of a scheduled one: `code`, `period_start`, `period_end`, `working_days_late`; else null),
        `score` (of the weakest item for which it stands; null without one) and its `parts`: `p` (on time
        now), `t` (over the year), `a` (available), `q` (quality), each from 0 to 1,
        `next_change_at`, `evidence` (`seq`, `kind`, `label`, `at`, `period_end`, or null),
        `checked_at`, `reachable`, `last_observation` (the newest row of the log about it: `seq`, `kind`,
        `at`, `credited`, `reason`, `explanation`, or null), and by what it was said: `as_of`,
        `policy_version`, `calendar_version`, `log` (`seq` and `row_hash` of the log's end).

    Raises:
        ObjectNotFound: if there is no such dataset.
        NotAuthorized: if the caller may not read it.

    Example:
        `GET /api/3/action/jambi_freshness_show?id=tinggi-muka-air-batanghari`
    """
    tk.check_access("jambi_freshness_show", context, data_dict)
    package, now = model.Package.get(data_dict["id"]), clock.now()
    reports = report.of([package.id], now) if package else {}
    if not reports:
        raise tk.ObjectNotFound(tk._("Freshness is judged for datasets only."))
    return {
        **stamps.at(now),
        **reports[package.id],
        "name": package.name,
        "title": package.title,
        "parts": promised.parts(package.id),
        "last_observation": report.observed(ledger.last_of(package.id)),
    }


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_timeline_show)
def jambi_freshness_timeline_show(context: Any, data_dict: Answer) -> Answer:
    """Give the way of a dataset over the last 24 months: states, scores, obligations, evidence.

    Args:
        id (str): id or name of a dataset that the caller may read.

    Returns:
        dict: `as_of`; `bands`, one after the other without a gap: `from`, `to`, `state`, as known now;
        `scores`, at the end of each week, as known then: `day`, `score`; `obligations`, the latest period
        first: `code`, `title` (null where the data is not open), `period_start`, `period_end`, the four
        instants, `outcome`, `state` (of an open one), `closed_at`, `closing_seq`, `closing_kind`,
        `content_seq` (of an open one the last row that brought content, null where none came); `evidence`,
        the newest rows of the log, newest first: as `last_observation` of `jambi_freshness_show`, with
        `recorded_at`, `period_end` and `rows`; and `policy_version`, `calendar_version`, `log`, as of
        `jambi_freshness_show`.

    Raises:
        ObjectNotFound: if there is no such dataset.
        NotAuthorized: if the caller may not read it.

    Example:
        `GET /api/3/action/jambi_freshness_timeline_show?id=tinggi-muka-air-batanghari`
    """
    tk.check_access("jambi_freshness_timeline_show", context, data_dict)
    package = model.Package.get(data_dict["id"])
    if package.type != standing.DATASET_TYPE:
        raise tk.ObjectNotFound(tk._("Freshness is judged for datasets only."))
    return history.of_dataset(package.id)


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_list)
def jambi_freshness_list(context: Any, data_dict: Answer) -> Answer:
    """List how the public datasets stand, the longest overdue first.

    Args:
        organization_id (str): only datasets of this organization (its id).
        state (str): only datasets in this state.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): how many to skip.

    Returns:
        dict: `count`, `as_of`, `policy_version`, `calendar_version`, `log`, and `results`, each as
        `jambi_freshness_show` gives it, with `organization_id` and without `parts`, `last_observation` and
        `log`.

    Example:
        `GET /api/3/action/jambi_freshness_list?state=overdue&limit=20`
    """
    tk.check_access("jambi_freshness_list", context, data_dict)
    now = clock.now()
    count, rows = listing.datasets(
        now, data_dict.get("organization_id"), data_dict.get("state"), data_dict["limit"], data_dict["offset"]
    )
    known = report.of_known(standing.load(row["id"] for row in rows), now)
    return {
        **stamps.at(now),
        "count": count,
        "results": [
            known[row["id"]]
            | {"name": row["name"], "title": row["title"], "organization_id": row["owner_org"]}
            for row in rows
        ],
    }


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_leaderboard_list)
def jambi_freshness_leaderboard_list(context: Any, data_dict: Answer) -> Answer:
    """Give the scoreboard: the index of each organization and its public datasets by state.

    Organizations that are no OPD (companies, vertical agencies, national bodies, role
    organizations) come last and are never ranked.

    Args:
        period (str): a year, quarter or month, such as `2026-Q3`: the board as it was known at its end, or
            is known now while it runs. Now if left out.
        sort (str): `rank` (if left out), `weakest`, `name`, `on_time`, `change` (the greatest loss first),
            `open` (most that is open and late first), `late` or `datasets`.

    Returns:
        dict: `as_of`, `policy_version`, `calendar_version`, `log`; `index_as_of`, the instant for which the
        figures hold; `city`, the figures of all ranked organizations together with their `trend`, and the
        `as_of`, `policy_version`, `calendar_version` and `log` by which all indexes stand; and `results`, in
        that order: `id`, `name`, `title`, `kind`, `ranked`, `rank` (null without an index), `index`, `stars`,
        `band`, `on_time_rate`, `skipped`, `items`, `items_waiting`, `open_overdue`,
        `open_delinquent` (null where nothing was promised), `trend` (the last day of each week of a year:
        `day`, `index`, `month_old`), `change` (since the newest day that is thirty days old),
        `datasets`, `on_time` (datasets in `fresh` or `due`) and `states` (a count for each state; all 0 for
        a period that is over, since states are those of now).

    Example:
        `GET /api/3/action/jambi_freshness_leaderboard_list?period=2026-Q3`
    """
    tk.check_access("jambi_freshness_leaderboard_list", context, data_dict)
    now = clock.now()
    then = _end(data_dict.get("period"), now)
    figures = standings.everyone(then)
    owing, city, trends = figures["organizations"], figures["city"], figures["trends"]
    counted = [] if then else figures["counted"]
    named = listing.organizations({*owing, *(each["id"] for each in counted)})
    return {
        **stamps.at(now),
        "index_as_of": city["as_of"],
        "city": city | {"trend": trends.get(CITY, [])},
        "results": board.ordered(board.rows(named, counted, owing, trends), data_dict["sort"]),
    }


def _end(period: Interval | None, now: datetime) -> datetime | None:
    """Return the end of a period that is over; None for the one that runs.

    Raises:
        tk.ValidationError: for one that has not begun.
    """
    if period and period.start > now:
        said = tk._("This period has not begun: it begins on {day}.")
        raise tk.ValidationError({"period": [said.format(day=dates.day(period.start))]})
    return period.end if period and period.end <= now else None
