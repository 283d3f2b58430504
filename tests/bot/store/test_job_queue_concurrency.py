"""The job queue on PostgreSQL, with processes that dispatch at the same time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import sqlalchemy as sa

from bot.store import (
    Database,
    JobRecord,
    JobState,
    ReplyTarget,
    RunningLimits,
    TooManyWaiting,
    WaitingLimits,
)
from bot.store.db.schema import jobs
from tests.bot.records import new_job, reply_address
from tests.bot.store.queue_model import NO_LIMITS, QueueHarness, group_of, member_of
from tests.support.postgres import PostgresServer

PROCESSES = 6


@pytest.fixture
async def queues(postgres: PostgresServer) -> AsyncIterator[list[QueueHarness]]:
    """One queue, as several processes with their own connections."""
    url = postgres.new_database()
    async with AsyncExitStack() as opened:
        queues = [QueueHarness(await opened.enter_async_context(Database(url))) for _ in range(PROCESSES)]
        await queues[0].fill([])
        yield queues


async def fill(queue: QueueHarness, count: int) -> None:
    """Queue this many jobs of three members in two servers."""
    for number in range(count):
        await queue.put(new_job(reply=reply_address(user_id=4 + number % 3, guild_id=1 + number % 2)))


async def dispatch_everything(queues: list[QueueHarness], limits: RunningLimits, *keys: str) -> list[JobRecord]:
    """Let all processes dispatch with these keys until nothing is left."""

    async def work(process: int) -> list[JobRecord]:
        found: list[JobRecord] = []
        for key in keys:
            while (job := await queues[process].dispatch(limits, key=key, process=str(process))) is not None:
                found.append(job)
        return found

    return [job for found in await asyncio.gather(*map(work, range(PROCESSES))) for job in found]


async def test_no_job_is_dispatched_twice(queues: list[QueueHarness]) -> None:
    """Every job is dispatched exactly once."""
    await fill(queues[0], 60)
    dispatched = await dispatch_everything(queues, NO_LIMITS, "a", "b")
    assert len({job.id for job in dispatched}) == len(dispatched) == 60
    assert {job.calls for job in dispatched} == {1}


async def test_limits_hold_across_processes(queues: list[QueueHarness]) -> None:
    """Limits per key, server and member hold across processes."""
    await fill(queues[0], 60)
    dispatched = await dispatch_everything(queues, RunningLimits(of_key=7, of_guild=6, of_member=3), "a", "b")
    assert all(count <= 7 for count in Counter(job.key for job in dispatched).values())
    assert Counter(map(group_of, dispatched)) == {1: 6, 2: 6}
    assert all(count <= 3 for count in Counter(map(member_of, dispatched)).values())


async def test_one_turn_of_a_key_is_one_job(queues: list[QueueHarness]) -> None:
    """Each key dispatches one job per turn across processes; the others get a time to wait."""
    await fill(queues[0], 20)
    turns = await asyncio.gather(
        *(
            queue.jobs.take_next(key, str(process), NO_LIMITS, turn=100, courtesy=0)
            for process, queue in enumerate(queues)
            for key in ("a", "b")
        )
    )
    assert Counter(turn.job.key for turn in turns if turn.job is not None) == {"a": 1, "b": 1}
    assert all(turn.wait is not None and 50 < turn.wait <= 100 for turn in turns if turn.job is None)


async def test_a_job_cancelled_in_the_moment_of_its_dispatch(queues: list[QueueHarness]) -> None:
    """The cancellation commits between the choice of the job and its dispatch: it stays, and the next job is sent."""
    first, second = [await queues[0].put(new_job()) for _ in range(2)]
    database = queues[1].store._database
    async with queues[0].store._database.engine.connect() as other:
        await other.execute(sa.update(jobs).where(jobs.c.id == first.id).values(state=JobState.CANCELLED))
        dispatching = asyncio.create_task(queues[1].jobs.take_next("a", "1", NO_LIMITS, turn=0, courtesy=0))
        waits = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        async with asyncio.timeout(60):
            while not await database.run(lambda connection: connection.execute(waits).scalar_one()):  # noqa: ASYNC110  # the server has no event for it
                await asyncio.sleep(0.01)
        await other.commit()
    turn = await dispatching
    assert (turn.job, turn.wait) == (None, 0.0)
    cancelled = await queues[0].store.get(first.id)
    assert cancelled is not None
    assert cancelled.state is JobState.CANCELLED
    following = await queues[1].dispatch(NO_LIMITS, key="a", process="1")
    assert following is not None
    assert following.id == second.id


async def recorded(queues: list[QueueHarness], limits: WaitingLimits, replies: list[ReplyTarget]) -> list[JobRecord]:
    """The jobs that were recorded when all of these are requested at the same moment, in all processes in turn."""

    async def record(number: int, reply: ReplyTarget) -> JobRecord | None:
        try:
            return (await queues[number % PROCESSES].store.record(new_job(reply=reply), limits))[0]
        except TooManyWaiting:
            return None

    found = await asyncio.gather(*(record(number, reply) for number, reply in enumerate(replies)))
    return [job for job in found if job is not None]


async def test_the_limit_of_a_member_holds_across_processes(queues: list[QueueHarness]) -> None:
    """Of many simultaneous requests of one member exactly as many are recorded as may wait."""
    for member in range(1, 7):
        # The first one also opens the connections, so its requests are hardly simultaneous.
        replies = [reply_address(user_id=member, guild_id=member) for _ in range(24)]
        assert len(await recorded(queues, WaitingLimits(of_member=3, of_guild=100), replies)) == 3


async def test_the_limit_of_a_server_holds_across_processes(queues: list[QueueHarness]) -> None:
    """So do those of a server's members together; other servers and direct messages have their own."""
    replies = [reply_address(user_id=100 + number, guild_id=guild) for guild in (1, 2, None) for number in range(12)]
    found = await recorded(queues, WaitingLimits(of_member=100, of_guild=5), replies)
    assert Counter(job.reply.guild_id for job in found) == {1: 5, 2: 5, None: 12}


async def test_free_calls_of_all_processes_take_one_turn(queues: list[QueueHarness]) -> None:
    """Only one of many simultaneous free calls takes the turn, and none while a job can be sent."""
    waits = await asyncio.gather(*(queue.jobs.take_spare("a", NO_LIMITS, turn=100) for queue in queues))
    assert sum(wait == 0 for wait in waits) == 1
    await fill(queues[0], 1)
    assert all(await asyncio.gather(*(queue.jobs.take_spare("b", NO_LIMITS, turn=100) for queue in queues)))
