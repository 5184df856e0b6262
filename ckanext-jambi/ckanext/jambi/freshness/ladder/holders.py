"""Who holds a post for an OPD: the members with a role, or the office behind an address, and its channels.

Where no member of an OPD has an address its office is told, and where that has none the portal's
sysadmins, so that no notice is lost for want of an address. A channel is told beside them, where its secret
is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness.ladder.posts import Posts
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.rules.ladder import Post
from ckanext.jambi.model import secret
from ckanext.jambi.notices import channels


@dataclass(frozen=True, slots=True)
class Holder:
    """An address of mail or a channel, and the account behind it if it is a member's."""

    address: str
    user_id: str | None = None

    @property
    def is_channel(self) -> bool:
        """Whether messages go through a channel, which many may read, and not by mail."""
        return self.address.startswith(channels.SCHEME)


@dataclass(frozen=True, slots=True)
class Opd:
    """An OPD as notices name it."""

    name: str
    title: str
    address: str | None


class Holders:
    """The holders of all posts for some OPDs, read by two statements, and one each for what is rare."""

    def __init__(self, posts: Posts, organization_ids: Collection[str]) -> None:
        self._posts = posts
        self.opds = _opds(organization_ids)
        self._members = _members(organization_ids, set(posts.roles.values()))

    def of(self, post: Post, organization_id: str) -> list[Holder]:
        """Return who holds a post for an OPD, by mail, and the channels of the post."""
        return [*self._by_mail(post, organization_id), *self._by_channel(post, self.opds[organization_id])]

    def _by_mail(self, post: Post, organization_id: str) -> list[Holder]:
        opd = self.opds[organization_id]
        address = self._posts.address(post, opd.name)
        if address:
            return [Holder(address)]
        found = self._members.get((organization_id, self._posts.roles[post]), [])
        return found or ([Holder(opd.address)] if opd.address else self._sysadmins)

    def _by_channel(self, post: Post, opd: Opd) -> list[Holder]:
        """Return the channels of a post; no link that acts for a person goes there."""
        named = self._posts.channels.get(post, ())
        kept = [self._kept.get((each.organization or opd.name, each.name)) for each in named]
        return [Holder(each) for each in kept if each]

    @cached_property
    def _kept(self) -> Mapping[tuple[str, str], str]:
        """The channels whose secrets are kept, by organization and name."""
        names = {each.name for of_post in self._posts.channels.values() for each in of_post}
        columns = (group.c.id, group.c.name.label("organization"), secret.c.name)
        query = sa.select(*columns).join(secret, secret.c.organization_id == group.c.id)
        rows = model.Session.execute(query.where(secret.c.name.in_(names)))
        return {(row.organization, row.name): channels.recipient(row.id, row.name) for row in rows}

    @cached_property
    def _sysadmins(self) -> list[Holder]:
        """Sysadmins are told as an office is: no link acts in their name."""
        user = model.User
        query = sa.select(user.email).where(user.sysadmin.is_(True), user.state == "active", user.email != "")
        return [Holder(email) for email in model.Session.scalars(query.order_by(user.name))]


def _opds(ids: Collection[str]) -> dict[str, Opd]:
    columns = (group.c.id, group.c.name, group.c.title, group.c.extras["surel"].astext.label("surel"))
    query = sa.select(*columns).where(group.c.id.in_(ids))
    return {
        row.id: Opd(row.name, row.title or row.name, row.surel or None)
        for row in model.Session.execute(query)
    }


def _members(ids: Collection[str], roles: Collection[str]) -> Mapping[tuple[str, str], list[Holder]]:
    user, member = model.User, model.Member
    query = (
        sa.select(user.id, user.email, member.group_id, member.capacity)
        .join(member, sa.and_(member.table_id == user.id, member.table_name == "user"))
        .where(member.group_id.in_(ids), member.capacity.in_(roles))
        .where(member.state == "active", user.state == "active", user.email != "")
        .order_by(user.name)
    )
    found: dict[tuple[str, str], list[Holder]] = {}
    for row in model.Session.execute(query):
        found.setdefault((row.group_id, row.capacity), []).append(Holder(row.email, row.id))
    return found
