"""The licences that CKAN offers: `schemas/licenses.json`, made from the vocabulary `lisensi`.

`python -m ckanext.jambi.metadata.licences` prints the file anew; a test compares the two.
"""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import Any

from ckanext.jambi.metadata import vocabularies


def register() -> list[dict[str, Any]]:
    """Return the vocabulary's licences as CKAN's licence register writes them."""
    return [_licence(term) for term in vocabularies.terms("lisensi")]


def register_url() -> str:
    """Return the file of the register as CKAN's option `licenses_group_url` wants it."""
    return f"file://{resources.files('ckanext.jambi.schemas') / 'licenses.json'}"


def _licence(term: vocabularies.Term) -> dict[str, Any]:
    conformance = "approved" if term.extra.get("terbuka") else "not reviewed"
    return {
        "id": term.kode,
        "title": term.label,
        "url": term.extra.get("url") or "",
        "status": "active",
        "od_conformance": conformance,
        "osd_conformance": "not reviewed",
        "domain_content": True,
        "domain_data": True,
        "domain_software": False,
        "family": "",
        "maintainer": "",
        "is_generic": term.kode == "notspecified",
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(register(), ensure_ascii=False, indent=2) + "\n")
