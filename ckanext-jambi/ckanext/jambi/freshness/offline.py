"""Commands that need nothing but their arguments: `state` (F36) and `verify` (F38).

They run inside `ckan jambi freshness` and, without CKAN, as `python -m ckanext.jambi.freshness`; no
database, Redis or search engine is asked (F37).
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ckanext.jambi import frequency
from ckanext.jambi.freshness.reports import bundle
from ckanext.jambi.freshness.roots import reading
from ckanext.jambi.freshness.rules import chain
from ckanext.jambi.freshness.rules.roots import Root, Watch
from ckanext.jambi.freshness.rules.states import state as state_at
from ckanext.jambi.freshness.rules.thresholds import DAY, Boundaries, rolling

_WHOLE = re.compile(r"-?\d{1,6}")
_LONGEST_LINE = 1_000_000
_A_PART = 3


class FrequencyOption(click.ParamType[frequency.Frequency]):
    """A code, an EU code or URI, an ISO 8601 duration, or an HDX day count."""

    name = "frequency"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> frequency.Frequency:
        """Read the text, or fail naming the option."""
        text = str(value)
        try:
            return frequency.parse(int(text) if _WHOLE.fullmatch(text) else text)
        except frequency.FrequencyError as err:
            self.fail(str(err), param, ctx)


class InstantOption(click.ParamType[datetime]):
    """An ISO 8601 instant; without an offset it is UTC."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the text, or fail naming the option."""
        try:
            read = datetime.fromisoformat(str(value).strip())
            return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no ISO 8601 instant, such as 2026-10-14T00:00:00+07:00.", param, ctx)


class EvidenceOption(click.ParamType[datetime | str]):
    """An instant, or `none`, kept as it is since click takes None for an option that was not given."""

    name = "instant or none"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | str:
        """Read the text, or fail naming the option."""
        if str(value).strip().lower() == "none":
            return "none"
        return InstantOption().convert(value, param, ctx)


@click.command()
@click.option(
    "--frequency", "promised", type=FrequencyOption(), required=True, help="Code, duration or days."
)
@click.option("--evidence-at", type=EvidenceOption(), required=True, help="Instant of the evidence, or none.")
@click.option("--now", type=InstantOption(), required=True, help="Instant at which to judge.")
def state(promised: frequency.Frequency, evidence_at: datetime | str, now: datetime) -> None:
    """Print the rolling state of data as one JSON object."""
    evidence = evidence_at if isinstance(evidence_at, datetime) else None
    boundaries = rolling(promised, evidence)
    found = {
        "state": state_at(boundaries, now),
        "age_days": _days(now - evidence) if evidence else None,
    }
    click.echo(json.dumps(found | _instants(boundaries)))


def _instants(boundaries: Boundaries | None) -> dict[str, str | None]:
    names = ("due_at", "overdue_at", "delinquent_at")
    return {name: _iso(getattr(boundaries, name, None)) for name in names}


def _days(age: timedelta) -> float:
    return round(age / DAY, 6)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--roots",
    "roots_file",
    type=click.Path(path_type=Path),
    help="Roots that were published (CSV), or those of a bundle (JSON): a tail that was cut is seen by them.",
)
def verify(file: Path, roots_file: Path | None) -> None:
    """Check an exported log, or the bundle of a report: exit 0 if sound, 1 if damaged, 2 if unreadable.

    A part of a log that begins with a later row than the first ends with 3 if nothing in it is damaged.
    """
    try:
        published = reading.load(roots_file) if roots_file else []
        outcome = _checked(file, published)
    except (OSError, EOFError, bundle.BundleError, reading.RootsError) as err:
        raise click.UsageError(f"{file} cannot be read: {err}") from err
    click.echo(json.dumps({"ok": outcome.ok} | asdict(outcome)))
    sys.exit(_exit_code(outcome))


def _checked(file: Path, published: list[Root]) -> chain.Check:
    if _is_packed_report(file):
        return bundle.verify(file, published)
    part = chain.verify_part(_lines(file))
    if part:
        return _of_part(part)
    watch = Watch(published)
    return watch.checked(chain.verify(watch.lines(_lines(file))))


def _of_part(found: chain.Check) -> chain.Check:
    """Say what is known of a part: all but its first row, and no published root is held against it."""
    if not found.ok or found.first_seq is None:
        return found
    said = (
        f"a part: rows {found.first_seq + 1} to {found.last_seq} follow from row {found.first_seq}, which "
        f"cannot be checked without row {found.first_seq - 1}; put the rows before it in front"
    )
    return replace(found, errors=(chain.Damage(found.first_seq, said),))


def _exit_code(outcome: chain.Check) -> int:
    """Return 0, 1, or that of a part, in which the one thing wrong is that its first row is not proven."""
    if outcome.ok:
        return 0
    is_part = (outcome.first_seq or 0) > 1 and outcome.errors[0].seq == outcome.first_seq
    return _A_PART if is_part else 1


def _is_packed_report(file: Path) -> bool:
    with file.open("rb") as raw:
        return raw.read(2) == b"PK"


def _lines(file: Path) -> Iterator[bytes]:
    """Yield the lines of a log, unpacked where it is gzip.

    An endless line is cut and thus damaged; what cannot be unpacked is a line that no chain takes.
    """
    with file.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with gzip.open(file) if packed else file.open("rb") as log:
        try:
            while line := log.readline(_LONGEST_LINE):
                yield line
        except zlib.error:
            yield b"\n"
