"""The notices room's checks: a mail server that takes us, deliveries that arrive, events that are read."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import outbox
from ckanext.jambi.config import demo_enabled
from ckanext.jambi.doctor import Check, UnwellError
from ckanext.jambi.model import event
from ckanext.jambi.notices import config, mail
from ckanext.jambi.notices.errors import MailServerError
from ckanext.jambi.notices.model import delivery, reader
from ckanext.jambi.notices.reading import READER

ROOM = "jambi_notices"
UNREAD = timedelta(minutes=15)
RECENT = timedelta(days=7)


def smtp() -> str:
    """A mail server is set and lets us in; a demonstration may do without."""
    server = config.mail_server()
    if server is None:
        raise UnwellError(
            "No mail server is set: nobody is told when a source fails.",
            "Set smtp.server and smtp.mail_from, then try: ckan jambi notices test ADDRESS",
            warning=demo_enabled(),
        )
    try:
        with mail.connected(server):
            return f"The mail server {server.host}:{server.port} answers"
    except MailServerError as err:
        raise UnwellError(f"The mail server does not take us: {err}", "Correct the smtp.* options.") from err


def deliveries() -> str:
    """Notices of the last seven days arrived."""
    query = sa.select(sa.func.count()).where(
        delivery.c.state.in_(("failed", "deferred")), delivery.c.created_at > sa.func.now() - RECENT
    )
    with model.meta.engine.connect() as connection:
        failed = connection.scalar(query)
    if failed:
        raise UnwellError(
            f"{failed} deliveries of the last seven days failed.",
            "ckan jambi notices list shows which; correct the addresses of the organizations.",
            warning=True,
        )
    return "Notices arrive"


def unread() -> str:
    """Events are read soon after they happen."""
    with model.meta.engine.connect() as connection:
        text = connection.scalar(sa.select(reader.c.cursor).where(reader.c.name == READER)) or ""
        place = outbox.Cursor.parse(text)
        after = sa.tuple_(event.c.transaction, event.c.id) > (place.transaction, place.id)
        oldest = sa.select(event.c.emitted_at).where(after).order_by(event.c.transaction, event.c.id).limit(1)
        age = connection.scalar(sa.select(sa.func.clock_timestamp() - oldest.scalar_subquery()))
    if age and age > UNREAD:
        raise UnwellError(
            f"Events wait for {int(age.total_seconds() // 60)} minutes to become notices.",
            "Start a worker: ckan jambi harvest worker",
        )
    return "Events are read"


CHECKS = (
    Check("smtp", smtp, ROOM),
    Check("deliveries", deliveries, ROOM),
    Check("notices", unread, ROOM),
)
