"""In which language something is written."""

from __future__ import annotations

from typing import cast

import ckan.plugins.toolkit as tk
from flask import has_request_context


def language() -> str:
    """Return the language of the request, or the portal's where there is none, as in a worker's request."""
    asked = tk.h.lang() if has_request_context() else None
    return cast(str, asked or tk.config["ckan.locale_default"])
