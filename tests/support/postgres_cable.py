"""What lies between a bot and its PostgreSQL server, and can break at the worst of moments."""

import asyncio
from types import TracebackType
from typing import Self

from yarl import URL

_CHUNK = 65536


class Cable:
    """Passes everything on, both ways, until it is told to break. `url` leads through it to the database."""

    def __init__(self, database_url: str) -> None:
        self._far = URL(database_url)
        self._breaks_at_commit = False
        self._ends: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()
        self.broken = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.url = str(self._far.with_port(self._server.sockets[0].getsockname()[1]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for end in self._ends:
            end.close()
        await asyncio.gather(*self._passing)
        await self._server.wait_closed()

    def break_at_commit(self) -> None:
        """Let the next commit through, but not the news that it was done."""
        self._breaks_at_commit = True

    async def _connect(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        assert self._far.host
        assert self._far.port
        task = asyncio.current_task()
        assert task
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        far, to_far = await asyncio.open_connection(self._far.host, self._far.port)
        ends = {to_near, to_far}
        self._ends |= ends
        breaking = asyncio.Event()
        passing = {
            asyncio.create_task(self._pass_up(near, to_far, breaking)),
            asyncio.create_task(_pass_down(far, to_near, breaking)),
        }
        _, left = await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for one_way in left:
            one_way.cancel()
        for end in ends:
            end.close()
        self._ends -= ends

    async def _pass_up(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, breaking: asyncio.Event) -> None:
        while data := await source.read(_CHUNK):
            if self._breaks_at_commit and b"COMMIT" in data:
                self._breaks_at_commit = False
                self.broken += 1
                breaking.set()
            sink.write(data)


async def _pass_down(source: asyncio.StreamReader, sink: asyncio.StreamWriter, breaking: asyncio.Event) -> None:
    while data := await source.read(_CHUNK):
        if breaking.is_set():
            return
        sink.write(data)
