"""The application that the web server runs; CKAN is imported when it is made, not before."""

from __future__ import annotations

import os
from typing import Any


def application() -> Any:
    """Return CKAN's WSGI application for the ini file that CKAN_INI names."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    return make_app(load_config(os.environ["CKAN_INI"]))
