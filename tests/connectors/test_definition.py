from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from reading import BASE, definition, merged

from jambi_harvesters import unsupported
from jambi_harvesters.amounts import parse_duration, parse_size, show_size
from jambi_harvesters.definition import Definition, DefinitionError, Problem, load, parse, source_schema

REST = merged(BASE, kind="rest_api")


def problems(**changes: Any) -> dict[str, Problem]:
    """Return what is wrong, by path."""
    with pytest.raises(DefinitionError) as caught:
        parse(merged(BASE, **changes))
    for problem in caught.value.problems:
        assert problem.message
        assert problem.pesan
        assert problem.message != problem.pesan
    return {problem.path: problem for problem in caught.value.problems}


def test_schema_is_a_good_schema_and_every_key_is_explained_twice() -> None:
    Draft202012Validator.check_schema(source_schema())
    for path, node in described(source_schema()):
        assert node["title"], path
        assert node["description"], path
        assert node["x-id"]["title"], path
        assert node["x-id"]["description"], path


def described(node: Any, path: str = "") -> list[tuple[str, Any]]:
    """Return all explained keys of the schema."""
    found = []
    for key, inner in node.get("properties", {}).items():
        if "title" in inner or path.count(".") < 2:
            found.append((f"{path}.{key}", inner))
            found += described(inner, f"{path}.{key}")
    return found


def test_good_definition_is_a_tree_with_defaults() -> None:
    found = definition(
        polite={"max_bytes": "5MB", "timeout": "90s"},
        trigger={"every": "1m"},
        schema__dialect={"footer": "Jumlah"},
        guard={"max_delete": {"count": 1, "share": 0.05}},
    )
    assert isinstance(found, Definition)
    assert found.polite.max_bytes == 5_000_000
    assert found.polite.timeout == timedelta(seconds=90)
    assert found.trigger.every == timedelta(minutes=1)
    assert found.schema.dialect.footer == ("Jumlah",)
    assert found.schema.fields[0].path == "nama"
    assert found.guard.max_delete.count == 1
    assert len(found.hash) == 64
    assert found.hash == parse(json.loads(json.dumps(found.raw))).hash


@pytest.mark.parametrize(
    ("key", "near"),
    [("clinet", "client"), ("polite__max_rsp", "max_rps"), ("dataset__lisence_id", "license_id")],
)
def test_bad_input_typo_is_answered_with_the_nearest_key(key: str, near: str) -> None:
    found = problems(**{key: 1})[key.replace("__", ".")]
    assert found.suggestion == near
    assert near in found.pesan


def test_typo_inside_a_declared_column_is_found() -> None:
    found = problems(schema={"fields": {"a": {"pblic": True, "type": "intger"}}})
    assert found["schema.fields.a.pblic"].suggestion == "public"
    assert found["schema.fields.a.type"].suggestion == "integer"


def test_bad_input_dataset_without_frequency() -> None:
    found = problems(dataset={"title": "x", "fields": {}})
    assert "wajib diisi" in found["dataset.fields.frekuensi"].pesan


@pytest.mark.parametrize(
    ("stated", "where"),
    [
        ({"count": 4}, {"guard.max_delete.reason", "guard.max_delete.until"}),
        ({"share": 0.2, "until": "2026-12-31"}, {"guard.max_delete.reason"}),
        ({"share": 0.2, "reason": "kurang"}, {"guard.max_delete.reason"}),
        ({"count": 9, "reason": "Tabel lama dibersihkan", "until": "2026-02-31"}, {"guard.max_delete.until"}),
    ],
)
def test_limit_above_the_default_needs_a_reason_and_an_end(stated: dict[str, Any], where: set[str]) -> None:
    assert set(problems(guard={"max_delete": stated})) == where


