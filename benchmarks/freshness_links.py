"""A year of looks at linked files, simulated: which share needs no body (freshness F18, section 16).

The rules decide when a file is looked at and when its bytes are read; the servers are made up. Two thirds of
those that tell name an ETag, the others the time of the last change. New content comes once an interval, some
of it late; every tenth file stops half way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from freshness_catalogue import DAYS, LATE_EVERY, MIX, frequency

from ckanext.jambi.freshness.rules import linking
from ckanext.jambi.freshness.rules.linking import Found, Kept, Promised

YEAR = timedelta(days=365)
TELLING = ("etag", "etag", "modified")
"""Servers that say whether a file changed; the others name nothing, or another ETag at each answer."""
OTHERS = ("silent", "balanced")


@dataclass
class Looks:
    """How many looks there were, at how many unchanged files, and how many of each needed no body."""

    all: int = 0
    settled: int = 0
    unchanged: int = 0
    unchanged_settled: int = 0

    @property
    def share(self) -> float:
        """The share of looks without a body, in percent, where there was nothing new to read."""
        return 100 * self.unchanged_settled / self.unchanged

    @property
    def share_of_all(self) -> float:
        """The share of all looks without a body, in percent: new content is read, and read again."""
        return 100 * self.settled / self.all


def simulate(servers: Sequence[str], files: int = 600) -> Looks:
    """Look at so many files for a year."""
    found = Looks()
    for n in range(files):
        _File(n, servers[n // len(MIX) % len(servers)]).year(found)
    return found


class _File:
    def __init__(self, n: int, server: str) -> None:
        self._n, self._server = n, server
        self._interval = timedelta(days=DAYS[frequency(n)])
        self._at, self._read_at = timedelta(hours=n % 24), timedelta()
        self._came_at = timedelta()
        self._kept = Kept()

    def year(self, found: Looks) -> None:
        """Look until the year is over."""
        while self._at < YEAR:
            self._look(found)
            self._at += linking.next_look(self._kept, self._interval, ok=True)

    def _look(self, found: Looks) -> None:
        version, kept = self._version(), self._kept
        is_same = str(version) in (kept.hash, kept.once)
        validators = self._validators(version)
        same = bool(validators) and validators == dict(kept.validators)
        said = linking.told(kept, validators, not_modified=same and self._server == "etag")
        kept = linking.with_validators(kept, validators)
        awaited = self._at >= self._came_at + self._interval
        wanted = linking.wants_body(kept, said, self._at - self._read_at, Promised(self._interval, awaited))
        is_again = kept.once is not None
        if wanted:
            kept, what = linking.with_body(kept, said, str(version), self._interval)
            self._read_at = self._at
            self._came_at = self._at if what is Found.STABLE else self._came_at
        self._kept = kept
        found.all += 1
        found.settled += not wanted
        if is_same and not is_again:
            found.unchanged += 1
            found.unchanged_settled += not wanted

    def _version(self) -> int:
        """Return which content lies there: one more each interval, up to a quarter of it late."""
        late = self._interval * (self._n % 5) / 16
        at = min(self._at, YEAR / 2) if self._n % LATE_EVERY == 3 else self._at
        return max(at - late, timedelta()) // self._interval

    def _validators(self, version: int) -> Mapping[str, str]:
        told = {
            "etag": {"etag": f"{version}"},
            "modified": {"last_modified": f"{version}"},
            "balanced": {"etag": f"{version}-{self._at}"},
            "silent": {},
        }
        return told[self._server]
