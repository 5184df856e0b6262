"""P3 on made lists: what vanishes, is renamed, changes and is new, whatever came before.

`JAMBI_EXAMPLES` sets how many are made; the drill makes 10,000.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.jambi.harvest import diff
from ckanext.jambi.harvest.diff import Kind, Known
from ckanext.jambi.harvest.guard import Facts, Limit, Reason, Verdict, judge

EXAMPLES = int(os.environ.get("JAMBI_EXAMPLES", "500"))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
MOST = 60
tried = settings(max_examples=EXAMPLES, deadline=None)


@dataclass(frozen=True)
class Lists:
    """What a source listed before and lists now: guid -> content; `buried` vanished within seven days."""

    before: dict[str, str]
    after: dict[str, str]
    buried: int
    complete: bool

    @property
    def gone(self) -> set[str]:
        return self.before.keys() - self.after.keys()

    def verdict(self) -> Verdict:
        """Judge the lists as a run does: by the engine's own comparison."""
        vanished = diff.vanished(self.before, set(self.after)) if self.complete else []
        new = {guid: [content] for guid, content in self.after.items() if guid not in self.before}
        pairs = diff.rename_pairs({guid: self.before[guid] for guid in vanished}, new)
        facts = Facts(
            self.complete, len(self.after), len(self.before), len(vanished), self.buried, len(pairs)
        )
        return judge(facts, Limit())


@st.composite
def lists(draw: st.DrawFn) -> Lists:
    """Make a list, leave out some of it, change some, rename some, and add some."""
    size = draw(st.integers(0, MOST))
    before = {f"id-{at}": f"1:{draw(st.integers(0, MOST))}" for at in range(size)}
    lost = draw(st.one_of(st.integers(0, 7), st.integers(0, size)))
    order = draw(st.permutations(list(before)))
    after = {guid: before[guid] for guid in order[lost:]}
    for guid in order[lost : lost + draw(st.integers(0, 3))]:
        after[guid] = f"1:other-{guid}"
    for guid in order[: min(lost, draw(st.integers(0, 2)))]:
        after[f"renamed-{guid}"] = before[guid]
    after |= {f"new-{at}": f"1:new-{at}" for at in range(draw(st.integers(0, 5)))}
    return Lists(before, after, draw(st.integers(0, 12)), draw(st.booleans()))


def too_many(gone: int, live: int) -> bool:
    """Say whether so many of so many are more than three and more than a tenth."""
    return gone > 3 and Fraction(gone) > Fraction(live, 10)


@tried
@given(lists())
def test_p03_made_lists_bury_no_more_than_the_limit_and_hold_the_rest(made: Lists) -> None:
    verdict, gone, live = made.verdict(), len(made.gone), len(made.before)
    held = {hold.reason for hold in verdict.holds}
    if not made.complete:
        assert (verdict.imports, verdict.buries, held) == (True, False, set())
    elif live and not made.after:
        assert (verdict.imports, verdict.buries, held) == (False, False, {Reason.EMPTY})
    else:
        many = too_many(gone, live) or (gone > 0 and too_many(gone + made.buried, live + made.buried))
        assert (verdict.imports, verdict.buries) == (True, not many)
        assert (Reason.MASS_DELETION in held) is many


@tried
@given(lists())
def test_p03_made_lists_never_lose_a_renamed_record_in_silence(made: Lists) -> None:
    if not made.complete or not made.after:
        return
    gone = {made.before[guid] for guid in made.gone}
    moved = any(content in gone for guid, content in made.after.items() if guid not in made.before)
    assert (Reason.POSSIBLE_RENAME in {hold.reason for hold in made.verdict().holds}) is moved


@tried
@given(lists())
def test_p03_p05_made_lists_are_told_apart_record_by_record(made: Lists) -> None:
    for guid, content in made.after.items():
        before = made.before.get(guid)
        kind = diff.classify(content, None if before is None else Known(before), NOW)
        wanted = Kind.NEW if before is None else Kind.UNCHANGED if before == content else Kind.CHANGED
        assert kind is wanted


@pytest.mark.parametrize("live", range(1, 121))
def test_p03_every_number_of_deletions_falls_on_the_right_side_of_the_limit(live: int) -> None:
    for gone in range(live):
        verdict = judge(Facts(complete=True, seen=live - gone, live=live, vanished=gone), Limit())
        assert verdict.buries is not too_many(gone, live)
