"""Which secrets a definition gets: those it names, of its own organization, and only if it is trusted.

Whoever writes a definition chooses where its secrets are sent. So a definition gets none before it was
applied from a file or approved by a reviewer, unchanged since (HV22); else an editor could have a secret
that nobody may read sent to a host of his own.
"""

from __future__ import annotations

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection, Engine

from ckanext.jambi import vault
from ckanext.jambi.harvest.model import source
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import SecretLockedError, SecretMissingError, SecretUnreadableError


def secrets_of(engine: Engine, definition: Definition, *, trusted: bool = False) -> dict[str, str]:
    """Return the values of the secrets that a definition names.

    Args:
        trusted: whoever asks may use all secrets (a command on the server).

    Raises:
        SecretLockedError: if the definition is neither applied nor approved as it is.
        SecretMissingError: if a secret is not stored.
        SecretUnreadableError: if the vault cannot be opened.
    """
    names = definition.secret_names
    if not names:
        return {}
    with engine.begin() as connection:
        owner = _owner(connection, definition)
        if owner is None and trusted:
            owner = _named_owner(connection, definition)
        if owner is None:
            raise SecretLockedError(name=names[0])
        try:
            found = vault.reveal(connection, owner, names)
        except vault.VaultError as err:
            raise SecretUnreadableError(name=names[0], reason=str(err)) from err
    for name in names:
        if name not in found:
            raise SecretMissingError(name=name, organization=definition.organization)
    return found


def _owner(connection: Connection, definition: Definition) -> str | None:
    """Return the organization of the source that stands as this definition says; None if none does."""
    approved = sa.or_(source.c.origin == "file", source.c.approved_hash == source.c.definition_hash)
    query = (
        sa.select(model.Package.owner_org)
        .join(source, source.c.source_id == model.Package.id)
        .where(source.c.name == definition.id, source.c.definition_hash == definition.hash, approved)
    )
    return connection.execute(query).scalar()


def _named_owner(connection: Connection, definition: Definition) -> str | None:
    query = sa.select(model.Group.id).where(
        model.Group.name == definition.organization, model.Group.is_organization
    )
    return connection.execute(query).scalar()
