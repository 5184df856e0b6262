"""Actions about the log: its rows as lines, its daily roots, the policy and calendar that it holds."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger, stamps
from ckanext.jambi.freshness.logic import schema_log as schema
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.model import root
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.roots import publishing, reading

__all__ = [
    "jambi_freshness_calendar_show",
    "jambi_freshness_log_export",
    "jambi_freshness_observation_list",
    "jambi_freshness_policy_show",
    "jambi_freshness_root_list",
]

Answer = dict[str, Any]
MOST_ROWS = 10_000


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_observation_list)
def jambi_freshness_observation_list(context: Any, data_dict: Answer) -> Answer:
    """List the log of evidence, oldest first; it holds no personal data and is never changed.

    Args:
        id (str): only evidence of this dataset (its id).
        organization_id (str): only rows about the datasets and items of this organization (its id).
        since_seq (int): only rows after this number.
        before_seq (int): only rows before this number.
        newest_first (bool): newest first, from the end or from `before_seq` backwards.
        limit (int): at most so many, 1 to 10000, 100 if left out.

    Returns:
        dict: `results`, each with `payload` (canonical JSON, a text) and `row_hash`
        (hexadecimal): SHA-256 over the hash of the row before and the payload.

    Example:
        `GET /api/3/action/jambi_freshness_observation_list?since_seq=0&limit=1000`
    """
    tk.check_access("jambi_freshness_observation_list", context, data_dict)
    query = sa.select(log).where(log.c.seq > data_dict["since_seq"])
    if "before_seq" in data_dict:
        query = query.where(log.c.seq < data_dict["before_seq"])
    for name, column in (("id", log.c.package_id), ("organization_id", log.c.organization_id)):
        query = query.where(column == data_dict[name]) if data_dict.get(name) else query
    by_number = log.c.seq.desc() if data_dict["newest_first"] else log.c.seq
    rows = model.Session.execute(query.order_by(by_number).limit(data_dict["limit"])).mappings()
    return {
        "results": [
            {"payload": ledger.payload(row).decode("utf-8"), "row_hash": bytes(row["row_hash"]).hex()}
            for row in rows
        ]
    }


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_root_list)
def jambi_freshness_root_list(context: Any, data_dict: Answer) -> Answer:
    """List the Merkle roots of the log, a day each, the newest first (F32).

    Args:
        from, to (str): first and last day, such as 2026-01-31; all if left out.
        limit (int): at most so many, 1 to 4000, 400 if left out.

    Returns:
        dict: `results`, each with `day` (WIB), `first_seq` and `last_seq` (the rows recorded on that day;
        of a day without rows the last lies one below the first), `merkle_root` (hexadecimal; RFC 6962, 2.1,
        over the row hashes), `made_at`, `mailed_at` (null where nobody is named to get it); and `file`, the
        address of all roots as CSV.

    Example:
        `GET /api/3/action/jambi_freshness_root_list?from=2026-10-01`
    """
    tk.check_access("jambi_freshness_root_list", context, data_dict)
    query = sa.select(root).order_by(root.c.day.desc()).limit(data_dict["limit"])
    if data_dict.get("from"):
        query = query.where(root.c.day >= data_dict["from"])
    if data_dict.get("to"):
        query = query.where(root.c.day <= data_dict["to"])
    rows = list(model.Session.execute(query))
    told = zip(reading.plain(rows), rows, strict=True)
    return {
        "results": [
            plain | {"made_at": iso(row.made_at), "mailed_at": iso(row.mailed_at)} for plain, row in told
        ],
        "file": publishing.address(),
    }


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_log_export)
def jambi_freshness_log_export(context: Any, data_dict: Answer) -> Answer:
    """Give rows of the log as the lines that `verify` reads, at most 10,000 at once (F34).

    The lines of all answers one after the other, from row 1 on, are the file that `ckan jambi freshness
    export-log` writes.

    Args:
        from_seq (int): first row, 1 if left out.
        to_seq (int): last row; the last that fits if left out.

    Returns:
        dict: `lines`, a text: a row a line, its hash, a space, the row as canonical JSON; `previous_hash`,
        the hash of the row before, from which the first line follows; `next_seq`, where to go on, null at
        the end.

    Example:
        `GET /api/3/action/jambi_freshness_log_export?from_seq=1`
    """
    tk.check_access("jambi_freshness_log_export", context, data_dict)
    first = data_dict["from_seq"]
    last = min(data_dict.get("to_seq", first + MOST_ROWS - 1), first + MOST_ROWS - 1)
    lines = [*ledger.export(last, first)]
    end = first + len(lines) - 1
    return {
        "lines": b"".join(lines).decode("utf-8"),
        "previous_hash": ledger.hash_of(first - 1),
        "next_seq": end + 1 if lines and end < ledger.head().seq else None,
    }


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_policy_show)
def jambi_freshness_policy_show(context: Any, data_dict: Answer) -> Answer:
    """Give a version of the policy by which data is judged, whole.

    Args:
        version (str): which one; the one in force if left out.
        as_of (str): an ISO 8601 instant; the one that was in force then.

    Returns:
        dict: `version`, `sha256` (of the canonical JSON of `body`), `body`, `seq` (its row in the log),
        `recorded_at`, `actor_id` and `actor_class` of whoever put it in force.

    Raises:
        ObjectNotFound: if there was none.

    Example:
        `GET /api/3/action/jambi_freshness_policy_show`
    """
    tk.check_access("jambi_freshness_policy_show", context, data_dict)
    return _rule("policy", data_dict)


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_calendar_show)
def jambi_freshness_calendar_show(context: Any, data_dict: Answer) -> Answer:
    """Give a version of the calendar of working days, whole.

    Args:
        version (str): which one; the one in force if left out.
        as_of (str): an ISO 8601 instant; the one that was in force then.

    Returns:
        dict: as `jambi_freshness_policy_show`; `body` holds the closed days with the decree of each.

    Raises:
        ObjectNotFound: if there was none.

    Example:
        `GET /api/3/action/jambi_freshness_calendar_show`
    """
    tk.check_access("jambi_freshness_calendar_show", context, data_dict)
    return _rule("calendar", data_dict)


def _rule(kind: str, wanted: Answer) -> Answer:
    at = wanted.get("as_of") or clock.now()
    query = sa.select(log).where(log.c.kind == kind, log.c.recorded_at <= at)
    if wanted.get("version"):
        query = query.where(log.c.detail["version"].astext == wanted["version"])
    row: Any = model.Session.execute(query.order_by(stamps.precedence(at)).limit(1)).first()
    if row is None:
        raise tk.ObjectNotFound(tk._("There was no such version."))
    said = {name: row.detail[name] for name in ("version", "sha256", "body")}
    who = {"actor_id": row.actor_id, "actor_class": row.actor_class}
    return {**said, "seq": row.seq, "recorded_at": iso(row.recorded_at), **who}
