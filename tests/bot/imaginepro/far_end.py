"""A server on a real socket that answers as the test has told it to and remembers what it was asked."""

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

Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Received:
    """One request as it arrived; `at` is in seconds of the monotonic clock."""

    method: str
    raw_path: str
    headers: CIMultiDict[str]
    body: bytes
    at: float = field(default_factory=monotonic)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class FarEnd:
    """The scripted server: per part of a path a list of answers, of which the last is given again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.closing = asyncio.Event()
        self._scripts: dict[str, list[Answering]] = {}

    def script(self, *answers: Answering, path: str = "/") -> None:
        """Answer requests whose path contains `path` like this; the longest matching part wins."""
        self._scripts[path] = list(answers)

    def asked(self, path: str) -> list[Received]:
        """The requests whose path contains `path`, oldest first."""
        return [request for request in self.received if path in request.raw_path]

    def silence(self) -> Answering:
        """Never answer."""

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


def reply(body: Any = b"", status: int = 200, headers: dict[str, str] | None = None) -> Answering:
    """Answer with this body (bytes and text as they are, anything else as JSON)."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if isinstance(body, bytes | str):
            raw = body.encode() if isinstance(body, str) else body
            return web.Response(body=raw, status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return answering


def echo(status: int = 200, *, field_name: str = "message") -> Answering:
    """Answer with the caller's Authorization header in the body."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        key = request.headers["Authorization"].removeprefix("Bearer ")
        body = {field_name: f"rejected: {key} / {key[:4]}", "messageId": f"id-{key}"}
        return web.json_response(body, status=status)

    return answering


async def cut(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def half(request: web.BaseRequest) -> web.StreamResponse:
    """Promise a hundred bytes, send five, close."""
    response = web.StreamResponse(headers={"Content-Length": "100", "Content-Type": "image/png"})
    await response.prepare(request)
    await response.write(b"short")
    assert request.transport is not None
    request.transport.close()
    return response


@asynccontextmanager
async def running() -> AsyncIterator[FarEnd]:
    """A far end that listens on 127.0.0.1."""
    far_end = FarEnd()
    async with RawTestServer(far_end.handle) as server:
        far_end.url = str(server.make_url("")).rstrip("/")
        yield far_end
        far_end.closing.set()
