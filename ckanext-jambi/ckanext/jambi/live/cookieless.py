"""Take cookies away before CKAN sees a request of a machine: the signed doors know no user."""

from __future__ import annotations

from typing import Any

PATHS = ("/api/jambi/", "/events")


class Cookieless:
    """A WSGI application that hides cookies from the one inside, on the paths of the live room."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Pass a request on."""
        if environ.get("PATH_INFO", "").startswith(PATHS):
            environ.pop("HTTP_COOKIE", None)
        return self._inner(environ, start_response)
