from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from misbehaving import Handler, Source
from reading import connect, definition, merged, records, rows, sumber

from jambi_harvesters import errors
from jambi_harvesters.code_lists import MAX_VALUES
from jambi_harvesters.definition import parse
from jambi_harvesters.sources import Connector, policy_for
from jambi_harvesters.sources.bmkg import ATTRIBUTION, BmkgConnector, attributed

FIXTURES = Path(__file__).parents[1] / "fixtures" / "bmkg"
SAMPLE = json.loads((FIXTURES / "bmkg-prakiraan.json").read_text("utf-8"))
NO_DATA = (FIXTURES / "bmkg-tanpa-data.json").read_bytes()
PATH = "/publik/prakiraan-cuaca"
CODES = [f"15.71.01.100{number}" for number in range(1, 6)]
RESOLVE = {"type": "resolve", "resource": "kelurahan", "field": "kode_kemendagri"}
FIELDS = {
    "kode": {"path": "lokasi.adm4", "public": True},
    "terbit": {"path": "analysis_date", "type": "timestamp"},
    "berlaku": {"path": "local_datetime", "type": "timestamp"},
    "suhu": {"path": "t", "type": "decimal"},
    "keadaan": "weather_desc",
}


def forecast(code: str, warmth: float = 31, hours: Sequence[int] = (13, 16)) -> dict[str, Any]:
    """Return the answer for one area, in the form of the sample."""
    step = SAMPLE["data"][0]["cuaca"][0][0]
    steps = [{**step, "local_datetime": f"2026-01-05 {hour}:00:00", "t": warmth} for hour in hours]
    data = [{"lokasi": {"adm4": code}, "cuaca": [steps[:1], steps[1:]]}]
    return {"lokasi": {**SAMPLE["lokasi"], "adm4": code}, "data": data}


