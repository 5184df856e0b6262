"""A report of the portal held against the portal's log: whoever doubts it need not fetch the bundle (F35)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.reports import bundle, records, text
from ckanext.jambi.freshness.rules.chain import Check, Damage


def verify(row: records.Row) -> Check:
    """Check the log up to a report, what the report says of it, and the report's hashes in the log."""
    found = bundle.verify(io.BytesIO(records.written(row, records.BUNDLE)))
    return replace(found, errors=(*found.errors, *_hashes(row)))


def _hashes(row: records.Row) -> Iterator[Damage]:
    """Yield the steps of a report whose row of the log holds another hash than what is kept."""
    said = {"json": sha256(text.as_json(dict(row["content"]))).hexdigest()}
    yield from _differing(row["draft_seq"], said)
    if row["final_seq"]:
        kept = {form: sha256(records.written(row, form)).hexdigest() for form in row["sha256"]}
        yield from _differing(row["final_seq"], kept)


def _differing(seq: int, found: dict[str, str]) -> Iterator[Damage]:
    noted: Any = model.Session.scalar(sa.select(log.c.detail["sha256"]).where(log.c.seq == seq))
    for form in sorted(found):
        if noted is None or noted.get(form) != found[form]:
            yield Damage(seq, f"the report as {form} is not the one whose hash this row holds")
