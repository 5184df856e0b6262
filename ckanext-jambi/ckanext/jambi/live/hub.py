"""The live hub: one reader of the outbox for all who listen (HV34, web.md 7).

Every event is read once, written once, and laid into the bounded queue of each client that wants it. A
client whose queue is full, or who comes back with an id, is brought up from the database, page by page,
while its queue already collects what is new, so nothing falls between the two. A client that does not
read at all is cut, and resumes by the id of the last event it got.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from ckanext.jambi import outbox
from ckanext.jambi.live import wire
from ckanext.jambi.live.reader import Reader

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
QUEUE = 2_000
MAX_CLIENTS = 5_000
HEARTBEAT_SECONDS = 15.0
SEND_SECONDS = 30.0
CATCH_UP_AT_ONCE = 4
DATABASE_AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError)


@dataclass(eq=False, slots=True)
class Client:
    """One listener; `behind` says that events are missing in its queue."""

    wanted: wire.Wanted
    queue: asyncio.Queue[wire.Told]
    sent: outbox.Cursor
    behind: bool = False

    def offer(self, event: wire.Told) -> None:
        """Lay an event into the queue, or note that it is full."""
        if self.behind or not self.wanted.matches(event):
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.behind = True

    def start_over(self) -> None:
        """Empty the queue: what was in it will be read again."""
        self.behind = False
        while not self.queue.empty():
            self.queue.get_nowait()

    def advance(self, cursor: outbox.Cursor) -> bool:
        """Move behind an event that is sent next; False if it was sent already."""
        if (cursor.transaction, cursor.id) <= (self.sent.transaction, self.sent.id):
            return False
        self.sent = cursor
        return True


class Hub:
    """All listeners, and the one who reads for them."""

    def __init__(
        self,
        reader: Reader,
        *,
        poll_seconds: float = POLL_SECONDS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        queue: int = QUEUE,
        max_clients: int = MAX_CLIENTS,
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        self.send_seconds = send_seconds
        self._reader = reader
        self._poll_seconds = poll_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._queue = queue
        self._max_clients = max_clients
        self._cursor = outbox.Cursor()
        self._clients: set[Client] = set()
        self._read_at = float("-inf")
        self._catching_up = asyncio.Semaphore(CATCH_UP_AT_ONCE)

    @property
    def clients(self) -> int:
        """How many listen."""
        return len(self._clients)

    @property
    def full(self) -> bool:
        """Whether no further client is taken."""
        return len(self._clients) >= self._max_clients

    @property
    def ready(self) -> bool:
        """Whether the outbox was read a moment ago."""
        return time.monotonic() - self._read_at < 10 * max(self._poll_seconds, 1.0)

    async def run(self) -> None:
        """Read the outbox for ever and tell everyone; a database that is away is asked again."""
        started = False
        while True:
            try:
                if not started:
                    self._cursor, started = await asyncio.to_thread(self._reader.newest), True
                while await self._read_once():
                    pass
            except DATABASE_AWAY as err:
                log.warning("The database does not answer: %s", err.orig)
            await asyncio.sleep(self._poll_seconds)

    async def _read_once(self) -> bool:
        """Read one page and tell it; return whether more may follow."""
        reading = await asyncio.to_thread(self._reader.after, self._cursor)
        self._read_at = time.monotonic()
        self._cursor = reading.cursor
        for event in reading.events:
            for client in self._clients:
                client.offer(event)
        return reading.more

    @contextlib.contextmanager
    def listening(self, wanted: wire.Wanted, after: outbox.Cursor | None) -> Iterator[Client]:
        """Take a client in as long as the block lasts; with a cursor, it begins behind that."""
        resumes = after is not None
        client = Client(wanted, asyncio.Queue(self._queue), after or self._cursor, behind=resumes)
        self._clients.add(client)
        try:
            yield client
        finally:
            self._clients.discard(client)

    async def frames(self, client: Client) -> AsyncIterator[bytes]:
        """Yield what a client is sent: what it missed, what comes, and heartbeats."""
        yield wire.HELLO
        if client.behind and not await asyncio.to_thread(self._reader.keeps, client.sent):
            yield wire.GAP
        while True:
            async for piece in self._missed(client):
                yield piece
            yield await self._next(client)

    async def _next(self, client: Client) -> bytes:
        """Return the next event, or a heartbeat if none comes; nothing if it was sent already."""
        try:
            event = await asyncio.wait_for(client.queue.get(), self._heartbeat_seconds)
        except TimeoutError:
            return wire.HEARTBEAT
        new = not client.behind and client.advance(outbox.Cursor.parse(event.cursor))
        return event.frame if new else b""

    async def _missed(self, client: Client) -> AsyncIterator[bytes]:
        """Yield what a client that is behind has not got, page by page, few clients at a time."""
        more = False
        while client.behind or more:
            if client.behind:
                client.start_over()
            async with self._catching_up:
                reading = await asyncio.to_thread(self._reader.after, client.sent)
            client.sent, more = reading.cursor, reading.more
            for event in reading.events:
                if client.wanted.matches(event):
                    yield event.frame
