"""Turn what was counted into verdicts: the thresholds of metadata.md N1-N10, one function a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from ckanext.jambi.metadata.pii import headers
from ckanext.jambi.metadata.pii.columns import ColumnScan
from ckanext.jambi.metadata.pii.findings import SHOWN, Finding, Severity, Tally
from ckanext.jambi.metadata.pii.texts import Kind

SURE_HITS = 3
OWN_SHARE = 0.5
"""A column of numbers of one length is no column of NIK where fewer than this share pass: some 3 % of
random numbers do. It then waits for a reviewer instead of being blocked; nothing is let through."""
PHONE_LENGTHS = range(10, 15)
MIN_DIMENSIONS = 2


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of one table and what they say together."""

    scans: Sequence[ColumnScan]
    headers: tuple[headers.Header, ...] = field(init=False)
    traits: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", tuple(scan.header for scan in self.scans))
        object.__setattr__(self, "traits", headers.traits(self.headers))

    @property
    def of_persons(self) -> bool:
        """Whether a row is a person: by a header, or by numbers that only persons have."""
        return any(header.of_person for header in self.headers) or any(
            _count(scan, "nik") >= SURE_HITS or _count(scan, "nip") >= SURE_HITS for scan in self.scans
        )

    @property
    def aggregated(self) -> bool:
        """Whether a row is a count over persons or things."""
        return not self.of_persons and any(scan.counts for scan in self.scans)


def judge(scans: Sequence[ColumnScan]) -> list[Finding]:
    """Return the findings of a table in the order of its columns and rules."""
    table = Table(scans)
    found = [finding for scan in scans for rule in COLUMN_RULES for finding in rule(scan, table)]
    return _raised([*found, *_combinations(table), *_row_level(table)])


def _identity(scan: ColumnScan, table: Table) -> Iterator[Finding]:
    """N1."""
    tally = _merged(scan, "nik", "digits_lost")
    if scan.header.blocks:
        counted = scan.header.name == "kk" and scan.filled and not scan.watched.count
        yield _finding("N1", Severity.WARN if counted else Severity.BLOCK, scan, tally, "header")
    elif tally.count:
        sure = tally.count >= SURE_HITS and not _diluted(scan, ("nik",), (16,))
        cause = "city_values" if scan.in_city else "values"
        if not _count(scan, "nik"):
            cause = "digits_lost"
        yield _finding("N1", Severity.BLOCK if sure else Severity.WARN, scan, tally, cause)


def _taxpayer(scan: ColumnScan, table: Table) -> Iterator[Finding]:
    """N2."""
    if tally := scan.tallies.get("npwp"):
        yield _finding("N2", Severity.BLOCK, scan, tally)
    if tally := scan.tallies.get("npwp_plain"):
        sure = tally.count >= SURE_HITS and not _diluted(scan, ("npwp_plain", "nik"), (16,))
        yield _finding("N2", Severity.BLOCK if sure else Severity.WARN, scan, tally)


def _servant(scan: ColumnScan, table: Table) -> Iterator[Finding]:
    """N3; a column of tax object numbers, which have 18 digits too, is none."""
    tally = scan.tallies.get("nip")
    if tally and tally.count > scan.taxed:
        yield _finding("N3", Severity.WARN, scan, tally)


def _phone(scan: ColumnScan, table: Table) -> Iterator[Finding]:
    """N4."""
    if tally := scan.tallies.get("phone"):
        weak = _diluted(scan, ("phone",), PHONE_LENGTHS)
        yield _finding("N4", Severity.WARN if weak else Severity.BLOCK, scan, tally)


def _email(scan: ColumnScan, table: Table) -> Iterator[Finding]:
    """N5."""
    if tally := scan.tallies.get("email"):
        yield _finding("N5", Severity.BLOCK, scan, tally)
    if tally := scan.tallies.get("email_office"):
        yield _finding("N5", Severity.WARN, scan, tally)


def _header(scan: ColumnScan, table: Table) -> Iterator[Finding]:
    """N6: the header, and names inside nested values."""
    header = scan.header
    refused = header.verdict is headers.Verdict.REFUSED and not header.blocks
    if refused or (header.unless and not CONDITIONS[header.unless](scan, table)):
        yield _finding("N6", Severity.WARN, scan, Tally(), "header")
    for key in sorted(scan.keys):
        inner = headers.judge(key)
        if inner.blocks or inner.verdict is headers.Verdict.REFUSED:
            rule, severity = ("N1", Severity.BLOCK) if inner.blocks else ("N6", Severity.WARN)
            yield Finding(rule, severity, f"{scan.column.name}.{inner.name}", "header")


