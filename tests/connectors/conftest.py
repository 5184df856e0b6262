"""Fixtures of the connector tests: no CKAN, no network but loopback."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from misbehaving import Source

ESRI = "JAMBI_ESRI_GEOJSON"
FRICTIONLESS = "JAMBI_FRICTIONLESS"
OWSLIB = "JAMBI_OWSLIB"
WORDPRESS = "JAMBI_WORDPRESS"
UDATA = "JAMBI_UDATA"


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


@pytest.fixture
def frictionless() -> Path:
    """The folder `data` of a checkout of frictionlessdata/frictionless-py (MIT)."""
    folder = Path(os.environ.get(FRICTIONLESS, ".")) / "data"
    if FRICTIONLESS not in os.environ or not folder.is_dir():
        pytest.skip(f"{FRICTIONLESS} names no checkout of frictionlessdata/frictionless-py")
    return folder


@pytest.fixture
def wordpress_answers() -> str:
    """The answers of the REST interface that WordPress/wordpress-develop (GPL-2.0-or-later) keeps for tests."""
    path = Path(os.environ.get(WORDPRESS, ".")) / "tests" / "qunit" / "fixtures" / "wp-api-generated.js"
    if WORDPRESS not in os.environ or not path.is_file():
        pytest.skip(f"{WORDPRESS} names no checkout of WordPress/wordpress-develop")
    return path.read_text("utf-8")


@pytest.fixture
def udata() -> Path:
    """The folder `udata/harvest/tests` of a checkout of opendatateam/udata (MIT)."""
    folder = Path(os.environ.get(UDATA, ".")) / "udata" / "harvest" / "tests"
    if UDATA not in os.environ or not folder.is_dir():
        pytest.skip(f"{UDATA} names no checkout of opendatateam/udata")
    return folder


@pytest.fixture
def esri_cases() -> str:
    """The cases of Esri/arcgis-to-geojson-utils (Apache-2.0)."""
    path = Path(os.environ.get(ESRI, ".")) / "test" / "index.js"
    if ESRI not in os.environ or not path.is_file():
        pytest.skip(f"{ESRI} names no checkout of Esri/arcgis-to-geojson-utils")
    return path.read_text("utf-8")


@pytest.fixture
def owslib() -> Path:
    """The folder `tests/resources` of a checkout of geopython/OWSLib (BSD-3-Clause)."""
    folder = Path(os.environ.get(OWSLIB, ".")) / "tests" / "resources"
    if OWSLIB not in os.environ or not folder.is_dir():
        pytest.skip(f"{OWSLIB} names no checkout of geopython/OWSLib")
    return folder
