"""PublicFetch against a real server on loopback that stands for all public servers."""

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
from yarl import URL

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
MAX_BYTES = 10_000
MIA, MAX = 1, 2


class FixedResolver(AbstractResolver):
    """A resolver with fixed answers; several answers for a name are given one after the other."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): each for name, each in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """The next answer for this host name."""
        self.asked.append(host)
        if not (answers := self.names.get(host)):
            raise OSError(socket.EAI_NONAME, "there is no such name")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in answer
        ]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


class FakeServer:
    """A server with an answer for each path and a list of its requests."""

    def __init__(self) -> None:
        self.requests: list[web.BaseRequest] = []
        self.answers: dict[str, Callable[[web.BaseRequest], Any]] = {}
        self.server = TestServer(web.Application())
        self.released = asyncio.Event()

    @property
    def port(self) -> int:
        """The server's port."""
        assert self.server.port is not None
        return self.server.port

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        """The URL of a path."""
        return f"http://{host}:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The answer that the test has set for the path, by default a picture."""
        self.requests.append(request)
        made = self.answers.get(request.path, lambda _: web.Response(body=PICTURE, content_type="image/png"))(request)
        return await made if asyncio.iscoroutine(made) else made


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A running server."""
    made = FakeServer()
    made.server.app.router.add_route("*", "/{path:.*}", made.answer)
    async with made.server:
        yield made
        made.released.set()


def is_loopback(address: Address) -> bool:
    """Treat 127.0.0.1 as public and every other address as private."""
    return str(address) == "127.0.0.1"


@asynccontextmanager
async def loopback_fetch(**options: Any) -> AsyncIterator[PublicFetch]:
    """A PublicFetch that treats 127.0.0.1 as public."""
    async with PublicFetch(is_public=is_loopback, **options) as fetch:
        yield fetch


async def fetch_error(address: str, error: type[FetchError], **options: Any) -> FetchError:
    """The error for this address, after checking that its text does not repeat the address."""
    async with loopback_fetch(**options) as fetch:
        with pytest.raises(error) as caught:
            await fetch.fetch(address, member=MIA, max_bytes=MAX_BYTES)
    assert type(caught.value) is error
    assert caught.value.text
    assert "127.0.0.1" not in caught.value.text
    return caught.value


async def test_a_picture_is_fetched(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fetch returns the bytes, sends few headers, keeps no cookies and uses no proxy."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.answers["/cookie.png"] = lambda _: web.Response(
        body=PICTURE, content_type="image/png", headers={"Set-Cookie": "who=me"}
    )
    async with loopback_fetch() as fetch:
        for path in ("/cookie.png", "/fox.png?size=1"):
            assert await fetch.fetch(server.at(path), member=MIA, max_bytes=MAX_BYTES) == PICTURE
    for request in server.requests:
        assert request.method == "GET"
        assert set(request.headers) <= {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}
        assert request.headers["Accept-Encoding"] == "identity"
        assert "imaginepro-discord-bot" in request.headers["User-Agent"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "0.0.0.1"])
async def test_loopback_is_not_public(server: FakeServer, host: str) -> None:
    """No spelling of the bot's own machine leads to a connection."""
    async with PublicFetch() as fetch:
        with pytest.raises(NotPublic):
            await fetch.fetch(server.at("/fox.png", host), member=MIA, max_bytes=MAX_BYTES)
    assert server.requests == []


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
async def test_invalid_addresses_are_refused(address: str) -> None:
    """Other schemes, passwords, ports of other services and malformed URLs are refused."""
    resolver = FixedResolver()
    async with loopback_fetch(resolver=resolver) as fetch:
        with pytest.raises((NotPublic, Unreachable)):
            await fetch.fetch(address, member=MIA, max_bytes=MAX_BYTES)


async def test_a_name_is_resolved_once(server: FakeServer) -> None:
    """Each fetch resolves a name once and connects to that address, against DNS rebinding."""
    resolver = FixedResolver(fox_example=[["127.0.0.1"], ["10.0.0.1"]])
    async with loopback_fetch(resolver=resolver) as fetch:
        assert await fetch.fetch(server.at("/fox.png", "fox.example"), member=MIA, max_bytes=MAX_BYTES) == PICTURE
        assert resolver.asked == ["fox.example"]
        with pytest.raises(NotPublic):
            await fetch.fetch(server.at("/fox.png", "fox.example"), member=MIA, max_bytes=MAX_BYTES)
    assert len(server.requests) == 1
    assert server.requests[0].headers["Host"] == f"fox.example:{server.port}"


@pytest.mark.parametrize("answer", [["10.0.0.1"], ["127.0.0.1", "192.168.0.1"], ["169.254.169.254"], ["::1"]])
async def test_a_private_name_is_refused(server: FakeServer, answer: list[str]) -> None:
    """A name with at least one private address is refused."""
    await fetch_error(server.at("/fox.png", "fox.example"), NotPublic, resolver=FixedResolver(fox_example=[answer]))
    assert server.requests == []


