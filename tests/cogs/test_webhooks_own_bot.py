"""Webhook events that are refused or never come: each test has a bot of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.store import JobState
from playground.discord_server import media
from playground.imaginepro.jobs.response_bodies import record
from tests.cogs.test_webhooks import address_of, delivered, job_of, post_event, reachable, request_count
from tests.support.stage import Stage, ended, percent_of


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the bot's webhook address."""
    async with aiohttp.ClientSession() as session:
        yield session


async def test_events_that_are_too_large_or_too_many(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """Events that are too large or too many are refused; the job is polled and still ends."""
    async with Stage(tmp_path, **reachable()) as stage:
        stage.hold()
        outcome = await stage.imagine("a fox in a flood")
        await outcome.wait_for(lambda message: percent_of(message) == 15)
        job = job_of(stage, "a fox in a flood")
        assert await post_event(http, address_of(job), record(job) | {"error": "x" * 65536}) == 413
        statuses = [await post_event(http, address_of(job), record(job)) for _ in range(100)]
        assert (statuses[0], statuses[-1]) == (200, 429)
        stage.release()
        assert media(await outcome.wait_for(ended))
        await stage.wait_until(lambda: delivered(stage, job)[-1].body["status"] == "DONE")
        assert delivered(stage, job)[-1].status == 429


async def test_a_job_without_events_is_polled(tmp_path: Path) -> None:
    """Without any event jobs are polled and searched for, and finish."""
    async with Stage(tmp_path, **reachable()) as stage:
        assert media(await stage.finished("a fox nobody reports scenario:no-webhooks"))
        stage.api.faults.choose("submit-drops", on="submit")
        stage.api.faults.choose("no-webhooks")
        assert media(await stage.finished("another fox nobody reports"))
        assert stage.api.deliveries == []
        assert request_count(stage, "/images") > 0
        assert {job.state for job in await stage.store.unfinished()} <= {JobState.DONE}
