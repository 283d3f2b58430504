"""The webhook address, with events from the API and forged ones."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from bot.web import WebSite
from bot.web.error_pages import error_middleware
from bot.web.rate_limit import RequestLimiter
from bot.web.webhook_routes import MAX_EVENT_BYTES, WebhookRoutes
from tests.bot.web.scripted_webhook_service import JOB, SIGNATURE, ScriptedWebhooks

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = f"/hooks/{JOB}/{SIGNATURE}"
EVENT = {"messageId": "m-1", "status": "PROCESSING", "progress": 31, "ref": JOB}
FORGED = [
    f"/hooks/{JOB}/s-0f6c2f1e9d7b4a36",
    f"/hooks/{JOB}/{SIGNATURE}0",
    f"/hooks/{JOB}/%C3%A9",
    f"/hooks/{JOB}/%FF",
    "/hooks/x/y",
]


@pytest_asyncio.fixture(loop_scope="session")
async def http(address: str) -> AsyncIterator[ClientSession]:
    async with ClientSession(address) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="session")
async def limited_site(webhooks: ScriptedWebhooks) -> AsyncIterator[ClientSession]:
    """A site that allows three events per job and five in total per hour."""
    application = web.Application(middlewares=[error_middleware])
    application.add_routes(WebhookRoutes(webhooks, RequestLimiter((3, 3600.0), (5, 3600.0))).routes())
    async with WebSite(application) as site, ClientSession(f"http://{site.host}:{site.port}") as session:
        yield session


async def post(http: ClientSession, body: Any = EVENT, path: str = PATH, **headers: str) -> int:
    """The status of a POST to the webhook; `body` is encoded unless it is bytes."""
    data = BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    sent = {"Content-Type": "application/json", **headers}
    async with http.post(path, data=data, headers=sent) as response:
        await response.read()
        return response.status


async def test_an_event_is_accepted(http: ClientSession, webhooks: ScriptedWebhooks) -> None:
    """An event without an Origin header is accepted."""
    assert await post(http) == 200
    assert webhooks.taken == [(JOB, EVENT)]


async def test_an_event_with_another_origin_is_accepted(http: ClientSession, webhooks: ScriptedWebhooks) -> None:
    """An event with another Origin is accepted, as only the signature is checked."""
    assert await post(http, Origin="https://api.imaginepro.ai") == 200
    assert len(webhooks.taken) == 1


@pytest.mark.parametrize("path", FORGED)
async def test_a_forged_address_looks_unknown(http: ClientSession, webhooks: ScriptedWebhooks, path: str) -> None:
    """A forged address is answered exactly like an unknown one, for any body."""
    for body in (json.dumps(EVENT).encode(), b"no JSON", b" " * (MAX_EVENT_BYTES + 1)):
        answers = []
        for asked in (path, "/nothing/here/at-all"):
            async with http.post(asked, data=body, headers={"Content-Type": "application/json"}) as response:
                kept = {name: value for name, value in response.headers.items() if name != "Date"}
                answers.append((response.status, kept, await response.text()))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    assert webhooks.taken == []


async def test_a_path_of_invalid_bytes(address: str) -> None:
    """A path of invalid bytes gets a client error."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /hooks/\xff\xfe/\xfd HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(65536), 60)
    writer.close()
    await writer.wait_closed()
    assert answer.split(b" ", 2)[1] in {b"400", b"404"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 5000], ids=str)
async def test_other_bodies_are_refused(http: ClientSession, webhooks: ScriptedWebhooks, body: bytes) -> None:
    """A body that is no JSON object is refused."""
    assert await post(http, body) == 400
    assert webhooks.taken == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_only_json_is_accepted(http: ClientSession, webhooks: ScriptedWebhooks, kind: str) -> None:
    """Only JSON content types are accepted."""
    assert await post(http, **{"Content-Type": kind}) == 415
    assert webhooks.taken == []


async def test_the_event_size_limit(http: ClientSession, webhooks: ScriptedWebhooks) -> None:
    """An event of 64 KiB is accepted and a larger one refused, also chunked or compressed."""
    room = MAX_EVENT_BYTES - len(json.dumps({"text": ""}))
    assert await post(http, {"text": "x" * room}) == 200
    assert await post(http, {"text": "x" * (room + 1)}) == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_EVENT_BYTES // 8192 + 1):
            yield b" " * 8192

    for body, packed in ((pieces(), None), (b" " * 500_000, "gzip")):
        async with http.post(
            PATH, data=body, headers={"Content-Type": "application/json"}, compress=packed
        ) as response:
            assert response.status == 413
    assert len(webhooks.taken) == 1


async def test_get_is_refused(http: ClientSession) -> None:
    """GET on the webhook address is refused."""
    async with http.get(PATH) as response:
        assert response.status == 405


async def test_the_limit_per_job(limited_site: ClientSession, webhooks: ScriptedWebhooks) -> None:
    """Events of one job above its limit are refused, and other jobs' events accepted."""
    assert [await post(limited_site) for _ in range(4)] == [200, 200, 200, 429]
    assert await post(limited_site, b"no JSON") == 429
    assert await post(limited_site, path=f"/hooks/other/{SIGNATURE}") == 200
    assert [job for job, _ in webhooks.taken] == [JOB, JOB, JOB, "other"]


async def test_the_total_limit(limited_site: ClientSession) -> None:
    """Events above the total limit are refused."""
    statuses = [await post(limited_site, path=f"/hooks/job-{number}/{SIGNATURE}") for number in range(6)]
    assert statuses == [200] * 5 + [429]


async def test_forged_events_are_not_counted(limited_site: ClientSession, webhooks: ScriptedWebhooks) -> None:
    """Forged events do not count towards the limit."""
    for _ in range(20):
        assert await post(limited_site, path=f"/hooks/{JOB}/forged") == 404
    assert await post(limited_site) == 200
    assert len(webhooks.taken) == 1


async def test_the_limiter_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limiter's memory is bounded: the least recently seen job is removed."""
    monkeypatch.setattr("bot.web.rate_limit._MAX_TRACKED_JOBS", 2)
    limiter = RequestLimiter((1, 3600.0), (100, 3600.0))
    admitted = [await limiter.try_acquire(job) for job in ("a", "b", "a", "c", "a", "b")]
    assert admitted == [True, True, False, True, False, True]
    assert len(limiter._jobs) == 2


async def test_no_log_line_holds_an_address(
    http: ClientSession, webhooks: ScriptedWebhooks, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No log line holds a webhook signature, also for refusals and errors."""

    def broken(job_id: str, event: object) -> None:
        raise RuntimeError("the inside of the bot")

    with caplog.at_level(logging.DEBUG):
        assert await post(http) == 200
        assert await post(http, b"{") == 400
        assert await post(http, path=f"/hooks/other{SIGNATURE}/forged") == 404
        monkeypatch.setattr(webhooks, "take", broken)
        assert await post(http) == 500
    own = [line for line in caplog.text.splitlines() if "aiohttp.client" not in line]
    assert [line for line in own if SIGNATURE in line] == []
    assert "RuntimeError: the inside of the bot" in caplog.text
