"""Cut a text into words: fold case and accents, split at signs, at changes of case, at digits.

Parts that stand together without a blank (wi-fi, PM10, Jum'at) are also indexed as one word, at the place of
the first and of the last part, so that both spellings find each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ckanext.jambi.search.text.stemmer import stem

LONGEST = 100
GAP = 100
_CHUNK = re.compile(r"\S+")
_RUN = re.compile(r"[^\W_]+")
_PART = re.compile(r"\d+|[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Word(NamedTuple):
    """A word at its place in a text."""

    place: int
    exact: str

    @property
    def stem(self) -> str:
        """Return the light stem of the word."""
        return stem(self.exact)


def fold(text: str) -> str:
    """Fold case and accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize(
        "NFC", "".join(c for c in decomposed if not unicodedata.combining(c))
    ).lower()


def parts(text: str) -> tuple[str, ...]:
    """Return the words of a query, in order, without the joined forms."""
    return tuple(part for chunk in _CHUNK.findall(text) for part in _cut(chunk)[0])


def words(texts: Iterable[str]) -> Iterator[Word]:
    """Yield the words of the values of a field; a phrase never reaches from one value into the next."""
    place = 0
    for text in texts:
        for chunk in _CHUNK.findall(text):
            found, joined = _cut(chunk)
            for offset, part in enumerate(found, start=1):
                yield Word(place + offset, part)
            for form in joined:
                yield Word(place + 1, form)
                yield Word(place + len(found), form)
            place += len(found)
        place += GAP


@lru_cache(maxsize=50_000)
def _cut(chunk: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the parts of a chunk without blanks, and the forms that they make when joined."""
    pieces = (piece for run in _RUN.findall(chunk) for piece in _CAMEL.split(run))
    found = tuple(part[:LONGEST] for piece in pieces for part in _PART.findall(fold(piece)))
    return found, _joined(chunk, found) if len(found) > 1 else ()


def _joined(chunk: str, found: tuple[str, ...]) -> tuple[str, ...]:
    """Return each run of letters and digits of a chunk, and the whole of it, where they were cut."""
    runs = ["".join(_RUN.findall(fold(run))) for run in _RUN.findall(chunk)]
    forms = {run[:LONGEST] for run in runs} | {"".join(runs)[:LONGEST]}
    return tuple(sorted(forms - set(found)))
