from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ckanext.jambi.metadata.pii import headers
from ckanext.jambi.metadata.pii.judging import CONDITIONS

DATA = Path(__file__).parents[2] / "data" / "pribadi" / "kepala-kolom.yaml"
EXAMPLES = yaml.safe_load(DATA.read_text("utf-8"))["contoh_uji"]


@pytest.mark.parametrize("example", EXAMPLES, ids=[one["kepala"] for one in EXAMPLES])
def test_n6_examples_are_in_their_list(example: dict[str, str]) -> None:
    assert headers.judge(example["kepala"]).verdict == example["hasil"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("N I K", "nik"),
        ("No. HP 2", "no_hp"),
        ("Tempat/Tgl Lahir", "tempat_tgl_lahir"),
        (" E-mail ", "e_mail"),
    ],
)
def test_n6_spellings_of_a_header_are_one(header: str, name: str) -> None:
    assert headers.fold(header) == name


@pytest.mark.parametrize("header", ["NIK", "No KK", "nik_ibu", "NIK Pemohon", "no.ktp"])
def test_n1_header_of_identity_numbers_blocks(header: str) -> None:
    assert headers.judge(header).blocks


@pytest.mark.parametrize("header", ["teknik", "jumlah_nik_ganda", "jumlah_kk", "klinik"])
def test_n1_header_that_only_sounds_like_it_does_not(header: str) -> None:
    assert not headers.judge(header).blocks


def test_n6_label_is_asked_where_the_name_says_nothing() -> None:
    assert headers.judge("kolom_7", "Nama Lengkap").verdict is headers.Verdict.REFUSED
    assert headers.judge("nama_sekolah", "Nama").verdict is headers.Verdict.ALLOWED


def test_n6_each_condition_of_the_file_is_known() -> None:
    wanted = {row["bila"] for row in headers.document()["tinjau"]}
    assert wanted == set(CONDITIONS)


def test_n6_the_file_keeps_all_headers_of_its_source() -> None:
    source = yaml.safe_load(DATA.read_text("utf-8"))
    for name in ("izin_persis", "izin_pola", "tolak", "kombinasi_berbahaya"):
        assert headers.document()[name] == source[name]
    assert [row["kepala"] for row in headers.document()["tinjau"]] == [
        row["kepala"] for row in source["tinjau"]
    ]
