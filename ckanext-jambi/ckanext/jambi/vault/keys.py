"""The keys of the vault: from the environment or a file, newest first.

A key is 32 random bytes in base64, one a line (`openssl rand -base64 32`). The first encrypts; those
after it still open what was encrypted before a rotation. The file is read anew each time, so that a
rotation needs no restart.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ckanext.jambi import config
from ckanext.jambi.vault.errors import KeyFileError, KeyMissingError

VARIABLE = "JAMBI_VAULT_KEY"
KEY_BYTES = 32
OPEN_TO_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `id` names it without telling anything of it."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys at hand; `path` is their file, None if they come from the environment."""

    keys: tuple[Key, ...]
    path: Path | None

    @property
    def current(self) -> Key:
        """The key that encrypts."""
        return self.keys[0]

    def find(self, key_id: str) -> Key:
        """Return the key of that id.

        Raises:
            KeyMissingError: if it is not there.
        """
        for key in self.keys:
            if key.id == key_id:
                return key
        raise KeyMissingError(
            f"A secret was encrypted by the vault key {key_id}, which is not here: restore it."
        )


def load() -> Keyring:
    """Return the keys of this process.

    Raises:
        KeyFileError: if there are none, or others may read them.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Keyring(_parsed(given.replace(",", " ").split(), f"the variable {VARIABLE}"), None)
    path = config.vault_key_file()
    if not path:
        raise KeyFileError(
            f"The vault has no key: set the option ckanext.jambi.vault.key_file or the variable {VARIABLE}."
        )
    return Keyring(_read(Path(path)), Path(path))


def made() -> Key:
    """Return a new key."""
    return _key(secrets.token_bytes(KEY_BYTES))


def write(path: Path, keys: Iterable[Key]) -> None:
    """Write a key file that only we can read, in one step."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    lines = "".join(f"{base64.b64encode(key.secret).decode('ascii')}\n" for key in keys)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w", encoding="ascii") as out:
        out.write(lines)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def _read(path: Path) -> tuple[Key, ...]:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as err:
        raise KeyFileError(f"The vault's key file {path} cannot be read: {type(err).__name__}.") from err
    if mode & OPEN_TO_OTHERS:
        raise KeyFileError(f"The vault's key file {path} is open to others: chmod 0400 {path}")
    return _parsed(text.split(), str(path))


def _parsed(words: list[str], origin: str) -> tuple[Key, ...]:
    try:
        found = tuple(_key(base64.b64decode(word, validate=True)) for word in words)
    except (binascii.Error, ValueError) as err:
        raise KeyFileError(
            f"{origin} holds no vault key: write what `openssl rand -base64 32` prints."
        ) from err
    if not found:
        raise KeyFileError(f"{origin} is empty: write what `openssl rand -base64 32` prints.")
    return found


def _key(secret: bytes) -> Key:
    if len(secret) != KEY_BYTES:
        raise ValueError(f"A vault key has {KEY_BYTES} bytes.")
    return Key(hashlib.sha256(b"jambi-vault-key/1" + secret).hexdigest()[:12], secret)
