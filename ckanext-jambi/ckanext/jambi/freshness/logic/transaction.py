"""A request or decision is written whole, or refused by the field that is at fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi.freshness.errors import DecisionError


@contextmanager
def one_transaction() -> Iterator[None]:
    """Commit what was written; what is refused is taken back, with the field that is at fault."""
    try:
        yield
    except DecisionError as err:
        model.Session.rollback()
        raise tk.ValidationError({err.field: [err.text]}) from err
    except (tk.ValidationError, tk.NotAuthorized):
        model.Session.rollback()
        raise
    model.Session.commit()
