"""The application that the web server runs; CKAN is imported when it is made, not before."""

from __future__ import annotations

import gc
import os
from typing import Any


def application() -> Any:
    """Return CKAN's WSGI application for the ini file that CKAN_INI names.

    Raises:
        OptionsError: if an option is not as a safe portal needs it (RL03), except in debug mode.
    """
    from ckan.cli import load_config
    from ckan.common import config
    from ckan.config.middleware import make_app

    from ckanext.jambi.doctor import options

    app = make_app(load_config(os.environ["CKAN_INI"]))
    options.require(config)
    gc.freeze()  # what is loaded by now stays: no collection need look at it again
    return app
