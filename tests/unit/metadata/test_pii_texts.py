from __future__ import annotations

import random

import persons
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.metadata.pii import masked, texts

NIK = "1599010101900001"
PHONE = "084000000001"


def kinds(text: str) -> list[str]:
    """Return the kinds of hit in a text that passed the first look."""
    return [hit.kind for hit in texts.hits(text)] if texts.SUSPECT.search(texts.plain(text)) else []


@pytest.mark.parametrize(
    "text",
    [
        f"{NIK[:4]}\u00a0{NIK[4:8]}\u00a0{NIK[8:12]}\u00a0{NIK[12:]}",
        "１５９９０１０１０１９００００１",
        f"{NIK[:8]}\u200b{NIK[8:]}",
        "1.599.010.101.900.001",
        "1,599,010,101,900,001.00",
        f"NIK{NIK}",
        f"12,{NIK}",
        f"no 3 {NIK} a.n.",
        f"{NIK}_scan.jpg",
        f"https://contoh.test/?nik={NIK}",
        f"15-01-2026 {NIK}",
        f"{NIK}-2",
        f"KTP_{NIK}-02.jpg",
        f"berkas/{NIK}-2-1.pdf",
        f"1-{NIK}",
        f"NIK {NIK}-2 a.n.",
        f"{NIK[:6]}‑{NIK[6:12]}‑{NIK[12:]}",
    ],
)
def test_n1_identity_number_is_found_however_it_is_written(text: str) -> None:
    assert kinds(text) == ["nik"]


@pytest.mark.parametrize(
    "text",
    [
        "15-01-2012 01-01-2027",
        "31-12-2026 05-01-2027",
        "2026-01-05T12:00:00+07:00",
        "-1.610122123456789,103.61312030000001",
        "abcdefab-0812-3456-7890-abcdef012345",
        "00000000-0841-3456-7890-000000000000",
        "5.1.02.01.01.0024",
        "08.01.02.2.01.0001",
        "1 599 010 101 900 001",
        "0812-01-012345-50-1",
        "62.812.500.000",
        "(0741) 123456",
        f"{NIK}-123",
        f"{NIK}.25",
        f"2.{NIK}",
        "1571-9901-0120-9911-2",
        f"{NIK}0-2",
        "0800-123-4567",
        "1571-9901-0120-99XX",
        "2077991212129999",
        "0000000000000001",
        "walidata@example.go.id",
        "dinkes@example.go.id",
        "humas.kominfo@example.go.id",
        "RT 05 RW",
    ],
)
def test_rl11_what_only_looks_alike_is_none(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize("between", [" ", "-", " - ", " s.d. ", "-1-"])
def test_n1_two_numbers_in_one_text_are_two(between: str) -> None:
    assert kinds(f"{NIK}{between}{NIK[:-1]}2") == ["nik", "nik"]


def test_n3_second_copy_of_a_servants_paper_is_found() -> None:
    assert kinds("SK 198501012010011000-2.pdf") == ["nip"]


def test_n3_and_n1_are_told_apart_by_length() -> None:
    assert kinds("198501012010011000") == ["nip"]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("a@gmail.com", "email"),
        ("walidata@example.com", "email"),
        ("nama.orang@example.go.id", "email_office"),
        ("x@example.ac.id", "email_office"),
    ],
)
def test_n5_addresses_differ_by_domain(address: str, kind: str) -> None:
    assert kinds(f"surel: {address}") == [kind]


@pytest.mark.parametrize("text", ["BH 1234 XY", "b1234xyz", "AA-12-B"])
def test_n10_vehicle_plate_is_found(text: str) -> None:
    assert kinds(text) == ["plate"]


def test_rl11_masked_text_keeps_its_words_only() -> None:
    text = f"Nilai '{NIK}' tidak dapat dibaca; hubungi {PHONE} atau a@gmail.com."
    assert masked(text) == "Nilai '[…]' tidak dapat dibaca; hubungi […] atau […]."
    assert masked("Baris 12, kolom harga") == "Baris 12, kolom harga"


@pytest.mark.parametrize("kind", persons.PERSONAL)
@given(
    seed=st.integers(0, 2**32), before=st.text("abc :;=\n", max_size=5), after=st.text("xyz ;\n", max_size=5)
)
def test_rl11_number_is_found_amid_other_text(kind: str, seed: int, before: str, after: str) -> None:
    draw, _, rule = persons.PERSONAL[kind]
    text = f"{before} {draw(random.Random(seed))} {after}"
    if kind == "NPWP":
        text = f"{before} {persons.NPWP_FORMATS['formatted'](draw(random.Random(seed)))} {after}"
    assert rule in {hit.rule for hit in texts.hits(text)}


@given(st.text(max_size=300))
def test_masking_leaves_nothing_to_be_found(text: str) -> None:
    assert texts.hits(masked(text)) == [] or not texts.SUSPECT.search(texts.plain(text))


def test_long_digits_cost_linear_time() -> None:
    for text in ("1 " * 50_000 + "x", "1" * 100_000, "1-" * 50_000, "a@" * 50_000, "0812 " * 20_000):
        texts.hits(text)
