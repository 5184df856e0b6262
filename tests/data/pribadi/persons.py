"""A seeded corpus for the detector of personal data: values of persons who cannot exist, and plain numbers.

No value can be anybody's: identity numbers name a regency 99 that no province has, civil servants' numbers
the serial 000, telephone numbers the prefixes 084 and 086 that no operator has, addresses the domains
that are reserved for examples. How the forms are built is told in `periksa-nik.yaml` beside this file.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import date, timedelta

from stdnum import luhn

PROVINCES = ("11", "12", "14", "15", "16", "31", "32", "33", "51", "64", "73", "94")
Write = Callable[[str], object]
Draw = Callable[[random.Random], object]


def _grouped(*sizes: int, by: str) -> Write:
    def write(digits: str) -> str:
        parts, at = [], 0
        for size in sizes:
            parts.append(digits[at : at + size])
            at += size
        return by.join(part for part in [*parts, digits[at:]] if part)

    return write


def _wide(text: str) -> str:
    return text.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})


IDENTITY_FORMATS: dict[str, Write] = {
    "plain": str,
    "spaces": _grouped(4, 4, 4, by=" "),
    "dots": _grouped(4, 2, 6, by="."),
    "dashes": _grouped(6, 6, by="-"),
    "apostrophe": "'{}".format,
    "quotes": '"{}"'.format,
    "formula": '="{}"'.format,
    "number": int,
    "decimals": "{}.0".format,
    "in a sentence": "Pemohon dengan NIK {}, alamat terlampir.".format,
    "numbered file": "{}-2.pdf".format,
    "scientific, whole": lambda digits: f"{digits[0]}.{digits[1:]}E+15",
    "scientific, cut": lambda digits: f"{digits[0]},{digits[1:4]}E+15",
}
SERVANT_FORMATS: dict[str, Write] = {
    "plain": str,
    "spaces": _grouped(8, 6, 1, by=" "),
    "dots": _grouped(8, 6, 1, by="."),
    "dashes": _grouped(8, 6, 1, by="-"),
    "apostrophe": "'{}".format,
    "quotes": '"{}"'.format,
    "formula": '="{}"'.format,
    "number": int,
    "decimals": "{}.0".format,
    "in a sentence": "Ditetapkan oleh NIP. {} pada hari ini".format,
    "numbered file": "{}-2.pdf".format,
    "full width": _wide,
    "scientific, whole": lambda digits: f"{digits[0]}.{digits[1:]}E+17",
}
PHONE_FORMATS: dict[str, Write] = {
    "plain": str,
    "dashes": _grouped(4, 4, by="-"),
    "spaces": _grouped(4, 4, by=" "),
    "dots": _grouped(4, 4, by="."),
    "apostrophe": "'{}".format,
    "quotes": '"{}"'.format,
    "country code": lambda digits: f"+62{digits[1:]}",
    "country code, spaced": lambda digits: f"+62 {digits[1:4]}-{digits[4:8]}-{digits[8:]}",
    "country code as number": lambda digits: int(f"62{digits[1:]}"),
    "brackets": lambda digits: f"(+62) {digits[1:]}",
    "link": lambda digits: f"https://wa.me/62{digits[1:]}",
    "in a sentence": "Hubungi WA {} (jam kerja)".format,
}
EMAIL_FORMATS: dict[str, Write] = {
    "plain": str,
    "upper case": str.upper,
    "mailto": "mailto:{}".format,
    "angle brackets": "<{}>".format,
    "with a name": "Warga Contoh <{}>".format,
    "in a sentence": "Kirim ke {}.".format,
    "quotes": '"{}"'.format,
    "list": "walidata@example.go.id; {}".format,
    "brackets": "({})".format,
    "apostrophe": "'{}".format,
    "spaces around": " {}\t".format,
    "after a colon": "surel:{}".format,
}
NPWP_FORMATS: dict[str, Write] = {
    "formatted": lambda digits: (
        f"{digits[:2]}.{digits[2:5]}.{digits[5:8]}.{digits[8]}-{digits[9:12]}.{digits[12:]}"
    ),
    "formatted, in a sentence": lambda digits: f"NPWP {NPWP_FORMATS['formatted'](digits)} terdaftar",
    "16 digits": "0{}".format,
    "16 digits, quotes": '"0{}"'.format,
}


def nik(rng: random.Random) -> str:
    """Return a NIK of nobody."""
    day = rng.randint(1, 31) + rng.choice((0, 40))
    return f"{rng.choice(PROVINCES)}99{rng.randint(1, 99):02d}{day:02d}{rng.randint(1, 12):02d}{rng.randint(0, 99):02d}{rng.randint(1, 9999):04d}"


def kk(rng: random.Random) -> str:
    """Return a family card's number of nobody."""
    return f"{rng.choice(PROVINCES)}99{rng.randint(1, 99):02d}{rng.randint(1, 31):02d}{rng.randint(1, 12):02d}{rng.randint(0, 26):02d}{rng.randint(1, 9999):04d}"


