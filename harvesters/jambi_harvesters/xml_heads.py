"""The first elements of an XML answer, read without entities, DTD or network (S26)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO

from lxml import etree

from jambi_harvesters.errors import UnreadableError

HEAD_BYTES = 64 * 1024


def elements(file: IO[bytes]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield (local name, attributes) of the elements in the first 64 kB, as far as they are well-formed.

    Raises:
        UnreadableError: if the document declares a DTD.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if b"<!DOCTYPE" in head.upper():
        raise UnreadableError(
            what="The XML document", what_id="Dokumen XML", reason="it declares a DTD", alasan="memuat DTD"
        )
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        parser.feed(head)
    except etree.XMLSyntaxError:
        return
    for _, element in parser.read_events():
        if isinstance(element.tag, str):
            name = etree.QName(element).localname
            yield name, {str(key): str(value) for key, value in element.attrib.items()}
