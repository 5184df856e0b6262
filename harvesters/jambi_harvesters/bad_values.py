"""Why a single value or row cannot be read, in both languages. Values themselves are never quoted."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, tuple[str, str]] = {
    "not_a_number": ("no number", "bukan angka"),
    "number_locale": ("a number of another locale", "angka menurut lokal lain"),
    "not_whole": ("no whole number", "bukan bilangan bulat"),
    "bad_form": ("not in the declared form", "bentuknya tidak sesuai format"),
    "not_a_date": ("no date", "bukan tanggal"),
    "ambiguous_date": ("a date with two readings", "tanggal yang dapat dibaca dua cara"),
    "not_a_boolean": ("neither yes nor no", "bukan ya atau tidak"),
    "not_a_geometry": ("no geometry", "bukan geometri"),
    "ragged_row": ("another number of cells than headings", "jumlah selnya tidak sama dengan judul kolom"),
    "no_key": ("no value in the key column", "kolom kuncinya kosong"),
    "unknown_key": (
        "a key that fits no ids, or two sets of them",
        "kuncinya tidak cocok dengan satu susunan kode",
    ),
    "not_a_row": ("no object", "bukan objek"),
}


class BadValueError(Exception):
    """A value that is not what its column declares.

    Args:
        code: one of `REASONS`.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(REASONS[code][0])
