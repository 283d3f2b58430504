"""Two processes that serve one bot on one PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.store import Database, ShardLoginLocks
from playground.discord_server import IdentifyLimits, texts
from tests.end_to_end.environment import Environment
from tests.end_to_end.replies import is_running
from tests.end_to_end.running_bot import RunningBot
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.process


@pytest.fixture
def setup() -> dict[str, Any]:
    """A Discord that lets one shard log in at a time, as it does for all but the largest bots.

    The window is shorter than Discord's five seconds: on a busy machine a shard may log in late.
    """
    return {"identify_limits": IdentifyLimits(max_concurrency=1, seconds=2.0)}


@pytest.fixture
def database_url(postgres: PostgresServer) -> str:
    """An empty PostgreSQL database."""
    return postgres.new_database()


@asynccontextmanager
async def two_clusters(
    environment: Environment, database_url: str, shards: int
) -> AsyncIterator[tuple[RunningBot, RunningBot]]:
    """Two processes, started together, once all their shards are connected."""
    settings = {"DATABASE_URL": database_url, "SHARD_COUNT": str(shards)}
    async with environment.cluster(0, 2, **settings) as first, environment.cluster(1, 2, **settings) as second:
        for bot in (first, second):
            await bot.wait_for_line('"ready"')
        yield first, second


async def test_each_process_answers_its_shards(environment: Environment, database_url: str) -> None:
    """Two processes share the logins, each answers on its own shards, and both end cleanly."""
    async with two_clusters(environment, database_url, shards=3) as (first, second):
        assert [len(bot.lines_with("has connected to Gateway")) for bot in (first, second)] == [1, 2]
        assert environment.discord.core.gateway.identify_limits.early == []
        in_private = await environment.mia.slash(environment.mia.dm, "check", prompt="a fox")
        in_the_guild = await environment.mia.slash(environment.channel, "check", prompt="a fox")
        for outcome in (in_private, in_the_guild):
            assert outcome.error is None
            assert await outcome.wait_for(lambda message: "Allowed" in texts(message))
        first.terminate()
        assert await first.exit_code(timeout=10) == 0
        still = await environment.mia.slash(environment.channel, "check", prompt="a hare")
        assert still.error is None
        second.terminate()
        assert await second.exit_code(timeout=10) == 0


async def test_one_process_registers_the_commands(environment: Environment, database_url: str) -> None:
    """Only the process with shard 0 registers the commands at Discord."""
    async with two_clusters(environment, database_url, shards=2) as (first, second):
        assert first.lines_with("commands are registered")
        assert not second.lines_with("commands are registered")
    puts = [
        entry for entry in environment.discord.request_log if entry.method == "PUT" and entry.path.endswith("/commands")
    ]
    assert len(puts) == 1


async def test_stopped_while_waiting_to_log_in(environment: Environment, database_url: str) -> None:
    """A process that waits for its login slot ends at once after a signal, with exit code 0."""
    async with Database(database_url) as database, ShardLoginLocks(database, pause=3600) as locks:
        await locks.acquire(0)
        async with environment.cluster(0, 2, DATABASE_URL=database_url) as bot:
            await bot.wait_for_line("commands are registered")
            bot.terminate()
            assert await bot.exit_code(timeout=10) == 0
    assert environment.discord.core.gateway.sessions == []


@pytest.mark.parametrize("setup", [{"proxied": True}], ids=[""])
async def test_another_process_takes_over_after_a_kill(environment: Environment, database_url: str) -> None:
    """The other process finishes a killed one's running, submitted and queued jobs, and pays for none twice."""
    private = environment.mia.dm
    environment.api.hold(46)
    async with two_clusters(environment, database_url, shards=2) as (first, _):
        running = await environment.mia.slash(private, "imagine", prompt="a fox that runs")
        await running.wait_for(is_running)
        environment.proxy.on_response.append(lambda method, path: first.kill() if path.endswith("/imagine") else None)
        others = await asyncio.gather(
            *(
                environment.mia.slash(private, "imagine", prompt=words)
                for words in ("a fox on the way", "a fox that waits")
            )
        )
        assert await first.exit_code() == -9
        killed = time.monotonic()
        environment.proxy.on_response.clear()
        environment.api.hold(None)
        for asked in (running, *others):
            await environment.result(asked)
        print(f"all jobs ended {time.monotonic() - killed:.1f} s after their process")  # noqa: T201
        async with environment.cluster(0, 2, DATABASE_URL=database_url, SHARD_COUNT="2") as again:
            await again.wait_for_line('"ready"')
            outcome = await environment.mia.slash(private, "check", prompt="a fox")
            assert await outcome.wait_for(lambda message: "Allowed" in texts(message))
    assert environment.submissions() == ["imagine", "imagine", "imagine", "prompt-check"]
    assert sorted(job.prompt for job in environment.api.jobs.values()) == [
        "a fox on the way",
        "a fox that runs",
        "a fox that waits",
    ]


@pytest.mark.parametrize("setup", [{"identify_limits": IdentifyLimits(max_concurrency=1, seconds=3600.0)}], ids=[""])
async def test_a_login_that_is_too_early_is_repeated(environment: Environment) -> None:
    """A shard whose login comes before its turn is refused first and logs in later."""
    identify_limits, clock = environment.discord.core.gateway.identify_limits, environment.discord.clock
    assert identify_limits.take(0, clock.now())
    async with environment.cluster(0, 1) as bot:
        await bot.wait_for_line("session has been invalidated")
        clock.advance(3600)
        await bot.wait_for_line('"ready"')
        outcome = await environment.mia.slash(environment.channel, "check", prompt="a fox")
        assert outcome.error is None
    assert set(identify_limits.early) == {0}
