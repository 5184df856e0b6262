"""Cut a text into words: fold case and accents, split at signs, at changes of case, at digits.

Parts that stand together without a blank (wi-fi, PM10, Jum'at) are also indexed as one word, at the place of
the first and of the last part, so that both spellings find each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ckanext.jambi.search.text.stemmer import stem

LONGEST = 100
GAP = 100
_CHUNK = re.compile(r"\S+")
_RUN = re.compile(r"[^\W_]+")
_PART = re.compile(r"\d+|[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Word:
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


@lru_cache(maxsize=10_000)
def parts(text: str) -> tuple[str, ...]:
    """Return the words of a query, in order, without the joined forms."""
    return tuple(part for chunk in _CHUNK.findall(text) for part in _parts(chunk))


def words(texts: Iterable[str]) -> Iterator[Word]:
    """Yield the words of the values of a field; a phrase never reaches from one value into the next."""
    place = 0
    for text in texts:
        for chunk in _CHUNK.findall(text):
            found = _parts(chunk)
            for offset, part in enumerate(found, start=1):
                yield Word(place + offset, part)
            for joined in _joined(chunk, found):
                yield Word(place + 1, joined)
                yield Word(place + len(found), joined)
            place += len(found)
        place += GAP


def _parts(chunk: str) -> list[str]:
    """Return the parts of a chunk without blanks, folded and not longer than a lexeme may be."""
    pieces = (piece for run in _RUN.findall(chunk) for piece in _CAMEL.split(run))
    return [part[:LONGEST] for piece in pieces for part in _PART.findall(fold(piece))]


def _joined(chunk: str, found: list[str]) -> Iterator[str]:
    """Yield the chunk as one word, and each run of letters and digits in it, where they were cut."""
    if len(found) < 2:
        return
    runs = ["".join(_RUN.findall(fold(run))) for run in _RUN.findall(chunk)]
    forms = {run[:LONGEST] for run in runs} | {"".join(runs)[:LONGEST]}
    yield from sorted(forms - set(found))
