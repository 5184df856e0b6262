"""Commands `ckan jambi harvest`, `ckan jambi source` and `ckan jambi target` (harvesting.md 11)."""

from __future__ import annotations
