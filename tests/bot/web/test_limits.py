"""Clients without a valid ticket, and slow ones: what they can make the web site hold, and for how long."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.errors import UserError
from bot.services.images.decoding.masks import grid_mask
from bot.timings import DEFAULT_TIMINGS
from bot.web import WebSite, site
from bot.web.connections import MAX_CONNECTIONS, connection_limit
from bot.web.error_pages import Refusal
from bot.web.in_flight import InFlight
from bot.web.mask_routes import MAX_EACH
from bot.web.request_body import MAX_BODY_BYTES
from tests.bot.web.scripted_mask_service import EXPIRED, SENTENCE, TICKET, ScriptedMaskService
from tests.bot.web.scripted_webhook_service import JOB, SIGNATURE, ScriptedWebhooks

SHORT = 0.05
"""Seconds of a limit that a test waits for."""

BODY = json.dumps({"mask": b64encode(grid_mask([4], 120, 80)).decode(), "prompt": "a lighthouse"}).encode()
FORGED = [("/mask/anything", 422), (f"/hooks/{JOB}/forged", 404)]
VALID = [f"/mask/{TICKET}", f"/hooks/{JOB}/{SIGNATURE}"]


class Client:
    """A connection whose bytes the test writes itself."""

    def __init__(self, running: WebSite) -> None:
        self._running = running

    async def __aenter__(self) -> "Client":
        self.reader, self.writer = await asyncio.open_connection(self._running.host, self._running.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    def begin(self, path: str, *, length: int = 5_000_000, **headers: str) -> None:
        """Send the head of a POST, and nothing of its body."""
        sent = {"Host": "x", "Content-Type": "application/json", "Content-Length": str(length)}
        lines = [f"{name}: {value}" for name, value in {**sent, **headers}.items()]
        self.writer.write("\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""]).encode())

    async def status(self) -> int:
        """The status of the next answer."""
        async with asyncio.timeout(60):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            return int(head.split()[1])

    async def is_closed(self) -> bool:
        """True once the server has closed the connection."""
        async with asyncio.timeout(60):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass
        return True


@pytest.fixture
def mask_service() -> ScriptedMaskService:
    return ScriptedMaskService()


@asynccontextmanager
async def running(
    mask_service: ScriptedMaskService | None = None, max_connections: int | None = None, **waits: Any
) -> AsyncIterator[WebSite]:
    """A site with these limits."""
    timings = replace(DEFAULT_TIMINGS, **({"web_linger": SHORT} | waits))
    pages = site(mask_service or ScriptedMaskService(), ScriptedWebhooks(), timings=timings)
    async with WebSite(pages, timings=timings, max_connections=max_connections) as opened:
        yield opened


@pytest.mark.parametrize(("path", "status"), FORGED)
async def test_a_forged_signature_is_judged_before_the_body(path: str, status: int) -> None:
    """The answer comes although no byte of the body does."""
    async with running() as opened, Client(opened) as client:
        client.begin(path)
        assert await client.status() == status


@pytest.mark.parametrize(("path", "status"), FORGED)
async def test_a_forged_body_is_not_asked_for(path: str, status: int) -> None:
    """A client that asks first gets the refusal, and no "100 Continue"."""
    async with running() as opened, Client(opened) as client:
        client.begin(path, Expect="100-continue")
        assert await client.status() == status


async def test_a_valid_body_is_asked_for() -> None:
    """A client that asks first sends its mask then."""
    async with running() as opened, Client(opened) as client:
        client.begin(VALID[0], length=len(BODY), Expect="100-continue")
        assert await client.status() == 100
        client.writer.write(BODY)
        assert await client.status() == 200
        assert SENTENCE in (await client.reader.read(4096)).decode()


@pytest.mark.parametrize("path", ["/mask/forged/picture", "/mask/forged/task"])
async def test_a_forged_ticket_loads_nothing(path: str, mask_service: ScriptedMaskService) -> None:
    """Neither database nor API is asked."""
    async with (
        running(mask_service) as opened,
        ClientSession(f"http://{opened.host}:{opened.port}") as http,
        http.get(path) as response,
    ):
        assert (response.status, (await response.json())["message"]) == (410, EXPIRED)
    assert mask_service.looks == 0


async def test_a_head_request_gets_no_picture() -> None:
    """Only its size, and the connection stays in order."""
    async with running() as opened, ClientSession(f"http://{opened.host}:{opened.port}") as http:
        async with http.get(f"/mask/{TICKET}/picture") as response:
            size = len(await response.read())
        for _ in range(2):
            async with http.head(f"/mask/{TICKET}/picture") as response:
                assert (response.status, response.content_length) == (200, size)
                assert await response.read() == b""


@pytest.mark.parametrize("sent", [b"", b"GET /health HT", b"POST /mask/x HTTP/1.1\r\nHost: x\r\nX-A: "])
async def test_a_connection_without_a_request_is_closed(sent: bytes) -> None:
    """A silent one, and one that never ends its head."""
    async with running(web_head=SHORT) as opened, Client(opened) as client:
        client.writer.write(sent)
        assert await client.is_closed()


async def test_a_connection_is_reused_after_the_limit_for_its_first_request(mask_service: ScriptedMaskService) -> None:
    """The limit for the head ends with the head, however long the answer takes."""
    mask_service.gate = asyncio.Event()
    async with running(mask_service, web_head=SHORT) as opened, Client(opened) as client:
        client.begin(VALID[0], length=len(BODY))
        client.writer.write(BODY)
        async with Client(opened) as silent:
            assert await silent.is_closed()
        mask_service.gate.set()
        assert await client.status() == 200


@pytest.mark.parametrize("path", VALID)
async def test_a_body_that_does_not_arrive_is_given_up(path: str) -> None:
    """With a sentence, and the connection ends."""
    async with running(web_body=SHORT) as opened, Client(opened) as client:
        client.begin(path, length=1000)
        client.writer.write(b'{"mask": ')
        assert await client.status() == 408


async def test_an_exchange_that_takes_too_long_is_cut(mask_service: ScriptedMaskService) -> None:
    """Even while it waits for the bot itself."""
    mask_service.gate = asyncio.Event()
    async with running(mask_service, web_exchange=SHORT) as opened, Client(opened) as client:
        client.begin(VALID[0], length=len(BODY))
        client.writer.write(BODY)
        assert await client.is_closed()
        mask_service.gate.set()


async def test_the_oldest_silent_connection_makes_room(mask_service: ScriptedMaskService) -> None:
    """A new client is served even at the limit."""
    async with (
        running(mask_service, max_connections=2) as opened,
        Client(opened) as first,
        Client(opened) as second,
        Client(opened) as third,
    ):
        assert await first.is_closed()
        for client in (second, third):
            client.begin("/mask/forged")
            assert await client.status() == 422


async def test_connections_with_a_request_are_not_closed_for_others(mask_service: ScriptedMaskService) -> None:
    """If all have one, a new client is refused."""
    mask_service.gate = asyncio.Event()
    async with running(mask_service, max_connections=2) as opened:
        async with Client(opened) as first, Client(opened) as second:
            for client in (first, second):
                client.begin(VALID[0], length=len(BODY), Expect="100-continue")
                assert await client.status() == 100
                client.writer.write(BODY)
            async with Client(opened) as third:
                assert await third.is_closed()
            mask_service.gate.set()
            assert {await client.status() for client in (first, second)} <= {200, 422}
        async with Client(opened) as later:
            later.begin("/mask/forged")
            assert await later.status() == 422


async def test_a_member_sends_only_a_few_masks_at_a_time() -> None:
    """Unfinished ones count, and no longer once their connection is closed."""
    async with running() as opened:
        clients = [Client(opened) for _ in range(MAX_EACH)]
        for client in clients:
            await client.__aenter__()
            client.begin(VALID[0], length=MAX_BODY_BYTES, Expect="100-continue")
            assert await client.status() == 100
        async with Client(opened) as another:
            another.begin(VALID[0])
            assert await another.status() == 429
        for client in clients:
            client.writer.transport.abort()
        async with asyncio.timeout(60):
            while (await posted(opened))[0] == 429:  # noqa: ASYNC110  # the server notices it on its own
                await asyncio.sleep(0.01)


async def posted(opened: WebSite) -> tuple[int, str]:
    """Status and sentence of a complete mask."""
    headers = {"Content-Type": "application/json"}
    address = f"http://{opened.host}:{opened.port}{VALID[0]}"
    async with ClientSession(headers=headers) as http, http.post(address, data=BODY) as response:
        return response.status, (await response.json())["message"]


def test_bytes_of_all_together_have_a_limit() -> None:
    """What would exceed it is refused with 503; what has ended counts no longer, after errors too."""
    in_flight = InFlight(most_bytes=100, most_each=2)
    with in_flight.reserved("mia", 60), in_flight.reserved("max", 40):
        with pytest.raises(Refusal) as caught, in_flight.reserved("adam", 1):
            pass
        assert caught.value.status == 503
    with pytest.raises(UserError, match="broke off"), in_flight.reserved("mia", 100):
        raise UserError("it broke off")
    with in_flight.reserved("adam", 100):
        pass


def test_few_files_mean_few_connections() -> None:
    """Discord, the API and the database need most of the files that the process may open."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        assert connection_limit() == 85
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert connection_limit() <= MAX_CONNECTIONS
