"""Results at hosts of neither ImaginePro, Midjourney nor Discord: any public https host, and no other."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from socket import AddressFamily

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import RawTestServer
from yarl import URL

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import PictureGone, PictureNotAllowed
from bot.safe_fetch import PublicSessions
from bot.safe_fetch.public_addresses import Address, is_public
from tests.bot.imaginepro.scripted_server import ScriptedServer, reply

HOST = "results.example"
PNG = {"Content-Type": "image/png"}
Build = Callable[..., ImagineProClient]


class OneHost(AbstractResolver):
    """A resolver that leads every name to one address."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._address = address
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [ResolveResult(hostname=host, host=self._address, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


def loopback_only(address: Address) -> bool:
    """Treat 127.0.0.1 as public and every other address as private."""
    return str(address) == "127.0.0.1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate for the host and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run([*command, "-keyout", file, "-out", file.with_suffix(".crt")], check=True, capture_output=True)
    with file.open("ab") as both:
        both.write(file.with_suffix(".crt").read_bytes())
    return file


@pytest.fixture
async def stranger(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScriptedServer]:
    """A server that knows https, whose certificate clients trust."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(certificate)
    server = ScriptedServer()
    server.script(reply(b"made elsewhere", headers=PNG))
    running = RawTestServer(server.handle)
    await running.start_server(ssl=own)
    server.url = f"https://{HOST}:{running.port}"
    yield server
    await running.close()


async def test_a_result_at_any_public_host(stranger: ScriptedServer, build: Build) -> None:
    """It is fetched directly and without the key, also where requests to the API go through a proxy."""
    resolver = OneHost()
    async with PublicSessions(is_public=loopback_only, resolver=resolver) as strangers:
        client = build(strangers=strangers.session_for, proxy_for=lambda _: URL("http://127.0.0.1:9"))
        assert (await client.download(f"{stranger.url}/a.png", max_bytes=100)).data == b"made elsewhere"
    [request] = stranger.received
    assert resolver.asked == [HOST]
    assert "Authorization" not in request.headers


async def test_a_known_host_may_redirect_to_a_public_one(
    stranger: ScriptedServer, api_server: ScriptedServer, build: Build
) -> None:
    """Each hop is checked on its own. From a stranger no way leads to plain http, nor to the API's private address."""
    api_server.script(reply(status=302, headers={"Location": f"{stranger.url}/a.png"}))
    for path, location in {"plain": f"http://{HOST}/b.png", "back": f"{api_server.url}/b.png"}.items():
        stranger.script(reply(status=302, headers={"Location": location}), path=path)
    async with PublicSessions(is_public=loopback_only, resolver=OneHost()) as strangers:
        client = build(strangers=strangers.session_for)
        assert (await client.download(f"{api_server.url}/a.png", max_bytes=100)).data == b"made elsewhere"
        for path in ("plain", "back"):
            api_server.script(reply(status=302, headers={"Location": f"{stranger.url}/{path}"}))
            for start in (stranger.url, api_server.url):
                with pytest.raises(PictureNotAllowed):
                    await client.download(f"{start}/{path}", max_bytes=100)
    assert [request.raw_path for request in api_server.received] == ["/a.png", "/plain", "/back"]


async def test_the_type_is_checked_there_too(stranger: ScriptedServer, build: Build) -> None:
    """A page is no picture."""
    stranger.script(reply("<html>", headers={"Content-Type": "text/html"}))
    async with PublicSessions(is_public=loopback_only, resolver=OneHost()) as strangers:
        with pytest.raises(PictureGone):
            await build(strangers=strangers.session_for).download(f"{stranger.url}/a.png", max_bytes=100)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254"])
async def test_a_name_that_leads_to_a_private_host(address: str, build: Build) -> None:
    """It is refused before a connection, and not tried again."""
    resolver = OneHost(address)
    async with PublicSessions(is_public=is_public, resolver=resolver) as strangers:
        with pytest.raises(PictureNotAllowed):
            await build(strangers=strangers.session_for).download(f"https://{HOST}/a.png", max_bytes=100)
    assert resolver.asked == [HOST]


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/a.png",
        f"https://{HOST}:22/a.png",
        f"https://user:pass@{HOST}/a.png",
        "https://127.0.0.1/a.png",
        "https://2130706433/a.png",
        "https://[::1]/a.png",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://",
    ],
)
async def test_other_addresses_are_refused(url: str, build: Build) -> None:
    """Other schemes, logins, ports of system services and addresses in figures, without a lookup."""
    resolver = OneHost()
    async with PublicSessions(resolver=resolver) as strangers:
        with pytest.raises(PictureNotAllowed):
            await build(strangers=strangers.session_for).download(url, max_bytes=100)
    assert resolver.asked == []


async def test_without_a_way_to_strangers(session: aiohttp.ClientSession, build: Build) -> None:
    """A client that was given none refuses them all."""
    with pytest.raises(PictureNotAllowed):
        await build().download(f"https://{HOST}/a.png", max_bytes=100)
