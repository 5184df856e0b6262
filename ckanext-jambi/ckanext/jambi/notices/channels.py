"""Hand messages to further channels (chat and webhooks) through apprise, by the name of a secret.

An address of apprise holds tokens, so it lies in the vault of an organization and nowhere else: a delivery
names its place there, and what a service answers is not kept. The talk runs in a process of its own, whose
only way out is the proxy that judges addresses as our own client does; it gets the address on its standard
input, writes no log and dies after `SECONDS`.

A service knows no message id: one that took a message and could not say so gets it a second time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi import vault
from ckanext.jambi.config import demo_enabled
from ckanext.jambi.notices import channel_ends
from ckanext.jambi.notices.errors import ChannelDelayedError, ChannelRefusedError
from jambi_harvesters.addresses import Target
from jambi_harvesters.egress import Egress, Limits
from jambi_harvesters.errors import HarvesterError

CHILD = "ckanext.jambi.notices.channel_child"
"""Named and not imported: apprise takes its time, and no other process needs it."""
SCHEME = "secret:"
"""Begins a recipient that is a channel; no address of mail holds a colon."""
ALLOWED = "notices"
"""Begins the names of the rows of the allowlist of internal addresses that channels may use."""
SECONDS = 30
ANSWER_BYTES = 10**6
_PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
_KEPT = ("PATH", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_TARGET = ("name", "host", "cidr", "port", "path_prefix")


def recipient(organization_id: str, name: str) -> str:
    """Return the recipient of a delivery through the secret `name` of an organization."""
    return f"{SCHEME}{organization_id}/{name}"


def send(to: str, subject: str, body: str) -> None:
    """Hand one message over.

    Raises:
        ChannelRefusedError: if the channel leads nowhere, today or tomorrow.
        ChannelDelayedError: if the service does not take it now.
    """
    address = _revealed(to)
    refused: list[HarvesterError] = []
    limits = Limits(max_bytes=ANSWER_BYTES, seconds=SECONDS)
    with Egress(targets=_targets(), demo=demo_enabled(), limits=limits, refused=refused.append) as way_out:
        ended = _talk({"address": address, "subject": subject, "body": body}, way_out.url)
    if ended == channel_ends.UNUSABLE:
        raise ChannelRefusedError(
            "The secret holds no address of one recipient of a service that the portal knows."
        )
    if ended != channel_ends.SENT:
        raise ChannelDelayedError(_why(refused))


def _revealed(to: str) -> str:
    organization_id, _, name = to.removeprefix(SCHEME).partition("/")
    try:
        found = vault.reveal(model.Session.connection(), organization_id, [name])
    except vault.VaultError as err:
        raise ChannelDelayedError(str(err)) from err
    finally:
        model.Session.commit()
    if name not in found:
        raise ChannelRefusedError(f"The organization keeps no secret {name} any more.")
    return found[name]


def _talk(told: dict[str, str], proxy: str) -> int | None:
    """Let a process hand a message over; return how it ended, None if it took too long."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        return subprocess.run(
            [sys.executable, "-m", CHILD],
            input=json.dumps(told).encode(),
            env=kept | dict.fromkeys(_PROXIES, proxy),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return None


def _targets() -> tuple[Target, ...]:
    """Return the internal addresses that channels may use; none where nobody harvests here."""
    try:
        rows = tk.get_action("jambi_target_list")({"ignore_auth": True, "user": ""}, {})
    except KeyError:
        return ()
    named = (row for row in rows if row["name"].startswith(ALLOWED))
    return tuple(Target(**{name: row[name] for name in _TARGET}) for row in named)


def _why(refused: list[HarvesterError]) -> str:
    """Return why a message was not taken, without what the service said: it may quote its own address."""
    if refused:
        return f"The portal does not go to that address ({refused[0].code})."
    return "The service did not take the message."
