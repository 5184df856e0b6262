"""Reasons and letters in the words of people: screened for personal data, kept beside the log (F34).

The log holds the hash of the words, so that they cannot be changed unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import ledger as audit
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.model import writing
from ckanext.jambi.metadata.pii import Screen


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote: why, on what law or letter, and where the letter lies."""

    reason: str
    legal_basis: str = ""
    document_url: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str], reason: str = "reason") -> Words:
        """Return what was given; `reason` is the name under which the reason comes.

        Raises:
            DecisionError: if a text holds a number or address of a person.
        """
        made = cls(*(given.get(name) or "" for name in (reason, "legal_basis", "document_url")))
        screen = Screen(key=tk.config["SECRET_KEY"].encode())
        screen.add_fields(asdict(made))
        found = next(iter(screen.verdicts()), None)
        if found:
            text = tk._("This holds what looks like a person's number or address ({rule}): leave it out.")
            raise DecisionError(
                reason if found.column == "reason" else found.column, text.format(rule=found.rule)
            )
        return made

    @property
    def sha256(self) -> str:
        """The hash that stands in the log."""
        return audit.digest(asdict(self))

    def keep(self, seq: int) -> None:
        """Write the words beside the row of the log that bears their hash."""
        model.Session.execute(sa.insert(writing).values(seq=seq, **asdict(self)))


def of_rows(seqs: list[int]) -> dict[int, Words]:
    """Return what was written with these rows of the log."""
    query = sa.select(writing).where(writing.c.seq.in_(seqs))
    return {
        row.seq: Words(row.reason, row.legal_basis, row.document_url) for row in model.Session.execute(query)
    }
