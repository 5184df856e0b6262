"""Signed links in mail: the signature is put in as the mail leaves, and lies in no table and no log.

A body holds `{signed:<address>}`; the last part of the address is what is signed. Whoever reads the stored
body, or a copy of the database, has no link that works.
"""

from __future__ import annotations

import re

import ckan.plugins.toolkit as tk
from itsdangerous import BadSignature, Signer

_MARK = re.compile(r"\{signed:(?P<address>[^{}\s]*/(?P<name>[\w-]+))\}")
_SALT = "jambi-notices-links"


def marked(address: str) -> str:
    """Return an address as a body holds it that is to be signed."""
    return f"{{signed:{address}}}"


def opened(body: str) -> str:
    """Return a body with its links signed, as it goes to its recipient and to nobody else."""
    return _MARK.sub(lambda found: f"{found['address']}?token={signature(found['name'])}", body)


def closed(body: str) -> str:
    """Return a body for other readers: its addresses lead nowhere without a signature."""
    return _MARK.sub(r"\g<address>", body)


def signature(name: str) -> str:
    """Return the signature of what a link names."""
    return _signer().get_signature(name).decode()


def is_signed(name: str, token: str) -> bool:
    """Whether a signature is that of a name; compared in constant time."""
    try:
        _signer().unsign(f"{name}.{token}")
    except BadSignature:
        return False
    return True


def _signer() -> Signer:
    return Signer(tk.config["SECRET_KEY"], salt=_SALT)
