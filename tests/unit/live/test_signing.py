from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.live import signing

NOW = 1_790_000_000
SECRET = "rahasia"


def stamp(secret: str = SECRET, timestamp: str = str(NOW), body: bytes = b"{}") -> signing.Stamp:
    made = signing.parse(timestamp, signing.sign(secret, timestamp, body))
    assert made
    return made


def test_hv31_signature_is_hmac_of_timestamp_dot_body() -> None:
    expected = hmac.new(b"rahasia", b"1790000000.{}", hashlib.sha256).hexdigest()

    assert signing.sign("rahasia", "1790000000", b"{}") == f"sha256={expected}"


@given(st.text(min_size=1), st.binary(), st.text(min_size=1), st.binary())
def test_hv31_only_the_same_secret_and_body_are_genuine(
    secret: str, body: bytes, other: str, another: bytes
) -> None:
    made = stamp(secret, body=body)

    assert made.is_genuine(secret, body)
    assert made.is_genuine(other, another) == ((other, another) == (secret, body))


def test_hv31_timestamp_is_signed_too() -> None:
    signature = signing.sign("rahasia", str(NOW), b"")
    moved = signing.parse(str(NOW + 1), signature)

    assert moved is not None
    assert not moved.is_genuine("rahasia", b"")


@pytest.mark.parametrize(
    ("age", "timely"), [(0, True), (300, True), (301, False), (-300, True), (-301, False), (10**9, False)]
)
def test_hv31_window_is_five_minutes_either_way(age: int, timely: bool) -> None:
    assert stamp().is_timely(NOW + age) is timely


@pytest.mark.parametrize(
    "timestamp", [None, "", "x", "-1", "1e9", "1.", "\u0661\u0662", "1790000000.0123456789", " 1"]
)
def test_hv31_other_forms_of_a_timestamp_are_refused(timestamp: str | None) -> None:
    assert signing.parse(timestamp, signing.sign("a", "1", b"")) is None


@pytest.mark.parametrize(
    "signature", [None, "", "sha256=", "sha1=" + "a" * 64, "sha256=" + "a" * 63, "a" * 64]
)
def test_hv31_other_forms_of_a_signature_are_refused(signature: str | None) -> None:
    assert signing.parse(str(NOW), signature) is None


def test_hv31_fraction_of_a_second_tells_two_requests_apart() -> None:
    assert stamp(timestamp=f"{NOW}.001").signature != stamp(timestamp=f"{NOW}.002").signature
    assert stamp(timestamp=f"{NOW}.5").is_timely(NOW)


@pytest.mark.parametrize(
    ("source", "name"),
    [("dinkes-puskesmas", "LIVE_DINKES_PUSKESMAS"), ("a" * 63, "LIVE_" + "A" * 59)],
)
def test_secret_of_a_source_has_a_name_that_the_vault_takes(source: str, name: str) -> None:
    assert signing.secret_name(source) == name
