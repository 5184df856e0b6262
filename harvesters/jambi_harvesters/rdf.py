"""Read an RDF document through a child process that may die instead of us (`rdf_child.py`)."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from jambi_harvesters.child_process import run_child
from jambi_harvesters.errors import HarvesterError, TooLargeError, UnreadableError
from jambi_harvesters.rdf_child import READY

CHILD = "jambi_harvesters.rdf_child"
SECONDS = 120.0
LIMIT = "1 GB"
RAISED = 1
ACCEPT = "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8"

_XML = re.compile(rb"<\?xml|<!|<[A-Za-z_][\w.\-]*:RDF[\s>]|<RDF[\s>]")
_TURTLE = ("text/turtle", "application/x-turtle", "text/n3", "application/n-triples")
_REASONS = {
    "not_rdf": ("it is no RDF that can be parsed", "bukan RDF yang dapat dibaca"),
    "document_type": ("it has a document type or entities", "memuat DOCTYPE atau entitas"),
    "remote_context": ("its @context is another document", "@context-nya berada di dokumen lain"),
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One page of a catalogue: what is known of the paging, and its datasets as data.json entries."""

    is_one: bool
    following: tuple[str, ...]
    total: int | None
    entries: Iterator[Mapping[str, Any]]


def form_of(head: bytes, media_type: str) -> str:
    """Return the form of a document by its first bytes, and its media type where these leave a choice."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    kind = media_type.partition(";")[0].strip().casefold()
    if start.startswith(b"{") or (start.startswith(b"[") and kind not in _TURTLE):
        return "json-ld"
    if _XML.match(start) or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "xml"
    return "turtle"


def read_catalogue(
    file: IO[bytes], form: str, address: str, output: IO[bytes], *, seconds: float = SECONDS
) -> Catalogue:
    """Parse one document.

    Args:
        address: what relative addresses are joined to.
        output: an empty file; the entries are read from it one by one.

    Raises:
        UnreadableError: if this is no RDF, or RDF that names other documents or declares entities.
        TooLargeError: if it needs more memory or time than any real one.
    """
    ended = run_child(CHILD, [form, address], file, output, seconds=seconds)
    if ended not in (0, RAISED):
        raise _too_large()
    output.seek(0)
    start = json.loads(output.readline() or b"null")
    if start is not None and "error" in start:
        raise _refused(start["error"])
    if start != READY:
        raise RuntimeError("The reader of RDF does not start")
    if ended == RAISED:
        raise _refused("not_rdf")
    head = json.loads(output.readline())
    return Catalogue(head["catalogue"], tuple(head["next"]), head["total"], map(json.loads, output))


def new_output() -> IO[bytes]:
    """Return a file for what the child writes; close it once the entries are read."""
    return tempfile.TemporaryFile(prefix="jambi-rdf-")


def _refused(code: str) -> HarvesterError:
    reason, alasan = _REASONS[code]
    return UnreadableError(what="The catalogue", what_id="Katalog", reason=reason, alasan=alasan)


def _too_large() -> TooLargeError:
    return TooLargeError(what="The parsed catalogue", what_id="Isi katalog", limit=LIMIT)
