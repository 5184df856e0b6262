"""Real Solr 9 on loopback, with CKAN's schema, for comparisons of the search engines and for benchmarks.

Its jars come from Maven Central (`solr/pom.xml`), about 85 MB, once. The index lies in a temporary folder;
the server ends with the block, and also if its parent is killed, because its input ends then.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

PROGRAMS = ("java", "mvn")
HERE = Path(__file__).parent / "solr"
CORE = "ckan"
CLASS_PATH = "org.apache.maven.plugins:maven-dependency-plugin:2.8:build-classpath"
END_SECONDS = 20


class SolrError(Exception):
    """Solr could not be fetched or started."""


@dataclass(frozen=True)
class Solr:
    """A running server: the address for `solr_url`, and its process."""

    url: str
    pid: int


def missing() -> str:
    """Return which of the programs that are needed is not on this machine, or nothing."""
    return next((name for name in PROGRAMS if shutil.which(name) is None), "")


@contextmanager
def running(heap: str = "1g") -> Iterator[Solr]:
    """Run a server with one empty core for the length of the block.

    Raises:
        SolrError: if the jars cannot be had, or the server does not start.
    """
    with tempfile.TemporaryDirectory(prefix="jambi-solr-") as folder:
        home = _home(Path(folder))
        process = _start(home, _class_path(Path(folder)), heap)
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            if not port.isdigit():
                raise SolrError(f"Solr did not start:\n{(home / 'log').read_text(encoding='utf-8')}")
            yield Solr(f"http://127.0.0.1:{port}/solr/{CORE}", process.pid)
        finally:
            _end(process)


def _home(folder: Path) -> Path:
    """Return a Solr home with one core."""
    home, settings = folder / "home", folder / "home" / CORE / "conf"
    settings.mkdir(parents=True)
    (home / "solr.xml").write_text("<solr/>", encoding="utf-8")
    (home / CORE / "core.properties").write_text(f"name={CORE}\n", encoding="utf-8")
    schema = (files("ckan") / "config" / "solr" / "schema.xml").read_text(encoding="utf-8")
    (settings / "schema.xml").write_text(schema, encoding="utf-8")
    for words in ("synonyms.txt", "protwords.txt"):
        (settings / words).touch()
    shutil.copy(HERE / "solrconfig.xml", settings)
    return home


def _class_path(folder: Path) -> str:
    """Let Maven fetch the jars, unless it has them, and name them all."""
    named = folder / "class-path"
    command = ["mvn", "-q", "-B", "-f", HERE / "pom.xml", CLASS_PATH, f"-Dmdep.outputFile={named}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SolrError(f"Maven cannot fetch Solr:\n{done.stdout}")
    return named.read_text(encoding="utf-8").strip()


def _start(home: Path, class_path: str, heap: str) -> subprocess.Popen[str]:
    options = [f"-Xmx{heap}", f"-Dsolr.log.dir={home}", "-Dsolr.log.muteconsole=true"]
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            ["java", *options, "-cp", class_path, HERE / "Serve.java", home],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


def _end(process: subprocess.Popen[str]) -> None:
    """Let the server end in order; one that does not is killed."""
    try:
        process.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
