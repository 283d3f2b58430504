"""A reverse proxy in front of other servers, each under a path of its own; it also tells who asked for what."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import WSMsgType, web
from multidict import CIMultiDict
from yarl import URL

# These belong to one connection, not to the exchange.
_OWN = ("Host", "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Upgrade")

Watcher = Callable[[str, str], object]


class Relay:
    """Passes HTTP and WebSockets on, and tells method and path to those who listen.

    `on_request` hear of a request before it is passed on, `on_answer` before its answer goes back.
    """

    def __init__(self) -> None:
        self.on_request: list[Watcher] = []
        self.on_answer: list[Watcher] = []
        self.seen: list[str] = []
        self._targets: dict[str, str] = {}
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{name}/{rest:.*}", self._pass)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    def mount(self, name: str, target: str) -> None:
        """Let `/name/…` lead to that server."""
        self._targets[name] = target

    def url(self, name: str) -> str:
        """The address under which a server is reached."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/{name}"

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(auto_decompress=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        await self._http.close()

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request.path)
        rest = request.rel_url.raw_path_qs.split("/", 2)[2]
        target = URL(f"{self._targets[request.match_info['name']]}/{rest}", encoded=True)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._pass_socket(request, target)
        sent = await request.read()
        for watcher in self.on_request:
            watcher(request.method, request.path)
        async with self._http.request(
            request.method, target, headers=_passed(request.headers), data=sent or None, allow_redirects=False
        ) as answer:
            body = await answer.read()
        for watcher in self.on_answer:
            watcher(request.method, request.path)
        return web.Response(status=answer.status, headers=_passed(answer.headers), body=body or None)

    async def _pass_socket(self, request: web.Request, target: URL) -> web.WebSocketResponse:
        near = web.WebSocketResponse()
        await near.prepare(request)
        async with self._http.ws_connect(target, max_msg_size=0) as far:
            ends = [asyncio.create_task(_copy(near, far)), asyncio.create_task(_copy(far, near))]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            await near.close(code=far.close_code or 1000)
            await far.close(code=near.close_code or 1000)
            await asyncio.gather(*ends, return_exceptions=True)
        return near


async def _copy(source: Any, sink: Any) -> None:
    messages: AsyncIterator[aiohttp.WSMessage] = source
    async for message in messages:
        if message.type is WSMsgType.TEXT:
            await sink.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await sink.send_bytes(message.data)


def _passed(headers: Any) -> CIMultiDict[str]:
    kept: CIMultiDict[str] = CIMultiDict(headers)
    for name in _OWN:
        kept.popall(name, None)
    return kept