class Service:
    """BMKG as it answers area by area; the answers are a test's to change."""

    def __init__(self, server: Source) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.tags = False
        for code in CODES:
            self.put(code, forecast(code))
        server.routes[PATH] = self.serve

    def put(self, code: str, document: Any, status: int = 200) -> None:
        """Lay down the answer for an area."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.answers[code] = status, body

    def serve(self, handler: Handler) -> None:
        """Answer one call."""
        status, body = self.answers.get(handler.query["adm4"], (404, NO_DATA))
        headers = {"ETag": f'"{hash(body)}"'} if self.tags else {}
        if headers and handler.headers.get("If-None-Match") == headers["ETag"]:
            handler.answer(b"", 304, headers)
        else:
            handler.answer(body, status, headers)


@pytest.fixture
def service(server: Source) -> Service:
    return Service(server)


def lists(resource: str, field: str) -> Sequence[str]:
    return {("kelurahan", "kode_kemendagri"): CODES}[resource, field]


def spec(server: Source, **changes: Any) -> Any:
    return definition(
        server,
        PATH,
        **{"kind": "bmkg", "schema__fields": FIELDS, "endpoint__params": {"adm4": RESOLVE}, **changes},
    )


def opened(server: Source, **changes: Any) -> Connector:
    return connect(server, spec(server, **changes), code_lists=lists)


def read(server: Source, **changes: Any) -> list[Any]:
    return list(opened(server, **changes).pages())


def test_hv10_second_run_is_equal_and_changes_are_found_exactly(server: Source, service: Service) -> None:
    changes = {
        "dataset__mode": "per_record",
        "dataset__title": "Cuaca {kode}",
        "dataset__notes": "Suhu {suhu}",
        "primary_key": ["kode", "berlaku"],
    }

    def hashes() -> dict[str, str | None]:
        pages = read(server, **changes)
        assert pages[-1].complete
        return {guid: record.content_hash for guid, record in records(pages).items()}

    before, again = hashes(), hashes()
    service.put(CODES[0], forecast(CODES[0], hours=[13, 16, 19]))
    service.put(CODES[1], forecast(CODES[1], warmth=25, hours=[13]))
    after = hashes()
    assert before == again
    assert len(before) == 10
    assert len(set(after) - set(before)) == 1
    assert len(set(before) - set(after)) == 1
    assert len([guid for guid in set(before) & set(after) if before[guid] != after[guid]]) == 1


def test_hv10_a_table_keeps_its_hash_until_a_forecast_changes(server: Source, service: Service) -> None:
    first, again = (read(server)[-1].records[0].content_hash for _ in range(2))
    service.put(CODES[3], forecast(CODES[3], warmth=20))
    assert first == again
    assert read(server)[-1].records[0].content_hash != first


def test_each_area_of_the_code_list_is_asked_once(server: Source, service: Service) -> None:
    found = read(server)
    assert [path.partition("adm4=")[2] for path in server.asked(PATH)] == CODES
    assert len(rows(found)) == 10
    assert found[-1].complete


def test_lists_in_lists_become_rows_whose_instants_have_their_zone(server: Source, service: Service) -> None:
    service.put(CODES[0], SAMPLE)
    assert rows(read(server))[:3] == [
        (CODES[0], datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, 6, tzinfo=UTC), 31, "Hujan Ringan"),
        (CODES[0], datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, 9, tzinfo=UTC), 29, "Hujan Ringan"),
        (CODES[0], datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC), 24, "Hujan Ringan"),
    ]


def test_local_time_of_an_unknown_zone_is_left_as_it_is(server: Source, service: Service) -> None:
    service.put(CODES[0], {**SAMPLE, "lokasi": {**SAMPLE["lokasi"], "timezone": "Mars/Olympus"}})
    fields = {**FIELDS, "berlaku": "local_datetime"}
    assert rows(read(server, schema__fields=fields))[0][2] == "2026-01-05 13:00:00"


@pytest.mark.parametrize(
    "answer",
    [
        (404, NO_DATA),
        (200, NO_DATA),
        (200, b""),
        (200, sumber("halaman-masuk.html")),
        (200, json.dumps(forecast(CODES[4])).encode()),
        (200, json.dumps({**SAMPLE, "data": []}).encode()),
        (200, json.dumps({"lokasi": {"adm4": CODES[1]}, "data": [{"cuaca": [[]]}]}).encode()),
        (200, json.dumps({"lokasi": {"adm4": CODES[1]}, "data": [{"cuaca": [["x"]]}]}).encode()),
    ],
)
def test_some_calls_that_fail_leave_only_their_part_unknown(
    server: Source, service: Service, answer: tuple[int, bytes]
) -> None:
    service.answers[CODES[1]] = answer
    found = read(server)
    assert {row[0] for row in rows(found)} == {CODES[0], *CODES[2:]}
    assert not found[-1].complete
    problem = found[-1].problem
    assert isinstance(problem, errors.PartsMissingError)
    assert (problem.param, problem.parts) == ("adm4", (CODES[1],))
    assert "1 dari 5 bagian" in problem.pesan


def test_s01_a_source_that_answers_no_call_is_down_and_is_not_asked_for_all(
    server: Source, service: Service
) -> None:
    service.answers = {}
    with pytest.raises(errors.NotFoundError):
        read(server)
    assert len(server.log) == 3


def test_a_source_whose_every_answer_is_no_forecast_is_refused(server: Source, service: Service) -> None:
    service.answers = dict.fromkeys(CODES, (200, NO_DATA))
    with pytest.raises(errors.UnexpectedContentError, match="no forecast"):
        read(server)


@pytest.mark.parametrize(("status", "error"), [(401, errors.AuthFailedError), (429, errors.RateLimitedError)])
def test_s02_s04_a_refusal_of_the_whole_source_ends_the_run(
    server: Source, service: Service, status: int, error: type[Exception]
) -> None:
    server.routes[PATH] = lambda handler: handler.answer(b"", status, {"Retry-After": "4000"})
    with pytest.raises(error):
        read(server)
    assert len(server.log) == 1


def test_attribution_is_written_into_the_dataset(server: Source, service: Service) -> None:
    stated = read(server, dataset__notes="Prakiraan tiga jam.")[-1].records[0].fields["notes"]
    assert stated == f"Prakiraan tiga jam.\n\n{ATTRIBUTION}"
    assert read(server)[-1].records[0].fields["notes"] == ATTRIBUTION
    named = attributed(spec(server, dataset__notes=stated))
    assert named.dataset.notes == stated


def test_hv02_equal_validators_of_all_areas_skip_the_run(server: Source, service: Service) -> None:
    service.tags = True
    first = opened(server).probe({})
    assert not first.unchanged
    assert opened(server).probe(first.markers).unchanged
    assert len(server.log) == 10
    service.put(CODES[2], forecast(CODES[2], warmth=20))
    connector = opened(server)
    second = connector.probe(first.markers)
    assert not second.unchanged
    found = list(connector.pages())
    assert found[-1].complete
    assert len(rows(found)) == 10
    assert len(server.log) == 10 + 5 + 4
    assert opened(server).probe(second.markers).unchanged
    assert not opened(server, schema__locale="id-ID").probe(second.markers).unchanged


def test_bodies_of_the_probe_are_used_and_failures_not_asked_again(server: Source, service: Service) -> None:
    service.put(CODES[1], NO_DATA, 404)
    connector = opened(server)
    assert not connector.probe({}).unchanged
    found = list(connector.pages())
    assert found[-1].problem.parts == (CODES[1],)
    assert len(server.log) == 5


def test_hv07_large_bodies_of_the_probe_are_not_kept(
    server: Source, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jambi_harvesters.sources.bmkg.KEPT_BYTES", 10)
    connector = opened(server)
    connector.probe({})
    assert len(rows(list(connector.pages()))) == 10
    assert len(server.log) == 10


def test_bmkg_itself_is_asked_once_a_second_at_most() -> None:
    def rate(base_url: str) -> float:
        changes = {"client__base_url": base_url, "polite__max_rps": 20, "endpoint__params": {"adm4": RESOLVE}}
        return policy_for(parse(merged(BASE_OF_KIND, **changes)), BmkgConnector).max_rps

    assert rate("https://api.bmkg.go.id/publik/") == 1
    assert rate("https://cuaca.contoh.test/publik/") == 20


BASE_OF_KIND: Mapping[str, Any] = {
    "version": 1,
    "id": "uji-cuaca",
    "kind": "bmkg",
    "organization": "bpbd",
    "client": {"base_url": "https://api.bmkg.go.id/"},
    "dataset": {"title": "Cuaca", "fields": {"frekuensi": "tiga_jam"}},
    "schema": {"fields": FIELDS},
}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "tepat satu parameter"),
        ({"adm4": "15.71.01.1001"}, "tepat satu parameter"),
        ({"adm4": RESOLVE, "adm3": RESOLVE}, "tepat satu parameter"),
    ],
)
def test_definition_names_one_code_list(params: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        parse(merged(BASE_OF_KIND, endpoint__params=params))
    assert words in caught.value.problems[0].pesan


def test_code_list_of_another_kind_has_no_effect() -> None:
    with pytest.raises(errors.DefinitionError) as caught:
        definition(endpoint__params={"adm4": RESOLVE})
    assert caught.value.problems[0].path == "endpoint.params.adm4"


@pytest.mark.parametrize("count", [0, MAX_VALUES + 1])
def test_a_list_that_is_unknown_empty_or_too_long_is_refused(
    server: Source, service: Service, count: int
) -> None:
    with pytest.raises(errors.DefinitionError, match="no code list"):
        list(connect(server, spec(server)).pages())

    def values(resource: str, field: str) -> list[str]:
        return [str(number) for number in range(count)]

    with pytest.raises(errors.DefinitionError, match=f"{count} values"):
        list(connect(server, spec(server), code_lists=values).pages())
    assert not server.log


@pytest.mark.parametrize(
    ("url", "head", "likely"),
    [
        ("https://api.bmkg.go.id/publik/prakiraan-cuaca?adm4=1", b"", 0.95),
        ("https://x.test/", b'{"lokasi":{},"data":[{"cuaca":[', 0.9),
        ("https://x.test/", b'{"data":[', 0.0),
    ],
)
def test_sniff(url: str, head: bytes, likely: float) -> None:
    assert BmkgConnector.sniff(url, head) == likely
