"""Find the datasets of an RDF graph (DCAT, DCAT-AP, and the predicates of Satu Data Indonesia).

Runs in the child process of `rdf_child.py`. A graph has no order, and blank nodes no lasting name: everything
that is written is ordered by its content, so that the same catalogue always gives the same entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, FOAF, OWL, RDF, RDFS, SDO, SKOS, Namespace
from rdflib.term import BNode, Literal, Node, URIRef

from jambi_harvesters.catalogues import TEXT_FIELDS

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
NEXT = (HYDRA.next, HYDRA.nextPage)
LANGUAGES = ("id", None, "en")
LABELS = (SKOS.prefLabel, RDFS.label, FOAF.name, DCTERMS.title, RDF.value)
CODE_LISTS = (
    "publications.europa.eu/resource/authority/",
    "purl.org/cld/freq/",
    "www.iana.org/assignments/media-types/",
)
"""Addresses whose last part is the code itself."""
MEDIA_TYPES = "/media-types/"
TEXTS = {
    "identifier": DCTERMS.identifier,
    "title": DCTERMS.title,
    "description": DCTERMS.description,
    "modified": DCTERMS.modified,
    "accrualPeriodicity": DCTERMS.accrualPeriodicity,
    "accessRights": DCTERMS.accessRights,
    "landingPage": DCAT.landingPage,
    **{name: URIRef(f"{DCTERMS._NS}{name}") for name in TEXT_FIELDS},
}
FILE_TEXTS = {
    "title": DCTERMS.title,
    "description": DCTERMS.description,
    "format": DCTERMS["format"],
    "mediaType": DCAT.mediaType,
    "downloadURL": DCAT.downloadURL,
    "accessURL": DCAT.accessURL,
}
STARTS = (DCAT.startDate, SDO.startDate)
ENDS = (DCAT.endDate, SDO.endDate)


def paging(graph: Graph) -> dict[str, Any]:
    """Return whether this is a catalogue, the address of the next page, and how many datasets there are."""
    totals = [str(total) for total in graph.objects(None, HYDRA.totalItems)]
    return {
        "catalogue": any((None, RDF.type, kind) in graph for kind in (DCAT.Catalog, DCAT.Dataset)),
        "next": sorted({str(one) for name in NEXT for one in graph.objects(None, name)}),
        "total": int(totals[0]) if len(set(totals)) == 1 and totals[0].isdecimal() else None,
    }


def entries(graph: Graph) -> Iterator[dict[str, Any]]:
    """Yield the datasets in the words of a data.json catalogue."""
    found = sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=lambda node: _place(graph, node))
    for node in found:
        yield {name: value for name, value in _entry(graph, node).items() if value not in (None, "", [])}


def _place(graph: Graph, node: Node) -> tuple[str, str]:
    own = "" if isinstance(node, BNode) else str(node)
    return own or _text(graph, node, DCTERMS.identifier), _text(graph, node, DCTERMS.title)


def _entry(graph: Graph, node: Node) -> dict[str, Any]:
    files = sorted((_file(graph, one) for one in graph.objects(node, DCAT.distribution)), key=_file_place)
    return {
        "@id": str(node) if isinstance(node, URIRef) else None,
        **{name: _text(graph, node, predicate) for name, predicate in TEXTS.items()},
        "keyword": sorted({str(one) for one in graph.objects(node, DCAT.keyword)}),
        "publisher": _text(graph, node, DCTERMS.publisher),
        "license": _licence(graph, node),
        "temporal": _period(graph, node),
        "distribution": files,
    }


def _file(graph: Graph, node: Node) -> dict[str, str]:
    found = {name: _text(graph, node, predicate) for name, predicate in FILE_TEXTS.items()}
    return {name: value for name, value in found.items() if value}


def _file_place(one: dict[str, str]) -> tuple[str, ...]:
    return tuple(one.get(name, "") for name in ("downloadURL", "accessURL", "title", "format"))


def _licence(graph: Graph, node: Node) -> str:
    """Return the dataset's licence, else the one that all its files have."""
    own = _address(graph, node, DCTERMS.license)
    if own:
        return own
    of_files = {_address(graph, one, DCTERMS.license) for one in graph.objects(node, DCAT.distribution)}
    return of_files.pop() if len(of_files) == 1 else ""


def _period(graph: Graph, node: Node) -> dict[str, str] | None:
    periods = [
        {
            "startDate": next((day for name in STARTS if (day := _text(graph, one, name))), ""),
            "endDate": next((day for name in ENDS if (day := _text(graph, one, name))), ""),
        }
        for one in graph.objects(node, DCTERMS.temporal)
    ]
    return periods[0] if len(periods) == 1 else None


def _text(graph: Graph, node: Node, predicate: URIRef) -> str:
    """Return the one text of a predicate: in our language if it is there, else the first in order."""
    values = list(graph.objects(node, predicate))
    if not values:
        return ""
    return _spelled(graph, min(values, key=lambda value: _rank(graph, value)))


def _rank(graph: Graph, value: Node) -> tuple[int, str]:
    language = value.language if isinstance(value, Literal) else None
    at = LANGUAGES.index(language) if language in LANGUAGES else len(LANGUAGES)
    return at, _spelled(graph, value)


def _spelled(graph: Graph, value: Node) -> str:
    """Return a value as text: a literal, the code at the end of a known address, a node's label."""
    if isinstance(value, Literal):
        return str(value)
    address = "" if isinstance(value, BNode) else str(value)
    if MEDIA_TYPES in address:
        return address.partition(MEDIA_TYPES)[2]
    if any(known in address for known in CODE_LISTS):
        return address.rstrip("/").rpartition("/")[2]
    return _label(graph, value) or address


def _label(graph: Graph, value: Node) -> str:
    return next((str(one) for name in LABELS for one in sorted(graph.objects(value, name), key=str)), "")


def _address(graph: Graph, node: Node, predicate: URIRef) -> str:
    """Return an address if there is one, else the text."""
    addresses = sorted(str(one) for one in graph.objects(node, predicate) if isinstance(one, URIRef))
    same = [str(same) for one in graph.objects(node, predicate) for same in graph.objects(one, OWL.sameAs)]
    return next(iter([*addresses, *sorted(same)]), "") or _text(graph, node, predicate)
