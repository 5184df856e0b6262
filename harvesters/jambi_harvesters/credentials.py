"""How a request proves who asks, and to whom the proof may be shown.

Credentials are bound to the origin of `client.base_url`: any other scheme, host or port never sees them,
whether a redirect or a next-page link leads there.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from jambi_harvesters.addresses import place_of
from jambi_harvesters.errors import SecretMissingError

PREFIX = "secret:"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is added to a request to one origin."""

    origin: tuple[str, str, int]
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)

    def apply_to(self, url: str) -> bool:
        """Say whether a URL may be shown these credentials."""
        return place_of(url).origin == self.origin


def credentials_for(auth: Mapping[str, str], base_url: str, secrets: Mapping[str, str]) -> Credentials | None:
    """Return the credentials that `client.auth` names, with the values of the secrets.

    Raises:
        SecretMissingError: if a named secret is not stored.
    """
    if not auth:
        return None
    values = {name: reveal(value, secrets) for name, value in auth.items()}
    headers, params = _placed(values)
    return Credentials(place_of(base_url).origin, headers, params)


def reveal(value: str, secrets: Mapping[str, str]) -> str:
    """Return the value of a named secret, or a text that names none as it is.

    Raises:
        SecretMissingError: if the secret is not stored.
    """
    if not value.startswith(PREFIX):
        return value
    name = value.removeprefix(PREFIX)
    try:
        return secrets[name]
    except KeyError:
        raise SecretMissingError(name=name, organization="ORGANIZATION") from None


def _placed(values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    kind = values["type"]
    if kind == "bearer":
        return {"Authorization": f"Bearer {values['token']}"}, {}
    if kind == "http_basic":
        pair = f"{values['username']}:{values['password']}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}, {}
    location = values.get("location", "header")
    if location == "query":
        return {}, {values["name"]: values["api_key"]}
    if location == "cookie":
        return {"Cookie": f"{values['name']}={values['api_key']}"}, {}
    return {values["name"]: values["api_key"]}, {}
