"""The duty by the clock: each night all public doors are read, and what must not be public is hidden."""

from __future__ import annotations

import logging
from datetime import time, timedelta

import ckan.plugins.toolkit as tk
from ckan.config.middleware import make_app
from flask import Flask

from ckanext.jambi import clock
from ckanext.jambi.metadata.doors.exposure import Watch
from ckanext.jambi.metadata.doors.judge import Judge
from ckanext.jambi.metadata.doors.walk import Doors
from ckanext.jambi.ticks import Tick

log = logging.getLogger(__name__)

AT = time(2)
LONGEST = timedelta(hours=6)


def run() -> None:
    """Scan the portal; not while a demonstration goes through its past."""
    if clock.replay() is None:
        scan(make_app(tk.config)._wsgi_app)


tick = Tick("metadata.doors", timedelta(days=1), run, at=AT, apart=LONGEST)


def scan(app: Flask) -> None:
    """Read all doors; hide and tell what is found."""
    doors, judge, watch = Doors(app), Judge(), Watch(app)
    for answer in doors.answers():
        watch.take(answer, judge.hits(answer.place, answer.media_type, answer.body))
    watch.tell()
    log.info("Read %s public doors%s", doors.opened.total(), "; stopped early" if doors.cut else "")
