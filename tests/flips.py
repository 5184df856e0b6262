"""One bit of a log flipped somewhere: is the row in which it lies the one that is named (F35)?

What stands before the damaged row is sound for every flip and is checked once, whole; each flip is then
checked from the row before the damaged one, from the hash that stands there. `verify` reads a log line by
line and keeps nothing but that hash and the row's number.
"""

from __future__ import annotations

import bisect
import io
import random
from itertools import accumulate

from ckanext.jambi.freshness.rules import chain

AFTER = 3


def log(rows: int) -> list[bytes]:
    """Return a log with texts, numbers, null and characters of one to four bytes."""
    lines, previous = [], chain.GENESIS
    for seq in range(1, rows + 1):
        detail = {"credit": "new_content", "nama": f"berkas {seq} é 😀", "rows": seq % 97, "of": None}
        row = {"seq": seq, "kind": "upload", "package_id": f"{seq * 7919:032x}", "detail": detail}
        payload = chain.canonical(row)
        previous = chain.link(previous, payload)
        lines.append(chain.line(previous, payload))
    return lines


def wrongly_named(lines: list[bytes], flips: int, seed: int) -> list[str]:
    """Flip one bit at each of `flips` places and return those where another row was named, or none."""
    assert chain.verify(lines).ok
    ends, chance = [*accumulate(map(len, lines))], random.Random(seed)
    places = [(chance.randrange(ends[-1]), chance.randrange(8)) for _ in range(flips)]
    return [text for place, bit in places if (text := _judged(lines, ends, place, bit))]


def _judged(lines: list[bytes], ends: list[int], place: int, bit: int) -> str:
    at = bisect.bisect_right(ends, place)
    first = max(at - 1, 0)
    damaged = bytearray(b"".join(lines[first : at + AFTER]))
    damaged[place - (ends[first - 1] if first else 0)] ^= 1 << bit
    beginning = bytes.fromhex(lines[first - 1][:64].decode()) if first else chain.GENESIS
    found = chain.verify(io.BytesIO(bytes(damaged)), beginning, first + 1)
    named = [each.seq for each in found.errors]
    return "" if named == [at + 1] else f"byte {place}, bit {bit}: row {at + 1} is damaged, named was {named}"
