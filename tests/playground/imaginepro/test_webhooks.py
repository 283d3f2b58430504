"""Webhooks, received by a server of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.playground.imaginepro.client import ApiClient


class Receiver:
    """Collects what is posted to it."""

    def __init__(self) -> None:
        self.url = ""
        self.events: list[dict[str, Any]] = []
        self._ended = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.events.append(await request.json())
        if self.events[-1]["status"] in {"DONE", "FAIL"}:
            self._ended.set()
        return web.Response()

    async def until_ended(self) -> list[str]:
        """The statuses received up to the final one."""
        async with asyncio.timeout(60):
            await self._ended.wait()
        return [event["status"] for event in self.events]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A webhook address."""
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_events_arrive_in_order_with_ref(client: ApiClient, receiver: Receiver):
    """PROCESSING with percentages and previews, then DONE; the body is the progress record."""
    job = await client.imagine("a fox", webhookOverride=receiver.url, ref="signed-token")
    statuses = await receiver.until_ended()
    assert statuses == ["PROCESSING"] * (len(statuses) - 1) + ["DONE"]
    assert len(statuses) > 5
    assert {(event["ref"], event["messageId"]) for event in receiver.events} == {("signed-token", job)}
    assert "uri" in receiver.events[3]
    assert receiver.events[-1] == await client.record(job)


async def test_failures_are_told_too(client: ApiClient, receiver: Receiver):
    """FAIL with its text, prompt and id."""
    job = await client.imagine("a fox scenario:fails-at-60", webhookOverride=receiver.url)
    assert (await receiver.until_ended())[-1] == "FAIL"
    last = receiver.events[-1]
    assert (last["messageId"], last["prompt"], bool(last["error"])) == (job, "a fox scenario:fails-at-60", True)


async def test_the_account_has_a_webhook(started, receiver: Receiver):
    """Without an override events go to the account's address."""
    async with started(webhook=receiver.url) as client:
        await client.imagine("a fox")
        assert (await receiver.until_ended())[-1] == "DONE"


async def test_webhooks_can_come_twice(client: ApiClient, receiver: Receiver):
    """Every event is repeated."""
    client.api.faults.choose("webhooks-twice")
    await client.imagine("a fox", webhookOverride=receiver.url)
    await receiver.until_ended()
    assert receiver.events[0] == receiver.events[1]


async def test_webhooks_can_fail_to_come(client: ApiClient, receiver: Receiver):
    """The job ends without a word."""
    await client.done(await client.imagine("a fox scenario:no-webhooks", webhookOverride=receiver.url))
    assert (receiver.events, client.api.deliveries) == ([], [])


async def test_a_dead_webhook_does_not_stop_the_job(client: ApiClient):
    """The picture comes, the attempts are recorded."""
    await client.done(await client.imagine("a fox", webhookOverride="http://127.0.0.1:9/hook"))
    assert client.api.deliveries[0].status is None
