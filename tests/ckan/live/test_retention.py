from __future__ import annotations

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, count

from ckanext.jambi.live import ticks

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_live {PLUGINS}"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def test_hv34_events_are_kept_for_more_than_seven_days_and_not_for_ever() -> None:
    insert = "INSERT INTO jambi_event (kind, public, payload, emitted_at) VALUES ('source.down', true, '{}', now() - "
    for days in (1, 8, 29, 31, 400):
        model.Session.execute(sa.text(f"{insert} interval '{days} days')"))
    model.Session.commit()

    ticks.forget()

    assert count("jambi_event") == 3


def test_hv31_signatures_are_forgotten_only_after_their_window() -> None:
    for name, left in (("old", "-1"), ("young", "60")):
        model.Session.execute(
            sa.text(
                f"INSERT INTO jambi_live_signature VALUES ('s', '{name}', now() + interval '{left} seconds')"
            )
        )
    model.Session.commit()

    ticks.forget()

    assert count("jambi_live_signature", "signature = 'young'") == count("jambi_live_signature") == 1
