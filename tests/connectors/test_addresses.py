from __future__ import annotations

import pytest

from jambi_harvesters.addresses import Place, Target, judge, place_of
from jambi_harvesters.errors import AddressRefusedError

ROW = Target("api", "dalam.go.id", "10.1.0.0/16", 8080, "/api")


def judged(url: str, *found: str, demo: bool = False, targets: tuple[Target, ...] = ()) -> list[str]:
    return judge(place_of(url), resolver=lambda host, port: found, targets=targets, demo=demo)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "ff02::1",
    ],
)
def test_s13_internal_address_is_refused(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        judged("http://contoh.go.id/", address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_public_address_is_allowed(address: str) -> None:
    assert judged("https://contoh.go.id/", address) == [address]


def test_only_the_judged_addresses_of_a_name_remain() -> None:
    assert judged("http://contoh.go.id/", "10.0.0.1", "8.8.8.8") == ["8.8.8.8"]


@pytest.mark.parametrize(
    ("url", "address", "allowed"),
    [
        ("http://dalam.go.id:8080/api", "10.1.2.3", True),
        ("http://DALAM.go.id:8080/api/v1/data", "10.1.2.3", True),
        ("http://dalam.go.id:8080/apikey", "10.1.2.3", False),
        ("http://dalam.go.id:8080/api/../admin", "10.1.2.3", False),
        ("http://dalam.go.id:8080/api/%2e%2e/admin", "10.1.2.3", False),
        ("http://dalam.go.id:8080/api/%252e%252e/admin", "10.1.2.3", False),
        ("http://dalam.go.id:8080/", "10.1.2.3", False),
        ("http://dalam.go.id/api", "10.1.2.3", False),
        ("http://dalam.go.id:8080/api", "10.2.0.1", False),
        ("http://lain.go.id:8080/api", "10.1.2.3", False),
    ],
)
def test_internal_target_needs_all_four_parts(url: str, address: str, allowed: bool) -> None:
    if allowed:
        assert judged(url, address, targets=(ROW,)) == [address]
    else:
        with pytest.raises(AddressRefusedError):
            judged(url, address, targets=(ROW,))


def test_loopback_can_be_pinned_in_demo_mode_only() -> None:
    row = Target("kota-peraga", "peraga.test", "127.0.0.0/8", 80, "/")
    assert judged("http://peraga.test/", "127.0.0.1", targets=(row,), demo=True) == ["127.0.0.1"]
    with pytest.raises(AddressRefusedError):
        judged("http://peraga.test/", "127.0.0.1", targets=(row,))


def test_place_names_the_default_port() -> None:
    assert place_of("https://Contoh.go.id/a?b=1") == Place("https", "contoh.go.id", 443, "/a")
