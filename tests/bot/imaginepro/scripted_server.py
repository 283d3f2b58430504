"""A server on a real socket with scripted answers, which records its requests."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from aiohttp import web
from aiohttp.test_utils import RawTestServer
from multidict import CIMultiDict

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Received:
    """A received request; `at` is in seconds of the monotonic clock."""

    method: str
    raw_path: str
    headers: CIMultiDict[str]
    body: bytes
    at: float = field(default_factory=monotonic)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ScriptedServer:
    """A server with a list of answers for each part of a path; the last answer is repeated."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.closing = asyncio.Event()
        self._scripts: dict[str, list[Answer]] = {}

    def script(self, *answers: Answer, path: str = "/") -> None:
        """Set the answers for paths that contain `path`; the longest match wins."""
        self._scripts[path] = list(answers)

    def requests_to(self, path: str) -> list[Received]:
        """The requests whose path contains `path`, oldest first."""
        return [request for request in self.received if path in request.raw_path]

    def no_answer(self) -> Answer:
        """An answer that never comes."""

        async def answering(request: web.BaseRequest) -> web.StreamResponse:
            await self.closing.wait()
            return web.Response()

        return answering

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = CIMultiDict(request.headers)
        self.received.append(Received(request.method, request.raw_path, headers, await request.read()))
        answers = self._scripts[max((part for part in self._scripts if part in request.raw_path), key=len)]
        answering = answers.pop(0) if len(answers) > 1 else answers[0]
        return await answering(request)


def reply(body: Any = b"", status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer with this body: bytes and text unchanged, other values as JSON."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if isinstance(body, bytes | str):
            raw = body.encode() if isinstance(body, str) else body
            return web.Response(body=raw, status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return answering


def echo(status: int = 200, *, field_name: str = "message") -> Answer:
    """An answer that quotes the request's API key."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        key = request.headers["Authorization"].removeprefix("Bearer ")
        body = {field_name: f"rejected: {key} / {key[:4]}", "messageId": f"id-{key}"}
        return web.json_response(body, status=status)

    return answering


async def close_connection(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def truncated_body(request: web.BaseRequest) -> web.StreamResponse:
    """Announce a hundred bytes, send five, and close."""
    response = web.StreamResponse(headers={"Content-Length": "100", "Content-Type": "image/png"})
    await response.prepare(request)
    await response.write(b"short")
    assert request.transport is not None
    request.transport.close()
    return response


@asynccontextmanager
async def running() -> AsyncIterator[ScriptedServer]:
    """A running scripted server on 127.0.0.1."""
    api_server = ScriptedServer()
    async with RawTestServer(api_server.handle) as server:
        api_server.url = str(server.make_url("")).rstrip("/")
        yield api_server
        api_server.closing.set()
