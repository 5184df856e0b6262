"""Fixtures of the connector tests: no CKAN, no network but loopback.

Fixtures of other projects are read from checkouts that environment variables name; docs/develop.md says how
to get them. Nothing of them is kept here.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from misbehaving import Source


@pytest.fixture
def server() -> Iterator[Source]:
    """A source on loopback that the test teaches to misbehave."""
    source = Source()
    thread = threading.Thread(target=source.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield source
    source.let_go.set()
    source.shutdown()
    source.server_close()


def checkout(variable: str, repository: str, part: str) -> Path:
    """Return a file or folder of a checkout that a variable names, or skip the test by that name."""
    found = Path(os.environ.get(variable, ".")) / part
    if variable not in os.environ or not found.exists():
        pytest.skip(f"{variable} names no checkout of {repository}")
    return found


@pytest.fixture
def frictionless() -> Path:
    """Tables and workbooks (MIT)."""
    return checkout("JAMBI_FRICTIONLESS", "frictionlessdata/frictionless-py", "data")


@pytest.fixture
def wordpress_answers() -> str:
    """The answers of the REST interface that WordPress keeps for its tests (GPL-2.0-or-later)."""
    path = "tests/qunit/fixtures/wp-api-generated.js"
    return checkout("JAMBI_WORDPRESS", "WordPress/wordpress-develop", path).read_text("utf-8")


@pytest.fixture
def udata() -> Path:
    """Harvest tests of data.gouv.fr (MIT)."""
    return checkout("JAMBI_UDATA", "opendatateam/udata", "udata/harvest/tests")


@pytest.fixture
def esri_cases() -> str:
    """Cases of geometries (Apache-2.0)."""
    return checkout("JAMBI_ESRI_GEOJSON", "Esri/arcgis-to-geojson-utils", "test/index.js").read_text("utf-8")


@pytest.fixture
def owslib() -> Path:
    """Capabilities of real services (BSD-3-Clause)."""
    return checkout("JAMBI_OWSLIB", "geopython/OWSLib", "tests/resources")


@pytest.fixture
def dlt() -> Path:
    """Tests of paginators (Apache-2.0)."""
    return checkout("JAMBI_DLT", "dlt-hub/dlt", "tests/sources/helpers/rest_client")


@pytest.fixture
def datagov() -> Path:
    """Catalogues that data.gov keeps for its harvester (CC0)."""
    return checkout("JAMBI_DATAGOV_HARVESTER", "GSA/datagov-harvester", "example_data")


@pytest.fixture
def sdi() -> Path:
    """A folder with recorded catalogues of Indonesian sites and `expected.csv` (no licence stated)."""
    return checkout("JAMBI_SDI_CORPUS", "apteksdi/datajson-collection with counts", "expected.csv").parent


@pytest.fixture
def bmkg_api() -> Path:
    """Fixtures of another reader of BMKG (MIT)."""
    return checkout("JAMBI_BMKG_API", "dhanyyudi/bmkg-api", "tests/fixtures")


@pytest.fixture
def stadata() -> Path:
    """Answers of the BPS WebAPI that another reader keeps for its tests (MIT)."""
    path = "packages/stadata_flutter_sdk/test/fixtures"
    return checkout("JAMBI_STADATA", "ryanaidilp/stadata_flutter_sdk", path)


@pytest.fixture
def procurement() -> Path:
    """Arrays of LKPP's bus as a province recorded them, at commit 7b74c59 (no licence stated)."""
    return checkout("JAMBI_ISB", "blogramadhan/tarik-data-isb", "data/rup/D197")


@pytest.fixture(scope="module")
def chinook() -> Path:
    """A sample database (MIT)."""
    return checkout("JAMBI_CHINOOK", "lerocha/chinook-database", "ChinookDatabase/DataSources")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the socket recorder saw, where it was used."""
    connects = sys.modules.get("connects")
    if connects is not None and connects.TOTALS:
        terminalreporter.write_line(connects.summary())
