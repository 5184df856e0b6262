"""What a public door gave is judged whatever its form, and no value leaves the judge (RL12)."""

from __future__ import annotations

import json
import random

import persons
import pytest

from ckanext.jambi.metadata.doors.judge import Judge

RNG = random.Random(11)
PHONE, NIK = persons.phone(RNG), persons.nik(RNG)
PAGE = '<html><body><p title="{title}">{text}</p><a href="{link}">x</a></body></html>'


def rules(media_type: str, body: str, *seeded: str) -> list[tuple[str, str]]:
    return [(one.rule, one.severity) for one in Judge(seeded).hits("/x", media_type, body.encode())]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json; charset=utf-8", json.dumps({"result": {"notes": f"Hubungi {PHONE}"}})),
        ("text/csv", f"nama,kontak\nA,{PHONE}\n"),
        ("text/html", PAGE.format(title="", text=f"Hubungi {PHONE}", link="/")),
        ("text/html", PAGE.format(title=PHONE, text="", link="/")),
        ("text/html", PAGE.format(title="", text="", link=f"https://wa.me/62{PHONE[1:]}")),
        ("text/calendar", f"BEGIN:VEVENT\nSUMMARY:Hubungi {PHONE}\n"),
        ("application/atom+xml", f"<feed><title>Hubungi {PHONE}</title></feed>"),
        ("text/plain", f"satu\nHubungi {PHONE}\n"),
    ],
)
def test_rl12_a_persons_number_is_found_in_every_form(media_type: str, body: str) -> None:
    assert rules(media_type, body) == [("N4", "block")]


def test_rl12_planted_values_are_found_in_any_file_and_in_any_spelling() -> None:
    assert rules("application/pdf", "xx warga-uji yy", "warga-uji") == [("seeded", "block")]
    assert rules("application/json", json.dumps({"a": "Ibu “X”"}), "Ibu “X”") == [("seeded", "block")]
    assert rules("text/plain", "nothing here", "warga-uji") == []


def test_rl12_addresses_that_contact_fields_name_are_an_offices() -> None:
    judge = Judge()
    stated = json.dumps({"kontak_surel": "budi.santoso@dinas.example.go.id"}).encode()
    page = PAGE.format(title="", text="Tulis ke budi.santoso@dinas.example.go.id", link="/").encode()
    assert judge.hits("/a", "text/html", page)
    assert judge.hits("/b", "application/json", stated) == []
    assert judge.hits("/a", "text/html", page) == []


def test_rl12_private_address_in_a_contact_field_is_no_offices() -> None:
    judge = Judge()
    stated = json.dumps({"kontak_surel": "budi@gmail.com"}).encode()
    assert [one.rule for one in judge.hits("/b", "application/json", stated)] == ["N5"]


def test_rl12_no_value_is_told() -> None:
    body = json.dumps({"result": {PHONE: f"NIK {NIK}, {PHONE}"}})
    told = repr(Judge([NIK]).hits("/x", "application/json", body.encode()))
    assert "N4" in told
    assert PHONE not in told
    assert NIK not in told


def test_rl12_plain_answer_is_no_hit() -> None:
    body = json.dumps({"id": "8d5f8d6e-1c1b-4a4e-9a0b-1a2b3c4d5e6f", "at": "2026-01-01T00:00:00", "n": 12345})
    assert rules("application/json", body) == []