def test_limit_above_the_default_is_kept_with_its_reason_and_end() -> None:
    stated = {"count": 9, "reason": "Tabel lama dibersihkan", "until": "2026-12-31"}
    found = definition(guard={"max_delete": stated}).guard.max_delete
    assert (found.loosened, found.count, found.share, found.until) == (True, 9, 0.1, date(2026, 12, 31))
    assert not definition(guard={"max_delete": {"count": 3, "share": 0.1}}).guard.max_delete.loosened


@pytest.mark.parametrize(("order", "missing"), [("desc", False), ("asc", True)])
def test_changes_are_asked_by_a_start_unless_the_newest_come_first(order: str, missing: bool) -> None:
    since = {"cursor_path": "a", "row_order": order}
    found = problems(kind="rest_api", endpoint={"incremental": since}, write={"mode": "merge"})
    assert ("endpoint.incremental.start_param" in found) is missing


@pytest.mark.parametrize(("key", "value"), sorted(unsupported.VALUES))
def test_value_without_effect_is_belum_didukung(key: str, value: str) -> None:
    assert "belum didukung" in problems(**{key.replace(".", "__"): value})[key].pesan


def test_unknown_kind_is_answered_with_the_nearest() -> None:
    assert problems(kind="xslx")["kind"].suggestion == "xlsx"


@pytest.mark.parametrize(
    ("where", "base"), [("client__base_url", "https://webapi.contoh.test/"), ("endpoint__path", "")]
)
def test_hv13_key_in_a_path_is_refused(where: str, base: str) -> None:
    found = problems(**{where: f"{base}v1/key/0123456789abcdef/"})
    assert "secret:NAMA" in found[where.replace("__", ".")].pesan
    assert "0123456789abcdef" not in str(found)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"client__base_url": "https://data.contoh.test/api?tahun=2026&api_key=terang"}, "client.base_url"),
        ({"endpoint__path": "data?token=terang"}, "endpoint.path"),
        ({"endpoint__json": {"filter": [{"password": "terang"}]}}, "endpoint.json.password"),
    ],
)
def test_hv13_key_is_refused_wherever_it_is_written(changes: dict[str, Any], where: str) -> None:
    found = problems(kind="rest_api", **changes)
    assert list(found) == [where]
    assert "terang" not in f"{found[where].message} {found[where].pesan}"


@pytest.mark.parametrize("path", ["https://lain.test/api", "http://nama:sandi@lain.test/api"])
def test_hv13_path_of_another_address_is_refused(path: str) -> None:
    assert list(problems(kind="rest_api", endpoint__path=path)) == ["endpoint.path"]
    assert definition(kind="rest_api", endpoint__path="cari?url=https://lain.test/")


def test_hv13_client_secret_is_named_and_the_address_of_the_token_is_judged() -> None:
    auth = {
        "type": "oauth2_client_credentials",
        "access_token_url": "https://pengguna:sandi@masuk.contoh.test/token",
        "client_id": "portal",
        "client_secret": "secret:KLIEN",
    }
    assert set(problems(client__auth=auth)) == {"client.auth.access_token_url"}
    stated = {**auth, "access_token_url": "https://masuk.contoh.test/token?client_secret=terang"}
    assert "secret:NAMA" in problems(client__auth=stated)["client.auth.access_token_url"].pesan
    good = {**auth, "access_token_url": "https://masuk.contoh.test/oauth/token/baru"}
    assert definition(client__auth=good).secret_names == ("KLIEN",)
    assert "client.auth.client_secret" in problems(client__auth={**good, "client_secret": "terang"})
    del good["access_token_url"]
    assert "client.auth.access_token_url" in problems(client__auth=good)


def test_access_that_a_kind_cannot_use_is_refused() -> None:
    bearer = {"type": "bearer", "token": "secret:KUNCI_BPS"}
    assert "client.auth.type" in problems(kind="bps_webapi", client__auth=bearer)
    placed = {"type": "api_key", "name": "key", "api_key": "secret:KUNCI_BPS", "location": "query"}
    assert "client.auth.location" in problems(kind="bps_webapi", client__auth=placed)


