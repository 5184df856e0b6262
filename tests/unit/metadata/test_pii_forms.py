from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.metadata.pii import forms

EXAMPLES: dict[str, dict[str, list[dict[str, str]]]] = yaml.safe_load(
    (Path(__file__).parents[2] / "data" / "pribadi" / "periksa-nik.yaml").read_text("utf-8")
)["contoh"]
TESTS: dict[str, Any] = {
    "nik": forms.is_nik,
    "kk": forms.is_kk,
    "nip": forms.is_nip,
    "npwp": forms.is_npwp,
    "telepon": forms.is_phone,
    "surel": forms.is_email,
    "nop": forms.is_nop,
}
CASES = [
    pytest.param(kind, example["teks"], key == "sah_bentuk", id=f"{kind}-{example['teks']}")
    for kind, groups in EXAMPLES.items()
    for key, examples in groups.items()
    for example in examples
]


def test_n1_examples_cover_each_form() -> None:
    assert set(EXAMPLES) == set(TESTS)
    assert len(CASES) == 280


@pytest.mark.parametrize(("kind", "text", "expected"), CASES)
def test_n1_n5_examples_are_told_by_their_form(kind: str, text: str, expected: bool) -> None:
    assert TESTS[kind](text) is expected


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("0840-0000-0002", "084000000002"),
        ("+62 840 0000 002", "08400000002"),
        ("00628400000002", "08400000002"),
        ("+62 (0)840 0000 002", "08400000002"),
        ("62.812.500.000", None),
        ("084000", None),
    ],
)
def test_n4_mobile_numbers_have_one_form(written: str, digits: str | None) -> None:
    assert forms.phone_digits(written) == digits


def test_n2_check_digit_is_that_of_the_tax_office() -> None:
    assert forms.passes_check_digit("013121660091000")
    assert forms.passes_check_digit("0013121660091000")
    assert not forms.passes_check_digit("013121661091000")
    assert not forms.passes_check_digit("0" * 16)


@given(st.text(max_size=40))
def test_no_text_breaks_a_form(text: str) -> None:
    for test in TESTS.values():
        assert test(text) in (True, False)
