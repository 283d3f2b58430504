"""A reverse proxy in front of several servers, each under a path prefix, which reports every request."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import WSMsgType, web
from multidict import CIMultiDict
from yarl import URL

# Hop-by-hop headers, which a proxy must not forward.
_HOP_BY_HOP = ("Host", "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Upgrade")

Listener = Callable[[str, str], object]


class ReverseProxy:
    """Forwards HTTP and WebSockets, and calls listeners with method and path.

    `on_request` are called before a request is forwarded, `on_response` before its response is. `paths` are the paths
    of all requests.
    """

    def __init__(self) -> None:
        self.on_request: list[Listener] = []
        self.on_response: list[Listener] = []
        self.paths: list[str] = []
        self._targets: dict[str, str] = {}
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{name}/{rest:.*}", self._forward)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    def mount(self, name: str, target: str) -> None:
        """Forward `/name/…` to that server."""
        self._targets[name] = target

    def url(self, name: str) -> str:
        """The address of a mounted server through the proxy."""
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

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path)
        rest = request.rel_url.raw_path_qs.split("/", 2)[2]
        target = URL(f"{self._targets[request.match_info['name']]}/{rest}", encoded=True)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._forward_websocket(request, target)
        sent = await request.read()
        for listener in self.on_request:
            listener(request.method, request.path)
        async with self._http.request(
            request.method,
            target,
            headers=_end_to_end_headers(request.headers),
            data=sent or None,
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
        for listener in self.on_response:
            listener(request.method, request.path)
        return web.Response(status=answer.status, headers=_end_to_end_headers(answer.headers), body=body or None)

    async def _forward_websocket(self, request: web.Request, target: URL) -> web.WebSocketResponse:
        downstream = web.WebSocketResponse()
        await downstream.prepare(request)
        async with self._http.ws_connect(target, max_msg_size=0) as upstream:
            ends = [asyncio.create_task(_copy(downstream, upstream)), asyncio.create_task(_copy(upstream, downstream))]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            await downstream.close(code=upstream.close_code or 1000)
            await upstream.close(code=downstream.close_code or 1000)
            await asyncio.gather(*ends, return_exceptions=True)
        return downstream


async def _copy(source: Any, sink: Any) -> None:
    messages: AsyncIterator[aiohttp.WSMessage] = source
    async for message in messages:
        if message.type is WSMsgType.TEXT:
            await sink.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await sink.send_bytes(message.data)


def _end_to_end_headers(headers: Any) -> CIMultiDict[str]:
    kept: CIMultiDict[str] = CIMultiDict(headers)
    for name in _HOP_BY_HOP:
        kept.popall(name, None)
    return kept
