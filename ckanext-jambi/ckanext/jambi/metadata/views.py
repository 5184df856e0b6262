"""Answer a refused change with its reason where CKAN's own page has no place for one.

CKAN's page for deleting a file lets the refusal through as a server error.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint

__all__ = ["jambi_metadata"]

jambi_metadata = Blueprint("jambi_metadata", __name__)


@jambi_metadata.app_errorhandler(tk.ValidationError)
def explain_refusal(error: tk.ValidationError) -> tuple[str, int]:
    """Show what was refused and why."""
    reasons = "; ".join(f"{field}: {reason}" for field, reason in error.error_summary.items())
    content = {
        "code": 409,
        "content": reasons,
        "name": tk._("This change was refused"),
        "show_login_redirect_link": False,
    }
    return tk.render("error_document_template.html", content), 409
