from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import sumber

from jambi_harvesters.redaction import MASK, Redactor, has_userinfo, is_key_name

SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=6, max_size=20)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a:b@host.test/x", "https://***@host.test/x"),
        ("https://host.test/api?API-KEY=KUNCI&page=2", "https://host.test/api?API-KEY=***&page=2"),
        ("/v1/api/list/key/abc123/?page=1", "/v1/api/list/key/***/?page=1"),
        ("Authorization: Basic Y29udG9oOmNvbnRvaA==", "Authorization: Basic ***"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("nip=198501012010011000", "nip=***"),
        ("https://host.test/data?tahun=2026", "https://host.test/data?tahun=2026"),
    ],
)
def test_s31_known_shapes_are_masked(text: str, shown: str) -> None:
    assert Redactor()(text) == shown


def test_s31_recorded_requests_lose_their_keys() -> None:
    shown = Redactor()(sumber("kunci-di-url.http").decode())
    for secret in ("KUNCI-CONTOH", "Y29udG9oOmNvbnRvaA==", "198501012010011000"):
        assert secret not in shown


@given(SECRETS, st.text(max_size=10), st.text(max_size=10))
def test_s31_a_known_secret_never_shows(secret: str, before: str, after: str) -> None:
    redact = Redactor([secret])
    for spelling in (secret, quote(secret, safe="")):
        shown = redact(f"{before} {spelling} {after}")
        assert shown.count(spelling) <= f"{before} {MASK} {after}".count(spelling)


@given(SECRETS)
def test_masking_twice_changes_nothing(secret: str) -> None:
    redact = Redactor([secret])
    once = redact(f"https://h.test/?token={quote(secret)}")
    assert redact(once) == once


@pytest.mark.parametrize(
    "name", ["api_key", "X-API-Key", "access_token", "KUNCI", "sandi", "nik", "client-secret"]
)
def test_key_names(name: str) -> None:
    assert is_key_name(name)


@pytest.mark.parametrize("name", ["page", "per_page", "tahun", "kecamatan", "format"])
def test_plain_names(name: str) -> None:
    assert not is_key_name(name)


def test_userinfo_is_found() -> None:
    assert has_userinfo("http://a@b.test/")
    assert not has_userinfo("http://b.test/a@b")
