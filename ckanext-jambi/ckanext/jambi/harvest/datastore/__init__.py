"""Load table rows into the DataStore's database: COPY, then an atomic swap or a keyed upsert (HV23, HV24).

`load` is step (b) of a load: one transaction in the DataStore's own database, which also writes the
row in `jambi.jambi_load` by which a later run knows that the rows are there.
"""

from __future__ import annotations

from ckanext.jambi.harvest.datastore.loader import Load, Loaded, LoadError, drop, find, load

__all__ = ["Load", "LoadError", "Loaded", "drop", "find", "load"]
