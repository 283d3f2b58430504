"""A TCP proxy in front of PostgreSQL: a cable that can be cut, also right after a commit."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from yarl import URL

_CHUNK = 65536


class PostgresProxy:
    """Forwards bytes in both directions. `url` is the database's address through the proxy."""

    def __init__(self, database_url: str) -> None:
        self._upstream = URL(database_url)
        self._breaks_at_commit = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._forwarding: set[asyncio.Task[None]] = set()
        self._cuts: dict[object, bool] = {}
        self._passable = asyncio.Event()
        self._passable.set()
        self.broken_connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.url = str(self._upstream.with_port(self._server.sockets[0].getsockname()[1]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.mend()
        for end in self._writers:
            end.close()
        await asyncio.gather(*self._forwarding)
        await self._server.wait_closed()

    def break_at_commit(self) -> None:
        """Forward the next COMMIT, then drop the connection before its answer."""
        self._breaks_at_commit = True

    def cut(self, *, silent: bool = False) -> Callable[[], None]:
        """Break all connections and take no new ones, until the returned function or `mend` is called.

        With `silent` nothing breaks: what is sent stays on its way until then, as when packets are lost.
        """
        cut = object()
        self._cuts[cut] = silent
        if silent:
            self._passable.clear()
        else:
            for end in self._writers:
                end.transport.abort()

        def mend() -> None:
            self._cuts.pop(cut, None)
            if not any(self._cuts.values()):
                self._passable.set()

        return mend

    def mend(self) -> None:
        """Undo every cut."""
        self._cuts.clear()
        self._passable.set()

    async def _connect(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        assert self._upstream.host
        assert self._upstream.port
        task = asyncio.current_task()
        assert task
        self._forwarding.add(task)
        task.add_done_callback(self._forwarding.discard)
        try:
            if not all(self._cuts.values()):
                raise ConnectionRefusedError
            far, to_far = await asyncio.open_connection(self._upstream.host, self._upstream.port)
        except OSError:
            # The server is away as well.
            to_near.transport.abort()
            return
        ends = {to_near, to_far}
        self._writers |= ends
        breaking = asyncio.Event()
        passing = {
            asyncio.create_task(self._forward_up(near, to_far, breaking)),
            asyncio.create_task(self._forward_down(far, to_near, breaking)),
        }
        _, left = await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for one_way in left:
            one_way.cancel()
        # Either end may have been reset.
        await asyncio.gather(*passing, return_exceptions=True)
        for end in ends:
            end.close()
        self._writers -= ends

    async def _forward_up(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, breaking: asyncio.Event
    ) -> None:
        while data := await source.read(_CHUNK):
            if self._breaks_at_commit and b"COMMIT" in data:
                self._breaks_at_commit = False
                self.broken_connections += 1
                breaking.set()
            await self._passable.wait()
            sink.write(data)

    async def _forward_down(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, breaking: asyncio.Event
    ) -> None:
        while data := await source.read(_CHUNK):
            if breaking.is_set():
                return
            await self._passable.wait()
            sink.write(data)
