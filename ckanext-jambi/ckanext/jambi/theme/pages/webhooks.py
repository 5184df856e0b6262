"""What the page of webhooks shows: the reader's own, and how their deliveries went."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.outbox import PUBLIC_KINDS

FAILING = 3


def page() -> dict[str, Any]:
    """Return the reader's webhooks and the kinds of events.

    Raises:
        NotAuthorized: if nobody is logged in.
    """
    hooks = tk.get_action("jambi_webhook_list")({}, {})
    return {"hooks": [_row(hook) for hook in hooks], "kinds": kinds()}


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of public events and what each tells, by name."""
    words = {
        "dataset.changed": tk._("a dataset is new or changed"),
        "dataset.tombstoned": tk._("a dataset vanished from its source"),
        "rows.changed": tk._("the rows of a table changed"),
        "freshness.state": tk._("a dataset became late, or is on time again"),
        "source.down": tk._("a source does not answer"),
        "source.recovered": tk._("a source answers again"),
        "gauge.level": tk._("a level of alarm was reached or left"),
    }
    return [(kind, words.get(kind, kind)) for kind in sorted(PUBLIC_KINDS)]


def _row(hook: dict[str, Any]) -> dict[str, Any]:
    counts = hook["deliveries"]
    narrowed = [one for names in hook["filters"].values() for one in names]
    return {
        **hook,
        "badge": _badge(hook),
        "about": ", ".join(narrowed) or tk._("everything public"),
        "delivered": counts.get("delivered", 0),
        "waiting": counts.get("waiting", 0),
        "dead": counts.get("dead", 0),
    }


def _badge(hook: dict[str, Any]) -> dict[str, str]:
    """Return look and word of how its deliveries go."""
    if hook["failures"] >= FAILING:
        return {"state": "delinquent", "label": tk._("Does not answer")}
    if hook["failures"]:
        return {"state": "due", "label": tk._("The last delivery failed")}
    if hook["delivered_at"]:
        return {"state": "fresh", "label": tk._("Answers")}
    return {"state": "pending", "label": tk._("Nothing sent yet")}
