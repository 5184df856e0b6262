"""Actions about exemptions, appeals and statements: asked for, decided, withdrawn, listed."""

from __future__ import annotations

from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz

from ckanext.jambi import ledger
from ckanext.jambi.freshness.decisions import appeals, exemptions, listing, statements, uncredited
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.ladder import panel
from ckanext.jambi.freshness.logic import schema
from ckanext.jambi.freshness.logic.transaction import one_transaction
from ckanext.jambi.freshness.promises import datasets
from ckanext.jambi.freshness.rules.cases import Kind
from ckanext.jambi.freshness.rules.closing import Act
from ckanext.jambi.metadata.logic.access import is_reviewer

__all__ = [
    "jambi_freshness_appeal_create",
    "jambi_freshness_appeal_decide",
    "jambi_freshness_appeal_list",
    "jambi_freshness_attestation_create",
    "jambi_freshness_attestation_decide",
    "jambi_freshness_attestation_list",
    "jambi_freshness_exemption_create",
    "jambi_freshness_exemption_decide",
    "jambi_freshness_exemption_list",
    "jambi_freshness_exemption_withdraw",
]

Answer = dict[str, Any]


@tk.validate_action_data(schema.jambi_freshness_exemption_create)
def jambi_freshness_exemption_create(context: Any, data_dict: Answer) -> Answer:
    """Ask walidata that time be exempt for an item: its clock stands still on these days.

    Args:
        code (str): the item.
        from, to (str): first and last day (WIB), at most 90 days.
        reason_code (str): `bencana`, `sistem_nasional`, `perubahan_peraturan`, `perubahan_kelembagaan` or
            `proses_hukum`.
        reason (str): why, without personal data; shown to the OPD and walidata.
        legal_basis (str): law and number of the letter; public.
        document_url (str): where the letter lies.

    Returns:
        dict: `id` of the exemption and `seq`, its row in the log.

    Raises:
        ValidationError: naming the field that cannot be taken.
        NotAuthorized: for everyone but the admins of the OPD.

    Example:
        `POST /api/3/action/jambi_freshness_exemption_create {"code": "DD-07", "from": "2026-10-01", ...}`
    """
    tk.check_access("jambi_freshness_exemption_create", context, data_dict)
    with one_transaction():
        return exemptions.ask(
            data_dict["code"],
            data_dict["from"],
            data_dict["to"],
            data_dict["reason_code"],
            Words.read(data_dict),
            ledger.actor(context),
        )


@tk.validate_action_data(schema.jambi_freshness_exemption_decide)
def jambi_freshness_exemption_decide(context: Any, data_dict: Answer) -> Answer:
    """Decide an exemption, once; never the asker, never a member of the OPD (F27).

    Args:
        id (str): the exemption.
        outcome (str): `diterima`, `sebagian` (for a part of the days) or `ditolak`.
        from, to (str): the days granted, for `sebagian` alone.
        reason (str): why, without personal data.
        legal_basis (str): number of the letter of decision; public.
        document_url (str): where the letter lies.

    Returns:
        dict: `id`, `seq` (the row of the log) and `outcome`.

    Raises:
        ValidationError: if it was decided before (when, and by which post), or the caller may not decide it.
        NotAuthorized: for everyone but walidata.

    Example:
        `POST /api/3/action/jambi_freshness_exemption_decide {"id": "…", "outcome": "diterima", ...}`
    """
    tk.check_access("jambi_freshness_exemption_decide", context, data_dict)
    part = (data_dict.get("from"), data_dict.get("to"))
    with one_transaction():
        return exemptions.decide(
            data_dict["id"], data_dict["outcome"], part, Words.read(data_dict), ledger.actor(context)
        )