@pytest.mark.parametrize(("kind", "keys"), sorted(unsupported.NOT_FOR_KIND.items()))
def test_key_without_effect_for_a_kind_is_refused(kind: str, keys: tuple[str, ...]) -> None:
    values = {
        "client.base_url": "https://a.test/",
        "client.paginator": {"type": "single_page"},
        "polite": {"max_rps": 1},
        "trigger": {"every": "1h"},
        "guard.tls": {"ca_file": "a"},
        "guard.tls.sha256": "a" * 64,
        "client.headers": {"X-A": "b"},
        "client.auth": {"type": "bearer", "token": "secret:KUNCI"},
        "endpoint.params": {"a": "b"},
        "guard.content_types": ["text/csv"],
        "endpoint.method": "POST",
        "endpoint.json": {"a": 1},
        "endpoint.response_actions": [{"status_code": 404, "action": "ignore"}],
        "endpoint.incremental": {"cursor_path": "a", "start_param": "b"},
        "endpoint.incremental.row_order": "desc",
        "schema.fields": {"a": "a"},
        "schema.rename": {"a": "b"},
        "schema.drop": ["x"],
        "schema.contract": {"columns": "evolve"},
        "schema.missing": ["-"],
        "schema.locale": "id-ID",
        "schema.dialect": {"delimiter": ";"},
        "schema.dialect.encoding": "utf-8",
        "schema.dialect.delimiter": ";",
        "schema.dialect.quote": "'",
        "schema.dialect.sheets": "stack",
        "schema.dialect.header_rows": 2,
        "schema.dialect.skip_rows": 2,
        "dataset.name": "nama-lain",
        "dataset.key_columns": ["a"],
        "schema.date_formats": ["yyyy"],
        "schema.timezone": "UTC",
        "polite.max_bytes": "5MB",
    }
    for key in keys:
        changes: dict[str, Any] = {"kind": kind, key.replace(".", "__"): values.get(key, "a")}
        if key == "endpoint.incremental.row_order":
            changes["endpoint__incremental__cursor_path"] = "a"
        assert "tidak berpengaruh" in problems(**changes)[key].pesan


def test_hv13_secrets_are_named_never_written() -> None:
    found = problems(
        client={"base_url": "https://a.test/", "auth": {"type": "bearer", "token": "hunter2"}},
    )
    assert "hunter2" not in str(found)
    assert "rahasia" in found["client.auth.token"].pesan
    headers = {"Authorization": "Bearer hunter2", "X-Api-Key": "hunter2", "Cookie": "a", "Host": "b"}
    found = problems(
        client={"base_url": "https://a.test/", "headers": headers}, endpoint__params={"token": "x"}
    )
    assert {f"client.headers.{name}" for name in headers} | {"endpoint.params.token"} == set(found)
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:pw@host.test/",
        "http://user@host.test/",
        "file:///etc/passwd",
        "ftp://host.test/",
        "gopher://host.test/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0x7f.1/",
        "http:///x",
        "http://host.test:0x/",
        "http://[::/",
        "host.test",
    ],
)
def test_s15_bad_address_is_refused_at_input(url: str) -> None:
    found = problems(client__base_url=url)
    assert "client.base_url" in found
    assert "pw" not in str(found)


def test_name_of_the_dataset_must_differ_from_the_source() -> None:
    assert "dataset.name" in problems(dataset__name="uji-sumber")


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("dataset.title", {"dataset__title": None}),
        ("schema.fields", {"schema": {}}),
        ("primary_key", {"dataset__mode": "per_record"}),
        ("dataset.period_column", {"dataset__period_column": "tanggal"}),
        ("dataset.key_columns", {"dataset__key_columns": ["tanggal"]}),
        ("schema.fields.nama", {"schema__drop": ["NAMA"]}),
        ("schema.date_formats", {"schema__date_formats": ["hari"]}),
        ("endpoint.data_selector", {"kind": "rest_api", "endpoint__data_selector": "a["}),
        ("schema.fields.nama", {"kind": "rest_api", "schema__fields": {"nama": "a["}}),
        ("trigger.every", {"trigger__every": "30s"}),
        ("polite.max_bytes", {"polite__max_bytes": "50"}),
        ("guard.max_delete.share", {"guard__max_delete": {"share": 1.5}}),
        ("client.auth.token", {"client__auth": {"type": "bearer"}}),
        (
            "endpoint.incremental",
            {"kind": "rest_api", "endpoint__incremental": {"cursor_path": "a", "start_param": "b"}},
        ),
    ],
)
def test_parts_must_fit_together(path: str, changes: dict[str, Any]) -> None:
    assert path in problems(**changes)


