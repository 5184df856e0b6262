"""The posts of a city as `config/posts.yaml` gives them: how each is reached, who decides appeals.

A post is held by the members of the OPD in question with a role, or has an office address; a person is
never named (F29, F44). Imports no CKAN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ckanext.jambi.freshness.rules.ladder import Post
from ckanext.jambi.metadata.contacts import is_office_email

OPTIONAL = frozenset({Post.INSPECTORATE})
ROLES = ("admin", "editor", "member")
PLACE = "{organization}"
"""Stands in an address for the name of the OPD in question."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of the panel that decides appeals: the members of an organization with a role."""

    organization: str
    role: str


@dataclass(frozen=True, slots=True)
class Posts:
    """One version of the posts: each post has a role in the OPD in question, or an address."""

    version: str
    roles: Mapping[Post, str]
    addresses: Mapping[Post, str]
    panel: tuple[Seat, ...] = ()

    @classmethod
    def read(cls, body: Mapping[str, object]) -> Posts:
        """Read a posts file's mapping (`config/posts.yaml`).

        Raises:
            ValueError: naming the first post or seat that cannot be taken.
            KeyError: if the version or the posts are missing.
        """
        said = _known(body)
        held = {Post(name): _mapping(value, name) for name, value in said.items()}
        roles = {post: _role(post, row["role"]) for post, row in held.items() if [*row] == ["role"]}
        addresses = {
            post: _address(post, row["address"]) for post, row in held.items() if [*row] == ["address"]
        }
        if Post.INSPECTORATE in roles:
            raise ValueError("The post `inspectorate` needs `address`: roots are mailed to an office.")
        neither = [post.value for post in held if post not in roles | addresses]
        if neither:
            raise ValueError(f"The post `{neither[0]}` needs either `role` or `address`.")
        return cls(str(body["version"]), roles, addresses, _panel(body.get("panel", [])))

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


def _address(name: object, value: object) -> str:
    given = value.replace(PLACE, "opd") if isinstance(value, str) else ""
    if not isinstance(value, str) or "{" in given or not is_office_email(given):
        raise ValueError(f"`{name}`: {value!r} is no e-mail address of an office.")
    return value
