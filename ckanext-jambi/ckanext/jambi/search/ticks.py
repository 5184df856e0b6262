"""What must happen to the index by the clock (entry point group `jambi.ticks`)."""

from __future__ import annotations

from datetime import timedelta

from ckanext.jambi.search import rebuilding
from ckanext.jambi.ticks import Tick

compact = Tick("search.compact", timedelta(minutes=1), rebuilding.compact)
