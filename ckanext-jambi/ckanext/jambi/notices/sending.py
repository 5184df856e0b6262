"""Send what waits: one delivery at a time, taken, handed over, noted, never inside another transaction.

What goes to a channel has a round of its own, after that of mail: one that does not take a message is left
alone for the rest of the round, and a round ends after a minute, so that no silent service holds up the rest.

A delivery is taken by moving its due instant ahead and committing, so that of any number of workers one
sends it. Who dies before noting leaves it to be taken again then; the message keeps its id.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.notices import channels, config, links, mail
from ckanext.jambi.notices.config import MailServer
from ckanext.jambi.notices.errors import (
    ChannelDelayedError,
    ChannelRefusedError,
    MailDelayedError,
    MailRefusedError,
    MailServerError,
)
from ckanext.jambi.notices.model import delivery, notice
from ckanext.jambi.notices.occasions import Occasion
from ckanext.jambi.notices.timing import back_off

log = logging.getLogger(__name__)

NOW = sa.func.clock_timestamp()
LEASE = timedelta(minutes=10)
GIVE_UP = timedelta(days=7)
AT_ONCE = 200
CHANNEL_SECONDS = 60
POSTED = (
    *(Occasion.LADDER.value, Occasion.ROOTS.value, Occasion.PUBLIC_PERSONAL_DATA.value),
    *(Occasion.FUTURE.value, Occasion.REVIEW.value),
)
"""What another room posts."""
WAITING = delivery.c.state.in_(("queued", "sending"))
BY_CHANNEL = delivery.c.recipient.startswith(channels.SCHEME)
BY_MAIL = sa.not_(BY_CHANNEL)


def send_due(limit: int = AT_ONCE) -> Counter[str]:
    """Send what is due and return how many deliveries became sent, queued (again) or failed."""
    _defer_old()
    done = _send_mail(limit)
    _send_by_channel(done)
    return done


def _send_mail(limit: int) -> Counter[str]:
    done: Counter[str] = Counter()
    server = config.mail_server()
    if server is None or not _something_is_due():
        return done
    try:
        with mail.connected(server) as talk:
            while done.total() < limit and (taken := _take(BY_MAIL)) is not None:
                done[_hand_over(talk, server, taken)] += 1
    except MailServerError as err:
        log.warning("Notices wait: the mail server does not take them (%s)", err)
        done["server"] += 1
    return done


def _send_by_channel(done: Counter[str]) -> None:
    ends, silent = time.monotonic() + CHANNEL_SECONDS, set[str]()
    while time.monotonic() < ends:
        taken = _take(BY_CHANNEL, delivery.c.recipient.not_in(silent))
        if taken is None:
            return
        state = _hand_to_channel(taken)
        done[state] += 1
        if state == "queued":
            silent.add(taken.recipient)


def _hand_to_channel(taken: Any) -> str:
    try:
        channels.send(taken.recipient, taken.subject, links.closed(taken.body))
    except ChannelRefusedError as err:
        return _note(taken, "failed", last_error=str(err))
    except ChannelDelayedError as err:
        return _put_back(taken, err)
    return _note(taken, "sent", sent_at=NOW, last_error=None)


def _hand_over(talk: Any, server: MailServer, taken: Any) -> str:
    body = links.opened(taken.body)
    message = mail.message(server, taken.id, taken.recipient, taken.subject, body, X_Jambi_Event=taken.event)
    try:
        mail.send(talk, server, message, taken.recipient)
    except MailRefusedError as err:
        return _note(taken, "failed", last_error=str(err))
    except (MailDelayedError, MailServerError) as err:
        _put_back(taken, err)
        if isinstance(err, MailServerError):
            raise
        return "queued"
    return _note(taken, "sent", sent_at=NOW, last_error=None)


def _put_back(taken: Any, err: Exception) -> str:
    return _note(taken, "queued", last_error=str(err), due_at=NOW + back_off(taken.attempts))


def _something_is_due() -> bool:
    """Return whether the mail server is needed at all."""
    found = model.Session.scalar(sa.select(sa.exists().where(WAITING, BY_MAIL, delivery.c.due_at <= NOW)))
    model.Session.commit()
    return bool(found)


def _take(*which: sa.ColumnElement[bool]) -> Any:
    """Take the delivery of these that is due longest; None if there is none."""
    first = (
        sa.select(delivery.c.id)
        .where(WAITING, delivery.c.due_at <= NOW, *which)
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
