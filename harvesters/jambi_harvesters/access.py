"""Tell a source who asks: by what is at hand, or by a token that is fetched first (OAuth 2, RFC 6749 4.4).

The token is asked for through the same guards as the source, once a run, and sent to the source's own origin
only. Neither it nor the client's secret stands in any text from then on.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jambi_harvesters import documents
from jambi_harvesters.addresses import place_of
from jambi_harvesters.credentials import Credentials, credentials_for, reveal
from jambi_harvesters.errors import AuthFailedError, StatusError, UnexpectedContentError
from jambi_harvesters.http import Client

CLIENT_CREDENTIALS = "oauth2_client_credentials"
HEADER = "Authorization"
EARLY_SECONDS = 30.0
"""A token is not used up to its last second."""

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*", re.ASCII)


def access_for(
    client: Client, auth: Mapping[str, str], base_url: str, secrets: Mapping[str, str]
) -> Credentials | None:
    """Return the credentials that `client.auth` names; nothing is asked of anybody yet.

    Raises:
        SecretMissingError: if a named secret is not stored.
    """
    if auth.get("type") != CLIENT_CREDENTIALS:
        return credentials_for(auth, base_url, secrets)
    values = {name: reveal(value, secrets) for name, value in auth.items()}
    return Credentials(place_of(base_url).origin, TokenHeader(client, values, base_url))


class TokenHeader(Mapping[str, str]):
    """The header that carries the token; it is fetched when first read, and anew once it has run out."""

    def __init__(self, client: Client, auth: Mapping[str, str], base_url: str) -> None:
        self._client = client
        self._auth = auth
        self._same_host = place_of(base_url).origin == place_of(auth["access_token_url"]).origin
        self._value = ""
        self._until: float | None = None
        client.redact.learn(auth["client_secret"])

    def __getitem__(self, name: str) -> str:
        if name != HEADER:
            raise KeyError(name)
        if not self._value or (self._until is not None and self._client.clock.monotonic() >= self._until):
            self._fetch()
        return self._value

    def __iter__(self) -> Iterator[str]:
        yield HEADER

    def __len__(self) -> int:
        return 1

    def _fetch(self) -> None:
        url = self._auth["access_token_url"]
        form = {name: self._auth[name] for name in ("client_id", "client_secret")}
        asked = {"grant_type": "client_credentials", **form}
        client, shown = self._asking(), self._client.redact(url)
        try:
            with client.get(url, headers={"Accept": "application/json"}, method="POST", form=asked) as answer:
                document = documents.load(answer.body, shown)
        except StatusError as err:
            raise AuthFailedError(url=shown, status=err.context.get("status")) from None
        token = _token(document, shown)
        self._client.redact.learn(token)
        self._value = f"Bearer {token}"
        lasts = document.get("expires_in")
        known = isinstance(lasts, int) and not isinstance(lasts, bool)
        self._until = self._client.clock.monotonic() + max(lasts - EARLY_SECONDS, 0.0) if known else None

    def _asking(self) -> Client:
        """Return a client of the same guards, whose answers are JSON whatever the source's data is."""
        policy = self._client.policy
        pin = policy.sha256 if self._same_host else None
        asking = dataclasses.replace(policy, content_types=(), redirect_hosts=None, sha256=pin)
        secrets = (*self._client.secrets, self._auth["client_secret"])
        return dataclasses.replace(self._client, policy=asking, secrets=secrets)


def _token(document: Any, url: str) -> str:
    """Return the bearer token of an answer (RFC 6749 5.1)."""
    found = document if isinstance(document, Mapping) else {}
    token, kind = found.get("access_token"), found.get("token_type", "bearer")
    if isinstance(token, str) and _TOKEN.fullmatch(token) and str(kind).casefold() == "bearer":
        return token
    raise UnexpectedContentError(
        url=url,
        found="JSON without a bearer token",
        found_id="JSON tanpa token bearer",
        expected="access_token",
    )
