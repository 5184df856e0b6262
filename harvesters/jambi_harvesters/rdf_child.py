"""The process that parses RDF: it may neither grow, nor open a file, nor reach the network (S26, HV09).

`rdf.py` starts it with the document on standard input. It limits itself before it looks at the document, and
writes one JSON value a line: `{"error": code}` for a document that is not parsed, else that it is ready, what
is known of the paging, and a dataset a line in the words of a data.json catalogue (`catalogues.Entry`).
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

MEMORY_BYTES = 1_000_000_000
OUTPUT_BYTES = 500 * 10**6
NO_MEMORY = 3
READY = {"ready": True}
WARM_UP = {
    "turtle": "<urn:a> <urn:b> <urn:c> .",
    "xml": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "json-ld": '{"@id": "urn:a", "urn:b": "c"}',
}
"""A document of each form: parsed once, so that nothing is left to be loaded when files are shut off."""


class RefusedError(Exception):
    """A document that is not parsed; the text is the code."""


def main(argv: list[str]) -> int:
    """Parse the document on standard input; argv: its form and its address."""
    form, address = argv[1], argv[2]
    limit_memory()
    data = sys.stdin.buffer.read()
    try:
        check(data, form)
    except RefusedError as err:
        write({"error": str(err)})
        return 0
    warm_up(form)
    write(READY)
    shut_off()
    try:
        for value in read(data, form, address):
            write(value)
    except MemoryError:
        # Nothing is left even to write an error with.
        os._exit(NO_MEMORY)
    return 0


def write(value: Any) -> None:
    """Hand a value to the parent; it is there whatever ends this process."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def limit_memory() -> None:
    """Give this process 1 GB of address space and 500 MB of output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def warm_up(form: str) -> None:
    """Load all that parsing needs."""
    for _ in read(WARM_UP[form].encode(), form, "urn:warm-up"):
        pass


def shut_off() -> None:
    """Leave no number for a further file or socket: whatever a parser tries to fetch, it cannot."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def check(data: bytes, form: str) -> None:
    """Refuse a document that names others or declares entities, before it is parsed.

    Raises:
        RefusedError: document_type, remote_context, not_rdf.
    """
    if form == "xml":
        _check_xml(data)
    elif form == "json-ld":
        _check_json(data)


def read(data: bytes, form: str, address: str) -> Iterator[Any]:
    """Yield what is known of the paging, then the datasets.

    What rdflib's parsers raise ends the process; the parent knows by its code.
    """
    import rdflib

    from jambi_harvesters import rdf_catalogue

    rdflib.NORMALIZE_LITERALS = False
    warnings.simplefilter("ignore")
    graph = rdflib.Graph()
    graph.parse(io.BytesIO(data), format=form, publicID=address)
    yield rdf_catalogue.paging(graph)
    yield from rdf_catalogue.entries(graph)


def _check_xml(data: bytes) -> None:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise RefusedError("not_rdf") from None


def _refuse_document_type(*_: object) -> None:
    raise RefusedError("document_type")


def _check_json(data: bytes) -> None:
    try:
        left = [json.loads(data)]
    except (ValueError, RecursionError):
        raise RefusedError("not_rdf") from None
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if _names_another(value):
                raise RefusedError("remote_context")
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)


def _names_another(value: dict[str, Any]) -> bool:
    contexts = value.get("@context")
    listed = contexts if isinstance(contexts, list) else [contexts]
    return "@import" in value or any(isinstance(one, str) for one in listed)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
