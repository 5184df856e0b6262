from __future__ import annotations

import contextlib
import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi import clock
from ckanext.jambi.metadata.rules import RULES
from ckanext.jambi.metadata.values import RefusedError, WeakError, as_list, blank

LONG = "Jumlah penduduk menurut kelurahan dan jenis kelamin dari data administrasi kependudukan semester."
AHEAD = (clock.today().date() + datetime.timedelta(days=2)).isoformat()  # still ahead if midnight passes

TAKEN: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("jambi_plain_title", {}, "  Jumlah   Penduduk\nmenurut Kelurahan ", "Jumlah Penduduk menurut Kelurahan"),
    ("jambi_plain_title", {}, "Jumlah Pemilih menurut Daftar 12021", "Jumlah Pemilih menurut Daftar 12021"),
    ("jambi_description", {}, LONG, LONG),
    ("jambi_plain_text", {}, "a < b dan c > d", "a < b dan c > d"),
    ("jambi_release_schedule", {}, "tanggal 15  bulan berikutnya", "tanggal 15 bulan berikutnya"),
    ("jambi_release_schedule", {}, "31-12-2026", "2026-12-31"),
    ("jambi_release_schedule", {}, "H+10 kerja akhir bulan", "H+10 kerja akhir bulan"),
    ("jambi_vocabulary_code", {"vocabulary": "satuan"}, "Jiwa", "orang"),
    ("jambi_unit", {"vocabulary": "ukuran"}, "Persentase", "persentase"),
    ("jambi_access_class", {"vocabulary": "klasifikasi_akses"}, "restricted public", "terbatas"),
    ("jambi_vocabulary_codes", {"vocabulary": "kode_referensi"}, ["BPS", "bps", "kemendagri"], None),
    ("jambi_topic", {"vocabulary": "topik"}, "Kesehatan", ["kesehatan"]),
    ("jambi_area_codes", {"vocabulary": "wilayah"}, ["15.71", "Kecamatan Jelutung"], ["15.71", "15.71.08"]),
    ("jambi_frequency", {}, "per bulan", "bulanan"),
    ("jambi_frequency", {}, "R/P1Y", "tahunan"),
    ("jambi_license", {"vocabulary": "lisensi"}, "CC0", "cc-zero"),
    ("jambi_format", {"vocabulary": "format"}, "text/csv", None),
    ("jambi_format", {"vocabulary": "format"}, "excel", "XLSX"),
    ("jambi_format", {"vocabulary": "format"}, "geojson", "GeoJSON"),
    ("jambi_iso_date", {}, "2026-01-31", "2026-01-31"),
    ("jambi_iso_date", {}, "31/1/2026", "2026-01-31"),
    ("jambi_iso_date", {}, "2026-01-31T23:00:00+07:00", "2026-01-31"),
    ("jambi_iso_date", {}, datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC), "2026-01-31"),
    ("jambi_past_date", {}, "2025-01-01", "2025-01-01"),
    ("jambi_years", {}, "2026, 2025", ["2025", "2026"]),
    ("jambi_years", {}, [2026], ["2026"]),
    ("jambi_bps_id", {}, "14857", "14857"),
    ("jambi_bps_id", {}, "https://indah.bps.go.id/1", "https://indah.bps.go.id/1"),
    ("jambi_web_address", {}, "https://dinkes.jambikota.go.id", "https://dinkes.jambikota.go.id"),
    ("jambi_column_name", {}, " tanggal ", "tanggal"),
    ("jambi_text_list", {}, "a\n\nb\na", ["a", "b"]),
    ("jambi_verbatim", {}, r"\frac{a}{b} < 1", r"\frac{a}{b} < 1"),
    ("jambi_yes_no", {}, "Ya", True),
    ("jambi_yes_no", {}, False, False),
    ("jambi_office_email", {}, "Kepala.Data@Dinkes.JambiKota.go.id", "kepala.data@dinkes.jambikota.go.id"),
    ("jambi_office_phone", {}, "(0741) 123-456", "(0741) 123-456"),
    ("jambi_office_phone", {}, "+62 741 123456", "+62 741 123456"),
    ("jambi_office_phone", {}, "112", "112"),
    ("jambi_post_title", {}, "Kepala Bidang Statistik", "Kepala Bidang Statistik"),
    ("jambi_post_title", {}, "Pranata Komputer Ahli Muda", "Pranata Komputer Ahli Muda"),
    ("jambi_concept", {"wording": "concept"}, "Tinggi muka air", "Tinggi muka air"),
    ("jambi_concept", {"wording": "definition"}, "Banyaknya sampah yang timbul di Kota Jambi.", None),
]  # fmt: skip
WEAK: list[tuple[str, dict[str, Any], Any, str]] = [
    ("jambi_plain_title", {}, "Jumlah Penduduk Tahun 2024", "year_in_title"),
    ("jambi_plain_title", {}, "<b>Jumlah</b> Penduduk", "html"),
    ("jambi_plain_title", {}, "x" * 151, "too_long"),
    ("jambi_description", {}, "Terlalu pendek.", "too_short"),
    ("jambi_description", {}, f"<p>{LONG}</p>", "html"),
    ("jambi_plain_text", {}, "satu&nbsp;dua", "html"),
    ("jambi_release_schedule", {}, "x" * 201, "too_long"),
    ("jambi_topic", {"vocabulary": "topik"}, ["kesehatan", "sosial", "hukum"], "too_many"),
    ("jambi_frequency", {}, "R/P1.5M", "unknown_frequency"),
    ("jambi_frequency", {}, "tidak_diketahui", "unknown_frequency"),
    ("jambi_license", {"vocabulary": "lisensi"}, "notspecified", "no_licence"),
    ("jambi_license", {"vocabulary": "lisensi"}, "lisensi saya", "no_licence"),
    ("jambi_past_date", {}, AHEAD, "future_date"),
    ("jambi_post_title", {}, "Budi Santoso", "no_post"),
    ("jambi_post_title", {}, "Kepala Dinas, dr. Budi", "no_post"),
    ("jambi_post_title", {}, "Kepala Seksi 198001012005011001", "no_post"),
    ("jambi_post_title", {}, "Bapak Kepala Bidang", "no_post"),
    ("jambi_concept", {"wording": "concept"}, "penduduk", "not_capitalised"),
    ("jambi_concept", {"wording": "concept"}, "Realisasi PAD", "abbreviation"),
    ("jambi_concept", {"wording": "concept"}, "Jumlah penduduk", "measure"),
    ("jambi_concept", {"wording": "concept"}, "Penduduk tahunan", "period"),
    ("jambi_concept", {"wording": "concept"}, "Penduduk Kota Jambi", "area"),
    ("jambi_concept", {"wording": "definition"}, "jarak tegak", "not_capitalised"),
]  # fmt: skip
REFUSED: list[tuple[str, dict[str, Any], Any, str]] = [
    ("jambi_vocabulary_code", {"vocabulary": "satuan"}, "sebanyak itu", "unknown_term"),
    ("jambi_unit", {"vocabulary": "satuan"}, "furlong", "unknown_term"),
    ("jambi_access_class", {"vocabulary": "klasifikasi_akses"}, "setengah terbuka", "unknown_term"),
    ("jambi_vocabulary_codes", {"vocabulary": "kode_referensi"}, ["bps", "entah"], "unknown_term"),
    ("jambi_vocabulary_codes", {"vocabulary": "kode_referensi"}, [15.71], "not_a_list"),
    ("jambi_topic", {"vocabulary": "topik"}, ["ramalan"], "unknown_term"),
    ("jambi_area_codes", {"vocabulary": "wilayah"}, [15.71], "not_a_list"),
    ("jambi_area_codes", {"vocabulary": "wilayah"}, ["15.72"], "unknown_term"),
    ("jambi_frequency", {}, "kadang-kadang", "unknown_frequency"),
    ("jambi_frequency", {}, "2", "unknown_frequency"),
    ("jambi_format", {"vocabulary": "format"}, "berkas aneh", "unknown_term"),
    ("jambi_iso_date", {}, "31-02-2026", "no_date"),
    ("jambi_iso_date", {}, "00-00-0000", "no_date"),
    ("jambi_iso_date", {}, "kemarin", "no_date"),
    ("jambi_years", {}, "2019", "no_year"),
    ("jambi_years", {}, ["dua ribu"], "no_year"),
    ("jambi_bps_id", {}, "MS-14857", "no_id"),
    ("jambi_web_address", {}, "javascript:alert(1)", "no_address"),
    ("jambi_web_address", {}, "https://nama:sandi@contoh.go.id", "no_address"),
    ("jambi_text_list", {}, {"a": 1}, "not_a_list"),
    ("jambi_yes_no", {}, "mungkin", "not_yes_no"),
    ("jambi_office_email", {}, "kantor", "no_email"),
    ("jambi_office_email", {}, "kepala@gmail.com", "personal_email"),
    ("jambi_office_email", {}, "kepala@yahoo.co.id", "personal_email"),
    ("jambi_office_phone", {}, "0812-3456-7890", "mobile_phone"),
    ("jambi_office_phone", {}, "+62 812 3456 7890", "mobile_phone"),
    ("jambi_office_phone", {}, "nol tujuh", "no_phone"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field", "value", "stored"), TAKEN)
def test_value_is_taken_and_normalised(name: str, field: dict[str, Any], value: Any, stored: Any) -> None:
    found = RULES[name](value, field)

    assert stored is None or found == stored


@pytest.mark.parametrize(("name", "field", "value", "code"), WEAK)
def test_m5_value_that_only_a_draft_may_have_is_weak(
    name: str, field: dict[str, Any], value: Any, code: str
) -> None:
    with pytest.raises(WeakError) as caught:
        RULES[name](value, field)

    assert caught.value.code == code
    assert caught.value.value


@pytest.mark.parametrize(("name", "field", "value", "code"), REFUSED)
def test_value_that_means_nothing_is_refused_with_what_to_do(
    name: str, field: dict[str, Any], value: Any, code: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        RULES[name](value, field)

    assert caught.value.code == code
    assert not isinstance(caught.value, WeakError)
    assert str(caught.value).endswith(".")


def test_every_rule_has_a_value_it_takes_and_one_it_does_not() -> None:
    taken = {row[0] for row in TAKEN}
    not_taken = {row[0] for row in [*WEAK, *REFUSED]}

    assert taken == set(RULES)
    assert set(RULES) - not_taken == {"jambi_column_name", "jambi_verbatim"}


@pytest.mark.parametrize(("name", "field", "value", "stored"), TAKEN)
def test_what_was_stored_is_taken_again_unchanged(
    name: str, field: dict[str, Any], value: Any, stored: Any
) -> None:
    once = RULES[name](value, field)

    assert RULES[name](once, field) == once


@pytest.mark.parametrize("value", [None, "", "  ", "-", "n/a", "[]", [], {}, "N/A"])
def test_nothing_said_is_blank(value: Any) -> None:
    assert blank(value)


@pytest.mark.parametrize("value", [0, False, "0", "a", ["a"]])
def test_something_said_is_not_blank(value: Any) -> None:
    assert not blank(value)


@given(st.lists(st.text(alphabet="abcdef", min_size=1), unique=True))
def test_list_survives_storage(words: list[str]) -> None:
    assert as_list(json.dumps(words)) == as_list(words) == words


@given(st.sampled_from(sorted(RULES)), st.text())
def test_any_text_is_taken_or_refused_by_name(name: str, text: str) -> None:
    with contextlib.suppress(RefusedError):
        RULES[name](text, {"vocabulary": "satuan", "wording": "concept"})