async def test_redirects_are_checked(server: FakeServer) -> None:
    """Redirects are followed, relative ones too, except to private addresses."""
    server.answers |= {
        "/a": lambda _: web.Response(status=302, headers={"Location": "/b?x=1"}),
        "/b": lambda _: web.Response(status=307, headers={"Location": server.at("/fox.png", "fox.example")}),
        "/metadata": lambda _: web.Response(status=301, headers={"Location": "http://169.254.169.254/latest/"}),
        "/name": lambda _: web.Response(status=301, headers={"Location": server.at("/fox.png", "inside.example")}),
        "/file": lambda _: web.Response(status=301, headers={"Location": "file:///etc/passwd"}),
        "/junk": lambda _: web.Response(status=301, headers={"Location": "http://[::1"}),
    }
    resolver = FixedResolver(fox_example=[["127.0.0.1"]], inside_example=[["10.0.0.1"]])
    async with loopback_fetch(resolver=resolver) as fetch:
        assert await fetch.fetch(server.at("/a"), member=MIA, max_bytes=MAX_BYTES) == PICTURE
        for path in ("/metadata", "/name", "/file", "/junk"):
            with pytest.raises(NotPublic):
                await fetch.fetch(server.at(path), member=MIA, max_bytes=MAX_BYTES)


async def test_a_redirect_loop_ends(server: FakeServer) -> None:
    """A redirect loop ends after five redirects."""
    server.answers["/round"] = lambda _: web.Response(status=302, headers={"Location": "/round"})
    await fetch_error(server.at("/round"), RedirectLoop)
    assert len(server.requests) == 6


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (403, NotFound), (204, NotFound), (503, Unreachable)])
async def test_statuses_map_to_errors(server: FakeServer, status: int, error: type[FetchError]) -> None:
    """Each status maps to its own error."""
    server.answers["/fox.png"] = lambda _: web.Response(status=status)
    await fetch_error(server.at("/fox.png"), error)


@pytest.mark.parametrize("kind", ["text/html", "application/json", "video/mp4"])
async def test_a_page_is_refused(server: FakeServer, kind: str) -> None:
    """A response that is not an image is refused, as members often copy a page's address."""
    server.answers["/fox.png"] = lambda _: web.Response(body=PICTURE, content_type=kind)
    assert "not of a picture" in (await fetch_error(server.at("/fox.png"), NotAnImage)).text


async def test_too_large_responses_are_refused(server: FakeServer) -> None:
    """A response above the limit is refused, with or without a Content-Length; the limit itself is accepted."""

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        await response.prepare(request)
        while not server.released.is_set():
            try:
                await response.write(bytes(4096))
            except ConnectionError:
                break
        return response

    server.answers |= {
        "/huge": lambda _: web.Response(body=bytes(MAX_BYTES + 1), content_type="image/png"),
        "/most": lambda _: web.Response(body=bytes(MAX_BYTES), content_type="image/png"),
        "/endless": endless,
    }
    await fetch_error(server.at("/huge"), TooBig)
    await fetch_error(server.at("/endless"), TooBig)
    async with loopback_fetch() as fetch:
        assert len(await fetch.fetch(server.at("/most"), member=MIA, max_bytes=MAX_BYTES)) == MAX_BYTES


async def test_a_compressed_response_is_not_decompressed(server: FakeServer) -> None:
    """A compressed response is not decompressed."""
    server.answers["/fox.png"] = lambda _: web.Response(
        body=b"packed", content_type="image/png", headers={"Content-Encoding": "gzip"}
    )
    async with loopback_fetch() as fetch:
        assert await fetch.fetch(server.at("/fox.png"), member=MIA, max_bytes=MAX_BYTES) == b"packed"


async def test_a_silent_server_times_out(server: FakeServer) -> None:
    """A server that does not answer within the total timeout is too slow."""

    async def silent(_: web.BaseRequest) -> web.StreamResponse:
        await server.released.wait()
        return web.Response()

    server.answers["/fox.png"] = silent
    await fetch_error(server.at("/fox.png"), TooSlow, seconds=0.2)
    server.released.set()