def nip(rng: random.Random) -> str:
    """Return a civil servant's number of nobody."""
    born = date(1960, 1, 1) + timedelta(days=rng.randint(0, 15_000))
    month = rng.choice([*range(1, 13), 21])
    return f"{born:%Y%m%d}{born.year + rng.randint(18, 30)}{month:02d}{rng.choice('12')}000"


def phone(rng: random.Random) -> str:
    """Return a mobile number of nobody, from its 0 on."""
    return rng.choice(("084", "086")) + "".join(rng.choices("0123456789", k=rng.randint(8, 10)))


def email(rng: random.Random) -> str:
    """Return an address of nobody."""
    name = "".join(rng.choices("abcdefghij", k=rng.randint(1, 12)))
    domain = rng.choice(("example.com", "example.org", "sub.example.net", "contoh.test"))
    return f"{name}{rng.choice(('', '.x', '_1', '-b'))}@{domain}"


def npwp(rng: random.Random) -> str:
    """Return a taxpayer's number of nobody: of the tax office 999, with the right check digit."""
    body = "".join(rng.choices("0123456789", k=7))
    return f"9{body}{luhn.calc_check_digit('9' + body)}999000"


PERSONAL: dict[str, tuple[Callable[[random.Random], str], dict[str, Write], str]] = {
    "NIK": (nik, IDENTITY_FORMATS, "N1"),
    "KK": (kk, IDENTITY_FORMATS, "N1"),
    "NPWP": (npwp, NPWP_FORMATS, "N2"),
    "NIP": (nip, SERVANT_FORMATS, "N3"),
    "phone": (phone, PHONE_FORMATS, "N4"),
    "e-mail": (email, EMAIL_FORMATS, "N5"),
}


def _digits(rng: random.Random, size: int) -> str:
    return "".join(rng.choices("0123456789", k=size))


def _day(rng: random.Random) -> date:
    return date(2010, 1, 1) + timedelta(days=rng.randint(0, 6000))


def _price(rng: random.Random) -> int:
    return int(10 ** rng.uniform(3, 12))


def _rupiah(rng: random.Random) -> str:
    return f"{_price(rng):,}".replace(",", ".") + rng.choice(("", ",00"))


def _company(rng: random.Random) -> str:
    return f"{_day(rng):%d%m%y}{rng.randint(0, 9_999_999):07d}"


def _census(rng: random.Random) -> str:
    kecamatan = rng.choice(("010", "011", "020", "021", "030", "040", "050", "051", "060", "070", "080"))
    return f"1571{kecamatan}{rng.randint(1, 12):03d}{rng.randint(1, 60):04d}{rng.choice(('00', '01', '02'))}"


def _property(rng: random.Random) -> str:
    parts = f"15.71.{rng.randint(1, 99) * 10:03d}.{rng.randint(1, 12):03d}.{rng.randint(1, 99):03d}"
    return f"{parts}-{rng.randint(1, 9999):04d}.{rng.randint(0, 9)}"


