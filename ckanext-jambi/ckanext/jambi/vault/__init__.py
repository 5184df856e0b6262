"""The vault: secrets of organizations, encrypted at rest and never shown again (RL08, HV13).

A secret belongs to an organization and has a name; a definition names it as `secret:NAME`. The key lies
outside the database (`keys`), so that a dump alone reveals nothing. What leaves the vault by `reveal` is
masked from then on in every log line of the process (`ckanext.jambi.log_masks`, RL09). Functions work
on the connection they are given and never commit.
"""

from __future__ import annotations

from ckanext.jambi.vault.errors import KeyFileError, KeyMissingError, VaultError
from ckanext.jambi.vault.rotation import rotate
from ckanext.jambi.vault.store import Stored, listed, put, remove, reveal

__all__ = [
    "KeyFileError",
    "KeyMissingError",
    "Stored",
    "VaultError",
    "listed",
    "put",
    "remove",
    "reveal",
    "rotate",
]
