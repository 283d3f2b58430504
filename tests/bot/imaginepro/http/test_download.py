"""Pictures: from where, how many bytes, and with what left out."""

import gzip
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr
from yarl import URL

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
from tests.bot.imaginepro.conftest import IMPATIENT, KEY
from tests.bot.imaginepro.far_end import FarEnd, Received, half, reply, running

Build = Callable[..., ImagineProClient]
PNG = {"Content-Type": "image/png"}


@pytest.fixture
async def foreign() -> AsyncIterator[FarEnd]:
    """A second server that is none of the allowed ones."""
    async with running() as server:
        server.script(reply(b"stolen", headers=PNG))
        yield server


async def test_a_picture_with_its_type_and_without_the_key(far_end: FarEnd, client: ImagineProClient) -> None:
    """Bytes and type come back, the key does not go out, the bytes are not in the repr."""
    far_end.script(reply(b"\x89PNG....", headers=PNG))
    picture = await client.download(f"{far_end.url}/storage/1.png", max_bytes=100)
    assert (picture.data, picture.content_type) == (b"\x89PNG....", "image/png")
    [request] = far_end.received
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
        "http://api.test:8090/pictures/a.png",
    ],
)
async def test_allowed_addresses(url: str, session: aiohttp.ClientSession) -> None:
    """The service's hosts, Discord's and the API's own origin."""
    assert Downloads(session, base=URL("http://api.test:8090"), seconds=1)._session_for(URL(url)) is session


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.imaginepro.ai/a.png",
        "https://cdn.imaginepro.ai:8443/a.png",
        "https://imaginepro.ai.evil.example/a.png",
        "https://evilimaginepro.ai/a.png",
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
async def test_everything_else_is_refused(url: str, far_end: FarEnd, client: ImagineProClient) -> None:
    """Look-alikes, other schemes, ports and inner addresses are never asked."""
    with pytest.raises(PictureNotAllowed):
        await client.download(url, max_bytes=100)
    assert far_end.received == []


async def test_the_own_origin_includes_its_port(foreign: FarEnd, client: ImagineProClient) -> None:
    """Another port of the API's host is another server."""
    with pytest.raises(PictureNotAllowed):
        await client.download(f"{foreign.url}/a.png", max_bytes=100)
    assert foreign.received == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_a_foreign_host_is_refused(
    status: int, far_end: FarEnd, foreign: FarEnd, client: ImagineProClient
) -> None:
    """An allowed server cannot send us somewhere else."""
    far_end.script(reply(status=status, headers={"Location": f"{foreign.url}/a.png"}))
    with pytest.raises(PictureNotAllowed):
        await client.download(f"{far_end.url}/a.png", max_bytes=100)
    assert foreign.received == []


async def test_a_redirect_on_the_same_host_is_followed(far_end: FarEnd, client: ImagineProClient) -> None:
    """Relative and allowed: the picture behind it."""
    far_end.script(reply(status=302, headers={"Location": "moved/b.png"}))
    far_end.script(reply(b"moved", headers=PNG), path="moved")
    assert (await client.download(f"{far_end.url}/a.png", max_bytes=100)).data == b"moved"


@pytest.mark.parametrize("headers", [{"Location": "/again"}, {}])
async def test_a_circle_ends(headers: dict[str, str], far_end: FarEnd, client: ImagineProClient) -> None:
    """Redirects without an end are a picture that is gone."""
    far_end.script(reply(status=302, headers=headers))
    with pytest.raises(PictureGone):
        await client.download(f"{far_end.url}/a.png", max_bytes=100)
    assert len(far_end.received) == 6


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_picture_that_is_gone(status: int, far_end: FarEnd, client: ImagineProClient) -> None:
    """Told at once, asked once."""
    far_end.script(reply(b"nope", status=status))
    with pytest.raises(PictureGone):
        await client.download(f"{far_end.url}/a.png", max_bytes=100)
    assert len(far_end.received) == 1


@pytest.mark.parametrize(
    ("body", "content_type"), [("<html>", "text/html"), ("<Error/>", "application/xml"), (b"", "image/png")]
)
async def test_what_is_no_picture(body: bytes, content_type: str, far_end: FarEnd, client: ImagineProClient) -> None:
    """A page, an error document or nothing instead of a picture."""
    far_end.script(reply(body, headers={"Content-Type": content_type}))
    with pytest.raises(PictureGone):
        await client.download(f"{far_end.url}/a.png", max_bytes=100)


