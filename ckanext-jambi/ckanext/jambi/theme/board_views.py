"""The scoreboard for feed readers, and the card of an OPD to share (F49)."""

from __future__ import annotations

from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from feedgen.feed import FeedGenerator
from flask import Blueprint, Response

from ckanext.jambi import clock
from ckanext.jambi.freshness import wording
from ckanext.jambi.theme import card, formats
from ckanext.jambi.theme.pages import board, promises, proof

jambi_board = Blueprint("jambi_board", __name__)


@jambi_board.get("/freshness.atom")
def feed() -> Response:
    """Tell the indexes at the end of each week, the newest first."""
    made, site = FeedGenerator(), tk.config["ckan.site_title"]
    address = tk.url_for("jambi_board.feed", _external=True, locale="default")
    told = board.weeks(board.answer())
    made.id(address)
    made.title(tk._("Freshness scoreboard of the OPD: {site}").format(site=site))
    made.link(href=address, rel="self")
    made.author(name=site)
    made.updated(told[0].ended_at if told else clock.now())
    host = urlsplit(tk.config["ckan.site_url"]).hostname
    for week in told:
        entry = made.add_entry(order="append")
        entry.id(f"tag:{host},2026:freshness/{week.day.isoformat()}")
        entry.title(tk._("Week to {day}").format(day=formats.day(week.day, tk.h.lang())))
        entry.updated(week.ended_at)
        entry.link(href=tk.url_for("jambi_pages.scoreboard", _external=True))
        entry.content(f"{week.text} {week.proof}")
    return Response(made.atom_str(), content_type="application/atom+xml; charset=utf-8")


@jambi_board.get("/freshness/organization/<name>.svg")
def picture(name: str) -> Response:
    """Draw the card of an organization."""
    found = promises.standing_of(name)
    if found is None:
        return tk.abort(404, tk._("This organization has no index yet."))
    drawn = card.svg(
        card.Card(
            title=found["title"],
            value=formats.number(found["index"], tk.h.lang(), 1),
            band=wording.band(found["band"]),
            rank=found["rank_words"],
            as_of=tk._("as of {time}").format(time=formats.day(found["as_of"], tk.h.lang())),
            proof=proof.short(found["stamp"]),
            heading=tk._("Indeks Kemutakhiran"),
            site=tk.config["ckan.site_title"],
            language=tk.h.lang(),
        )
    )
    return Response(drawn, content_type="image/svg+xml; charset=utf-8")
