"""What follows when personal data stands behind a public door: its dataset is hidden, people are told (RL12).

Hidden is what its own doors show (its dictionary of fields, its tables, its files) and the rules block, since
nobody may approve that; a warning may have been accepted by a reviewer, so it is told and not hidden, once
for the same findings. What stands elsewhere (an organization, a page) is told to the reviewers; lists and
pages that only repeat what a dataset shows are not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import logic, model
from flask import Flask

from ckanext.jambi import clock, ledger
from ckanext.jambi.metadata import config
from ckanext.jambi.metadata.doors import letters
from ckanext.jambi.metadata.doors.judge import Hit
from ckanext.jambi.metadata.doors.letters import Exposure
from ckanext.jambi.metadata.doors.walk import ACTION, Answer
from ckanext.jambi.metadata.pii import Severity
from ckanext.jambi.metadata.publication import RETURNED
from ckanext.jambi.model import audit
from ckanext.jambi.notices import posting, recipients
from ckanext.jambi.notices.occasions import Occasion

HIDE, FIND = "privacy.hide", "privacy.find"
ELSEWHERE = "portal"
STATE = "status_pemeriksaan"
OWN_ACTIONS = {"package_show": "id", "datastore_search": "resource_id"}
OTHERS_FIELDS = ("answer.result.organization", "answer.result.groups")
_FILE = re.compile(r"/(?:datastore/dump|dataset/[^/]+/resource)/([^/?]+)")


class Watch:
    """Takes what a scan finds, hides at once, and tells in the end."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._found: defaultdict[str, list[Hit]] = defaultdict(list)
        self._hidden: set[str] = set()

    def take(self, answer: Answer, hits: Sequence[Hit]) -> None:
        """Note the hits of one answer; hide the dataset that gave it, if they are such."""
        if not hits:
            return
        with self._app.test_request_context():
            for one in hits:
                about = _owner(answer, one) or ELSEWHERE
                self._found[about].append(one)
                if about not in (ELSEWHERE, *self._hidden) and one.severity == Severity.BLOCK:
                    _hide(about)
                    self._hidden.add(about)

    def tell(self) -> None:
        """Write what was found into the audit ledger, and mail it; the same warnings are told once."""
        elsewhere = self._found.pop(ELSEWHERE, [])
        known = {value for hits in self._found.values() for one in hits for value in one.hashes}
        if own := [one for one in elsewhere if not one.hashes or set(one.hashes) - known]:
            self._found[ELSEWHERE] = own
        with self._app.test_request_context():
            for about, hits in self._found.items():
                self._tell(about, hits)

    def _tell(self, about: str, hits: Sequence[Hit]) -> None:
        hidden = about in self._hidden
        said = ledger.digest(sorted({f"{one.rule} {one.column} {one.place}" for one in hits}))
        if not hidden and _is_told(about, said):
            return
        ledger.record(
            ledger.Entry(
                action=HIDE if hidden else FIND, object=_object(about), after=said, actor_class="system"
            )
        )
        if p.plugin_loaded("jambi_notices"):
            _mail(about, hits, hidden)
        model.Session.commit()


def _owner(answer: Answer, hit: Hit) -> str | None:
    """Return the id of the public dataset whose own door gave a hit; None if it stands elsewhere."""
    if hit.column.startswith(OTHERS_FIELDS):
        return None
    for reference in _references(answer):
        found = model.Resource.get(reference)
        dataset = model.Package.get(found.package_id if found else reference)
        if dataset and dataset.type != "harvest":
            return str(dataset.id)
    return None


def _references(answer: Answer) -> Iterator[str]:
    """Yield ids or names of what an address shows, where it shows one dataset or file alone."""
    place = urlsplit(answer.place)
    action = place.path.removeprefix(ACTION)
    if action in OWN_ACTIONS:
        yield from parse_qs(place.query).get(OWN_ACTIONS[action], [])
    elif answer.door in ("table", "file") and (named := _FILE.match(place.path)):
        yield named[1]


def _hide(dataset_id: str) -> None:
    """Make a dataset private; what harvests it leaves it so (`publication`)."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context = {"ignore_auth": True, "user": user}
    wanted = {"private": True, STATE: RETURNED}
    try:
        tk.get_action("package_patch")({**context}, {"id": dataset_id, **wanted})
    except tk.ValidationError:
        _hide_as_it_is(context, dataset_id)


def _hide_as_it_is(context: dict[str, Any], dataset_id: str) -> None:
    """Make a dataset private that CKAN's actions take no more, since its schema refuses what it holds."""
    dataset = model.Package.get(dataset_id)
    dataset.private, dataset.extras[STATE] = True, RETURNED
    model.Session.flush()
    logic.index_update_package({**context}, dataset_id)
    model.Session.commit()


def _is_told(about: str, said: str) -> bool:
    same = sa.and_(audit.c.object == _object(about), audit.c.after_hash == said, audit.c.action == FIND)
    return bool(model.Session.scalar(sa.select(sa.exists().where(same))))


def _object(about: str) -> str:
    return f"dataset:{about}" if about != ELSEWHERE else "portal:doors"


def _mail(about: str, hits: Sequence[Hit], hidden: bool) -> None:
    dataset = model.Package.get(about) if about != ELSEWHERE else None
    reviewers = model.Group.get(config.reviewer_organization())
    told = letters.told(Exposure(dataset and dataset.name, dataset and dataset.title, hidden), hits)
    organizations = [one for one in (dataset and dataset.owner_org, reviewers and reviewers.id) if one]
    addresses = dict.fromkeys(each for one in organizations or [""] for each in recipients.of_source(one))
    own = dataset.owner_org if dataset else None
    messages = [posting.Message(model.types.make_uuid(), each, told, own, clock.now()) for each in addresses]
    posting.post(Occasion.PUBLIC_PERSONAL_DATA, messages)