def _coordinates(scan: ColumnScan, table: Table) -> Iterator[Finding]:
    """N7."""
    placed = scan.header.among("isi_koordinat") or scan.column.type == "geometry"
    if placed and table.of_persons and scan.watched.count:
        yield _finding("N7", Severity.ROUND, scan, scan.watched, "precise")


def _small_cells(scan: ColumnScan, table: Table) -> Iterator[Finding]:
    """N8."""
    if scan.counts_persons and scan.watched.count and len(table.traits) >= MIN_DIMENSIONS:
        yield _finding("N8", Severity.SUPPRESS, scan, scan.watched, "small_cells")


def _plates_and_accounts(scan: ColumnScan, table: Table) -> Iterator[Finding]:
    """N10."""
    plates = scan.tallies.get("plate")
    if plates and (
        scan.header.among("isi_plat")
        or (plates.count >= SURE_HITS and plates.count >= OWN_SHARE * scan.filled)
    ):
        yield _finding("N10", Severity.WARN, scan, plates)
    if tally := scan.tallies.get("account"):
        yield _finding("N10", Severity.WARN, scan, tally)


COLUMN_RULES: tuple[Callable[[ColumnScan, Table], Iterator[Finding]], ...] = (
    _identity,
    _taxpayer,
    _servant,
    _phone,
    _email,
    _header,
    _coordinates,
    _small_cells,
    _plates_and_accounts,
)

CONDITIONS: dict[str, Callable[[ColumnScan, Table], bool]] = {
    "agregat": lambda scan, table: table.aggregated,
    "bukan_orang": lambda scan, table: not table.of_persons,
    "tanpa_nama": lambda scan, table: (
        not any(header.group in ("nama_orang", "alamat") for header in table.headers)
    ),
    "badan_usaha": lambda scan, table: not scan.watched.count,
    "bilangan": lambda scan, table: not scan.watched.count,
    "isi_bersih": lambda scan, table: True,
    "tidak_pernah": lambda scan, table: False,
}
"""Under which condition a reviewed header is fine; the names are those of `kepala_kolom.yaml`."""


def _combinations(table: Table) -> Iterator[Finding]:
    """N6: columns that tell together who somebody is."""
    if not table.aggregated:
        for combination in headers.combinations(table.headers):
            yield Finding("N6", Severity.WARN, ", ".join(combination), "combination")


def _row_level(table: Table) -> Iterator[Finding]:
    """N9: rows of persons with age, school class or diagnosis."""
    vulnerable = table.traits & headers.lists("ciri_rentan")
    if vulnerable and not table.aggregated and (table.of_persons or len(table.traits) >= MIN_DIMENSIONS):
        yield Finding("N9", Severity.RESTRICT, ", ".join(sorted(vulnerable)), "row_level")


def _raised(found: list[Finding]) -> list[Finding]:
    """Let single identity numbers in several columns count together."""
    single = [one for one in found if one.rule == "N1" and one.count < SURE_HITS]
    if sum(one.count for one in single) < SURE_HITS:
        return found
    return [replace(one, severity=Severity.BLOCK) if one in single else one for one in found]


def _diluted(scan: ColumnScan, kinds: Sequence[Kind], lengths: Sequence[int]) -> bool:
    """Whether most bare numbers of these lengths in the column are none of these kinds."""
    bare = sum(scan.bare[length] for length in lengths)
    own = sum(scan.bare_hits[kind] for kind in kinds)
    only_bare = own == sum(_count(scan, kind) for kind in kinds)
    return only_bare and own < OWN_SHARE * bare


def _count(scan: ColumnScan, kind: Kind) -> int:
    tally = scan.tallies.get(kind)
    return tally.count if tally else 0


def _merged(scan: ColumnScan, *kinds: Kind) -> Tally:
    found = [scan.tallies[kind] for kind in kinds if kind in scan.tallies]
    return Tally(
        sum(one.count for one in found),
        list(islice((row for one in found for row in one.rows), SHOWN)),
        list(islice((digest for one in found for digest in one.hashes), SHOWN)),
    )


def _finding(rule: str, severity: Severity, scan: ColumnScan, tally: Tally, cause: str = "values") -> Finding:
    return Finding(
        rule, severity, scan.column.name, cause, tally.count, tuple(tally.rows), tuple(tally.hashes)
    )
