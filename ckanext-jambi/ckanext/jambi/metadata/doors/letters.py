"""What the mail about personal data behind a public door says: where and by which rule, never the value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ckan.plugins.toolkit as tk

from ckanext.jambi.metadata.doors.judge import Hit
from ckanext.jambi.notices import wording

MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Exposure:
    """The dataset that shows it, by name and title (None: something else), and whether it is hidden now."""

    name: str | None
    title: str | None
    hidden: bool


def told(about: Exposure, hits: Sequence[Hit]) -> wording.Told:
    """Return the mail about what one dataset, or what is no dataset, shows."""
    subject = tk._("Personal data stands in public: {title}").format(title=about.title or tk._("the portal"))
    lines = list(dict.fromkeys(f"{one.rule}  {one.column or '-'}  {one.place}" for one in hits))
    more = len(lines) - MOST_LINES
    shown = [*lines[:MOST_LINES], *([tk._("and {number} more").format(number=more)] if more > 0 else [])]
    parts = [
        tk._("The scan of what everybody can read found it here, by rule, field and address:"),
        "\n".join(shown),
        _what_follows(about),
    ]
    closing = tk._("This message was written by {site}, for those who answer for this data.")
    return wording.told(subject, parts, closing)


def _what_follows(about: Exposure) -> str:
    if about.name is None:
        return tk._("Nothing was hidden. Take it out where it is written, or accept that it stands there.")
    link = tk.url_for("dataset.read", id=about.name, qualified=True)
    if about.hidden:
        said = tk._(
            "The dataset is private from now on and stays so, also when its source is harvested. Take the "
            "personal data out, then make the dataset public again."
        )
    else:
        said = tk._(
            "The dataset is still public. Look at it at once: make it private if this is about persons; if a "
            "reviewer has accepted it, nothing needs to be done."
        )
    return f"{said}\n{link}"
