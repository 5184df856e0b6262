"""What an error page tells the reader: what happened and what to do."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def told(status: object) -> dict[str, str]:
    """Return title and advice for an HTTP status; what is no number is a fault of ours."""
    code = status if isinstance(status, int) else 500
    known = {
        404: (
            tk._("This page does not exist"),
            tk._("The address may be mistyped, or the data was moved or withdrawn."),
        ),
        403: (
            tk._("This page is not open to you"),
            tk._("Log in with an account that may see it, or go back."),
        ),
        500: (
            tk._("Something went wrong on our side"),
            tk._("The error has been recorded. Please try again in a moment."),
        ),
    }
    title, advice = known.get(code) or known[500 if code >= 500 else 404]
    if code == 400:
        title, advice = tk._("We cannot read this request"), tk._("Go back and check what was entered.")
    return {"title": title, "advice": advice}
