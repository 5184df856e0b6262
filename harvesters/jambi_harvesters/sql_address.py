"""Where a database is: the address that a secret holds, taken apart and judged like any other (HV09)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from jambi_harvesters import addresses
from jambi_harvesters.addresses import Place
from jambi_harvesters.errors import AddressRefusedError, TlsRefusedError
from jambi_harvesters.http import Client

DRIVERS = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
PORTS = {"postgresql": 5432, "mysql": 3306}

_HOST = re.compile(r"[a-z0-9.:_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class SqlAddress:
    """The parts of `postgresql://user:password@host:port/database`; `shown` holds no secret."""

    driver: str
    host: str
    port: int
    database: str
    user: str
    password: str

    @property
    def shown(self) -> str:
        """The address as texts may show it."""
        return f"{self.driver}://{self.host}:{self.port}/{self.database}"

    @property
    def place(self) -> Place:
        """What the allowlist judges; the database stands for the path."""
        return Place(self.driver, self.host, self.port, f"/{self.database}")


def parse(text: str) -> SqlAddress:
    """Take an address apart. No part of it is ever quoted in an error.

    Raises:
        AddressRefusedError: if it is no address of a database, or holds options.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").casefold(), parts.port
    except ValueError:
        raise _refused("no valid address", "alamat tidak sah") from None
    database = unquote(parts.path.removeprefix("/"))
    _require_plain(parts, host, database)
    driver, user, password = (
        DRIVERS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )
    return SqlAddress(driver, host, port or PORTS[driver], database, user, password)


def _require_plain(parts: SplitResult, host: str, database: str) -> None:
    if parts.scheme not in DRIVERS:
        raise _refused("only postgresql and mysql", "hanya postgresql dan mysql")
    if not (_HOST.fullmatch(host) and database and parts.username):
        raise _refused(
            "host, user and database must be named", "host, pengguna, dan basis data wajib disebut"
        )
    if parts.query or parts.fragment or "/" in database:
        raise _refused("options in the address", "ada opsi di dalam alamat")


def judged(address: SqlAddress, client: Client) -> Sequence[str]:
    """Return the addresses that the driver may be given.

    Raises:
        SourceDownError, AddressRefusedError.
    """
    policy = client.policy
    return addresses.judge(address.place, resolver=client.resolver, targets=policy.targets, demo=policy.demo)


def is_public(ip: str) -> bool:
    """Say whether an address is outside the city's networks, so that the way there must be encrypted."""
    return addresses.is_public(ipaddress.ip_address(ip))


def untrusted(address: SqlAddress) -> TlsRefusedError:
    """Return the error for a database that cannot prove who it is."""
    return TlsRefusedError(
        host=address.host, reason="no valid TLS is offered", alasan="TLS yang sah tidak ditawarkan"
    )


def _refused(reason: str, alasan: str) -> AddressRefusedError:
    return AddressRefusedError(host="?", reason=reason, alasan=alasan)
