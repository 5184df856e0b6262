"""Atom feeds of what changed: of a dataset, an organization, a topic, or of everything."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from feedgen.feed import FeedGenerator

from ckanext.jambi import clock
from ckanext.jambi.live.wire import Told

MEDIA_TYPE = "application/atom+xml; charset=utf-8"


def atom(events: Sequence[Told], address: str) -> bytes:
    """Return a feed of events, newest first, that is found at `address`."""
    feed = FeedGenerator()
    feed.id(address)
    feed.title(tk._("Changes: {site}").format(site=tk.config["ckan.site_title"]))
    feed.link(href=address, rel="self")
    feed.updated(events[0].data["emitted_at"] if events else clock.now())
    feed.author(name=tk.config["ckan.site_title"])
    for event in events:
        _add(feed, event)
    return feed.atom_str()


def _add(feed: FeedGenerator, event: Told) -> None:
    entry = feed.add_entry(order="append")
    host = urlsplit(tk.config["ckan.site_url"]).hostname
    entry.id(f"tag:{host},2026:event/{event.cursor}")
    entry.title(_title(event))
    entry.updated(event.data["emitted_at"])
    entry.content(_said(event.data["kind"]))
    dataset = event.data["dataset"]
    if dataset:
        entry.link(href=tk.url_for("dataset.read", id=dataset["name"], qualified=True))


def _title(event: Told) -> str:
    about = event.data["dataset"] or event.data["organization"] or {}
    said = _said(event.data["kind"])
    return f"{about.get('title') or about['name']}: {said}" if about else said


def _said(kind: str) -> str:
    sentences = {
        "dataset.changed": tk._("The dataset was changed."),
        "dataset.tombstoned": tk._("The source no longer lists the dataset."),
        "rows.changed": tk._("There are new rows."),
        "freshness.state": tk._("The freshness of the data has changed."),
        "source.down": tk._("A source does not answer."),
        "source.recovered": tk._("A source answers again."),
        "gauge.level": tk._("A gauge has reached another level."),
    }
    return sentences.get(kind, kind)
