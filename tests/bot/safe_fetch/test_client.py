"""Fetching from strangers: a real server on loopback plays all of them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from socket import AddressFamily
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from bot.safe_fetch import (
    FetchError,
    NotAnImage,
    NotFound,
    NotPublic,
    PublicFetch,
    RedirectLoop,
    TooBig,
    TooSlow,
    Unreachable,
)
from bot.safe_fetch.public_addresses import Address

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(5000)
MOST = 10_000


class Names(AbstractResolver):
    """What names mean; a list for a name is used up, an address at each question."""

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): answers for name, answers in names.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """The next answer for this name."""
        self.asked.append(host)
        if not (answers := self.names.get(host)):
            raise OSError(socket.EAI_NONAME, "there is no such name")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in answer
        ]

    async def close(self) -> None:
        """Nothing is held."""


class World:
    """The server of all strangers: what it answers at which path, and what it was asked."""

    def __init__(self) -> None:
        self.requests: list[web.BaseRequest] = []
        self.answers: dict[str, Callable[[web.BaseRequest], Any]] = {}
        self.server = TestServer(web.Application())
        self.released = asyncio.Event()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self.server.port is not None
        return self.server.port

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"http://{host}:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Whatever a test has laid there, or a picture."""
        self.requests.append(request)
        made = self.answers.get(request.path, lambda _: web.Response(body=PICTURE, content_type="image/png"))(request)
        return await made if asyncio.iscoroutine(made) else made


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Somebody who answers."""
    made = World()
    made.server.app.router.add_route("*", "/{path:.*}", made.answer)
    async with made.server:
        yield made
        made.released.set()


def this_machine(address: Address) -> bool:
    """127.0.0.1 plays the public internet, everything else is private."""
    return str(address) == "127.0.0.1"


@asynccontextmanager
async def abroad(**options: Any) -> AsyncIterator[PublicFetch]:
    """A fetch for which the loopback address is a public one."""
    async with PublicFetch(is_public=this_machine, **options) as fetch:
        yield fetch


async def refused(address: str, error: type[FetchError], **options: Any) -> FetchError:
    """The error that this address leads to; its sentence repeats nothing of it."""
    async with abroad(**options) as fetch:
        with pytest.raises(error) as caught:
            await fetch.fetch(address, max_bytes=MOST)
    assert type(caught.value) is error
    assert caught.value.text
    assert "127.0.0.1" not in caught.value.text
    return caught.value


async def test_a_picture_is_fetched_and_nothing_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes come as they are; cookies are not kept, and the environment's proxy is not used."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    world.answers["/cookie.png"] = lambda _: web.Response(
        body=PICTURE, content_type="image/png", headers={"Set-Cookie": "who=me"}
    )
    async with abroad() as fetch:
        for path in ("/cookie.png", "/fox.png?size=1"):
            assert await fetch.fetch(world.at(path), max_bytes=MOST) == PICTURE
    for request in world.requests:
        assert request.method == "GET"
        assert set(request.headers) <= {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}
        assert request.headers["Accept-Encoding"] == "identity"
        assert "imaginepro-discord-bot" in request.headers["User-Agent"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "0.0.0.1"])
async def test_this_machine_is_not_public(world: World, host: str) -> None:
    """By no spelling is a server on the bot's own machine even connected to."""
    async with PublicFetch() as fetch:
        with pytest.raises(NotPublic):
            await fetch.fetch(world.at("/fox.png", host), max_bytes=MOST)
    assert world.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "ftp://127.0.0.1/fox.png",
        "file:///etc/passwd",
        "//127.0.0.1/fox.png",
        "fox.png",
        "",
        "http://",
        "http://[::1/fox.png",
        "http://me:secret@127.0.0.1/fox.png",
        "http://me@127.0.0.1/fox.png",
        "http://127.0.0.1:22/fox.png",
        "http://127.0.0.1:0/fox.png",
        "http://127.0.0.1:99999/fox.png",
        f"http://{'x' * 70}.example/fox.png",
        "http://a..b/fox.png",
    ],
)
async def test_addresses_that_are_none_are_refused(address: str) -> None:
    """Other schemes, passwords, ports of other services, and whatever can't be read."""
    names = Names()
    async with abroad(resolver=names) as fetch:
        with pytest.raises((NotPublic, Unreachable)):
            await fetch.fetch(address, max_bytes=MOST)


async def test_a_name_is_resolved_once_and_connected_to(world: World) -> None:
    """A name that would mean another machine a moment later is not asked for again."""
    names = Names(fox_example=[["127.0.0.1"], ["10.0.0.1"]])
    async with abroad(resolver=names) as fetch:
        assert await fetch.fetch(world.at("/fox.png", "fox.example"), max_bytes=MOST) == PICTURE
        assert names.asked == ["fox.example"]
        with pytest.raises(NotPublic):
            await fetch.fetch(world.at("/fox.png", "fox.example"), max_bytes=MOST)
    assert len(world.requests) == 1
    assert world.requests[0].headers["Host"] == f"fox.example:{world.port}"


@pytest.mark.parametrize("answer", [["10.0.0.1"], ["127.0.0.1", "192.168.0.1"], ["169.254.169.254"], ["::1"]])
async def test_a_name_of_a_private_machine_is_refused(world: World, answer: list[str]) -> None:
    """One private address among several is enough."""
    await refused(world.at("/fox.png", "fox.example"), NotPublic, resolver=Names(fox_example=[answer]))
    assert world.requests == []