async def test_unreachable_servers(server: FakeServer) -> None:
    """A closed port, an unknown name and a broken connection are reported as unreachable."""

    async def broken(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/png", "Content-Length": "9000"})
        await response.prepare(request)
        await response.write(PICTURE)
        assert request.transport is not None
        request.transport.abort()
        return response

    server.answers["/broken.png"] = broken
    await fetch_error(server.at("/broken.png"), Unreachable)
    await fetch_error(server.at("/fox.png", "nobody.example"), Unreachable, resolver=FixedResolver())
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    await fetch_error(f"http://127.0.0.1:{port}/fox.png", Unreachable)


async def test_trusted_urls(server: FakeServer) -> None:
    """A trusted URL allows its own host, port and path only, and redirects from it are checked."""
    server.answers["/files/away"] = lambda _: web.Response(status=302, headers={"Location": "/secret"})
    async with PublicFetch(trusted=[server.at("/files/")]) as fetch:
        assert await fetch.fetch(server.at("/files/fox.png?x=1"), member=MIA, max_bytes=MAX_BYTES) == PICTURE
        seen = len(server.requests)
        for path in ("/secret", "/files", "/filesystem/x", "/files/../secret", "/files/%2e%2e/secret"):
            with pytest.raises(NotPublic):
                await fetch.fetch(server.at(path), member=MIA, max_bytes=MAX_BYTES)
        for path in ("/files/..%2fsecret", "/files/%2e%2e%2fsecret", "/files/..\\secret", "/files/..%5csecret"):
            with pytest.raises(NotPublic):
                await fetch.fetch(server.at(path), member=MIA, max_bytes=MAX_BYTES)
        for address in (
            server.at("/files/fox.png", "localhost"),
            server.at("/files/fox.png", "me:x@127.0.0.1"),
            server.at("/files/fox.png").replace("http:", "https:"),
            f"http://127.0.0.1:{server.port % 60000 + 1025}/files/fox.png",
        ):
            with pytest.raises(NotPublic):
                await fetch.fetch(address, member=MIA, max_bytes=MAX_BYTES)
        assert len(server.requests) == seen
        with pytest.raises(NotPublic):
            await fetch.fetch(server.at("/files/away"), member=MIA, max_bytes=MAX_BYTES)
    assert [request.path for request in server.requests][seen:] == ["/files/away"]


async def test_only_results_are_fetched_from_a_private_api(server: FakeServer) -> None:
    """Of the API's own address the files that its records name; every other path that a member types is private."""
    server.answers["/cdn/away.png"] = lambda _: web.Response(status=302, headers={"Location": "/api/v1/account"})
    results = {server.at("/cdn/fox.png"), server.at("/cdn/away.png"), server.at("/cdn/../up.png")}
    asked: list[str] = []

    async def is_result(url: str) -> bool:
        asked.append(url)
        return url in results

    async with PublicFetch(api_url=server.at("/base"), is_result=is_result) as fetch:
        assert await fetch.fetch(server.at("/cdn/fox.png"), member=MIA, max_bytes=MAX_BYTES) == PICTURE
        seen = len(server.requests)
        for path in ("/api/v1/account", "/cdn/fox.png?x=1", "/cdn/", "/base/fox.png", "/cdn/%66ox.png2", "/"):
            with pytest.raises(NotPublic):
                await fetch.fetch(server.at(path), member=MIA, max_bytes=MAX_BYTES)
        assert len(server.requests) == seen
        with pytest.raises(NotPublic):
            await fetch.fetch(server.at("/cdn/away.png"), member=MIA, max_bytes=MAX_BYTES)
        assert [request.path for request in server.requests][seen:] == ["/cdn/away.png"]
        asked.clear()
        for elsewhere in ("http://api.example/cdn/fox.png", "not a url", "http://[::1]x/", server.at("/", "localhost")):
            with pytest.raises(FetchError):
                await fetch.fetch(elsewhere, member=MIA, max_bytes=MAX_BYTES)
        assert asked == []


async def test_only_trusted_addresses_go_through_a_proxy(server: FakeServer) -> None:
    """And Discord's files: for all others it would not be known where a name leads."""
    asked: list[str] = []

    def proxy_for(url: URL) -> URL:
        asked.append(str(url.host))
        return URL(server.at("/"))

    resolver = FixedResolver(fox_example=[["127.0.0.1"]], inside_example=[["10.0.0.1"]])
    async with loopback_fetch(trusted=["http://trusted.example/"], proxy_for=proxy_for, resolver=resolver) as fetch:
        assert await fetch.fetch("http://trusted.example/fox.png", member=MIA, max_bytes=MAX_BYTES) == PICTURE
        assert server.requests[-1].headers["Host"] == "trusted.example"
        assert await fetch.fetch(server.at("/fox.png", "fox.example"), member=MIA, max_bytes=MAX_BYTES) == PICTURE
        with pytest.raises(NotPublic):
            await fetch.fetch("http://inside.example/fox.png", member=MIA, max_bytes=MAX_BYTES)
        assert set(asked) == {"trusted.example"}
        # The server is no real proxy: it does not know CONNECT.
        with pytest.raises(FetchError):
            await fetch.fetch("https://cdn.discordapp.com/a/fox.png", member=MIA, max_bytes=MAX_BYTES)
    assert set(asked) == {"trusted.example", "cdn.discordapp.com"}
    assert resolver.asked == ["fox.example", "inside.example"]
