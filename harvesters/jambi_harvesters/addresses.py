"""Which addresses may be connected to (harvesting.md 3.1): public ones, and internal ones on the allowlist.

A name is resolved once; every address is judged; the caller connects to a judged address and nothing else, so
that a second look-up cannot lead elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from jambi_harvesters.errors import AddressRefusedError, SourceDownError

Resolver = Callable[[str, int], Sequence[str]]
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOW_32 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Target:
    """One row of the allowlist of internal targets; all four parts must match."""

    name: str
    host: str
    cidr: str
    port: int
    path_prefix: str = "/"

    def matches(self, place: Place, address: IpAddress) -> bool:
        """Say whether this row allows that address for that place."""
        network = ipaddress.ip_network(self.cidr, strict=False)
        return (
            place.host == self.host.casefold()
            and place.port == self.port
            and address.version == network.version
            and address in network
            and _below(place.path, self.path_prefix)
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL points: scheme, host, port and path."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must stay equal for credentials to be sent on."""
        return (self.scheme, self.host, self.port)


def place_of(url: str) -> Place:
    """Take a URL apart.

    Raises:
        AddressRefusedError: if it is no plain http or https URL.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").casefold(), parts.port
    except ValueError:
        raise AddressRefusedError(host="?", reason="no valid address", alasan="alamat tidak sah") from None
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise AddressRefusedError(
            host=host or "?", reason="only http and https", alasan="hanya http dan https"
        )
    if parts.username is not None or parts.password is not None:
        raise AddressRefusedError(host=host, reason="user name in the URL", alasan="ada nama pengguna di URL")
    return Place(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], parts.path or "/")


def resolve(host: str, port: int) -> Sequence[str]:
    """Return all addresses of a name, as the operating system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def judge(
    place: Place, *, resolver: Resolver = resolve, targets: Sequence[Target] = (), demo: bool = False
) -> list[str]:
    """Return the addresses of a place that may be connected to.

    Args:
        demo: whether the allowlist may name loopback and link-local addresses.

    Raises:
        SourceDownError: if the name is not known.
        AddressRefusedError: if no address is allowed.
    """
    try:
        found = [ipaddress.ip_address(text.partition("%")[0]) for text in resolver(place.host, place.port)]
    except (OSError, UnicodeError, ValueError):
        raise SourceDownError(
            url=place.host, reason="its name is not known", alasan="namanya tidak dikenal"
        ) from None
    allowed = [str(address) for address in found if _allowed(place, address, targets, demo)]
    if not allowed:
        raise AddressRefusedError(
            host=place.host,
            reason="it leads to an internal address",
            alasan="alamat itu mengarah ke jaringan internal",
        )
    return allowed


def is_one_of(host: str, names: Sequence[str]) -> bool:
    """Say whether a host is one of these names; `.name` stands for all hosts below a name."""
    plain = host.casefold()
    return any(plain.endswith(name) if name.startswith(".") else plain == name for name in names)


def is_public(address: IpAddress) -> bool:
    """Say whether an address, and every address hidden in it, belongs to the public internet."""
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in _unwrapped(address))


def _allowed(place: Place, address: IpAddress, targets: Sequence[Target], demo: bool) -> bool:
    if is_public(address):
        return True
    near = any(one.is_loopback or one.is_link_local or one.is_unspecified for one in _unwrapped(address))
    if near and not demo:
        return False
    return any(target.matches(place, address) for target in targets)


def _unwrapped(address: IpAddress) -> Iterator[IpAddress]:
    """Yield the address and the IPv4 address that it carries (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & _LOW_32))
    carried = [one for one in inner if one is not None]
    yield from carried
    if address.ipv4_mapped is None:
        yield address


def _below(path: str, prefix: str) -> bool:
    """Say whether a path lies below a prefix, whatever spelling is used to climb out of it."""
    plain = unquote(unquote(path))
    if "\\" in plain or any(step in (".", "..") for step in plain.split("/")):
        return False
    base = prefix.rstrip("/")
    return plain == base or plain.startswith(f"{base}/")
