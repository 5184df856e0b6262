from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.metadata import vocabularies

SPELLINGS = [
    (name, term, text)
    for name in vocabularies.names()
    for term in vocabularies.terms(name)
    for text in (term.kode, term.label, term.label_en, *term.alias)
]


@pytest.mark.parametrize("name", [*vocabularies.names(), "wilayah", "klasifikasi_akses/dasar_pengecualian"])
def test_m3_list_has_unique_text_codes_and_labels_in_both_languages(name: str) -> None:
    terms = vocabularies.terms(name)
    codes = [term.kode for term in terms]

    assert terms
    assert len(set(codes)) == len(codes)
    assert all(isinstance(code, str) and code for code in codes)
    assert all(term.label and term.label_en for term in terms)


@pytest.mark.parametrize("name", vocabularies.names())
def test_m3_no_spelling_means_two_codes(name: str) -> None:
    meant: dict[str, set[str]] = {}
    for term in vocabularies.terms(name):
        for text in (term.kode, term.label, term.label_en, *term.alias):
            meant.setdefault(vocabularies.fold(text), set()).add(term.kode)

    assert {text: codes for text, codes in meant.items() if len(codes) > 1} == {}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("frekuensi", "Bulanan", "bulanan"),
        ("frekuensi", " per  bulan ", "bulanan"),
        ("frekuensi", "monthly", "bulanan"),
        ("frekuensi", '"R/P1Y"', "tahunan"),
        ("frekuensi", "Periode", None),
        ("satuan", "Jiwa", "orang"),
        ("satuan", "Rp.", "rupiah"),
        ("urusan", "KESEHATAN", "1.02"),
        ("urusan", "1.2", None),
        ("klasifikasi_akses", "public", "terbuka"),
        ("klasifikasi_akses/dasar_pengecualian", "17h", "17h"),
        ("lisensi", "cc0", "cc-zero"),
        ("tipe", "timestamp", "waktu"),
        ("wilayah", "Kec. Pal Merah", None),
        ("wilayah", "Kecamatan Paal Merah", "15.71.11"),
    ],
)
def test_m3_alias_is_normalised_and_free_text_is_not(name: str, text: str, code: str | None) -> None:
    assert vocabularies.normalise(name, text) == code


@given(
    st.sampled_from(SPELLINGS), st.sampled_from([str.upper, str.title, str.lower, lambda text: f"  {text}\t"])
)
def test_m3_every_spelling_is_found_in_any_case(spelling, change) -> None:
    name, term, text = spelling

    assert vocabularies.normalise(name, text) == term.kode
    found = vocabularies.normalise(name, change(text))
    assert found == term.kode


@given(st.text())
def test_normalise_never_fails_and_gives_a_code_or_nothing(text: str) -> None:
    found = vocabularies.normalise("satuan", text)

    assert found is None or vocabularies.term("satuan", found)


def test_label_is_in_the_reader_s_language_and_unknown_codes_stay() -> None:
    assert vocabularies.label("satuan", "orang", "id") == "Orang"
    assert vocabularies.label("satuan", "orang", "en") == "People"
    assert vocabularies.label("satuan", "baru", "id") == "baru"


def test_unknown_list_names_those_that_exist() -> None:
    with pytest.raises(vocabularies.UnknownVocabularyError, match="satuan"):
        vocabularies.terms("satuan_lama")


def test_ended_code_is_marked() -> None:
    term = vocabularies.Term("lama", "Lama", "Old", extra={"berakhir": "2024-12-31"})

    assert term.ended
    assert not vocabularies.terms("satuan")[0].ended
