"""What the mail with the roots says: keep it; by it you see whether the log was changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import ckan.plugins.toolkit as tk

from ckanext.jambi import day_words
from ckanext.jambi.freshness.roots import publishing
from ckanext.jambi.freshness.rules.roots import Root
from ckanext.jambi.languages import language
from ckanext.jambi.notices import wording


def told(made: Sequence[Root]) -> wording.Told:
    """Return the mail that holds these roots, each with its day and the rows that it stands for."""
    said = day_words.span(made[0].day, made[-1].day, language(), "long")
    parts = [
        tk._(
            "Keep this message. Each line is the Merkle root of the rows that entered the log of evidence "
            "on a day (WIB): day, first and last row, root. Whoever changes or cuts the log later gets "
            "other roots."
        ),
        "\n".join(f"{each.day} {each.first_seq}-{each.last_seq} {each.merkle_root.hex()}" for each in made),
        tk._("The same roots are public, and how a log is checked against them is written there:")
        + f"\n{publishing.address()}",
    ]
    closing = tk._("This message was written by {site}, for the post that you hold.")
    return wording.told(tk._("Roots of the log of evidence: {days}").format(days=said), parts, closing)
