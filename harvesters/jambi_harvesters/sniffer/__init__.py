"""Look at an address that a person pasted and propose how to read it (harvesting.md 9, HV30).

At most 10 seconds, 5 requests and 1 MB; nothing is written. What is proposed is a draft for a person, each
guess with a confidence from 0 to 1; `docs/harvesting.md` tells stewards how to go on from it.
"""

from __future__ import annotations

from jambi_harvesters.sniffer.columns import ColumnGuess
from jambi_harvesters.sniffer.looking import MAX_BYTES, MAX_REQUESTS, MAX_SECONDS, sniff_policy
from jambi_harvesters.sniffer.sniff import Sniffed, as_json, sniff

__all__ = [
    "MAX_BYTES",
    "MAX_REQUESTS",
    "MAX_SECONDS",
    "ColumnGuess",
    "Sniffed",
    "as_json",
    "sniff",
    "sniff_policy",
]
