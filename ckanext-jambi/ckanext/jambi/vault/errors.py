"""Errors of the vault; no message holds a secret or a part of one."""

from __future__ import annotations

from ckanext.jambi.errors import JambiError


class VaultError(JambiError):
    """The vault cannot do what was asked."""


class KeyFileError(VaultError):
    """There is no key, or its file is open to others or not written as keys are."""


class KeyMissingError(VaultError):
    """A stored secret was encrypted by a key that is not there any more."""
