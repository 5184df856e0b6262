"""What a search found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Found:
    """Documents of a page, the number of all hits, and facets in Solr's flat form (value, count, value …)."""

    documents: list[dict[str, object]]
    hits: int
    facets: dict[str, list[str | int]] = field(default_factory=dict)
    start: int = 0
