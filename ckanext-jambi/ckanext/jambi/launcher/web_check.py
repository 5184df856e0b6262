"""Ask the portal over HTTP, as a visitor would: does it answer, does its search find a dataset?"""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from http import HTTPStatus
from typing import Any

from ckanext.jambi.launcher.ports import LOOPBACK

TIMEOUT_SECONDS = 3.0


def answers(port: int) -> bool:
    """Whether the portal serves its API."""
    return _get(port, "/api/3/action/status_show") is not None


def datasets_found(port: int) -> int:
    """Return how many public datasets the portal's search finds."""
    found = _get(port, "/api/3/action/package_search?rows=0&fq=dataset_type:dataset")
    return int(found["result"]["count"]) if found else 0


def _get(port: int, path: str) -> dict[str, Any] | None:
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_SECONDS)) as connection:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return None
    if answer.status != HTTPStatus.OK:
        return None
    parsed: dict[str, Any] = json.loads(body)
    return parsed
