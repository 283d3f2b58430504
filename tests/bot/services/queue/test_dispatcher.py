"""The line: whoever's turn it is is called, the others know their place, and nothing stops it."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.imaginepro import RateLimiter
from bot.imaginepro.http.rate_limit import MARGIN_SECONDS
from bot.services.presenter import JobPhase, JobProgress
from bot.services.queue import dispatcher as module
from bot.services.queue.dispatcher import QueueDispatcher
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import KeyPool
from bot.services.tracker import Durations
from bot.store import ApiKeyStore, Database, JobQueueStore, JobRecord, JobState, JobStore, NextJob, RunningLimits
from bot.store.db.schema import api_keys
from bot.timings import Timings
from tests.bot.records import new_job
from tests.bot.services.one_process import FREE, api_key
from tests.bot.services.scripted import Recorder, ScriptedApi

PROCESS = "0"
HOUR = 3600.0
ONLY_NEWS = Timings(queue_look=HOUR, places_refresh=HOUR, queue_settle=0.01, places_pause=0.0, queue_retry=0.0)
"""A look at the line follows from what happened, never from the time that passed."""


class WatchedStore(JobQueueStore):
    """Counts the looks at places; `errors` are raised by the next calls, which begin `late` seconds later than they
    should. `meanwhile` happens while places are read.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.looks = 0
        self.errors = deque[Exception]()
        self.late = 0.0
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

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
        if self.errors:
            raise self.errors.popleft()
        await asyncio.sleep(self.late)
        return await super().take_next(
            key, process, limits, turn=turn, courtesy=courtesy, early=early, bound_only=bound_only
        )

    async def positions(self, process: str) -> dict[str, int]:
        self.looks += 1
        found = await super().positions(process)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return found


class Hall:
    """A line in front of keys that run `at_once` jobs each; remembers who was called and what was shown."""

    def __init__(
        self,
        database: Database,
        *,
        keys: tuple[str, ...] = ("main",),
        at_once: int = 1000,
        timings: Timings = ONLY_NEWS,
    ) -> None:
        self.store, self.line_store, self.key_store = JobStore(database), WatchedStore(database), ApiKeyStore(database)
        self.names, self.shown = keys, Recorder()
        self.keys = KeyPool([api_key(ScriptedApi(), name, at_once) for name in keys], self.key_store)
        self.called = asyncio.Queue[JobRecord]()
        self.line = QueueDispatcher(
            self.line_store,
            self.keys,
            PROCESS,
            presenter=self.shown,
            eta=EtaEstimator(Durations(), self.keys),
            limits=FREE,
            timings=timings,
        )

    async def __aenter__(self) -> "Hall":
        await self.key_store.ensure(self.names)
        self.line.start(self.called.put_nowait)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.line.stop()

    async def waiting(self, count: int = 1) -> list[JobRecord]:
        """Jobs that wait in the store, the first one's turn being next."""
        records = [(await self.store.record(new_job(owner=PROCESS)))[0] for _ in range(count)]
        return [await self.store.update(record.id, state=JobState.WAITING) for record in records]

    async def enter(self, count: int = 1) -> list[JobRecord]:
        """As many jobs that arrive at the same time."""
        jobs = await self.waiting(count)
        for job in jobs:
            self.line.add(job)
        return jobs

    async def next_called(self) -> JobRecord:
        return await asyncio.wait_for(self.called.get(), 60)

    async def told(self, job: JobRecord, place: int) -> JobProgress:
        """The frame that told the job this place, now or later."""
        return await self.shown.wait_for(lambda frame: frame.job.id == job.id and frame.position == place)

    async def gone(self, *jobs: JobRecord) -> None:
        """These are cancelled."""
        for job in jobs:
            await self.store.update(job.id, state=JobState.CANCELLED)
        for job in jobs:
            self.line.remove(job.id)

    def places(self) -> dict[str, int]:
        """What was told since this was asked last, the newest of each job."""
        told = {frame.job.id: frame.position for frame in self.shown.frames if frame.position is not None}
        self.shown.frames.clear()
        return told


async def closed(database: Database, timings: Timings = ONLY_NEWS) -> Hall:
    """A hall whose key can't be used for a while."""
    hall = Hall(database, timings=timings)
    await hall.key_store.ensure(["main"])
    await hall.key_store.pause("main", 250)
    return hall


async def test_whoever_comes_to_an_empty_line_is_called(database: Database) -> None:
    """At once, and without being told a place."""
    async with Hall(database) as hall:
        [job] = await hall.enter()
        called = await hall.next_called()
        assert (called.id, called.state, called.key, called.calls) == (job.id, JobState.DISPATCHED, "main", 1)
        assert await hall.store.get(job.id) == called
        assert [(frame.job, frame.phase) for frame in hall.shown.frames] == [(called, JobPhase.SUBMITTING)]
        assert len(hall.line) == 0