@tk.validate_action_data(schema.jambi_freshness_exemption_withdraw)
def jambi_freshness_exemption_withdraw(context: Any, data_dict: Answer) -> Answer:
    """Take a request back, or end an exemption: the clock runs again from now on.

    Args:
        id (str): the exemption.
        reason (str): why, without personal data.
        legal_basis (str): number of a letter, if there is one.

    Returns:
        dict: `id` and `seq`.

    Raises:
        ValidationError: if it was refused or withdrawn before.
        NotAuthorized: for everyone but the admins of the OPD and walidata.

    Example:
        `POST /api/3/action/jambi_freshness_exemption_withdraw {"id": "…", "reason": "Sistem pulih"}`
    """
    tk.check_access("jambi_freshness_exemption_withdraw", context, data_dict)
    with one_transaction():
        return exemptions.withdraw(data_dict["id"], Words.read(data_dict), ledger.actor(context))


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_exemption_list)
def jambi_freshness_exemption_list(context: Any, data_dict: Answer) -> Answer:
    """List exemptions, the newest first; reasons are shown to the OPD in question and walidata.

    Args:
        id (str): only the one of this id.
        organization_id (str): only of this organization (its id).
        code (str): only of this item.
        status (str): `pending`, `decided` or `withdrawn`.
        limit (int): at most so many, 1 to 1000, 100 if left out.
        offset (int): how many to skip.

    Returns:
        dict: `count`, and `results`: `id`, `code`, `organization_id`, `reason_code`, `from_at`, `to_at`,
        `status`, `outcome`, `granted_from_at`, `granted_to_at` (the time that does not count), `decide_by`,
        and `asked`, `decided`, `withdrawn`, each with `seq`, `by` (id of the user), `at`, `legal_basis`.

    Example:
        `GET /api/3/action/jambi_freshness_exemption_list?status=pending`
    """
    tk.check_access("jambi_freshness_exemption_list", context, data_dict)
    return listing.cases(Kind.EXEMPTION, data_dict, _reader(context))


@tk.validate_action_data(schema.jambi_freshness_appeal_create)
def jambi_freshness_appeal_create(context: Any, data_dict: Answer) -> Answer:
    """Appeal against an obligation that counts as late, or evidence that earned nothing; in time, once (F29).

    The days run from when it became overdue, or was closed later than that; from when evidence was recorded.

    Args:
        code (str): the item.
        period (str): the period, such as `2026-09`, `2026-Q3`, `2026-W38`, or its last day.
        dataset (str): id or name, where several datasets stand for the item.
        observation (int): in the place of these three: the row of the log that did not count.
        reason (str): why, without personal data; shown to the OPD and walidata.
        legal_basis (str): law and number of the letter; public.
        document_url (str): where the letter lies.

    Returns:
        dict: `id` of the appeal, `seq`, its row in the log, and `decide_by`.

    Raises:
        ValidationError: naming what cannot be taken, such as the last day that has passed.
        NotAuthorized: for everyone but the admins of the OPD.

    Example:
        `POST /api/3/action/jambi_freshness_appeal_create {"code": "DD-07", "period": "2026-09", ...}`
    """
    tk.check_access("jambi_freshness_appeal_create", context, data_dict)
    words, actor = Words.read(data_dict), ledger.actor(context)
    with one_transaction():
        if data_dict.get("observation"):
            return uncredited.ask(data_dict["observation"], words, actor)
        of_what = (data_dict["code"], data_dict.get("dataset"), data_dict["period"])
        return appeals.ask(*of_what, words, actor)


@tk.validate_action_data(schema.jambi_freshness_appeal_decide)
def jambi_freshness_appeal_decide(context: Any, data_dict: Answer) -> Answer:
    """Decide an appeal, once; never who filed it, belongs to the OPD or brought the evidence (F29).

    The panel decides that the posts in force name (`config/posts.yaml`), or walidata where they name none.

    Args:
        id (str): the appeal.
        outcome (str): `diterima` (the obligation is excused; evidence counts from when it was seen),
            `sebagian` (the clock stands still on some days) or `ditolak` (it stays).
        from, to (str): these days, for `sebagian` alone.
        reason (str): why, without personal data.
        legal_basis (str): number of the letter of decision; public.
        document_url (str): where the letter lies.

    Returns:
        dict: `id`, `seq` (the row of the log) and `outcome`.

    Raises:
        ValidationError: if it was decided before (when, and by which post), or the caller may not decide it.
        NotAuthorized: for everyone but the panel, or walidata where there is none.

    Example:
        `POST /api/3/action/jambi_freshness_appeal_decide {"id": "…", "outcome": "ditolak", ...}`
    """
    tk.check_access("jambi_freshness_appeal_decide", context, data_dict)
    part = (data_dict.get("from"), data_dict.get("to"))
    with one_transaction():
        done = appeals.decide(
            data_dict["id"], data_dict["outcome"], part, Words.read(data_dict), ledger.actor(context)
        )
    moved = done.pop("moved")
    if moved:  # in a transaction of its own: whoever writes both takes search rows before the log
        with one_transaction():
            datasets.index([moved])
    return done


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_appeal_list)
def jambi_freshness_appeal_list(context: Any, data_dict: Answer) -> Answer:
    """List appeals, the newest first; reasons are shown to the OPD in question, walidata and the panel.

    Args:
        id, organization_id, code, status, limit, offset: as for `jambi_freshness_exemption_list`.

    Returns:
        dict: `count`, and `results` as of `jambi_freshness_exemption_list`, with `dataset_id`,
        `period_start` and `period_end`, or `observation` (the row of evidence); `decide_by` for those that
        wait.

    Example:
        `GET /api/3/action/jambi_freshness_appeal_list?status=pending`
    """
    tk.check_access("jambi_freshness_appeal_list", context, data_dict)
    decides, reader = cache(lambda: panel.decides(context)), _reader(context)
    return listing.cases(Kind.APPEAL, data_dict, lambda key: decides() or reader(key))


