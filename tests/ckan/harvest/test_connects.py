"""P11: a run connects to the addresses that the allowlist names, and to no other, whatever a source says."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from harvest_source import OWN_HOST, PLUGINS, Answer, catalogue_of, entry, raw_catalogue, raw_definition

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
INTERNAL = "http://169.254.169.254/latest/meta-data/"
RDF = f"""<?xml version="1.0"?>
<!DOCTYPE rdf [<!ENTITY x SYSTEM "{INTERNAL}">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&x;</rdf:RDF>"""
JSON_LD = f'{{"@context": "{INTERNAL}", "@graph": []}}'
ANSWERS = {
    "redirect": Answer(b"", 302, {"Location": INTERNAL}),
    "redirect by another form": Answer(b"", 302, {"Location": "http://[::ffff:a9fe:a9fe]/"}),
    "redirect to a file": Answer(b"", 302, {"Location": "file:///etc/passwd"}),
    "entity": Answer(RDF.encode(), headers={"Content-Type": "application/rdf+xml"}),
    "context": Answer(JSON_LD.encode(), headers={"Content-Type": "application/ld+json"}),
}


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the addresses that this process connects to, unix sockets left out."""
    found: list[Any] = []
    for name in ("connect", "connect_ex"):
        original = getattr(socket.socket, name)

        def watched(self: socket.socket, address: Any, original: Any = original) -> Any:
            if self.family != socket.AF_UNIX:
                found.append(address)
            return original(self, address)

        monkeypatch.setattr(socket.socket, name, watched)
    return found


@pytest.mark.parametrize("case", ANSWERS)
def test_p11_hostile_answer_leads_nowhere(
    source: Any, apply_source: Any, harvest: Any, connected: list[Any], case: str
) -> None:
    raw = raw_catalogue(source) | {"kind": "dcat", "endpoint": {"path": "katalog"}}
    source_id = apply_source(raw)
    source.answers["/katalog"] = ANSWERS[case]
    connected.clear()
    assert harvest(source_id)["state"] == "failed"
    assert connected
    assert set(connected) == {(OWN_HOST, source.port)}


def test_p11_addresses_inside_records_are_not_asked(
    source: Any, apply_source: Any, harvest: Any, connected: list[Any]
) -> None:
    source_id = apply_source(raw_catalogue(source))
    links = [{"title": "Tautan", "downloadURL": INTERNAL, "accessURL": "http://10.0.0.1/"}]
    source.answers["/data.json"] = catalogue_of([entry("satu", distribution=links)])
    connected.clear()
    assert harvest(source_id)["new"] == 1
    assert set(connected) == {(OWN_HOST, source.port)}


def test_p11_source_without_an_allowlist_row_is_not_asked(
    source: Any, apply_source: Any, harvest: Any, connected: list[Any]
) -> None:
    source.csv(5)
    source_id = apply_source(raw_definition(source) | {"guard": {}})
    connected.clear()
    run = harvest(source_id)
    assert (run["state"], run["error_code"]) == ("failed", "address_refused")
    assert connected == []