async def test_redirects_are_followed_and_each_is_checked(world: World) -> None:
    """A public server may send us on, relatively too, but not to a private machine."""
    world.answers |= {
        "/a": lambda _: web.Response(status=302, headers={"Location": "/b?x=1"}),
        "/b": lambda _: web.Response(status=307, headers={"Location": world.at("/fox.png", "fox.example")}),
        "/metadata": lambda _: web.Response(status=301, headers={"Location": "http://169.254.169.254/latest/"}),
        "/name": lambda _: web.Response(status=301, headers={"Location": world.at("/fox.png", "inside.example")}),
        "/file": lambda _: web.Response(status=301, headers={"Location": "file:///etc/passwd"}),
        "/junk": lambda _: web.Response(status=301, headers={"Location": "http://[::1"}),
    }
    names = Names(fox_example=[["127.0.0.1"]], inside_example=[["10.0.0.1"]])
    async with abroad(resolver=names) as fetch:
        assert await fetch.fetch(world.at("/a"), max_bytes=MOST) == PICTURE
        for path in ("/metadata", "/name", "/file", "/junk"):
            with pytest.raises(NotPublic):
                await fetch.fetch(world.at(path), max_bytes=MOST)


async def test_a_circle_ends(world: World) -> None:
    """After five redirects nobody is followed any more."""
    world.answers["/round"] = lambda _: web.Response(status=302, headers={"Location": "/round"})
    await refused(world.at("/round"), RedirectLoop)
    assert len(world.requests) == 6


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (403, NotFound), (204, NotFound), (503, Unreachable)])
async def test_no_picture_is_told_by_its_reason(world: World, status: int, error: type[FetchError]) -> None:
    """Not there, not for everybody, or out of order."""
    world.answers["/fox.png"] = lambda _: web.Response(status=status)
    await refused(world.at("/fox.png"), error)


@pytest.mark.parametrize("kind", ["text/html", "application/json", "video/mp4"])
async def test_a_page_is_no_picture(world: World, kind: str) -> None:
    """The page around a picture is what people copy most often."""
    world.answers["/fox.png"] = lambda _: web.Response(body=PICTURE, content_type=kind)
    assert "not of a picture" in (await refused(world.at("/fox.png"), NotAnImage)).text


async def test_too_many_bytes_are_not_read(world: World) -> None:
    """Neither when they are announced nor when they just keep coming; exactly as many as allowed are fine."""

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        await response.prepare(request)
        while not world.released.is_set():
            try:
                await response.write(bytes(4096))
            except ConnectionError:
                break
        return response

    world.answers |= {
        "/huge": lambda _: web.Response(body=bytes(MOST + 1), content_type="image/png"),
        "/most": lambda _: web.Response(body=bytes(MOST), content_type="image/png"),
        "/endless": endless,
    }
    await refused(world.at("/huge"), TooBig)
    await refused(world.at("/endless"), TooBig)
    async with abroad() as fetch:
        assert len(await fetch.fetch(world.at("/most"), max_bytes=MOST)) == MOST


async def test_a_compressed_answer_is_not_unpacked(world: World) -> None:
    """What was asked for plainly and comes packed stays packed."""
    world.answers["/fox.png"] = lambda _: web.Response(
        body=b"packed", content_type="image/png", headers={"Content-Encoding": "gzip"}
    )
    async with abroad() as fetch:
        assert await fetch.fetch(world.at("/fox.png"), max_bytes=MOST) == b"packed"


async def test_a_server_that_says_nothing_is_too_slow(world: World) -> None:
    """The time is limited as a whole."""

    async def silent(_: web.BaseRequest) -> web.StreamResponse:
        await world.released.wait()
        return web.Response()

    world.answers["/fox.png"] = silent
    await refused(world.at("/fox.png"), TooSlow, seconds=0.2)
    world.released.set()


async def test_nobody_there_is_unreachable(world: World) -> None:
    """A closed port, an unknown name, and a connection that breaks in the middle."""

    async def broken(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/png", "Content-Length": "9000"})
        await response.prepare(request)
        await response.write(PICTURE)
        assert request.transport is not None
        request.transport.abort()
        return response

    world.answers["/broken.png"] = broken
    await refused(world.at("/broken.png"), Unreachable)
    await refused(world.at("/fox.png", "nobody.example"), Unreachable, resolver=Names())
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    await refused(f"http://127.0.0.1:{port}/fox.png", Unreachable)


async def test_trusted_places_may_be_anywhere(world: World) -> None:
    """Only below the trusted path, only on its host and port; what they lead to is checked again."""
    world.answers["/files/away"] = lambda _: web.Response(status=302, headers={"Location": "/secret"})
    async with PublicFetch(trusted=[world.at("/files/")]) as fetch:
        assert await fetch.fetch(world.at("/files/fox.png?x=1"), max_bytes=MOST) == PICTURE
        seen = len(world.requests)
        for path in ("/secret", "/files", "/filesystem/x", "/files/../secret", "/files/%2e%2e/secret"):
            with pytest.raises(NotPublic):
                await fetch.fetch(world.at(path), max_bytes=MOST)
        for path in ("/files/..%2fsecret", "/files/%2e%2e%2fsecret", "/files/..\\secret", "/files/..%5csecret"):
            with pytest.raises(NotPublic):
                await fetch.fetch(world.at(path), max_bytes=MOST)
        for address in (
            world.at("/files/fox.png", "localhost"),
            world.at("/files/fox.png", "me:x@127.0.0.1"),
            world.at("/files/fox.png").replace("http:", "https:"),
            f"http://127.0.0.1:{world.port % 60000 + 1025}/files/fox.png",
        ):
            with pytest.raises(NotPublic):
                await fetch.fetch(address, max_bytes=MOST)
        assert len(world.requests) == seen
        with pytest.raises(NotPublic):
            await fetch.fetch(world.at("/files/away"), max_bytes=MOST)
    assert [request.path for request in world.requests][seen:] == ["/files/away"]
