from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from misbehaving import Handler, Source
from reading import BASE, connect, definition, merged, read, rows
from repeated import CATALOGUE, FIXTURES, TABLE, body_of

import jambi_harvesters
from jambi_harvesters import errors
from jambi_harvesters.definition import parse
from jambi_harvesters.kinds import installed
from jambi_harvesters.sources import Connector, connector_for, policy_for
from jambi_harvesters.sources.base import DOCUMENT_BYTES, FILE_BYTES

ROOT = Path(__file__).parents[2]
PACKAGE = Path(jambi_harvesters.__file__).parent
KINDS = sorted(name for name, point in installed().items() if point.value.startswith("jambi_harvesters."))
SINGLE = {**TABLE, "dataset": {"title": "Uji", "fields": {"frekuensi": "bulanan"}}, "primary_key": None}


@pytest.mark.parametrize("kind", KINDS)
def test_hv08_a_kind_is_one_of_everything(kind: str) -> None:
    found = installed()[kind].load()
    assert issubclass(found, Connector)
    assert found.kind == kind
    assert set(found.title) == {"en", "id"}
    assert found.__module__ == f"jambi_harvesters.sources.{kind}"
    for part in (
        PACKAGE / "sources" / f"{kind}.py",
        FIXTURES / kind,
        Path(__file__).parent / "sources" / f"test_{kind}.py",
        ROOT / "docs" / "sources" / f"{kind}.md",
    ):
        assert part.exists(), part
    assert 0 <= found.sniff("https://a.test/x", b"") <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_hv10_every_kind_proves_its_two_runs_itself(kind: str) -> None:
    text = (Path(__file__).parent / "sources" / f"test_{kind}.py").read_text("utf-8")
    assert "def test_hv10_second_run_is_equal_and_changes_are_found_exactly" in text


def test_hv08_every_connector_file_is_an_entry_point() -> None:
    files = {path.stem for path in (PACKAGE / "sources").glob("*.py")} - {"__init__", "base"}
    assert files == set(KINDS)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "rest_api"])
def test_hv10_a_table_keeps_its_hash_until_a_row_changes(server: Source, kind: str) -> None:

    def seen(name: str) -> tuple[str | None, int]:
        server.put("/x", body_of(kind, name))
        pages = read(server, definition(server, "/x", kind=kind, **SINGLE))
        return pages[-1].records[0].content_hash, len(rows(pages))

    before, again, after = seen("before"), seen("before"), seen("after")
    assert before == again
    assert before[0] != after[0]
    assert before[1] == after[1] == 3


def test_f18_kinds_agree_on_the_hash_of_equal_rows(server: Source) -> None:
    found = set()
    for kind in ("csv", "xlsx", "rest_api"):
        server.put("/x", body_of(kind, "before"))
        found.add(read(server, definition(server, "/x", kind=kind, **SINGLE))[-1].records[0].rows_digest)
    assert len(found) == 1


def test_policy_takes_the_named_allowlist_row_only(server: Source) -> None:
    named = definition(server, polite={"max_bytes": "1MB", "max_rps": 5, "timeout": "3s"})
    policy = policy_for(named, connector_for(named), targets=(server.target,), demo=True, user_agent="Portal")
    assert policy.targets == (server.target,)
    assert (policy.max_bytes, policy.max_rps, policy.timeout, policy.user_agent) == (
        1_000_000,
        5,
        3,
        "Portal",
    )
    other = definition()
    assert policy_for(other, connector_for(other), targets=(server.target,)).targets == ()
    assert policy_for(other, connector_for(other)).max_bytes == FILE_BYTES
    workbook_source = parse(merged(BASE, kind="xlsx"))
    assert policy_for(workbook_source, connector_for(workbook_source)).max_bytes == DOCUMENT_BYTES


def test_path_is_joined_below_the_base(server: Source) -> None:
    made = connect(server, definition(server, "/api/v1", endpoint={"path": "/data.csv"}))
    assert made.url == f"{server.url}/api/v1/data.csv"


MEMORY = """
import json, resource, sys, threading
sys.path.insert(0, sys.argv[1])
from misbehaving import Handler, Source
from reading import definition, connect
kind, path = sys.argv[2], sys.argv[3]
with open(path, "rb") as file:
    body = file.read()
server = Source()
threading.Thread(target=server.serve_forever, daemon=True).start()
server.put("/x", body)
changes = json.loads(sys.argv[4])
count = 0
for page in connect(server, definition(server, "/x", kind=kind, **changes)).pages():
    assert len(page.records) <= 500
    count += sum(len(one.rows.rows) if one.rows else 1 for one in page.records)
peak = [line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1]
print(count, int(peak) // 1000)
"""


def write_big(kind: str, path: Path) -> int:
    """Write 100,000 records of a kind; return how many will be read."""
    with path.open("w", encoding="utf-8") as file:
        if kind == "csv":
            file.write("kode,nama,jumlah\n")
            file.writelines(f"P{n},Puskesmas nomor {n} Kota Jambi,{n}\n" for n in range(100_000))
            return 100_000
        opening, entry = {
            "rest_api": ('{"data":[', '{"kode":"P%d","nama":"Puskesmas nomor %d Kota Jambi","jumlah":%d}'),
            "datajson": ('{"dataset":[', '{"identifier":"P%d","title":"Puskesmas %d Kota Jambi","x":%d}'),
        }[kind]
        file.write(opening)
        file.writelines((entry % (n, n, n)) + "," for n in range(100_000))
        links = [{"downloadURL": f"https://a.test/{n}.csv"} for n in range(8_000)]
        many = json.dumps({"identifier": "banyak", "title": "Banyak", "distribution": links})
        file.write(many if kind == "datajson" else entry % (0, 0, 0))
        file.write("]}")
    return 100_001


@pytest.mark.large
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("kind", ["csv", "rest_api", "datajson"])
def test_hv07_hundred_thousand_records_within_200_mb(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "besar"
    wanted = write_big(kind, path)
    changes = {"csv": TABLE, "rest_api": SINGLE, "datajson": CATALOGUE}[kind]
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(Path(__file__).parent), kind, str(path), json.dumps(changes)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    count, peak = map(int, done.stdout.split())
    assert count == wanted
    assert peak <= 200


@pytest.mark.parametrize("status", [403, 500])
def test_hv27_source_that_answers_readers_alone_is_alive(
    server: Source, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(Handler, "do_HEAD", lambda handler: handler.answer(b"", status), raising=False)
    server.put("/x", b"a;b\n" * 1_000)
    connect(server, definition(server, "/x")).reach()
    server.put("/x", b"", status)
    with pytest.raises(errors.FetchError):
        connect(server, definition(server, "/x")).reach()
