"""A light Indonesian stemmer whose exceptions are data (`schemas/vocabularies/imbuhan.yaml`).

Light on purpose: it would rather leave an affix than eat a root (Snowball makes "seko" of "sekolah"). The
exact word is always indexed beside the stem.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

import yaml

SHORTEST = 4
_PARTICLE = re.compile(r"(?:lah|kah|tah|pun)$")
_POSSESSIVE = re.compile(r"(?:nya|ku|mu)$")
_SUFFIX = re.compile(r"(?:kan|an|i)$")
_PREFIXES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(?:me|pe)ny(?=[aeiou])"), "s"),
    (re.compile(r"^(?:me|pe)m(?=[aeiou])"), "p"),
    (re.compile(r"^(?:me|pe)n(?=[aeiou])"), "t"),
    (re.compile(r"^(?:me|pe)ng(?=[aeioughkr])"), ""),
    (re.compile(r"^(?:me|pe)ng(?=[aeiou])"), "k"),
    (re.compile(r"^(?:me|pe)m(?=[bfvp])"), ""),
    (re.compile(r"^(?:me|pe)n(?=[cdjtsz])"), ""),
    (re.compile(r"^(?:ber|per|ter)"), ""),
    (re.compile(r"^(?:me|pe|be|te)(?=[lmnrwy])"), ""),
    (re.compile(r"^(?:di|ke|se)"), ""),
)


@dataclass(frozen=True)
class Exceptions:
    """Words that rules would get wrong: `roots` stand as they are, `stems` name their stem."""

    roots: frozenset[str] = frozenset()
    stems: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def exceptions() -> Exceptions:
    """Read the exceptions that the portal ships."""
    text = resources.files("ckanext.jambi.schemas").joinpath("vocabularies/imbuhan.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    return Exceptions(frozenset(map(str, data["kata_dasar"])), dict(data["khusus"]))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a folded word."""
    return stem_by(word, exceptions())


def stem_by(word: str, known: Exceptions) -> str:
    """Return the stem of a folded word with exceptions of one's own: a known root wins over the rules."""
    if not word.isalpha() or len(word) <= SHORTEST:
        return known.stems.get(word, word)
    roots = [known.stems.get(cut, cut) for cut in _ways(word) if cut in known.stems or cut in known.roots]
    return roots[0] if roots else _by_rules(word)


def _ways(word: str) -> list[str]:
    """Return the word and all that remains of it by one suffix and up to two prefixes, the longest first."""
    ends = [word, *_ends(word)]
    once = [cut for end in ends for cut in _starts(end)]
    twice = [cut for end in once for cut in _starts(end)]
    return sorted(dict.fromkeys([*ends, *once, *twice]), key=len, reverse=True)


def _by_rules(word: str) -> str:
    word = _cut(_SUFFIX, _cut(_POSSESSIVE, _cut(_PARTICLE, word)))
    for _ in range(2):
        word = next(iter(_starts(word)), word)
    return word


def _ends(word: str) -> list[str]:
    """Return what remains without particle, possessive and suffix, each step a way of its own."""
    bare = _cut(_PARTICLE, word)
    alone = _cut(_POSSESSIVE, bare)
    return [_cut(_SUFFIX, word), bare, alone, _cut(_SUFFIX, alone)]


def _starts(word: str) -> list[str]:
    """Return what remains without a prefix, for each prefix that fits and leaves enough of a word."""
    cuts = (prefix.sub(instead, word) for prefix, instead in _PREFIXES if prefix.match(word))
    return [cut for cut in cuts if len(cut) >= SHORTEST]


def _cut(suffix: re.Pattern[str], word: str) -> str:
    cut = suffix.sub("", word)
    return cut if len(cut) >= SHORTEST else word
