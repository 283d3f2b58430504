"""One of two processes stands still, or loses the database alone, and the other takes its jobs over."""

import asyncio
from typing import Any

import pytest

from bot.store import Database, JobState, JobStore
from playground.discord_server import IdentifyLimits, media
from tests.end_to_end.environment import Environment
from tests.end_to_end.replies import is_running, labels, percent
from tests.support.postgres import PostgresServer
from tests.support.postgres_proxy import PostgresProxy

pytestmark = [pytest.mark.process, pytest.mark.timeout(200)]

_PATIENCE = 100
_READS = 80
"""Polls of five jobs during which each reply would have been edited several times."""

GIVEN_UP = "others have taken over its jobs"


@pytest.fixture
def setup() -> dict[str, Any]:
    """A Discord that lets one shard log in at a time, and an API without rate limits."""
    return {"identify_limits": IdentifyLimits(max_concurrency=1, seconds=2.0), "limits": False, "concurrency": 8}


async def test_frozen_while_its_request_is_under_way(environment: Environment, postgres: PostgresServer) -> None:
    """The other process delivers the job. The late answer changes nothing, and no place in the queue is lost."""
    url = postgres.new_database()
    settings = {"SHARD_COUNT": "2", "JOBS_AT_ONCE": "1", "DATABASE_URL": url}
    async with environment.cluster(0, 2, **settings) as first, environment.cluster(1, 2, **settings) as second:
        for bot in (first, second):
            await bot.wait_for_line('"ready"')
        environment.api.faults.choose("slow-answer", seconds=5, on="submit")
        asked = await environment.mia.slash(environment.mia.dm, "imagine", prompt="a quick fox")
        async with asyncio.timeout(_PATIENCE):
            while not environment.api.jobs:  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0.02)
        first.freeze()
        try:
            assert media(await asked.wait_for(lambda message: "U1" in labels(message), _PATIENCE))
        finally:
            first.thaw()
        await first.wait_for_line(GIVEN_UP)
        next_job = await environment.mia.slash(environment.channel, "imagine", prompt="a fox behind it")
        assert media(await next_job.wait_for(lambda message: "U1" in labels(message), _PATIENCE))
        async with Database(url) as database:
            found = await JobStore(database).lately_done(10)
    assert {(job.state, job.delivered_at is not None) for job in found} == {(JobState.DONE, True)}
    assert sorted(job.prompt for job in environment.api.jobs.values()) == ["a fox behind it", "a quick fox"]


async def test_older_frame_on_top_of_no_result(environment: Environment, postgres: PostgresServer) -> None:
    """A process that has lost the database alone edits no reply any more: another one shows the results there."""
    url = postgres.new_database()
    settings = {"SHARD_COUNT": "2", "JOBS_AT_ONCE": "8", "MEMBER_RUNNING": "8"}
    async with (
        PostgresProxy(url) as proxy,
        environment.cluster(0, 2, DATABASE_URL=proxy.url, **settings) as first,
        environment.cluster(1, 2, DATABASE_URL=url, **settings) as second,
    ):
        for bot in (first, second):
            await bot.wait_for_line('"ready"')
        environment.api.hold(31)
        outcomes = [
            await environment.mia.slash(environment.mia.dm, "imagine", prompt=f"fox number {number}")
            for number in range(5)
        ]
        for outcome in outcomes:
            await outcome.wait_for(is_running, _PATIENCE)
        proxy.cut()
        await second.wait_for_line("jobs are taken up")
        # While the second one stands still, every edit would be the first one's.
        second.freeze()
        try:
            environment.api.hold(93)
            enough = len(environment.api.request_log) + _READS
            async with asyncio.timeout(_PATIENCE):
                while len(environment.api.request_log) < enough:  # noqa: ASYNC110  # there is no event to wait for
                    await asyncio.sleep(0.05)
            assert {percent(outcome.message or {}) for outcome in outcomes} == {31}
        finally:
            second.thaw()
        environment.api.hold(None)
        for outcome in outcomes:
            assert media(await outcome.wait_for(lambda message: "U1" in labels(message), _PATIENCE))
        proxy.mend()
        await first.wait_for_line(GIVEN_UP)
        assert all("U1" in labels(outcome.message or {}) for outcome in outcomes)
    assert len(environment.api.jobs) == 5
