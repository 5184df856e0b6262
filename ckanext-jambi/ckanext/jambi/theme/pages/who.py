"""Who decides, how long one has, and who is told: by the posts and the policy in force, in words."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness.decisions import listing
from ckanext.jambi.freshness.ladder import adopted, panel
from ckanext.jambi.freshness.ladder.posts import Posts
from ckanext.jambi.freshness.rules.ladder import POSTS, Post, Step
from ckanext.jambi.theme.pages import board


def decides() -> str:
    """Return who decides objections (F29)."""
    named = [board.short_title(title) for title in panel.titles()]
    if not named:
        return tk._("Walidata decides appeals.")
    return tk._("The panel decides appeals: {names}.").format(names=", ".join(named))


def days_to_object() -> str:
    """Return how long one has to object, by the policy in force (F29)."""
    days = listing.procedure().appeal_days
    text = tk.ungettext(
        "An admin of the OPD objects within {days} working day after an obligation became late, or after a "
        "draft of a report told of it.",
        "An admin of the OPD objects within {days} working days after an obligation became late, or after a "
        "draft of a report told of it.",
        days,
    )
    return text.format(days=days)


def is_told() -> str:
    """Return in one sentence who gets mail about what is due and late; empty where nobody does (F44)."""
    if _posts() is None:
        return ""
    first = tk._(" and ").join(_name(post) for post in POSTS[Step.FIRST])
    later = [post for step in (Step.SECOND, Step.THIRD, Step.FOURTH) for post in POSTS[step]]
    text = tk._(
        "Who is told by e-mail: {first}, before data is due and when it is late; "
        "then, if it stays late, {later}."
    )
    return text.format(first=first, later=", ".join(map(_name, later)))


def by_step(organization: str) -> list[tuple[str, str]]:
    """Return when which posts of an OPD (its name) are told, and how each is reached; none if nobody is."""
    posts = _posts()
    when = {
        Step.FIRST: tk._("Before it is due, and when it is late"),
        Step.SECOND: tk._("Halfway to long overdue"),
        Step.THIRD: tk._("Long overdue"),
        Step.FOURTH: tk._("10 working days after that"),
    }
    if posts is None:
        return []
    return [
        (told, "; ".join(_reached(posts, post, organization) for post in POSTS[step]))
        for step, told in when.items()
    ]


def _posts() -> Posts | None:
    return adopted.in_force() if p.plugin_loaded("jambi_notices") else None


def _name(post: Post) -> str:
    return {
        Post.STEWARD: tk._("data producers"),
        Post.BACKUP: tk._("supporting walidata"),
        Post.HEAD: tk._("the head of the OPD"),
        Post.TRUSTEE: tk._("walidata"),
        Post.SEKDA: tk._("Sekda"),
        Post.DEPUTY_MAYOR: tk._("Wakil Wali Kota"),
        Post.INSPECTORATE: tk._("Inspektorat"),
    }[post]


def _reached(posts: Posts, post: Post, organization: str) -> str:
    """Return a post with its office's address, or with the role whose accounts are told."""
    address = posts.address(post, organization)
    if address:
        return f"{_name(post)} ({address})"
    text = tk._("{post} (each account with the role {role} in the OPD, at its own address)")
    return text.format(post=_name(post), role=posts.roles[post])