def _budget(rng: random.Random) -> str:
    return f"{rng.randint(1, 9)}.{rng.randint(1, 3)}.{rng.randint(1, 12):02d}.{rng.randint(1, 12):02d}.{rng.randint(1, 30):02d}.{rng.randint(1, 9999):04d}"


def _activity(rng: random.Random) -> str:
    return f"{rng.randint(1, 8)}.{rng.randint(1, 25):02d}.{rng.randint(1, 9):02d}.2.{rng.randint(1, 12):02d}.{rng.randint(1, 99):04d}"


NUMBERS: dict[str, tuple[int, Draw]] = {
    "procurement code": (8, lambda rng: str(rng.randint(10_000_000, 99_999_999))),
    "school number": (5, lambda rng: f"105{_digits(rng, 5)}"),
    "price": (12, _price),
    "price in rupiah": (10, _rupiah),
    "coordinate": (8, lambda rng: round(rng.uniform(-1.7, -1.5), 7)),
    "coordinate, long": (3, lambda rng: repr(rng.uniform(103.5, 103.7))),
    "coordinate pair": (2, lambda rng: f"{rng.uniform(-1.7, -1.5):.7f}, {rng.uniform(103.5, 103.7):.7f}"),
    "date": (6, lambda rng: _day(rng).isoformat()),
    "date, day first": (6, lambda rng: f"{_day(rng):%d-%m-%Y}"),
    "date range": (2, lambda rng: f"{_day(rng):%d-%m-%Y} {_day(rng):%d-%m-%Y}"),
    "instant": (5, lambda rng: f"{_day(rng)}T{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:00+07:00"),
    "instant, day first": (
        2,
        lambda rng: f"{_day(rng):%d-%m-%Y} {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}",
    ),
    "land line": (3, lambda rng: f"(0741) {_digits(rng, 6)}"),
    "land line, dash": (2, lambda rng: f"0741-{_digits(rng, 6)}"),
    "free call": (1, lambda rng: f"0800-{_digits(rng, 3)}-{_digits(rng, 4)}"),
    "budget code": (6, _budget),
    "activity code": (3, _activity),
    "area code": (4, lambda rng: f"15.71.{rng.randint(1, 11):02d}.{rng.randint(1001, 1012)}"),
    "area code of BPS": (2, lambda rng: f"1571{_digits(rng, 6)}"),
    "customer number": (2, lambda rng: f"14{_digits(rng, 10)}"),
    "company number": (2, _company),
    "property number": (1, _property),
    "uuid": (2, lambda rng: str(uuid.UUID(int=rng.getrandbits(128)))),
    "letter number": (
        1,
        lambda rng: f"{rng.randint(1, 999)}/{rng.randint(1, 999)}/DPMPTSP/{rng.randint(2015, 2026)}",
    ),
    "count": (2, lambda rng: rng.randint(0, 100_000)),
}
"""Kinds of number that the city's tables hold, with their share of the corpus in percent."""
HARD_NUMBERS: dict[str, Draw] = {
    "census block": _census,
    "random digits, 16": lambda rng: _digits(rng, 16),
    "random digits, 18": lambda rng: _digits(rng, 18),
    "company number": _company,
}
"""Numbers that are as long as a person's, some of which no rule of form can tell from one."""
assert sum(share for share, _ in NUMBERS.values()) == 100


def personal(kind: str, size: int, seed: int = 1) -> list[tuple[str, object]]:
    """Return (format, written value) of so many values of one kind, the formats in turn."""
    rng = random.Random(f"{kind}{seed}")
    draw, formats, _ = PERSONAL[kind]
    names = list(formats)
    return [(name := names[at % len(names)], formats[name](draw(rng))) for at in range(size)]


def numbers(size: int, seed: int = 1) -> list[tuple[str, object]]:
    """Return (kind, written value) of so many numbers that are none of a person."""
    rng = random.Random(f"numbers{seed}")
    shares = [share for share, _ in NUMBERS.values()]
    return [(name, NUMBERS[name][1](rng)) for name in rng.choices(list(NUMBERS), shares, k=size)]
