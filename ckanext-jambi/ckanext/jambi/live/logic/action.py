"""Actions of the live room."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz, model

from ckanext.jambi import vault
from ckanext.jambi.live import config, standing, webhooks
from ckanext.jambi.live.logic import schema
from ckanext.jambi.live.wire import FILTERS

__all__ = [
    "jambi_live_status_show",
    "jambi_webhook_create",
    "jambi_webhook_delete",
    "jambi_webhook_list",
    "jambi_webhook_redeliver",
    "jambi_webhook_show",
]

Data = dict[str, Any]


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_live_status_show)
def jambi_live_status_show(context: Any, data_dict: Data) -> Data:
    """Show how the portal stands now: its worker, its sources, and how soon changes are public.

    Returns:
        dict: `at`; `engine`, with `waiting` and `working` (runs), `oldest_waiting_seconds` and
        `silent_seconds` (since a worker gave a sign; null if none did); `sources`, a number for each health
        (`sehat`, `terganggu`, `mati`, `dijeda`, `pensiun`); `events`, with `last_day` (public events in 24
        hours) and `newest_at`; `latency`, a list by `way` (`push` and `ping`: from the system's word, `poll`:
        from the due time) with `runs`, `median_seconds`, `p95_seconds` of the runs that changed something
        in 24 hours.

    Example:
        `GET /api/3/action/jambi_live_status_show`
    """
    tk.check_access("jambi_live_status_show", context, data_dict)
    return standing.now(model.Session.connection())


@tk.validate_action_data(schema.jambi_webhook_create)
def jambi_webhook_create(context: Any, data_dict: Data) -> Data:
    """Have public events sent to an address, from now on.

    Each event is a signed POST; see docs/live.md for its form and how to verify it.

    Args:
        url (str): public http or https address.
        secret (str): 32 to 256 characters; signs each request and is never shown.
        dataset, organization, topic, kind (list or str): only events of these, as in the event stream;
            names or ids, in a text with commas between.

    Returns:
        dict: the webhook as `jambi_webhook_show` gives it, without `newest`.

    Raises:
        NotAuthorized: if nobody is logged in.
        ValidationError: if an argument is none, the caller has too many, or the vault has no key.

    Example:
        `POST /api/3/action/jambi_webhook_create {"url": "https://...", "secret": "..."}`
    """
    tk.check_access("jambi_webhook_create", context, data_dict)
    connection, user_id = model.Session.connection(), context["auth_user_obj"].id
    most = config.max_webhooks_per_user()
    if webhooks.count_of(connection, user_id) >= most and not authz.is_sysadmin(context["user"]):
        model.Session.rollback()
        message = tk._("You have {most} webhooks, and no more are allowed; delete one.")
        raise tk.ValidationError({"url": [message.format(most=most)]})
    filters = {name: data_dict[name] for name in FILTERS if data_dict.get(name)}
    try:
        made = webhooks.create(connection, user_id, data_dict["url"], filters, data_dict["secret"])
    except vault.VaultError as err:
        model.Session.rollback()
        raise tk.ValidationError({"secret": [str(err)]}) from err
    model.Session.commit()
    return _plain(made, {})


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_webhook_list)
def jambi_webhook_list(context: Any, data_dict: Data) -> list[Data]:
    """List the caller's webhooks, oldest first.

    Returns:
        list: each as `jambi_webhook_show` gives it, without `newest`.

    Raises:
        NotAuthorized: if nobody is logged in.

    Example:
        `GET /api/3/action/jambi_webhook_list`
    """
    tk.check_access("jambi_webhook_list", context, data_dict)
    connection = model.Session.connection()
    found = webhooks.of_user(connection, context["auth_user_obj"].id)
    counts = webhooks.counts(connection, [one.id for one in found])
    return [_plain(one, counts[one.id]) for one in found]


@tk.side_effect_free
@tk.validate_action_data(schema.jambi_webhook_show)
def jambi_webhook_show(context: Any, data_dict: Data) -> Data:
    """Show a webhook and how its newest deliveries went.

    Args:
        id (str): id of the webhook.

    Returns:
        dict: `id`, `url`, `filters`, `created_at`, `delivered_at` (the last success), `failures` (in a row),
        `deliveries` (counts by state: waiting, delivered, dead, withdrawn), and `newest`: up to 50, each
        with `id`, `kind`, `state`, `attempts`, `outcome` ("ok" or a code), `status` (HTTP), `queued_at`,
        `due_at`, `ended_at`.

    Raises:
        NotFound: if there is no such webhook.
        NotAuthorized: if the caller does not own it.

    Example:
        `GET /api/3/action/jambi_webhook_show?id=...`
    """
    connection = model.Session.connection()
    found = _own(context, "jambi_webhook_show", data_dict)
    newest = [_plain_delivery(one) for one in webhooks.deliveries(connection, found.id)]
    return _plain(found, webhooks.counts(connection, [found.id])[found.id]) | {"newest": newest}


@tk.validate_action_data(schema.jambi_webhook_delete)
def jambi_webhook_delete(context: Any, data_dict: Data) -> Data:
    """Delete a webhook, its deliveries and its secret.

    Args:
        id (str): id of the webhook.

    Returns:
        dict: `id`.

    Raises:
        NotFound: if there is no such webhook.
        NotAuthorized: if the caller does not own it.

    Example:
        `POST /api/3/action/jambi_webhook_delete {"id": "..."}`
    """
    found = _own(context, "jambi_webhook_delete", data_dict)
    webhooks.delete(model.Session.connection(), found.id)
    model.Session.commit()
    return {"id": found.id}


@tk.validate_action_data(schema.jambi_webhook_redeliver)
def jambi_webhook_redeliver(context: Any, data_dict: Data) -> Data:
    """Have all dead letters of a webhook sent again, or one delivery that has ended.

    Args:
        id (str): id of the webhook.
        delivery_id (str): only this delivery, dead or delivered.

    Returns:
        dict: `queued`, how many will be sent.

    Raises:
        NotFound: if there is no such webhook, or no such delivery that has ended.
        NotAuthorized: if the caller does not own it.

    Example:
        `POST /api/3/action/jambi_webhook_redeliver {"id": "..."}`
    """
    found = _own(context, "jambi_webhook_redeliver", data_dict)
    delivery_id = data_dict.get("delivery_id")
    queued = webhooks.redeliver(model.Session.connection(), found.id, delivery_id)
    if delivery_id and not queued:
        raise tk.ObjectNotFound(tk._("There is no such delivery that has ended."))
    model.Session.commit()
    return {"queued": queued}


def _own(context: Any, action: str, data_dict: Data) -> Any:
    """Return the row of a webhook that the caller may use."""
    found = webhooks.find(model.Session.connection(), data_dict["id"])
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such webhook."))
    tk.check_access(action, context, {"id": found.id, "user_id": found.user_id})
    return found


def _plain(row: Any, deliveries: dict[str, int]) -> Data:
    plain = {name: getattr(row, name) for name in ("id", "url", "filters", "failures")}
    times = {name: _iso(getattr(row, name)) for name in ("created_at", "delivered_at")}
    return plain | times | {"deliveries": deliveries}


def _plain_delivery(row: Any) -> Data:
    names = ("id", "kind", "state", "attempts", "outcome", "status")
    times = ("queued_at", "due_at", "ended_at")
    plain = {name: getattr(row, name) for name in names}
    return plain | {name: _iso(getattr(row, name)) for name in times}


def _iso(value: Any) -> str | None:
    return value.isoformat() if value else None