async def test_all_are_called_in_order(database: Database) -> None:
    """As many as the key may have."""
    async with Hall(database) as hall:
        jobs = await hall.enter(5)
        assert [(await hall.next_called()).id for _ in jobs] == [job.id for job in jobs]


async def test_every_key_calls_as_many_as_it_may_have(database: Database) -> None:
    """And the one that is left is told that it is the next."""
    async with Hall(database, keys=("main", "second"), at_once=2) as hall:
        *first, last = await hall.enter(5)
        called = [await hall.next_called() for _ in first]
        await hall.told(last, 1)
        assert sorted(str(job.key) for job in called) == ["main", "main", "second", "second"]
        assert {job.id for job in called} == {job.id for job in first}
        assert len(hall.line) == 1


async def test_a_key_that_is_set_aside_calls_nobody(database: Database) -> None:
    """The other one does all the work."""
    hall = Hall(database, keys=("main", "second"))
    await hall.key_store.ensure(hall.names)
    await hall.key_store.quarantine("main", "No credits.", HOUR)
    async with hall:
        jobs = await hall.enter(3)
        assert [(await hall.next_called()).key for _ in jobs] == ["second"] * 3


async def test_everybody_is_told_a_place_and_when_it_will_be_there(database: Database) -> None:
    """The next in line is 1, and whoever is behind comes later."""
    async with await closed(database) as hall:
        jobs = await hall.enter(3)
        frames = [await hall.told(job, place) for place, job in enumerate(jobs, 1)]
        assert [frame.phase for frame in frames] == [JobPhase.WAITING] * 3
        etas = [frame.eta_seconds or 0 for frame in frames]
        assert etas == sorted(set(etas))
        assert etas[0] > 0
        assert hall.called.empty()


async def test_a_step_forward_is_told_where_it_means_something(database: Database) -> None:
    """In front every one, far behind only when it is a fifth of the way."""
    async with await closed(database) as hall:
        jobs = await hall.enter(21)
        await hall.told(jobs[-1], 21)
        assert hall.places() == {job.id: place for place, job in enumerate(jobs, 1)}
        await hall.gone(jobs[0])
        await hall.told(jobs[4], 4)
        assert hall.places() == {job.id: place for place, job in enumerate(jobs[1:5], 1)}
        await hall.gone(*jobs[1:4])
        await hall.told(jobs[19], 16)
        assert hall.places() == {job.id: place for place, job in enumerate(jobs[4:20], 1)}


async def test_a_step_back_is_told(database: Database) -> None:
    """An older job that comes back into the line passes it."""
    async with await closed(database) as hall:
        older, newer = await hall.waiting(2)
        await hall.store.update(older.id, state=JobState.SUBMITTING)
        hall.line.add(newer)
        await hall.told(newer, 1)
        hall.line.add(await hall.store.update(older.id, state=JobState.WAITING))
        await hall.told(newer, 2)


async def test_a_crowd_is_looked_at_once(database: Database) -> None:
    """Those who arrive one after the other within a moment are one piece of news."""
    async with await closed(database, replace(ONLY_NEWS, queue_settle=1.0)) as hall:
        crowd = await hall.waiting(12)
        hall.line.add(crowd[0])
        await hall.told(crowd[0], 1)
        for job in crowd[1:]:
            hall.line.add(job)
            await hall.store.get(job.id)
        await hall.told(crowd[-1], 12)
        assert hall.line_store.looks == 2


async def test_places_are_not_told_all_the_time(database: Database) -> None:
    """Soon after the last time a newcomer is called or not, and others are told later."""
    async with Hall(database, at_once=1, timings=replace(ONLY_NEWS, places_pause=HOUR)) as hall:
        first, second = await hall.enter(2)
        await hall.next_called()
        await hall.told(second, 1)
        [third] = await hall.enter()
        await hall.store.update(first.id, state=JobState.DONE)
        hall.line.wake()
        assert (await hall.next_called()).id == second.id
        await hall.store.update(second.id, state=JobState.DONE)
        hall.line.wake()
        assert (await hall.next_called()).id == third.id
        assert hall.places() == {second.id: 1}


async def test_whoever_leaves_is_forgotten(database: Database) -> None:
    """And those behind move up."""
    async with await closed(database) as hall:
        leaving, staying = await hall.enter(2)
        await hall.told(staying, 2)
        await hall.gone(leaving)
        await hall.told(staying, 1)
        assert len(hall.line) == 1


async def test_whoever_waits_nowhere_any_more_is_forgotten(database: Database) -> None:
    """Another process has ended its job; nobody tells of it, and the places are read now and then."""
    async with await closed(database, replace(ONLY_NEWS, places_refresh=0.01)) as hall:
        ended, staying = await hall.enter(2)
        await hall.told(staying, 2)
        await hall.store.update(ended.id, state=JobState.CANCELLED)
        await hall.told(staying, 1)
        assert len(hall.line) == 1


