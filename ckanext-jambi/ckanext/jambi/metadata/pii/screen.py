"""Screen a table and the texts beside it for personal data, chunk by chunk (metadata.md 6).

    screen = Screen(columns, key=key)
    for rows in chunks:
        screen.add_rows(rows)
    screen.add_fields({"title": ..., "notes": ...})
    severity = worst(screen.verdicts())

Memory is bounded by the number of columns: nothing of a value is kept but the keyed hashes of the first
hits of a rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ckanext.jambi.metadata.pii import forms, judging, texts
from ckanext.jambi.metadata.pii.columns import ColumnScan, ScreenColumn
from ckanext.jambi.metadata.pii.findings import Finding, Severity, Tally

_SEVERITIES: dict[texts.Kind, Severity] = {
    "nik": Severity.WARN,
    "npwp": Severity.BLOCK,
    "npwp_plain": Severity.WARN,
    "nip": Severity.WARN,
    "phone": Severity.BLOCK,
    "email": Severity.BLOCK,
    "email_office": Severity.WARN,
}


class Screen:
    """Looks through one record set.

    Args:
        columns: names, or names with what is declared of them; only those that are to be stored.
        key: secret of the portal, under which the hashes of hits are made.
        exceptions: (rule, column) pairs that a reviewer has allowed (M13).
    """

    def __init__(
        self,
        columns: Sequence[ScreenColumn | str] = (),
        *,
        key: bytes,
        exceptions: Collection[tuple[str, str]] = (),
    ) -> None:
        given = [ScreenColumn(one) if isinstance(one, str) else one for one in columns]
        self._key = key
        self._exceptions = frozenset(exceptions)
        self._scans = [ColumnScan(column, key) for column in given]
        self._rows = 0
        self._fields: dict[tuple[str, texts.Kind], Tally] = {}

    def add_rows(self, rows: Sequence[Sequence[object]]) -> None:
        """Take the next rows, each with a cell for every column; the first row ever is row 1."""
        for scan, cells in zip(self._scans, zip(*rows, strict=True), strict=False):
            scan.add(cells, self._rows + 1)
        self._rows += len(rows)

    def add_fields(self, fields: Mapping[str, object]) -> None:
        """Take the texts of a dataset, nested values included; row numbers do not apply to them."""
        for path, name, text in _leaves(fields):
            for hit in texts.hits(text) if texts.SUSPECT.search(texts.plain(text)) else ():
                if hit.kind in _SEVERITIES and not _is_office_contact(name, hit):
                    tally = self._fields.setdefault((path, hit.kind), Tally())
                    tally.add(None, self._key, f"{hit.rule}:{hit.value}")

    def verdicts(self) -> tuple[Finding, ...]:
        """Return what was found, less what is excepted."""
        found = [*judging.judge(self._scans), *self._field_findings()]
        return tuple(one for one in found if (one.rule, one.column) not in self._exceptions)

    def _field_findings(self) -> Iterator[Finding]:
        numbers = sum(tally.count for (_, kind), tally in self._fields.items() if kind == "nik")
        for (path, kind), tally in self._fields.items():
            sure = kind == "nik" and numbers >= judging.SURE_HITS
            severity = Severity.BLOCK if sure else _SEVERITIES[kind]
            yield Finding(
                texts.RULES[kind], severity, _shown(path), count=tally.count, hashes=tuple(tally.hashes)
            )


def masked(text: str) -> str:
    """Return a text for logs and error messages, with what was found in it taken out."""
    written = texts.plain(text)
    found = texts.hits(text) if texts.SUSPECT.search(written) else []
    return texts.without(written, found, lambda hit: "[…]") if found else text


def _shown(path: str) -> str:
    """Return a path as findings name it: a key of a nested value may be a person's number itself."""
    return ".".join(masked(part) for part in masked(path).split("."))


def _leaves(value: object, path: str = "", name: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield (path, name of the field, text) of all texts in a nested value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key), str(key))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{at}", name)
    elif isinstance(value, str):
        yield path, name, value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, name, str(value)


def _is_office_contact(name: str, hit: texts.Hit) -> bool:
    """Whether an address stands in a contact field and is not at a provider of mail for persons."""
    contact = hit.rule == "N5" and name in forms.shapes()["medan_kontak"]
    return contact and not texts.is_free_mail(hit.value)
