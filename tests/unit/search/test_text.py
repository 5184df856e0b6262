"""Words, stems, synonyms and how they are written for PostgreSQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.search.text import analysis, distance, stemmer, synonyms, vectors


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rumah", "perumahan"),
        ("penduduk", "kependudukan"),
        ("bangun", "pembangunan"),
        ("tulis", "menulis"),
        ("layan", "pelayanan"),
        ("sehat", "kesehatan"),
        ("sekolah", "bersekolah"),
        ("kelola", "pengelolaan"),
    ],
)
def test_sr05_forms_of_one_root_share_a_stem(one: str, other: str) -> None:
    assert stemmer.stem(one) == stemmer.stem(other)


@pytest.mark.parametrize(
    "word", ["sekolah", "masalah", "berita", "terminal", "pemilu", "jambi", "2024", "data", "beras"]
)
def test_sr05_roots_are_not_eaten(word: str) -> None:
    assert stemmer.stem(word) == word


def test_sr05_masa_is_not_masalah() -> None:
    assert stemmer.stem("masa") != stemmer.stem("masalah")


def test_sr05_no_word_is_both_a_root_and_an_exception() -> None:
    known = stemmer.exceptions()
    assert not known.roots & set(known.stems)


@given(st.text(alphabet=st.characters(categories=["Ll"]), min_size=1, max_size=20))
def test_sr05_a_stem_is_never_empty_nor_longer_than_its_word_by_a_letter(word: str) -> None:
    assert 1 <= len(stemmer.stem_by(word, stemmer.Exceptions())) <= len(word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Air Bersih", ("air", "bersih")),
        ("wi-fi", ("wi", "fi")),
        ("PM10", ("pm", "10")),
        ("iPhone", ("i", "phone")),
        ("Jum'at", ("jum", "at")),
        ("Éclair", ("eclair",)),
        ("PDAM", ("pdam",)),
        ("a_b.c", ("a", "b", "c")),
        ("&& --", ()),
    ],
)
def test_sr05_texts_are_cut_into_folded_words(text: str, expected: tuple[str, ...]) -> None:
    assert analysis.parts(text) == expected


def test_sr05_joined_forms_are_indexed_at_both_ends() -> None:
    words = [(word.place, word.exact) for word in analysis.words(["jaringan wi-fi gratis"])]
    assert words == [(1, "jaringan"), (2, "wi"), (3, "fi"), (2, "wifi"), (3, "wifi"), (4, "gratis")]


def test_sr04_a_phrase_cannot_reach_from_one_value_into_the_next() -> None:
    places = [word.place for word in analysis.words(["air", "bersih"])]
    assert places[1] - places[0] > analysis.GAP


@given(st.lists(st.text(max_size=30), max_size=4))
def test_sr05_the_words_of_a_query_are_words_of_the_same_text(texts: list[str]) -> None:
    indexed = {word.exact for word in analysis.words(texts)}
    assert {part for text in texts for part in analysis.parts(text)} <= indexed


def test_sr05_synonyms_go_both_ways_and_may_be_several_words() -> None:
    assert ("dukcapil",) in synonyms.alternatives("disdukcapil")
    assert ("air", "minum") in synonyms.alternatives("pdam")
    assert synonyms.alternatives("zzz") == ()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("roam", "roam", 0),
        ("roam", "foam", 1),
        ("roam", "raom", 1),
        ("roam", "rome", 2),
        ("abcd", "wxyz", 3),
        ("a", "abcd", 3),
    ],
)
def test_sr04_swaps_count_as_one_edit(one: str, other: str, expected: int) -> None:
    assert distance.distance(one, other, 2) == expected


@given(st.text(alphabet="abc", max_size=7), st.text(alphabet="abc", max_size=7))
def test_sr04_distance_is_symmetrical(one: str, other: str) -> None:
    assert distance.distance(one, other, 2) == distance.distance(other, one, 2)


def test_lexemes_are_quoted() -> None:
    assert vectors.lexeme("o'neil\\") == "'o''neil\\\\'"
    assert vectors.lexeme("a", "A", prefix=True) == "'a':*A"


def test_a_vector_holds_the_best_label_of_a_place_and_its_words_without_marks() -> None:
    vector = vectors.Vector()
    vector.add("air", 1, "D")
    vector.add("air", 1, "A")
    vector.add("=air", 1, "A")
    vector.add("extras_x" + vectors.FIELD + "minum", 3)
    vector.add("extras_x" + vectors.FIELD + "=minum", 3)
    assert str(vector).startswith("'air':1A '=air':1A")
    assert vector.words() == {"air", "minum"}
