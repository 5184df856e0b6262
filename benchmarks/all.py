"""Run the benchmarks one after the other and say which of their bars were missed: `make bench`.

    .venv/bin/python benchmarks/all.py [--full] [harvest 304 listeners pushed changes pages freshness]

Sizes are such that all end within a quarter of an hour on two quiet cores; `--full` takes those that the bars
are stated for, but that beside ten thousand datasets of ours stock, which needs hours, harvests five hundred.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
JAMBI = str(Path(sys.executable).with_name("jambi"))


def _harvest(full: bool) -> int:
    sizes = ("--size", "10000", "--stock-size", "500") if full else ("--size", "300")
    return _run("harvest.py", *sizes, "--memory", "100000")


def _by_304(full: bool) -> int:
    return _run("unchanged_by_304.py", "--sources", "70")


def _listeners(full: bool) -> int:
    return _run("listeners.py", "--clients", "1000", "--events", "100" if full else "20")


def _pushed(full: bool) -> int:
    return _on_a_portal("pushed.py", "--changes", "200" if full else "40")


def _changes(full: bool) -> int:
    return _on_a_portal("twenty_changes.py")


def _pages(full: bool) -> int:
    return _run("pages.py", "--size", "10000" if full else "300")


def _freshness(full: bool) -> int:
    return _run("freshness.py", *(() if full else ("--sizes", "2000:20", "--observations", "20")))


def _on_a_portal(script: str, *arguments: str) -> int:
    """Run a benchmark against a portal made for it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="jambi-bench-") as folder:
        place = ("--data-dir", f"{folder}/portal")
        subprocess.run([JAMBI, "up", "--detach", "--history", "brief", *place, "--port", port], check=True)
        try:
            return _run(script, *place, *arguments)
        finally:
            subprocess.run([JAMBI, "down", *place], check=False)


BENCHMARKS: dict[str, Callable[[bool], int]] = {
    "harvest": _harvest,
    "304": _by_304,
    "listeners": _listeners,
    "pushed": _pushed,
    "changes": _changes,
    "pages": _pages,
    "freshness": _freshness,
}


def _run(script: str, *arguments: str) -> int:
    return subprocess.run([sys.executable, str(HERE / script), *arguments], check=False).returncode


def main(names: list[str], full: bool) -> int:
    """Run the benchmarks named, or all; return 1 if a bar was missed or one did not end."""
    statuses = {}
    for name in names or BENCHMARKS:
        print(f"== {name}", flush=True)
        statuses[name] = BENCHMARKS[name](full)
    print("\n" + "\n".join(f"{name:<12}{'MISSED' if status else 'ok'}" for name, status in statuses.items()))
    return int(any(statuses.values()))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    options.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all if left out"
    )
    options.add_argument("--full", action="store_true", help="the sizes that the bars are stated for")
    given = options.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        options.error(f"there is no {unknown.pop()}")
    sys.exit(main(given.names, given.full))
