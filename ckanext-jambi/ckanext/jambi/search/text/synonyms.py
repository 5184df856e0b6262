"""Synonyms and abbreviations, as data (`schemas/vocabularies/sinonim.yaml`)."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import yaml

from ckanext.jambi.search.text import analysis


@lru_cache(maxsize=1)
def _groups() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return for each single word the other forms of its groups, each as its words."""
    text = resources.files("ckanext.jambi.schemas").joinpath("vocabularies/sinonim.yaml").read_text("utf-8")
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for group in yaml.safe_load(text)["kelompok"]:
        forms = [analysis.parts(form) for form in group]
        for form in forms:
            if len(form) == 1:
                others = tuple(other for other in forms if other != form)
                found[form[0]] = found.get(form[0], ()) + others
    return found


def alternatives(word: str) -> tuple[tuple[str, ...], ...]:
    """Return what else a folded word may be written as: each alternative is one or more words in order."""
    return _groups().get(word, ())
