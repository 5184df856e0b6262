"""The posts of a city as `config/posts.yaml` gives them: how each is reached, who decides appeals.

A post is held by the members of the OPD in question with a role, or has an office address; a person is
never named (F29, F44). Beside its mail it may have further channels, each named by a secret of the vault,
since their addresses hold tokens (F45). Imports no CKAN.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ckanext.jambi.freshness.rules.ladder import Post
from ckanext.jambi.metadata.contacts import is_office_email

OPTIONAL = frozenset({Post.INSPECTORATE})
ROLES = ("admin", "editor", "member")
PLACE = "{organization}"
"""Stands in an address for the name of the OPD in question."""
_CHANNEL = re.compile(r"secret:(?:(?P<organization>[a-z0-9_-]{2,100})/)?(?P<name>[A-Z][A-Z0-9_]{1,63})")


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of the panel that decides appeals: the members of an organization with a role."""

    organization: str
    role: str


@dataclass(frozen=True, slots=True)
class Channel:
    """The name of a secret that holds an address of apprise; it is the OPD's own where it names none."""

    organization: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Posts:
    """One version of the posts: each post has a role in the OPD in question, or an address."""

    version: str
    roles: Mapping[Post, str]
    addresses: Mapping[Post, str]
    channels: Mapping[Post, tuple[Channel, ...]]
    panel: tuple[Seat, ...] = ()

    @classmethod
    def read(cls, body: Mapping[str, object]) -> Posts:
        """Read a posts file's mapping (`config/posts.yaml`).

        Raises:
            ValueError: naming the first post or seat that cannot be taken.
            KeyError: if the version or the posts are missing.
        """
        said = _known(body)
        held = {Post(name): dict(_mapping(value, name)) for name, value in said.items()}
        channels = {post: _channels(post, row.pop("channels", [])) for post, row in held.items()}
        roles = {post: _role(post, row["role"]) for post, row in held.items() if [*row] == ["role"]}
        addresses = {
            post: _address(post, row["address"]) for post, row in held.items() if [*row] == ["address"]
        }
        if Post.INSPECTORATE in roles or channels.get(Post.INSPECTORATE):
            raise ValueError("The post `inspectorate` needs `address` alone: roots are mailed to an office.")
        neither = [post.value for post in held if post not in roles | addresses]
        if neither:
            raise ValueError(f"The post `{neither[0]}` needs either `role` or `address`.")
        return cls(str(body["version"]), roles, addresses, channels, _panel(body.get("panel", [])))

    @property
    def organizations(self) -> set[str]:
        """The organizations that the panel and the channels name."""
        named = {each.organization for of_post in self.channels.values() for each in of_post}
        return {seat.organization for seat in self.panel} | {each for each in named if each}

    def address(self, post: Post, organization: str) -> str | None:
        """Return the address of a post for an OPD, by its name; None for a post that members hold."""
        found = self.addresses.get(post)
        return found.replace(PLACE, organization) if found else None


def _known(body: Mapping[str, object]) -> Mapping[str, object]:
    """Return the posts of a file, which must be all there are and no others."""
    said = _mapping(body["posts"], "posts")
    unknown = [*sorted({*said} - set(Post)), *sorted({*body} - {"version", "posts", "panel"})]
    if unknown:
        raise ValueError(f"Nobody knows `{unknown[0]}`.")
    missing = [post.value for post in Post if post not in said and post not in OPTIONAL]
    if missing:
        raise ValueError(f"The post `{missing[0]}` is missing.")
    return said


def _panel(rows: object) -> tuple[Seat, ...]:
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise ValueError("`panel` must be a list.")
    seats = tuple(_seat(row) for row in rows)
    if len(set(seats)) != len(seats):
        raise ValueError("A seat stands twice in the panel.")
    return seats


def _seat(row: object) -> Seat:
    said = _mapping(row, "panel")
    if {*said} != {"organization", "role"} or not isinstance(said["organization"], str):
        raise ValueError("A seat of the panel needs `organization` and `role`, no more.")
    return Seat(said["organization"], _role("panel", said["role"]))


def _mapping(value: object, name: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"`{name}` must be a mapping.")
    return value


def _role(name: object, value: object) -> str:
    if not isinstance(value, str) or value not in ROLES:
        raise ValueError(f"`{name}`: the role must be one of {', '.join(ROLES)}, not {value!r}.")
    return value


def _channels(name: str, rows: object) -> tuple[Channel, ...]:
    """Read the channels of a post; what is wrong with one is told without it, for it may hold a token."""
    given = rows if isinstance(rows, Sequence) and not isinstance(rows, str) else [None]
    found = [_CHANNEL.fullmatch(row) if isinstance(row, str) else None for row in given]
    if None in found or len({*given}) != len(found):
        raise ValueError(
            f"`{name}`: `channels` lists `secret:NAME` or `secret:organization/NAME`, each once; "
            "an address itself belongs in the vault (ckan jambi secret set)."
        )
    return tuple(Channel(each["organization"], each["name"]) for each in found if each)


def _address(name: object, value: object) -> str:
    given = value.replace(PLACE, "opd") if isinstance(value, str) else ""
    if not isinstance(value, str) or "{" in given or not is_office_email(given):
        raise ValueError(f"`{name}`: {value!r} is no e-mail address of an office.")
    return value
