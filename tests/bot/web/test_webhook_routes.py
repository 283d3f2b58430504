"""The address for events, as the API and whoever pretends to be it meet it."""

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
from tests.bot.web.scripted_webhook_desk import JOB, SIGNATURE, ScriptedHooks

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
async def narrow(hooks: ScriptedHooks) -> AsyncIterator[ClientSession]:
    """A site that lets in three events of a job and five in all, and for an hour no more."""
    application = web.Application(middlewares=[error_middleware])
    application.add_routes(WebhookRoutes(hooks, RequestLimiter((3, 3600.0), (5, 3600.0))).routes())
    async with WebSite(application) as site, ClientSession(f"http://{site.host}:{site.port}") as session:
        yield session


async def post(http: ClientSession, body: Any = EVENT, path: str = PATH, **headers: str) -> int:
    """The status of a POST; `body` is encoded unless it is bytes."""
    data = BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    sent = {"Content-Type": "application/json", **headers}
    async with http.post(path, data=data, headers=sent) as response:
        await response.read()
        return response.status


async def test_an_event_is_taken(http: ClientSession, hooks: ScriptedHooks) -> None:
    """Whatever else a browser would have to say, the API has no origin and need not."""
    assert await post(http) == 200
    assert hooks.taken == [(JOB, EVENT)]


async def test_an_event_from_elsewhere_is_taken(http: ClientSession, hooks: ScriptedHooks) -> None:
    """Only the signature counts."""
    assert await post(http, Origin="https://api.imaginepro.ai") == 200
    assert len(hooks.taken) == 1


@pytest.mark.parametrize("path", FORGED)
async def test_a_forged_address_is_no_address(http: ClientSession, hooks: ScriptedHooks, path: str) -> None:
    """It is answered word by word like one that never was, whatever is sent there."""
    for body in (json.dumps(EVENT).encode(), b"no JSON", b" " * (MAX_EVENT_BYTES + 1)):
        answers = []
        for asked in (path, "/nothing/here/at-all"):
            async with http.post(asked, data=body, headers={"Content-Type": "application/json"}) as response:
                kept = {name: value for name, value in response.headers.items() if name != "Date"}
                answers.append((response.status, kept, await response.text()))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    assert hooks.taken == []


async def test_a_path_that_is_no_text(address: str) -> None:
    """Bytes that no browser would send are a wrong address like any other, and not the bot's mistake."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /hooks/\xff\xfe/\xfd HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(65536), 60)
    writer.close()
    await writer.wait_closed()
    assert answer.split(b" ", 2)[1] in {b"400", b"404"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 5000], ids=str)
async def test_what_is_no_object_is_no_event(http: ClientSession, hooks: ScriptedHooks, body: bytes) -> None:
    """It never reaches the desk."""
    assert await post(http, body) == 400
    assert hooks.taken == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_only_json_is_read(http: ClientSession, hooks: ScriptedHooks, kind: str) -> None:
    """What a form on any page could send is not an event."""
    assert await post(http, **{"Content-Type": kind}) == 415
    assert hooks.taken == []


async def test_an_event_has_an_end(http: ClientSession, hooks: ScriptedHooks) -> None:
    """64 KiB pass; a byte more does not, whether it is announced, comes in pieces or was packed."""
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
    assert len(hooks.taken) == 1


async def test_nothing_can_be_read_there(http: ClientSession) -> None:
    """Looking at the address shows nothing."""
    async with http.get(PATH) as response:
        assert response.status == 405


async def test_a_flood_of_one_job_is_kept_out(narrow: ClientSession, hooks: ScriptedHooks) -> None:
    """What is over the limit is not even read; another job's events still come in."""
    assert [await post(narrow) for _ in range(4)] == [200, 200, 200, 429]
    assert await post(narrow, b"no JSON") == 429
    assert await post(narrow, path=f"/hooks/other/{SIGNATURE}") == 200
    assert [job for job, _ in hooks.taken] == [JOB, JOB, JOB, "other"]


async def test_a_flood_of_all_jobs_is_kept_out(narrow: ClientSession) -> None:
    """Five in all, however many jobs there are."""
    statuses = [await post(narrow, path=f"/hooks/job-{number}/{SIGNATURE}") for number in range(6)]
    assert statuses == [200] * 5 + [429]


async def test_a_flood_of_forgeries_keeps_nothing_out(narrow: ClientSession, hooks: ScriptedHooks) -> None:
    """Only what is signed is counted."""
    for _ in range(20):
        assert await post(narrow, path=f"/hooks/{JOB}/forged") == 404
    assert await post(narrow) == 200
    assert len(hooks.taken) == 1


async def test_the_gate_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """It forgets the job that has been silent longest."""
    monkeypatch.setattr("bot.web.rate_limit._MAX_TRACKED_JOBS", 2)
    gate = RequestLimiter((1, 3600.0), (100, 3600.0))
    admitted = [await gate.try_acquire(job) for job in ("a", "b", "a", "c", "a", "b")]
    assert admitted == [True, True, False, True, False, True]
    assert len(gate._jobs) == 2


async def test_no_log_line_holds_an_address(
    http: ClientSession, hooks: ScriptedHooks, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what works, nor what is refused, nor an error of our own."""

    def broken(job_id: str, event: object) -> None:
        raise RuntimeError("the inside of the bot")

    with caplog.at_level(logging.DEBUG):
        assert await post(http) == 200
        assert await post(http, b"{") == 400
        assert await post(http, path=f"/hooks/other{SIGNATURE}/forged") == 404
        monkeypatch.setattr(hooks, "take", broken)
        assert await post(http) == 500
    own = [line for line in caplog.text.splitlines() if "aiohttp.client" not in line]
    assert [line for line in own if SIGNATURE in line] == []
    assert "RuntimeError: the inside of the bot" in caplog.text
