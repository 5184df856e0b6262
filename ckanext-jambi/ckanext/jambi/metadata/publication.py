"""Whether what a source says of a dataset is published: one rule for every harvester."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DRAFT, PUBLISHED, RETURNED = "draf", "terbit", "dikembalikan"
OPEN = "terbuka"


def of_harvested(dataset: Mapping[str, Any], before: str | None, *, may_publish: bool) -> dict[str, Any]:
    """Return `private` and `status_pemeriksaan` of a dataset that a harvest writes (HV22).

    What somebody returned stays so, whatever the source says next, until a person makes it public.

    Args:
        before: its review state so far, None for a new one.
        may_publish: its source publishes directly, and nothing that the public needs is missing.
    """
    if before == RETURNED:
        return {"private": True, "status_pemeriksaan": RETURNED}
    shown = may_publish and dataset.get("klasifikasi_akses") == OPEN
    return {"private": not shown, "status_pemeriksaan": PUBLISHED if may_publish else DRAFT}
