"""How many listeners one hub serves: `benchmarks/listeners.py CLIENTS EVENTS`.

The hub runs in a process of its own with a reader that gives one event after another at a steady pace, so
that the outbox's database does not enter into it; clients are sockets in this process. Printed are the
delay from an event's making to its last listener, and the hub's processor time for each delivery.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import resource
import statistics
import sys
import time
from typing import Any

from ckanext.jambi import outbox
from ckanext.jambi.live import wire
from ckanext.jambi.live.hub import Hub
from ckanext.jambi.live.reader import Reading

PORT = 18_092
EVENTS_A_SECOND = 2


class SteadyReader:
    """Stands for the outbox: an event every so often, told with the time of its making."""

    def __init__(self, events: int, begins_at: float) -> None:
        self._left = events
        self._next_at = begins_at

    def newest(self) -> outbox.Cursor:
        """Begin at the beginning."""
        return outbox.Cursor()

    def after(self, cursor: outbox.Cursor, limit: int = 0) -> Reading:
        """Return the next event if its time has come."""
        if not self._left or time.monotonic() < self._next_at:
            return Reading((), cursor, False)
        self._left -= 1
        self._next_at += 1 / EVENTS_A_SECOND
        here = outbox.Cursor(1, cursor.id + 1)
        names = {name: frozenset[str]() for name in wire.FILTERS}
        data = {"kind": "rows.changed", "made_at": time.monotonic(), "payload": {"x": "x" * 300}}
        return Reading(
            [wire.Told(str(here), names, data, wire.frame(str(here), "rows.changed", data))], here, False
        )


def serve(events: int, begins_at: float, told: Any) -> None:
    """Run the hub until it is killed, telling its processor time."""
    import uvicorn

    from ckanext.jambi.live.serving import application

    hub: Any = Hub(SteadyReader(events, begins_at), poll_seconds=0.05)  # type: ignore[arg-type]
    config = uvicorn.Config(application(hub), port=PORT, log_level="warning", backlog=4_096)
    server = uvicorn.Server(config)

    async def run() -> None:
        serving = asyncio.create_task(server.serve())
        while not serving.done():
            await asyncio.sleep(0.5)
            used = resource.getrusage(resource.RUSAGE_SELF)
            told.value = used.ru_utime + used.ru_stime

    asyncio.run(run())


async def listen(events: int, delays: list[float]) -> None:
    """Be one listener and note each event's delay."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
    heard = 0
    while heard < events:
        line = await reader.readline()
        if line.startswith(b"data: "):
            delays.append(time.monotonic() - json.loads(line[6:])["made_at"])
            heard += 1
    writer.close()


async def measure(clients: int, events: int) -> list[float]:
    """Open all listeners, then wait until each has heard everything."""
    delays: list[float] = []
    await asyncio.gather(*(listen(events, delays) for _ in range(clients)))
    return delays


def main(clients: int, events: int) -> None:
    """Measure and print."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    told = multiprocessing.Value("d", 0.0)
    begins_at = time.monotonic() + 5 + clients / 200
    hub = multiprocessing.Process(target=serve, args=(events, begins_at, told), daemon=True)
    hub.start()
    time.sleep(3)
    delays = sorted(asyncio.run(measure(clients, events)))
    time.sleep(1)
    p95 = delays[int(len(delays) * 0.95)]
    print(f"{clients} listeners, {events} events, {len(delays)} deliveries")
    print(f"delay: median {statistics.median(delays) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms")
    print(f"hub: {told.value / len(delays) * 1e6:.0f} us of processor time a delivery")
    hub.terminate()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] or ("1000", "20")))
