"""What stock harvesters read in the tests: a CKAN site's list, and a catalogue in RDF."""

from __future__ import annotations

import json
from typing import Any

from harvest_source import NOTES, Answer
from samples import FIELDS, TABLE

SEARCH = "/api/3/action/package_search"
CATALOGUE = "/catalog.ttl"
JSON = {"Content-Type": "application/json"}
TURTLE = {"Content-Type": "text/turtle"}
PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
"""


def remote(number: int, **over: Any) -> dict[str, Any]:
    """Return a dataset as another CKAN site shows it: with all that this portal asks of a public one."""
    return {
        "id": f"0000000{number}-0000-4000-8000-000000000000",
        "name": f"luar-{number}",
        "title": f"Kunjungan di luar {number}",
        "notes": f"{NOTES} Nomor {number}.",
        "type": "dataset",
        "license_id": "cc-by",
        "tags": [{"name": name} for name in ("kesehatan", "puskesmas", f"nomor-{number}")],
        "resources": [
            {
                **TABLE,
                "id": f"1000000{number}-0000-4000-8000-000000000000",
                "url": f"https://data.example.go.id/{number}.csv",
                "name": f"Berkas {number}",
            }
        ],
        "extras": [{"key": "asal-usul", "value": f"lama {number}"}],
        **FIELDS,
        **over,
    }


def ckan_site(*datasets: dict[str, Any]) -> Answer:
    """Return the answer of a site's `package_search`."""
    found = {"success": True, "result": {"count": len(datasets), "results": list(datasets)}}
    return Answer(json.dumps(found).encode(), headers=JSON)


def rdf_catalogue(*numbers: int, following: str | None = None, notes: str = NOTES) -> Answer:
    """Return a catalogue in Turtle; `following` is the address of its next page."""
    datasets = [_dataset(number, notes) for number in numbers]
    listed = ", ".join(f"<https://data.example.go.id/dataset/{number}>" for number in numbers)
    lists = f" ; dcat:dataset {listed}" if numbers else ""
    body = f"{PREFIXES}<https://data.example.go.id/> a dcat:Catalog{lists} .\n"
    if following:
        body += f"<https://data.example.go.id/p> a hydra:PagedCollection ; hydra:nextPage <{following}> .\n"
    return Answer((body + "".join(datasets)).encode(), headers=TURTLE)


def _dataset(number: int, notes: str) -> str:
    at = f"https://data.example.go.id/dataset/{number}"
    return f"""<{at}> a dcat:Dataset ;
  dct:title "Kunjungan RDF {number}" ; dct:description "{notes} Nomor {number}." ;
  dcat:keyword "kesehatan" ; dcat:distribution <{at}/berkas> .
<{at}/berkas> a dcat:Distribution ; dct:title "Berkas {number}" ; dcat:accessURL <{at}.csv> .
"""
