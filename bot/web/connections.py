"""Limits on the connections of the web site: how many there are, and how long each may take."""

import asyncio
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.timings import Timings

try:
    import resource
except ImportError:  # Windows
    resource = None

MAX_CONNECTIONS = 100
"""Fewer if the process may open few files: the bot needs most of them for Discord, the API and the database."""


def connection_limit() -> int:
    """How many connections the site may hold in this process."""
    if resource is None:
        return MAX_CONNECTIONS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if files == resource.RLIM_INFINITY else max(1, min(MAX_CONNECTIONS, files // 3))


class Connections:
    """Keeps track of a server's connections, and closes those that are too many or too slow.

    A new connection has `timings.web_head` seconds until its first request is complete up to the body; each request has
    `timings.web_exchange` until its answer is read. aiohttp itself has no limit for either. At `most` connections the
    one that has waited longest for a request makes room for a new one.
    """

    def __init__(self, timings: Timings, most: int | None = None) -> None:
        self.timings = timings
        self._most = connection_limit() if most is None else most
        # In the order in which they have begun to wait for a request.
        self._waiting: dict[asyncio.BaseTransport, _Connection] = {}
        self._serving: dict[asyncio.BaseTransport, _Connection] = {}

    def __len__(self) -> int:
        return len(self._waiting) + len(self._serving)

    def protocol(self, inner: asyncio.Protocol) -> asyncio.Protocol:
        """The protocol of a new connection, which passes everything on to `inner`."""
        return _Connection(self, inner)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keep connections with a request apart from those that wait for one."""
        transport = request.transport
        connection = self._waiting.pop(transport, None) if transport is not None else None
        if transport is None or connection is None:
            return await handler(request)
        self._serving[transport] = connection
        connection.close_after(self.timings.web_exchange)
        try:
            return await handler(request)
        finally:
            if self._serving.pop(transport, None) is not None:
                self._waiting[transport] = connection

    def add(self, connection: "_Connection", transport: asyncio.Transport) -> bool:
        """Count a new connection, and close an older one if necessary; False if there is no room."""
        if len(self) >= self._most:
            oldest = next(iter(self._waiting), None)
            if oldest is None:
                return False
            del self._waiting[oldest]
            cast("asyncio.Transport", oldest).abort()
        self._waiting[transport] = connection
        return True

    def remove(self, transport: asyncio.BaseTransport) -> None:
        """Count a connection that is closed no longer."""
        self._waiting.pop(transport, None)
        self._serving.pop(transport, None)


class _Connection(asyncio.Protocol):
    def __init__(self, connections: Connections, inner: asyncio.Protocol) -> None:
        self._connections = connections
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def close_after(self, seconds: float) -> None:
        """Close the connection after this time, instead of after an earlier one."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._transport.abort)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        opened = cast("asyncio.Transport", transport)
        if not self._connections.add(self, opened):
            opened.abort()
            return
        self._transport = opened
        self.close_after(self._connections.timings.web_head)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._transport is not None else None

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is None:
            return
        self._connections.remove(self._transport)
        if self._timer is not None:
            self._timer.cancel()
        self._transport = None
        self._inner.connection_lost(exc)
