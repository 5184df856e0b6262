"""Send what waits: one delivery at a time, taken, handed over, noted, never inside another transaction.

A delivery is taken by moving its due instant ahead and committing, so that of any number of workers one
sends it. Who dies before noting leaves it to be taken again then; the message keeps its id.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.notices import config, links, mail
from ckanext.jambi.notices.config import MailServer
from ckanext.jambi.notices.errors import MailDelayedError, MailRefusedError, MailServerError
from ckanext.jambi.notices.model import delivery, notice
from ckanext.jambi.notices.occasions import Occasion
from ckanext.jambi.notices.timing import back_off

log = logging.getLogger(__name__)

NOW = sa.func.clock_timestamp()
LEASE = timedelta(minutes=10)
GIVE_UP = timedelta(days=7)
AT_ONCE = 200
POSTED = tuple(
    each.value for each in (Occasion.LADDER, Occasion.ROOTS, Occasion.PUBLIC_PERSONAL_DATA, Occasion.FUTURE)
)
"""What another room posts."""
WAITING = delivery.c.state.in_(("queued", "sending"))


def send_due(limit: int = AT_ONCE) -> Counter[str]:
    """Send what is due and return how many deliveries became sent, queued (again) or failed."""
    _defer_old()
    done: Counter[str] = Counter()
    server = config.mail_server()
    if server is None or not _something_is_due():
        return done
    try:
        with mail.connected(server) as talk:
            while done.total() < limit and (taken := _take()) is not None:
                done[_hand_over(talk, server, taken)] += 1
    except MailServerError as err:
        log.warning("Notices wait: the mail server does not take them (%s)", err)
        done["server"] += 1
    return done


def _hand_over(talk: Any, server: MailServer, taken: Any) -> str:
    body = links.opened(taken.body)
    message = mail.message(server, taken.id, taken.recipient, taken.subject, body, X_Jambi_Event=taken.event)
    try:
        mail.send(talk, server, message, taken.recipient)
    except MailRefusedError as err:
        return _note(taken, "failed", last_error=str(err))
    except (MailDelayedError, MailServerError) as err:
        _note(taken, "queued", last_error=str(err), due_at=NOW + back_off(taken.attempts))
        if isinstance(err, MailServerError):
            raise
        return "queued"
    return _note(taken, "sent", sent_at=NOW, last_error=None)


def _something_is_due() -> bool:
    """Return whether the mail server is needed at all."""
    found = model.Session.scalar(sa.select(sa.exists().where(WAITING, delivery.c.due_at <= NOW)))
    model.Session.commit()
    return bool(found)


def _take() -> Any:
    """Take the delivery that is due longest; None if there is none."""
    first = (
        sa.select(delivery.c.id)
        .where(WAITING, delivery.c.due_at <= NOW)
        .order_by(delivery.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    columns = (delivery.c.id, delivery.c.recipient, delivery.c.attempts)
    taken = model.Session.execute(
        sa.update(delivery)
        .where(delivery.c.id == first, notice.c.id == delivery.c.notice_id)
        .values(state="sending", attempts=delivery.c.attempts + 1, due_at=NOW + LEASE)
        .returning(*columns, notice.c.subject, notice.c.body, notice.c.event)
    ).first()
    model.Session.commit()
    return taken


def _note(taken: Any, state: str, **values: Any) -> str:
    """Note how it went, unless the delivery was taken by another meanwhile."""
    own = sa.and_(delivery.c.id == taken.id, delivery.c.attempts == taken.attempts)
    model.Session.execute(sa.update(delivery).where(own).values(state=state, **values))
    model.Session.commit()
    return state


def _defer_old() -> None:
    """Leave what could not be sent for seven days to the next digest; a digest itself is given up.

    What another room posted waits on: a digest of sources would tell it to others.
    """
    own = sa.select(notice.c.event).where(notice.c.id == delivery.c.notice_id).scalar_subquery()
    state = sa.case((own == Occasion.DIGEST.value, "failed"), else_="deferred")
    old = sa.and_(WAITING, delivery.c.created_at < NOW - GIVE_UP, own.not_in(POSTED))
    model.Session.execute(sa.update(delivery).where(old).values(state=state))
    model.Session.commit()
