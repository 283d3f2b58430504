"""The download that both kinds of pictures share: every hop is checked, and no more is read than allowed."""

import gzip
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.http_download import (
    MAX_REDIRECTS,
    ConnectionFailed,
    Download,
    DownloadError,
    InvalidAddress,
    TimedOut,
    TooLarge,
    TooManyRedirects,
    download,
)
from tests.bot.imaginepro.scripted_server import ScriptedServer, close_connection, reply, running, truncated_body

PNG = {"Content-Type": "image/png"}
MOST = 100


class NotAllowed(Exception):
    """A rule of the caller."""


class Caller:
    """Records what it is asked about, and refuses the URLs that contain `refused`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.refused = "/refused"
        self.hops: list[str] = []
        self.statuses: list[int] = []

    def session_for(self, url: URL) -> aiohttp.ClientSession:
        """The session, for a URL that is allowed."""
        self.hops.append(url.path)
        if self.refused in url.path:
            raise NotAllowed
        return self.session

    def check(self, response: aiohttp.ClientResponse) -> None:
        """Allow status 200 only."""
        self.statuses.append(response.status)
        if response.status != 200:
            raise NotAllowed

    async def get(self, address: str, **changes: Any) -> Download:
        """What is at the address."""
        arguments: dict[str, Any] = {"max_bytes": MOST, "seconds": 10.0, "headers": {"Accept": "image/*"}}
        return await download(address, session_for=self.session_for, check=self.check, **(arguments | changes))


@pytest.fixture
async def api_server() -> AsyncIterator[ScriptedServer]:
    async with running() as server:
        yield server


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(session)


def redirect(location: str, status: int = 302) -> Callable[..., Any]:
    """An answer that leads on to this location."""
    return reply(b"not this", status=status, headers=PNG | {"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_hop_is_checked_before_it_is_requested(
    status: int, api_server: ScriptedServer, caller: Caller
) -> None:
    """Relative or absolute: the caller sees the URL first, and no request is sent to one that it refuses."""
    api_server.script(redirect("b/c", status), path="/a")
    api_server.script(redirect(f"{api_server.url}/refused", status), path="/b/c")
    api_server.script(reply(b"secret", headers=PNG), path="/refused")
    with pytest.raises(NotAllowed):
        await caller.get(f"{api_server.url}/a")
    assert caller.hops == ["/a", "/b/c", "/refused"]
    assert [request.raw_path for request in api_server.received] == ["/a", "/b/c"]
    assert caller.statuses == []


async def test_the_body_behind_redirects_is_the_last_one(api_server: ScriptedServer, caller: Caller) -> None:
    """With its content type; only the final response is checked."""
    api_server.script(redirect("/b"), path="/a")
    api_server.script(reply(b"fox", headers=PNG), path="/b")
    assert await caller.get(f"{api_server.url}/a") == Download(b"fox", "image/png")
    assert caller.statuses == [200]
    assert [request.headers["Accept"] for request in api_server.received] == ["image/*"] * 2
    assert "fox" not in repr(Download(b"fox", "image/png"))


async def test_as_many_redirects_as_allowed_are_followed(api_server: ScriptedServer, caller: Caller) -> None:
    """One more is an error."""
    api_server.script(*[redirect("/a")] * MAX_REDIRECTS, reply(b"fox", headers=PNG))
    assert (await caller.get(f"{api_server.url}/a")).data == b"fox"
    api_server.script(*[redirect("/a")] * (MAX_REDIRECTS + 1), reply(b"fox", headers=PNG))
    with pytest.raises(TooManyRedirects):
        await caller.get(f"{api_server.url}/a")
    assert len(api_server.received) == 2 * (MAX_REDIRECTS + 1)


async def test_a_body_is_not_read_when_the_check_fails(api_server: ScriptedServer, caller: Caller) -> None:
    """The caller's own error comes out, not that the body is too large."""
    api_server.script(reply(b"x" * (MOST + 1), status=404, headers=PNG))
    with pytest.raises(NotAllowed):
        await caller.get(f"{api_server.url}/a")


async def test_a_compressed_body_is_not_unpacked(api_server: ScriptedServer, caller: Caller) -> None:
    """None is asked for; one that comes anyway counts and stays as it was sent, with any session."""
    packed = gzip.compress(bytes(1_000_000), mtime=0)
    api_server.script(reply(packed, headers=PNG | {"Content-Encoding": "gzip"}))
    assert (await caller.get(f"{api_server.url}/a", max_bytes=len(packed))).data == packed
    assert api_server.received[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(b"x" * (MOST + 1), headers=PNG), TooLarge),
        (truncated_body, ConnectionFailed),
        (close_connection, ConnectionFailed),
        (redirect("http://[::1"), InvalidAddress),
        (redirect("http://127.0.0.1:99999/"), InvalidAddress),
    ],
)
async def test_what_can_go_wrong(
    answer: Any, error: type[DownloadError], api_server: ScriptedServer, caller: Caller
) -> None:
    """One error for each kind, which repeats nothing of the address or the answer."""
    api_server.script(answer)
    with pytest.raises(error) as caught:
        await caller.get(f"{api_server.url}/a")
    assert str(caught.value) == ""
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_the_body_is_counted_while_it_comes(api_server: ScriptedServer, caller: Caller) -> None:
    """A body without a length and without an end is cut off."""

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=PNG)
        await response.prepare(request)
        while not api_server.closing.is_set():
            await response.write(b"x" * 4096)
        return response

    api_server.script(endless)
    with pytest.raises(TooLarge):
        await caller.get(f"{api_server.url}/a")


async def test_all_hops_share_the_time(api_server: ScriptedServer, caller: Caller) -> None:
    """The seconds are for the whole download."""
    api_server.script(redirect("/b"), path="/a")
    api_server.script(api_server.no_answer(), path="/b")
    with pytest.raises(TimedOut):
        await caller.get(f"{api_server.url}/a", seconds=0.2)
    assert caller.hops == ["/a", "/b"]
