"""Seal and open one secret: AES-256-GCM, bound to its organization and name.

A box that is laid into another row does not open there, since organization and name are authenticated
with it.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ckanext.jambi.vault.errors import VaultError
from ckanext.jambi.vault.keys import Key

NONCE_BYTES = 12


def seal(key: Key, organization_id: str, name: str, value: str) -> bytes:
    """Return the encrypted value."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key.secret).encrypt(nonce, value.encode("utf-8"), _place(organization_id, name))


def unseal(key: Key, organization_id: str, name: str, box: bytes) -> str:
    """Return the value of a box.

    Raises:
        VaultError: if the box was altered or belongs elsewhere.
    """
    try:
        plain = AESGCM(key.secret).decrypt(
            box[:NONCE_BYTES], box[NONCE_BYTES:], _place(organization_id, name)
        )
    except (InvalidTag, ValueError) as err:
        raise VaultError(f"The stored secret {name} was altered: set it anew.") from err
    return plain.decode("utf-8")


def _place(organization_id: str, name: str) -> bytes:
    return f"jambi-vault/1\0{organization_id}\0{name}".encode()
