"""Notices that another room wrote: put into the outbox, to be sent once each.

The room that posts sees to it that nothing is posted twice, in the same transaction as its own rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.notices.model import delivery, notice
from ckanext.jambi.notices.occasions import Occasion, day_of
from ckanext.jambi.notices.wording import Told


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one recipient, an address of mail or a channel (`channels.recipient`).

    Editors of its organization, if it has one, may read it.
    """

    id: str
    recipient: str
    told: Told
    organization_id: str | None
    happened_at: datetime


def post(occasion: Occasion, messages: Sequence[Message]) -> None:
    """Put messages into the outbox by two statements, however many they are; the caller commits."""
    if not messages:
        return
    model.Session.execute(sa.insert(notice), [_notice(occasion, each) for each in messages])
    model.Session.execute(
        sa.insert(delivery),
        [
            {"id": model.types.make_uuid(), "notice_id": each.id, "recipient": each.recipient}
            for each in messages
        ],
    )


def known(ids: Iterable[str]) -> set[str]:
    """Return which of these messages were posted before."""
    return set(model.Session.scalars(sa.select(notice.c.id).where(notice.c.id.in_(list(ids)))))


def _notice(occasion: Occasion, each: Message) -> dict[str, object]:
    return {
        "id": each.id,
        "about": each.id,
        "event": occasion.value,
        "day": day_of(each.happened_at),
        "organization_id": each.organization_id,
        "subject": each.told.subject,
        "body": each.told.body,
        "happened_at": each.happened_at,
    }
