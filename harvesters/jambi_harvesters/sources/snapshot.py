"""Kind `snapshot`: the uploaded file of a retired system, read once (docs/sources/snapshot.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, ClassVar

from jambi_harvesters.bodies import BLOCK, Body, take_in
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import UnreadableError
from jambi_harvesters.http import Response
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import FILE_BYTES, Connector, DocumentConnector, Probe
from jambi_harvesters.sources.csv import CsvConnector
from jambi_harvesters.sources.rest_api import RestApiConnector
from jambi_harvesters.sources.xlsx import XlsxConnector

READERS: Mapping[str, type[DocumentConnector]] = {
    ".csv": CsvConnector,
    ".xlsx": XlsxConnector,
    ".json": RestApiConnector,
}


class SnapshotConnector(Connector):
    """Reads a CSV, XLSX or JSON file of the folder of uploaded files as its own kind would."""

    kind: ClassVar[str] = "snapshot"
    title: ClassVar[Mapping[str, str]] = {
        "en": "Uploaded file of a retired system",
        "id": "Berkas unggahan sistem yang sudah pensiun",
    }
    options: ClassVar[frozenset[str]] = frozenset({"endpoint.path", "schema.dialect"})
    markers: ClassVar[tuple[str, ...]] = ("sha256",)
    max_bytes: ClassVar[int] = FILE_BYTES
    polled: ClassVar[bool] = False

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Never claim an address: a snapshot has none."""
        return 0.0

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Compare the file's hash with that of the last reading."""
        with self._file() as response:
            found = {"sha256": response.body.sha256, "definition": self.definition.hash}
        return Probe(unchanged=markers == found, markers=found)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield what the file holds; its end proves the list complete."""
        kind = READERS[Path(self.definition.endpoint.path).suffix.casefold()]
        reader = kind(
            single_paged(self.definition),
            self.client,
            now=self.now,
            resolvers=self.resolvers,
            known_columns=self.known_columns,
        )
        reader.keep(self._file())
        yield from reader.pages()

    def reach(self) -> None:
        """Look whether the file is there; nobody is asked for it."""
        self._place()

    def _file(self) -> Response:
        """Return the file as an answer, judged like one that came over the network."""
        path = self._place()
        with path.open("rb") as file:
            body = self._taken_in(file, path.name)
        return Response(path.name, 200, {}, body)

    def _taken_in(self, file: IO[bytes], name: str) -> Body:
        blocks = iter(lambda: file.read(BLOCK), b"")
        return take_in(blocks, url=name, encoding="", max_bytes=self.max_bytes)

    def _place(self) -> Path:
        """Return where the file lies; links must not lead out of the folder.

        Raises:
            UnreadableError.
        """
        name = self.definition.endpoint.path
        if self.files is None:
            raise _missing(name, "no folder of uploaded files is set", "folder berkas unggahan belum diatur")
        folder = self.files.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            raise _missing(name, "it is not in the folder of uploaded files", "tidak ada di folder unggahan")
        return path


def single_paged(definition: Definition) -> Definition:
    """Return the definition of a list that is one document."""
    return replace(definition, client=replace(definition.client, paginator={"type": "single_page"}))


def _missing(name: str, reason: str, alasan: str) -> UnreadableError:
    return UnreadableError(
        what=f"The file {name}", what_id=f"Berkas {name}", reason=reason, alasan=alasan, path=name
    )