async def test_the_limit_is_inclusive(far_end: FarEnd, client: ImagineProClient) -> None:
    """Exactly as many bytes as allowed are fine."""
    far_end.script(reply(b"x" * 100, headers=PNG))
    assert len((await client.download(f"{far_end.url}/a.png", max_bytes=100)).data) == 100


async def test_an_announced_size_over_the_limit(far_end: FarEnd, client: ImagineProClient) -> None:
    """Refused from the header alone: not a byte of it is ever sent here."""

    async def announced(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=PNG | {"Content-Length": "101"})
        await response.prepare(request)
        await far_end.closing.wait()
        return response

    far_end.script(announced)
    with pytest.raises(PictureTooLarge):
        await client.download(f"{far_end.url}/a.png", max_bytes=100)


async def test_an_endless_picture_is_cut_off(far_end: FarEnd, client: ImagineProClient) -> None:
    """Without a length the bytes are counted while they come."""

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers=PNG)
        await response.prepare(request)
        while not far_end.closing.is_set():
            await response.write(b"x" * 65536)
        return response

    far_end.script(endless)
    with pytest.raises(PictureTooLarge):
        await client.download(f"{far_end.url}/a.png", max_bytes=1_000_000)


async def test_a_compressed_picture_is_not_unpacked(far_end: FarEnd, client: ImagineProClient) -> None:
    """A few bytes can't become a million here."""
    packed = gzip.compress(bytes(1_000_000))
    far_end.script(reply(packed, headers=PNG | {"Content-Encoding": "gzip"}))
    assert (await client.download(f"{far_end.url}/a.png", max_bytes=len(packed))).data == packed


@pytest.mark.parametrize("answer", [reply(status=503), half, reply(status=429)])
async def test_a_passing_fault_is_not_noticed(answer: object, far_end: FarEnd, client: ImagineProClient) -> None:
    """Faults, cut connections and 429 are tried again."""
    far_end.script(answer, reply(b"ok", headers=PNG))  # type: ignore[arg-type]
    assert (await client.download(f"{far_end.url}/a.png", max_bytes=100)).data == b"ok"


@pytest.mark.parametrize(
    ("answer", "kind"), [(reply(status=503), ServerFault), (half, Unreachable), (reply(status=429), Busy)]
)
async def test_a_lasting_fault_is_told(
    answer: object, kind: type[Exception], far_end: FarEnd, client: ImagineProClient
) -> None:
    """After the attempts allowed, the error of the last one."""
    far_end.script(answer)  # type: ignore[arg-type]
    with pytest.raises(kind):
        await client.download(f"{far_end.url}/a.png", max_bytes=100)
    assert len(far_end.received) == IMPATIENT.attempts


async def test_a_download_that_takes_too_long(far_end: FarEnd, build: Build) -> None:
    """The whole download has its own time."""
    far_end.script(far_end.silence())
    with pytest.raises(TimedOut):
        await build(timeouts=Timeouts(download=0.1)).download(f"{far_end.url}/a.png", max_bytes=100)


async def test_a_host_name_no_resolver_takes(session: aiohttp.ClientSession) -> None:
    """A label longer than names may be is an address that cannot be reached or is not allowed."""
    client = ImagineProClient(session, key=SecretStr(KEY), base_url="http://127.0.0.1:1", retries=IMPATIENT)
    with pytest.raises((PictureNotAllowed, Unreachable)):
        await client.download(f"https://{'a' * 80}.imaginepro.ai/a.png", max_bytes=100)


def keyless(requests: list[Received]) -> bool:
    return all("Authorization" not in request.headers for request in requests)


async def test_no_hop_carries_the_key(far_end: FarEnd, client: ImagineProClient) -> None:
    """Redirects do not bring the key back in."""
    far_end.script(reply(status=302, headers={"Location": "/next/b.png"}))
    far_end.script(reply(b"ok", headers=PNG), path="next")
    await client.download(f"{far_end.url}/a.png", max_bytes=100)
    assert len(far_end.received) == 2
    assert keyless(far_end.received)
