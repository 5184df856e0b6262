"""The Indonesian catalogue is complete, keeps every placeholder, and is compiled as it is written."""

from __future__ import annotations

import re
from collections import Counter

import polib
import pytest

from ckanext.jambi.theme import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sdirf]|\{[\w!:.]*\}")
TAG = re.compile(r"</?\w+")
WORDS = {"Datasets": "Set data", "Organizations": "OPD", "Groups": "Topik", "Resources": "Berkas",
         "Harvest Sources": "Sumber panen", "Freshness": "Kemutakhiran", "Harvest": "Panen data"}  # fmt: skip
FORBIDDEN = re.compile(r"\b(dataset|resource|organisasi|kumpulan data|grup)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(messages.CATALOGUE))


@pytest.fixture(scope="module")
def entries(catalogue: polib.POFile) -> list[polib.POEntry]:
    return [entry for entry in catalogue if not entry.obsolete]


def written(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_message_that_can_be_shown_is_translated(catalogue: polib.POFile) -> None:
    known = {entry.msgid for entry in catalogue if entry.translated() and not entry.obsolete}
    missing = [f"{each.place}: {each.singular}" for each in messages.messages() if each.singular not in known]
    assert missing == []


def test_translation_keeps_the_placeholders(entries: list[polib.POEntry]) -> None:
    wrong = [
        entry.msgid
        for entry in entries
        for text in written(entry)
        if Counter(PLACEHOLDER.findall(text))
        != Counter(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    ]
    assert wrong == []


def test_translation_keeps_the_markup(entries: list[polib.POEntry]) -> None:
    wrong = [
        entry.msgid
        for entry in entries
        for text in written(entry)
        if Counter(TAG.findall(text)) != Counter(TAG.findall(entry.msgid))
    ]
    assert wrong == []


@pytest.mark.parametrize(("english", "indonesian"), WORDS.items())
def test_one_word_a_term(entries: list[polib.POEntry], english: str, indonesian: str) -> None:
    assert {entry.msgid: entry.msgstr for entry in entries}[english] == indonesian


def test_no_term_has_a_second_word(entries: list[polib.POEntry]) -> None:
    texts = [
        re.sub(r"\{\w*\}|%\(\w+\)s|<[^>]*>|\S+\.\S+|`[^`]*`|\S*_\S*", "", text)
        for e in entries
        for text in written(e)
    ]
    assert [text for text in texts if FORBIDDEN.search(text)] == []


def test_compiled_catalogue_is_the_written_one(entries: list[polib.POEntry]) -> None:
    compiled = {
        entry.msgid: written(entry) for entry in polib.mofile(str(messages.CATALOGUE.with_suffix(".mo")))
    }
    assert compiled == {entry.msgid: written(entry) for entry in entries if entry.translated()}
