"""The turns of a key, shared by a process with jobs and one whose members use what is free."""

import asyncio

import pytest

from bot.imaginepro import Priority, RateLimiter
from bot.imaginepro.http.rate_limit import LimitClass
from bot.services.queue.dispatcher import QueueDispatcher
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import KeyPool
from bot.services.queue.key_turns import KeyTurns
from bot.services.tracker import Durations
from bot.store import ApiKeyStore, Database, JobQueueStore, JobRecord, JobState, JobStore, NextJob, RunningLimits
from bot.timings import Timings
from tests.bot.records import new_job, rewritten
from tests.bot.services.one_process import NO_LIMITS, api_key
from tests.bot.services.scripted import Recorder, ScriptedApi

INTERVAL = 0.2


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """The URL of an empty database, on SQLite and PostgreSQL."""
    return migrated_url


class NotedTurns(JobQueueStore):
    """Notes in `turns` who took each turn."""

    def __init__(self, database: Database, turns: list[str]) -> None:
        super().__init__(database)
        self._turns = turns

    async def take_next(
        self,
        key: str,
        process: str,
        limits: RunningLimits,
        *,
        turn: float,
        courtesy: float,
        early: float = 0.0,
        bound_only: bool = False,
    ) -> NextJob:
        found = await super().take_next(
            key, process, limits, turn=turn, courtesy=courtesy, early=early, bound_only=bound_only
        )
        self._turns += ["job"] if found.job is not None else []
        return found

    async def take_spare(self, key: str, limits: RunningLimits, *, turn: float, bound_only: bool = False) -> float:
        pause = await super().take_spare(key, limits, turn=turn, bound_only=bound_only)
        self._turns += [] if pause else ["free"]
        return pause


async def test_free_calls_of_another_process_leave_jobs_their_turns(database: Database) -> None:
    """While members of one process make free calls without a pause, the jobs of another get every turn they can use."""
    turns: list[str] = []
    queue, keys, store = NotedTurns(database, turns), ApiKeyStore(database), JobStore(database)
    await keys.ensure(["main"])
    other = KeyTurns(keys, queue, "main")
    other.yield_to_jobs(api_key(ScriptedApi(), "main"), NO_LIMITS)
    limiter = RateLimiter(INTERVAL, shared=other)
    free = [asyncio.create_task(limiter.acquire(LimitClass.GENERAL, Priority.FREE)) for _ in range(1000)]
    key = api_key(ScriptedApi(), "main")
    key.rate_limiter = RateLimiter(INTERVAL, shared=KeyTurns(keys, queue, "main"))
    pool, dispatched = KeyPool([key], keys), asyncio.Queue[JobRecord]()
    dispatcher = QueueDispatcher(
        queue,
        pool,
        "0",
        presenter=Recorder(),
        eta=EtaEstimator(Durations(), pool),
        limits=NO_LIMITS,
        timings=Timings(queue_debounce=0.01),
    )
    dispatcher.start(dispatched.put_nowait)
    async with asyncio.timeout(60):
        while "free" not in turns:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.01)
        jobs = [(await store.record(new_job(owner="0")))[0] for _ in range(3)]
        waiting = [await rewritten(store, job.id, state=JobState.WAITING) for job in jobs]
        before = len(turns)
        for job in waiting:
            dispatcher.add(job)
        for _ in jobs:
            await dispatched.get()
    for task in free:
        task.cancel()
    await asyncio.gather(*free, return_exceptions=True)
    await dispatcher.stop()
    # One call may have begun before the jobs were there.
    assert turns[before:][:4].count("job") == 3


async def test_jobs_at_their_limit_leave_turns_to_free_calls(database: Database) -> None:
    """A waiting job that its key can't send yet, as too many run, delays no free call."""
    keys, store = ApiKeyStore(database), JobStore(database)
    await keys.ensure(["main"])
    for state in (JobState.RUNNING, JobState.WAITING):
        job, _ = await store.record(new_job(key="main"))
        await rewritten(store, job.id, state=state)
    turns = KeyTurns(keys, JobQueueStore(database), "main")
    key = api_key(ScriptedApi(), "main", at_once=2)
    turns.yield_to_jobs(key, NO_LIMITS)
    assert await turns.take_spare(0.0) > 0
    key.at_once = 1
    assert await turns.take_spare(0.0) == 0


async def test_before_jobs_are_sent_free_calls_wait_for_none(database: Database) -> None:
    """At the start of a process, before it dispatches jobs, its free calls only keep the distance."""
    keys, store = ApiKeyStore(database), JobStore(database)
    await keys.ensure(["main"])
    job, _ = await store.record(new_job())
    await rewritten(store, job.id, state=JobState.WAITING)
    turns = KeyTurns(keys, JobQueueStore(database), "main")
    assert await turns.take_spare(100.0) == 0
    assert await turns.take_spare(100.0) > 50
