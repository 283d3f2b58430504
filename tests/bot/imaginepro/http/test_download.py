"""Downloading pictures: allowed hosts, size limits and secrets."""

import gzip
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr
from yarl import URL

from bot.http_download import no_proxy
from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import (
    Busy,
    PictureGone,
    PictureNotAllowed,
    PictureTooLarge,
    ServerFault,
    TimedOut,
    Unreachable,
)
from bot.imaginepro.http.download import Downloads
from bot.imaginepro.http.transport import Timeouts
from tests.bot.imaginepro.conftest import FAST_RETRIES, KEY
from tests.bot.imaginepro.scripted_server import Received, ScriptedServer, reply, running, truncated_body

Build = Callable[..., ImagineProClient]
PNG = {"Content-Type": "image/png"}


@pytest.fixture
async def foreign_server() -> AsyncIterator[ScriptedServer]:
    """A server that is not allowed for downloads."""
    async with running() as server:
        server.script(reply(b"stolen", headers=PNG))
        yield server


async def test_a_picture_with_its_type_and_without_the_key(
    api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A download returns bytes and type, sends no key, and hides the bytes in its repr."""
    api_server.script(reply(b"\x89PNG....", headers=PNG))
    picture = await client.download(f"{api_server.url}/storage/1.png", max_bytes=100)
    assert (picture.data, picture.content_type) == (b"\x89PNG....", "image/png")
    [request] = api_server.received
    assert "Authorization" not in request.headers
    assert KEY not in str(request.headers)
    assert "PNG" not in repr(picture)


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.imaginepro.ai/a.png",
        "https://cdn-new.imaginepro.ai/storage/a.png?x=1",
        "https://CDN.ImaginePro.AI/a.png",
        "https://cdn.discordapp.com/attachments/1/2/a.png",
        "https://media.discordapp.net/attachments/1/2/a.png",
        "https://cdn.midjourney.com/5f2c/0_0.png",
        "http://api.test:8090/pictures/a.png",
    ],
)
async def test_allowed_addresses(url: str, session: aiohttp.ClientSession) -> None:
    """The hosts of ImaginePro, Midjourney and Discord and the configured origin are asked without further question."""
    assert (
        Downloads(session, base=URL("http://api.test:8090"), seconds=1, proxy_for=no_proxy).session_for(URL(url))
        is session
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.imaginepro.ai/a.png",
        "https://cdn.imaginepro.ai:8443/a.png",
        "https://imaginepro.ai.evil.example/a.png",
        "https://evilimaginepro.ai/a.png",
        "https://evilmidjourney.com/a.png",
        "https://cdn.discordapp.com.evil.example/a.png",
        "https://evil.example/cdn.imaginepro.ai/a.png",
        "https://cdn.imaginepro.ai@evil.example/a.png",
        "https://user:pass@cdn.imaginepro.ai/a.png",
        "https://127.0.0.1/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a.png",
        "http://[::1/a.png",
        "https://cdn.imaginepro.ai:notaport/a.png",
        "file:///etc/passwd",
        "ftp://cdn.imaginepro.ai/a.png",
        "data:image/png;base64,AAAA",
        "//cdn.imaginepro.ai/a.png",
        "a.png",
        "",
    ],
)
async def test_other_addresses_are_refused(url: str, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Similar hosts, other schemes, ports and private addresses are refused without a request."""
    with pytest.raises(PictureNotAllowed):
        await client.download(url, max_bytes=100)
    assert api_server.received == []


async def test_the_own_origin_includes_its_port(foreign_server: ScriptedServer, client: ImagineProClient) -> None:
    """Another port of the configured host is not allowed."""
    with pytest.raises(PictureNotAllowed):
        await client.download(f"{foreign_server.url}/a.png", max_bytes=100)
    assert foreign_server.received == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_a_foreign_host_is_refused(
    status: int, api_server: ScriptedServer, foreign_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A redirect to another host is refused."""
    api_server.script(reply(status=status, headers={"Location": f"{foreign_server.url}/a.png"}))
    with pytest.raises(PictureNotAllowed):
        await client.download(f"{api_server.url}/a.png", max_bytes=100)
    assert foreign_server.received == []


async def test_a_redirect_on_the_same_host_is_followed(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A redirect on the same host is followed."""
    api_server.script(reply(status=302, headers={"Location": "moved/b.png"}))
    api_server.script(reply(b"moved", headers=PNG), path="moved")
    assert (await client.download(f"{api_server.url}/a.png", max_bytes=100)).data == b"moved"


@pytest.mark.parametrize("headers", [{"Location": "/again"}, {}])
async def test_a_redirect_loop_ends(
    headers: dict[str, str], api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A redirect loop, or a redirect without a target, raises PictureGone."""
    api_server.script(reply(status=302, headers=headers))
    with pytest.raises(PictureGone):
        await client.download(f"{api_server.url}/a.png", max_bytes=100)
    assert len(api_server.received) == 6


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_missing_picture(status: int, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A missing picture raises PictureGone after one request."""
    api_server.script(reply(b"nope", status=status))
    with pytest.raises(PictureGone):
        await client.download(f"{api_server.url}/a.png", max_bytes=100)
    assert len(api_server.received) == 1


async def test_a_picture_that_is_empty_at_first(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """It is fetched again twice; one that stays empty counts as missing."""
    empty = reply(b"", headers=PNG)
    api_server.script(empty, empty, reply(b"ok", headers=PNG))
    assert (await client.download(f"{api_server.url}/a.png", max_bytes=100)).data == b"ok"
    api_server.script(empty)
    with pytest.raises(PictureGone):
        await client.download(f"{api_server.url}/b.png", max_bytes=100)
    assert len(api_server.requests_to("/b.png")) == 3


@pytest.mark.parametrize(
    ("body", "content_type"), [("<html>", "text/html"), ("<Error/>", "application/xml"), (b"", "image/png")]
)
async def test_a_response_that_is_no_picture(
    body: bytes, content_type: str, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A response that is no picture raises PictureGone."""
    api_server.script(reply(body, headers={"Content-Type": content_type}))
    with pytest.raises(PictureGone):
        await client.download(f"{api_server.url}/a.png", max_bytes=100)


async def test_the_limit_is_inclusive(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A picture of exactly the maximum size is accepted."""
    api_server.script(reply(b"x" * 100, headers=PNG))
    assert len((await client.download(f"{api_server.url}/a.png", max_bytes=100)).data) == 100


async def test_an_announced_size_over_the_limit(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A picture is refused by its Content-Length before any byte arrives."""

    async def announced(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=PNG | {"Content-Length": "101"})
        await response.prepare(request)
        await api_server.closing.wait()
        return response

    api_server.script(announced)
    with pytest.raises(PictureTooLarge):
        await client.download(f"{api_server.url}/a.png", max_bytes=100)


async def test_an_endless_picture_is_cut_off(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Without a Content-Length the download stops at the limit."""

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=PNG)
        await response.prepare(request)
        while not api_server.closing.is_set():
            await response.write(b"x" * 65536)
        return response

    api_server.script(endless)
    with pytest.raises(PictureTooLarge):
        await client.download(f"{api_server.url}/a.png", max_bytes=1_000_000)


async def test_a_compressed_picture_is_not_unpacked(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A few bytes can't become a million here."""
    packed = gzip.compress(bytes(1_000_000))
    api_server.script(reply(packed, headers=PNG | {"Content-Encoding": "gzip"}))
    assert (await client.download(f"{api_server.url}/a.png", max_bytes=len(packed))).data == packed


@pytest.mark.parametrize("answer", [reply(status=503), truncated_body, reply(status=429)])
async def test_a_single_fault_is_retried(answer: object, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A single fault, broken connection or 429 is retried."""
    api_server.script(answer, reply(b"ok", headers=PNG))  # type: ignore[arg-type]
    assert (await client.download(f"{api_server.url}/a.png", max_bytes=100)).data == b"ok"


@pytest.mark.parametrize(
    ("answer", "kind"), [(reply(status=503), ServerFault), (truncated_body, Unreachable), (reply(status=429), Busy)]
)
async def test_a_lasting_fault_is_raised(
    answer: object, kind: type[Exception], api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """After all attempts the last error is raised."""
    api_server.script(answer)  # type: ignore[arg-type]
    with pytest.raises(kind):
        await client.download(f"{api_server.url}/a.png", max_bytes=100)
    assert len(api_server.received) == FAST_RETRIES.attempts


async def test_a_download_that_takes_too_long(api_server: ScriptedServer, build: Build) -> None:
    """A download has its own total timeout."""
    api_server.script(api_server.no_answer())
    with pytest.raises(TimedOut):
        await build(timeouts=Timeouts(download=0.1)).download(f"{api_server.url}/a.png", max_bytes=100)


async def test_an_invalid_host_name(session: aiohttp.ClientSession) -> None:
    """A host name with a too long label is refused or unreachable."""
    client = ImagineProClient(session, key=SecretStr(KEY), base_url="http://127.0.0.1:1", retries=FAST_RETRIES)
    with pytest.raises((PictureNotAllowed, Unreachable)):
        await client.download(f"https://{'a' * 80}.imaginepro.ai/a.png", max_bytes=100)


def without_key(requests: list[Received]) -> bool:
    return all("Authorization" not in request.headers for request in requests)


async def test_no_redirect_carries_the_key(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """No request of a redirected download carries the key."""
    api_server.script(reply(status=302, headers={"Location": "/next/b.png"}))
    api_server.script(reply(b"ok", headers=PNG), path="next")
    await client.download(f"{api_server.url}/a.png", max_bytes=100)
    assert len(api_server.received) == 2
    assert without_key(api_server.received)
