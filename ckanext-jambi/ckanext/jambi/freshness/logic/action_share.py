"""Actions on the share that may be promised as needed or once: confirmations and yearly reviews (F25)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi import ledger
from ckanext.jambi.freshness.decisions import statements
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.logic import schema_share as schema
from ckanext.jambi.freshness.logic.transaction import one_transaction
from ckanext.jambi.freshness.promises import adopting, file

__all__ = ["jambi_freshness_confirmation_create", "jambi_freshness_item_review"]

Answer = dict[str, Any]


@tk.validate_action_data(schema.jambi_freshness_confirmation_create)
def jambi_freshness_confirmation_create(context: Any, data_dict: Answer) -> Answer:
    """Confirm that data promised as needed (`insidental`) is still right; it counts as evidence at once.

    Args:
        code (str): the item; it must lie within the fifth of the OPD's weight that may be as needed.
        dataset (str): id or name, where several datasets stand for the item.
        statement (str): what is confirmed, without personal data.

    Returns:
        dict: `id`, and `seq`, its row in the log.

    Raises:
        ValidationError: if the item is promised by periods, or lies outside the share.
        NotAuthorized: for everyone but the editors of the OPD.

    Example:
        `POST /api/3/action/jambi_freshness_confirmation_create {"code": "DD-07", "statement": "…"}`
    """
    tk.check_access("jambi_freshness_confirmation_create", context, data_dict)
    words = Words.read(data_dict, "statement")
    with one_transaction():
        return statements.confirm(data_dict["code"], data_dict.get("dataset"), words, ledger.actor(context))


@tk.validate_action_data(schema.jambi_freshness_item_review)
def jambi_freshness_item_review(context: Any, data_dict: Answer) -> Answer:
    """Note that an archive (`sekali`) was looked at and may stay one for another year.

    Args:
        code (str): the item.
        reason (str): why, for the audit ledger.

    Returns:
        dict: `code`.

    Raises:
        ValidationError: if there is no such archive.
        NotAuthorized: for everyone but walidata.

    Example:
        `POST /api/3/action/jambi_freshness_item_review {"code": "DD-07", "reason": "Peninjauan 2026"}`
    """
    tk.check_access("jambi_freshness_item_review", context, data_dict)
    try:
        adopting.review(data_dict["code"], data_dict["reason"], ledger.actor(context), tk._)
    except file.ItemError as err:
        raise tk.ValidationError({"code": list(err.problems)}) from err
    model.Session.commit()
    return {"code": data_dict["code"]}
