"""How many edits lie between two words."""

from __future__ import annotations


def distance(one: str, other: str, most: int) -> int:
    """Return the optimal string alignment distance of two words, or `most` + 1 where it is greater.

    Insertions, deletions, changes and swaps of neighbours count one each, as in Lucene's fuzzy queries.
    """
    if one == other:
        return 0
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = _next_row(i, letter, one, other, last, before)
        if min(row) > most and min(last) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


def _next_row(i: int, letter: str, one: str, other: str, last: list[int], before: list[int]) -> list[int]:
    row = [i]
    for j, wanted in enumerate(other, start=1):
        cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
        if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
            cost = min(cost, before[j - 2] + 1)
        row.append(cost)
    return row
