"""An HTTP proxy on loopback, through which clients reach servers by names that no name server knows."""

import asyncio
from base64 import b64encode
from contextlib import suppress
from types import TracebackType
from typing import Self

from yarl import URL

_CHUNK = 64 * 1024


class ForwardProxy:
    """Forwards requests and tunnels (CONNECT) between `async with` and its end.

    Args:
        hosts: the server that stands behind each host name, as a URL; others are unreachable.
        user: the user and password that clients have to send; None for an open proxy.
    """

    def __init__(self, hosts: dict[str, str], user: tuple[str, str] | None = None) -> None:
        self.asked: list[str] = []
        """Method and host of the first request of every connection, in order."""

        self._hosts = {name: URL(target) for name, target in hosts.items()}
        self._user = user
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The proxy's URL, with user and password if it asks for them."""
        host, port = self._server.sockets[0].getsockname()
        return str(URL.build(scheme="http", host=host, port=port, user=self._login[0], password=self._login[1]))

    @property
    def _login(self) -> tuple[str | None, str | None]:
        return self._user or (None, None)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._forward(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        host = target.partition(":")[0] if method == "CONNECT" else URL(target).host or ""
        self.asked.append(f"{method} {host}")
        if self._user is not None:
            expected = f"Basic {b64encode(':'.join(self._user).encode('latin-1')).decode()}"
            if headers.get("proxy-authorization") != expected:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
        server = self._hosts.get(host)
        if server is None:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        up_reader, up_writer = await asyncio.open_connection(server.host, server.port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            # Later requests on the connection are for the same server, which understands absolute addresses too.
            up_writer.write(head)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(reader, up_writer))
                both.create_task(_copy(up_reader, writer))
        finally:
            up_writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_CHUNK):
            target.write(data)
            await target.drain()
    with suppress(OSError):
        target.write_eof()
