"""The city's own small catalogue in the data.json format (DCAT-US 1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .pages import LABEL
from .source import Source


def catalogue(sources: Iterable[Source], origin: str) -> bytes:
    """Return the catalogue; `origin` is the address of the city without a closing slash."""
    document = {
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [_entry(source, origin) for source in sources],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _entry(source: Source, origin: str) -> dict[str, Any]:
    return {
        "identifier": f"kota-peraga-{source.number:02}",
        "title": source.title,
        "description": f"{source.title}. {LABEL} {source.note}".strip(),
        "keyword": ["data peraga", source.system],
        "publisher": {"name": source.owner},
        "accessLevel": "public",
        "distribution": [
            {
                "title": source.name,
                "downloadURL": f"{origin}/{source.path}",
                "mediaType": source.shape.media_type.partition(";")[0],
            }
        ],
    }