@tk.validate_action_data(schema.jambi_freshness_attestation_create)
def jambi_freshness_attestation_create(context: Any, data_dict: Answer) -> Answer:
    """State that a period brought no change, or nothing at all; a second person must approve it (F19).

    Args:
        code (str): the item; it must have periods.
        period (str): its oldest open period, such as `2026-09`, or its last day.
        dataset (str): id or name, where several datasets stand for the item.
        statement (str): what is stated, without personal data.
        nil (bool): nothing occurred in the period (at most 3 in a row); else the data did not change (1).

    Returns:
        dict: `id`, `seq` (the row of the log), and `remaining`: how many such statements may follow.

    Raises:
        ValidationError: if the period is not over, closed, not the oldest, or too many came in a row.
        NotAuthorized: for everyone but the editors of the OPD.

    Example:
        `POST /api/3/action/jambi_freshness_attestation_create {"code": "DD-07", "period": "2026-09", ...}`
    """
    tk.check_access("jambi_freshness_attestation_create", context, data_dict)
    of_what = (data_dict["code"], data_dict.get("dataset"), data_dict["period"])
    act = Act.NIL if data_dict["nil"] else Act.UNCHANGED
    with one_transaction():
        return statements.ask(*of_what, act, Words.read(data_dict, "statement"), ledger.actor(context))


@tk.validate_action_data(schema.jambi_freshness_attestation_decide)
def jambi_freshness_attestation_decide(context: Any, data_dict: Answer) -> Answer:
    """Approve or refuse a statement, once; never whoever made it (F19).

    Args:
        id (str): the statement.
        outcome (str): `diterima` or `ditolak`.
        reason (str): why, without personal data.

    Returns:
        dict: `id`, `seq` (the row of the log) and `outcome`.

    Raises:
        ValidationError: if it was decided before, the caller made it, or the period was closed meanwhile.
        NotAuthorized: for everyone but the admins of the OPD and walidata; a fourth nil statement in a row
            needs walidata.

    Example:
        `POST /api/3/action/jambi_freshness_attestation_decide {"id": "…", "outcome": "diterima", ...}`
    """
    tk.check_access("jambi_freshness_attestation_decide", context, data_dict)
    with one_transaction():
        return statements.decide(
            data_dict["id"],
            data_dict["outcome"],
            Words.read(data_dict),
            ledger.actor(context),
            by_walidata=is_reviewer(context),
        )


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_freshness_attestation_list)
def jambi_freshness_attestation_list(context: Any, data_dict: Answer) -> Answer:
    """List statements, the newest first; their words are shown to the OPD in question and walidata.

    Args:
        id, organization_id, code, status, limit, offset: as for `jambi_freshness_exemption_list`.

    Returns:
        dict: `count`, and `results` as of `jambi_freshness_exemption_list`, with `dataset_id`,
        `period_start`, `period_end` and `act` (`unchanged` or `nil`).

    Example:
        `GET /api/3/action/jambi_freshness_attestation_list?code=DD-07`
    """
    tk.check_access("jambi_freshness_attestation_list", context, data_dict)
    return listing.cases(Kind.ATTESTATION, data_dict, _reader(context))


def _reader(context: Any) -> listing.Sees:
    """Return whether the caller may read the reasons of an organization's cases."""
    user, reviews = context.get("user"), cache(lambda: is_reviewer(context))
    return lambda key: reviews() or authz.has_user_permission_for_group_or_org(key, user, "read")
