"""How many listeners one hub serves: `benchmarks/listeners.py [--clients 1000] [--events 20]`.

The hub is the portal's own command, reading the real outbox in PostgreSQL twice a second; events are written
there one after the other and committed, and clients are sockets of this process. Bars: every listener hears
every event, and the hub keeps to one core. The delay from commit to listener is reported.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import portals  # noqa: E402 - lies beside this file
from bars import Bars  # noqa: E402

EVENTS_A_SECOND = 2
OPEN_AT_ONCE = 50
MOST_SECONDS = 300


def main(clients: int, events: int) -> int:
    """Measure, print and judge; return the exit status."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    settings, _ = portals.settings(portals.NO_SOLR)
    ours = portals.Side(settings, "ours")
    with _hub(settings) as (port, hub):
        heard = asyncio.run(Audience(port, clients, events).listen(ours, hub))
    ours.end()
    delays, share = sorted(heard[0]), heard[1]
    p95 = delays[int(len(delays) * 0.95)]
    print(f"{clients} listeners, {events} events, {len(delays)} deliveries")
    print(f"from commit to listener: median {statistics.median(delays):.2f} s, p95 {p95:.2f} s")
    print(f"hub: {share[0] / len(delays) * 1e6:.0f} us of processor time a delivery")
    bars = Bars()
    bars.at_least("deliveries of all that were due", len(delays) / (clients * events), 1)
    bars.at_most("cores of the hub while it told", share[0] / share[1], 1)
    return bars.end()


@contextlib.contextmanager
def _hub(settings: Path) -> Iterator[tuple[int, psutil.Process]]:
    """Run the portal's hub on a free port for the length of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ckan = Path(sys.executable).with_name("ckan")
    command = [str(ckan), "-c", str(settings), "jambi", "live", "serve", "--port", str(port)]
    process = subprocess.Popen(command)
    try:
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


class Audience:
    """All listeners; each notes the delay of each event."""

    def __init__(self, port: int, clients: int, events: int) -> None:
        self._port, self._clients, self._events = port, clients, events
        self._delays: list[float] = []
        self._connected = 0

    async def listen(
        self, ours: portals.Side, hub: psutil.Process
    ) -> tuple[list[float], tuple[float, float]]:
        """Open all, tell the events, and return the delays, the hub's processor time, and the seconds."""
        await self._until_it_answers()
        opening = asyncio.Semaphore(OPEN_AT_ONCE)
        listeners = [asyncio.create_task(self._one(opening)) for _ in range(self._clients)]
        while self._connected < self._clients:
            await asyncio.sleep(0.1)
        before, began = sum(hub.cpu_times()[:2]), time.monotonic()
        for number in range(self._events):
            await asyncio.to_thread(ours.done, "tell", number)
            await asyncio.sleep(1 / EVENTS_A_SECOND)
        await asyncio.wait(listeners, timeout=MOST_SECONDS)
        return self._delays, (sum(hub.cpu_times()[:2]) - before, time.monotonic() - began)

    async def _until_it_answers(self) -> None:
        deadline = time.monotonic() + MOST_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.close()
                return
            await asyncio.sleep(0.2)
        raise RuntimeError("The hub did not start.")

    async def _one(self, opening: asyncio.Semaphore) -> None:
        async with opening:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            while b"connected" not in await reader.readline():
                pass
        self._connected += 1
        for _ in range(self._events):
            while not (line := await reader.readline()).startswith(b"data: "):
                pass
            self._delays.append(time.time() - json.loads(line[6:])["payload"]["told_at"])
        writer.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    options.add_argument("--clients", type=int, default=1_000)
    options.add_argument("--events", type=int, default=20)
    sys.exit(main(**vars(options.parse_args())))
