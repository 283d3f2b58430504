"""The line on PostgreSQL, with processes that call at the same moment."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.store import Database, JobRecord, RunningLimits
from tests.bot.records import new_job, reply_address
from tests.bot.store.queue_model import FREE, Hall, member, payer
from tests.support.postgres import PostgresServer

PROCESSES = 6


@pytest.fixture
async def halls(postgres: PostgresServer) -> AsyncIterator[list[Hall]]:
    """One line, seen by processes of their own connections."""
    url = postgres.new_database()
    async with AsyncExitStack() as opened:
        halls = [Hall(await opened.enter_async_context(Database(url))) for _ in range(PROCESSES)]
        await halls[0].filled([])
        yield halls


async def fill(hall: Hall, count: int) -> None:
    """So many jobs of three members in two servers."""
    for number in range(count):
        await hall.put(new_job(reply=reply_address(user_id=4 + number % 3, guild_id=1 + number % 2)))


async def all_called(halls: list[Hall], limits: RunningLimits, *keys: str) -> list[JobRecord]:
    """What all processes call for these keys, each until it finds nothing any more."""

    async def work(process: int) -> list[JobRecord]:
        found: list[JobRecord] = []
        for key in keys:
            while (job := await halls[process].call(limits, key=key, process=str(process))) is not None:
                found.append(job)
        return found

    return [job for found in await asyncio.gather(*map(work, range(PROCESSES))) for job in found]


async def test_no_job_is_called_twice(halls: list[Hall]) -> None:
    """And every job is called."""
    await fill(halls[0], 60)
    called = await all_called(halls, FREE, "a", "b")
    assert len({job.id for job in called}) == len(called) == 60
    assert {job.calls for job in called} == {1}


async def test_limits_hold_for_all_processes_together(halls: list[Hall]) -> None:
    """As many as may run, and not one more: of each key, server and member."""
    await fill(halls[0], 60)
    called = await all_called(halls, RunningLimits(of_key=7, of_guild=6, of_member=3), "a", "b")
    assert all(count <= 7 for count in Counter(job.key for job in called).values())
    assert Counter(map(payer, called)) == {1: 6, 2: 6}
    assert all(count <= 3 for count in Counter(map(member, called)).values())


async def test_one_turn_of_a_key_is_one_job(halls: list[Hall]) -> None:
    """Whoever comes while it lasts is told to wait."""
    await fill(halls[0], 20)
    turns = await asyncio.gather(
        *(
            hall.line.take_next(key, str(process), FREE, turn=100, courtesy=0)
            for process, hall in enumerate(halls)
            for key in ("a", "b")
        )
    )
    assert Counter(turn.job.key for turn in turns if turn.job is not None) == {"a": 1, "b": 1}
    assert all(turn.wait is not None and 50 < turn.wait <= 100 for turn in turns if turn.job is None)
