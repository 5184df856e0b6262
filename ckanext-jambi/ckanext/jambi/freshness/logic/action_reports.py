"""Actions about reports: a draft, objection, the final report and its files."""

from __future__ import annotations

import base64
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi import clock, ledger
from ckanext.jambi.freshness.logic import schema
from ckanext.jambi.freshness.logic.transaction import one_transaction
from ckanext.jambi.freshness.promises import quarters
from ckanext.jambi.freshness.reports import checking, life, making, records

__all__ = [
    "jambi_freshness_report_create",
    "jambi_freshness_report_export",
    "jambi_freshness_report_finalize",
    "jambi_freshness_report_list",
    "jambi_freshness_report_show",
    "jambi_freshness_report_verify",
]

Answer = dict[str, Any]
TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "zip": "application/zip",
}


@tk.validate_action_data(schema.jambi_freshness_report_create)
def jambi_freshness_report_create(context: Any, data_dict: Answer) -> Answer:
    """Make the draft of a report; for five working days it may be objected to (F46).

    Where an earlier revision is final, this is the next one; its days of objection begin anew.

    Args:
        organization_id (str): id of the organization, or `all` for all ranked OPDs.
        period (str): `2026`, `2026-Q3` or `2026-09`; it has ended.
        as_of (str): an ISO 8601 instant after the period's end; the report says what was known then. Now if
            left out. Appeals that were filed since then are listed as objections.

    Returns:
        dict: `id`, `organization_id` (null for all), `period`, `revision` (from 0), `status`
        (`objection`), `as_of`, `objection_until`, `root`, `policy_version`, `sha256` (of the content as
        JSON), `draft_seq` (the row of the log that holds this hash), `final_at` and `final_seq` (null).

    Raises:
        ValidationError: if the period has not ended or a draft of it is open, or there is no such
            organization.
        NotAuthorized: for everyone but walidata.

    Example:
        `POST /api/3/action/jambi_freshness_report_create {"organization_id": "…", "period": "2026-Q3"}`
    """
    tk.check_access("jambi_freshness_report_create", context, data_dict)
    with one_transaction():
        return life.draft(
            data_dict["organization_id"], data_dict["period"], ledger.actor(context), data_dict.get("as_of")
        )