def test_bad_input_deep_definition_is_named() -> None:
    deep: dict[str, Any] = {}
    for _ in range(500):
        deep = {"a": deep}
    assert "terlalu dalam" in problems(kind="rest_api", endpoint__json=deep)[""].pesan


@pytest.mark.parametrize("raw", [None, [], "teks", 3, {}])
def test_no_mapping_is_no_definition(raw: Any) -> None:
    with pytest.raises(DefinitionError):
        parse(raw)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["client", "schema", "fields", "dataset", "kind", "x"]), inner)
        ),
        max_leaves=8,
    )
)
def test_any_json_gives_a_definition_or_problems(raw: Any) -> None:
    value = {**BASE, **raw} if isinstance(raw, dict) else raw
    try:
        parse(value)
    except DefinitionError as err:
        assert err.problems  # noqa: PT017


def written(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, "utf-8")
    return path


GOOD = """\
version: 1
id: uji-sumber
kind: csv
organization: dinkes
client: {base_url: "https://a.test/x.csv"}
schema:
  missing: [no, "-"]
  fields: {tanggal: {type: date}}
dataset: {title: Uji, fields: {frekuensi: bulanan, tanggal_mulai: 2024-01-01}}
"""


def test_yaml_means_what_is_written(tmp_path: Path) -> None:
    found = load(written(tmp_path, GOOD))
    assert found.schema.missing == ("no", "-")
    assert found.dataset.fields["tanggal_mulai"] == "2024-01-01"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (GOOD.replace("kind: csv", "kind: &a csv\nstate: *a"), "aliases"),
        (GOOD + "kind: xlsx\n", "twice"),
        (GOOD.replace("kind: csv", "kind: !!python/name:os.system csv"), "YAML"),
        ("a: [1\n", "YAML"),
        ("- " * 20_000, "YAML"),
        ("a: " + "x" * 300_000, "too long"),
        ("\t", "YAML"),
    ],
)
def test_hv12_other_yaml_is_refused_with_its_line(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(DefinitionError, match=word) as caught:
        load(written(tmp_path, text))
    assert caught.value.problems[0].path.startswith("line ")
    assert caught.value.context["file"] == "x.yaml"


def test_file_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"id: \xff")
    with pytest.raises(DefinitionError, match="byte 4"):
        load(path)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1m", 60), ("24h", 86_400), ("1.5d", 129_600), (5, 5)]
)
def test_durations(text: str | int, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "h", "1", "1 hari", "-1h", "1H"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Expected"):
        parse_duration(text)


def test_sizes_are_decimal() -> None:
    assert parse_size("50MB") == 50_000_000
    assert show_size(50_000_000) == "50 MB"
    assert show_size(12) == "12 B"


def test_hv29_notify_says_who_is_told_and_of_what() -> None:
    assert definition().notify.to == ()
    assert definition().notify.on == ("failed", "quarantined", "down", "recovered")
    found = definition(notify={"to": ["walidata-dinkes"], "on": ["down"], "digest": "daily"}).notify
    assert (found.to, found.on, found.digest) == (("walidata-dinkes",), ("down",), "daily")
    assert set(problems(notify={"to": ["dua kata"], "on": ["faild"]})) == {"notify.to[0]", "notify.on[0]"}