async def test_a_job_that_comes_back_while_places_are_read_stays(database: Database) -> None:
    """What was read does not know it yet."""
    async with await closed(database) as hall:
        [back] = await hall.waiting()
        await hall.store.update(back.id, state=JobState.DISPATCHED)

        async def comes_back() -> None:
            hall.line.remove(back.id)
            hall.line.add(await hall.store.update(back.id, state=JobState.WAITING))

        hall.line_store.meanwhile = comes_back
        hall.line.add(back)
        await hall.told(back, 1)
        assert len(hall.line) == 1


async def test_a_job_that_ended_makes_room(database: Database) -> None:
    """Whoever knows of it lets the line look."""
    async with Hall(database, at_once=1) as hall:
        first, second = await hall.enter(2)
        assert (await hall.next_called()).id == first.id
        await hall.told(second, 1)
        await hall.store.update(first.id, state=JobState.DONE)
        hall.line.wake()
        assert (await hall.next_called()).id == second.id


async def test_a_job_that_ended_elsewhere_makes_room(database: Database) -> None:
    """Nobody tells of it; the line looks now and then."""
    async with Hall(database, at_once=1, timings=replace(ONLY_NEWS, queue_look=0.01)) as hall:
        first, second = await hall.enter(2)
        await hall.next_called()
        await hall.told(second, 1)
        await hall.store.update(first.id, state=JobState.DONE)
        assert (await hall.next_called()).id == second.id


async def test_a_held_key_calls_when_it_is_free(database: Database) -> None:
    """Without any news."""
    hall = Hall(database)
    await hall.key_store.ensure(["main"])
    # Longer than a busy machine may take until the line is looked at for the first time.
    await hall.key_store.pause("main", 3)
    async with hall:
        [job] = await hall.enter()
        await hall.told(job, 1)
        assert (await hall.next_called()).id == job.id


async def test_late_looks_do_not_shift_the_turns(database: Database) -> None:
    """Jobs are taken before their turns and handed on at them: each look comes late, and the turns stay in step."""
    hall = Hall(database)
    [key] = hall.keys.all
    key.rate_limiter = RateLimiter(general_seconds=0.6 - MARGIN_SECONDS)
    await hall.key_store.ensure(["main"])
    await hall.key_store.pause("main", 3)
    begins = await next_turn(database)
    hall.line_store.late = 0.1
    async with hall:
        jobs = await hall.enter(4)
        assert [(await hall.next_called()).id for _ in jobs] == [job.id for job in jobs]
        assert time.time() >= begins + 3 * 0.6 - 0.05
    assert await next_turn(database) == pytest.approx(begins + 4 * 0.6, abs=0.01)


async def next_turn(database: Database) -> float:
    """When the key may be used next, in seconds since 1970."""
    return await database.run(lambda connection: connection.execute(sa.select(api_keys.c.next_at)).scalar_one())


async def test_a_job_that_is_cancelled_before_its_turn_is_not_handed_on(database: Database) -> None:
    """It was taken from the queue already; the others go on."""
    hall = Hall(database)
    await hall.key_store.ensure(["main"])
    await hall.key_store.reserve("main", module._EARLY_SECONDS)
    async with hall:
        cancelled, other = await hall.enter(2)
        await hall.shown.wait_for(lambda frame: frame.phase is JobPhase.SUBMITTING)
        await hall.gone(cancelled)
        assert (await hall.next_called()).id == other.id
        assert hall.called.empty()


async def test_the_line_goes_on_after_errors(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Which are logged once, however many there are."""
    async with Hall(database) as hall:
        hall.line_store.errors.extend([ConnectionError("gone")] * 3)
        with caplog.at_level(logging.INFO, logger=module.__name__):
            [job] = await hall.enter()
            assert (await hall.next_called()).id == job.id
        assert [line.message for line in caplog.records] == ["the line could not be looked at"]
        hall.line_store.errors.append(ConnectionError("gone again"))
        [later] = await hall.enter()
        assert (await hall.next_called()).id == later.id
        assert len(caplog.records) == 2


async def test_nobody_is_called_after_the_end(database: Database) -> None:
    """What waits is left to the next process."""
    async with Hall(database, at_once=1) as hall:
        first, second = await hall.enter(2)
        await hall.next_called()
        await hall.told(second, 1)
    await hall.store.update(first.id, state=JobState.DONE)
    hall.line.wake()
    await asyncio.sleep(0)
    assert hall.called.empty()
    assert list(await hall.line_store.positions(PROCESS)) == [second.id]


async def test_news_in_the_moment_of_the_end_is_no_reason_to_go_on(database: Database) -> None:
    """A line that is told something and closed in one breath ends all the same."""
    async with asyncio.timeout(60), await closed(database) as hall:
        [job] = await hall.enter()
        await hall.told(job, 1)
        while not hall.line._news._waiters:  # type: ignore[attr-defined]  # noqa: ASYNC110  # it waits for news then
            await asyncio.sleep(0)
        hall.line.wake()
