"""What the agencies of the test portal promised: rules in force, the Daftar Data, and a reminder that waits.

The promises are as old as `PAST`, by the portal's clock; what became of them is judged as of now.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness.ladder import links
from ckanext.jambi.freshness.model import item, notice, obligation
from ckanext.jambi.freshness.promises import adopting, file, ticking
from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.ladder import Step
from ckanext.jambi.notices import links as signing

CONFIG = Path(__file__).parents[2] / "config"
PAST = timedelta(days=40)


def adopt(folder: Path, now: datetime) -> list[str]:
    """Put the shipped rules and the items of the organizations that exist into the log, in the past."""
    begun = now - PAST
    clock.set_to(folder / "clock.json", begun)
    clock.use(folder / "clock.json")
    new = [adopting.adopt(CONFIG / name) for name in ("policy/v1.yaml", "calendar/v1.yaml")]
    made = adopting.put(_items(begun.date()), "Daftar Data peraga") if any(new) else []
    model.Session.commit()
    clock.use(None)
    return made


def _items(first_day: date) -> list[file.Item]:
    there = set(model.Session.scalars(sa.select(model.Group.name).where(model.Group.is_organization)))
    listed = [each for each in file.load(CONFIG / "daftar-data.yaml") if each["organization"] in there]
    return [each | {"valid_from": first_day.isoformat()} for each in listed]


def judge() -> None:
    """Bring items, obligations, scores and days to where the log and the clock are."""
    ticking.run()


def remind(organization: str, user_name: str, now: datetime) -> str:
    """Write a reminder of the oldest open period of an agency, and return the path of its link."""
    user, agency = model.User.get(user_name), model.Group.get(organization)
    query = sa.select(obligation, item.c.organization_id).join(item, item.c.id == obligation.c.item_id)
    query = query.where(obligation.c.outcome == Outcome.OPEN.value, item.c.organization_id == agency.id)
    owed = model.Session.execute(query.order_by(obligation.c.period_end)).mappings().first()
    assert owed, f"{organization} owes nothing: there is nothing to remind it of."
    link_id = model.types.make_uuid()
    links.write({link_id: user.id}, now)
    told = {name: owed[name] for name in ("item_id", "package_id", "period_end", "organization_id")}
    row = {
        "id": model.types.make_uuid(),
        "subject_key": f"{owed['item_id']}:{owed['package_id']}:{link_id}",
        "step": Step.FIRST.value,
        "recipient_posts": ["steward"],
        "due_at": owed["overdue_at"],
        "written_at": now,
        "channel": "mail",
        "receipts": [link_id],
        **told,
    }
    model.Session.execute(sa.insert(notice), [row])
    model.Session.commit()
    return f"{urlsplit(links.page(link_id)).path}?token={signing.signature(link_id)}"