@tk.validate_action_data(schema.jambi_freshness_report_finalize)
def jambi_freshness_report_finalize(context: Any, data_dict: Answer) -> Answer:
    """Make a report final once its days of objection are over; its files are kept and never change.

    Args:
        id (str): the report.

    Returns:
        dict: as of `jambi_freshness_report_create`, with `status` `final`, `final_at`, `final_seq` and
        `sha256` of each format.

    Raises:
        ValidationError: if it is final already, or the days of objection are not over (until when).
        NotAuthorized: for everyone but walidata.

    Example:
        `POST /api/3/action/jambi_freshness_report_finalize {"id": "…"}`
    """
    tk.check_access("jambi_freshness_report_finalize", context, data_dict)
    with one_transaction():
        return life.finalize(data_dict["id"], ledger.actor(context))


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_report_list)
def jambi_freshness_report_list(context: Any, data_dict: Answer) -> Answer:
    """List reports, the newest first.

    Args:
        organization_id (str): only of this organization (its id).
        period (str): only over this time.
        status (str): `objection` or `final`.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): how many to skip.

    Returns:
        dict: `count`, and `results`, each as of `jambi_freshness_report_create`, with `organization`
        (name, or `all`).

    Example:
        `GET /api/3/action/jambi_freshness_report_list?status=objection`
    """
    tk.check_access("jambi_freshness_report_list", context, data_dict)
    return records.listed(data_dict)


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_report_show)
def jambi_freshness_report_show(context: Any, data_dict: Answer) -> Answer:
    """Give a report: what `ckan jambi freshness report` writes as JSON, and where it stands.

    Args:
        id (str): the report; or, without it:
        organization_id (str): id or name of the organization, or `all`.
        period (str): the time, which has begun. Without a report over it, a preview as known in this minute.
        revision (int): the newest if left out.

    Returns:
        dict: as of `jambi_freshness_report_list` without `organization`; `objection_days_left`, the working
        days on which an appeal may still come, today included; `formats` of its files; `report`:
        what it says, with `life`, whose `objections` are the appeals filed since the draft against it. Of a
        preview `report` alone.

    Raises:
        ObjectNotFound: if there is no such report, or no rules by which to make one.
        ValidationError: if the period has not begun or names no time.

    Example:
        `GET /api/3/action/jambi_freshness_report_show?organization_id=dinkes&period=2026-Q3`
    """
    tk.check_access("jambi_freshness_report_show", context, data_dict)
    row = records.find(data_dict["id"]) if data_dict.get("id") else _named(data_dict)
    if row is not None:
        left = records.days_left(row, clock.now())
        told = {"objection_days_left": left, "formats": records.formats(row)}
        return {**records.about(row), **told, "report": records.shown(row)}
    return {"report": _preview(data_dict)}


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_report_export)
def jambi_freshness_report_export(context: Any, data_dict: Answer) -> Answer:
    """Give a report as a file; a final one as it was kept, the same bytes each time.

    Args:
        id (str): the report.
        format (str): `json`, `csv`, `xlsx`, `pdf`, or `zip`: the draft with its evidence, for `verify`.

    Returns:
        dict: `filename`, `media_type`, `sha256`, and `base64`, the file.

    Raises:
        ObjectNotFound: if there is no such report.
        ValidationError: for the bundle of a log of more than 50,000 rows.

    Example:
        `GET /api/3/action/jambi_freshness_report_export?id=…&format=pdf`
    """
    tk.check_access("jambi_freshness_report_export", context, data_dict)
    row, form = _found(data_dict["id"]), data_dict["format"]
    _require_short(row, form, "format")
    body = records.written(row, form)
    return {
        "filename": records.filename(row, form),
        "media_type": TYPES[form],
        "sha256": sha256(body).hexdigest(),
        "base64": base64.b64encode(body).decode("ascii"),
    }


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_report_verify)
def jambi_freshness_report_verify(context: Any, data_dict: Answer) -> Answer:
    """Check a report against the log: its chain, what it says, and the hashes of its files (F35).

    The log is read row by row up to the row at which the report was made, and the report is reckoned again
    from it, as `ckan jambi freshness verify` does with the bundle, which needs no portal.

    Args:
        id (str): the report.

    Returns:
        dict: `id`, and what the command prints: `ok`, `rows`, `first_seq`, `last_seq`, `root` (the hash of
        the last row), `errors` (`seq`, null where no row is at fault, and `error`).

    Raises:
        ObjectNotFound: if there is no such report.
        ValidationError: for a log of more than 50,000 rows.

    Example:
        `GET /api/3/action/jambi_freshness_report_verify?id=…`
    """
    tk.check_access("jambi_freshness_report_verify", context, data_dict)
    row = _found(data_dict["id"])
    _require_short(row, records.BUNDLE, "id")
    found = checking.verify(row)
    return {"id": row["id"], "ok": found.ok, **asdict(found)}


def _named(data_dict: Answer) -> records.Row | None:
    name = quarters.name(data_dict["period"])
    return records.newest(data_dict["organization_id"], name, data_dict.get("revision"))


def _preview(data_dict: Answer) -> Answer:
    """Return the report of a period of which none was made."""
    asked = data_dict.get("id") or data_dict.get("revision") is not None
    if not asked and data_dict["period"].start > clock.now():
        raise tk.ValidationError({"period": [tk._("This period has not begun.")]})
    made = None if asked else making.preview(data_dict["organization_id"], data_dict["period"])
    if made is None:
        raise tk.ObjectNotFound(tk._("There is no such report."))
    return made


def _require_short(row: records.Row, form: str, name: str) -> None:
    if form not in records.formats(row):
        text = tk._("The log is too long for the web: `ckan jambi freshness report` writes the bundle.")
        raise tk.ValidationError({name: [text]})


def _found(report_id: str) -> records.Row:
    row = records.find(report_id)
    if row is None:
        raise tk.ObjectNotFound(tk._("There is no such report."))
    return row
