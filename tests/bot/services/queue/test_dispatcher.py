"""The queue dispatcher: dispatching jobs, showing positions, and recovering from errors."""

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
from bot.store import (
    ApiKeyStore,
    Database,
    JobKind,
    JobQueueStore,
    JobRecord,
    JobState,
    JobStore,
    NextJob,
    RunningLimits,
)
from bot.store.db.schema import api_keys
from bot.timings import Timings
from tests.bot.records import new_job, rewritten
from tests.bot.services.one_process import NO_LIMITS, api_key
from tests.bot.services.scripted import Recorder, ScriptedApi

PROCESS = "0"
HOUR = 3600.0
ONLY_EVENTS = Timings(
    capacity_check=HOUR, positions_refresh=HOUR, queue_debounce=0.01, positions_pause=0.0, queue_retry=0.0
)
"""No periodic checks of the queue: only events cause them."""


class WatchedStore(JobQueueStore):
    """Counts reads of positions; `errors` are raised by the next calls, which begin `late` seconds later than they
    should. `meanwhile` runs during a read of positions.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.position_reads = 0
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
        self.position_reads += 1
        found = await super().positions(process)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return found


class DispatcherHarness:
    """A dispatcher with keys that run `at_once` jobs each; records dispatched jobs and shown progress."""

    def __init__(
        self,
        database: Database,
        *,
        keys: tuple[str, ...] = ("main",),
        at_once: int = 1000,
        timings: Timings = ONLY_EVENTS,
    ) -> None:
        self.store, self.queue_store, self.key_store = JobStore(database), WatchedStore(database), ApiKeyStore(database)
        self.names, self.shown = keys, Recorder()
        self.keys = KeyPool([api_key(ScriptedApi(), name, at_once) for name in keys], self.key_store)
        self.dispatched = asyncio.Queue[JobRecord]()
        self.dispatcher = QueueDispatcher(
            self.queue_store,
            self.keys,
            PROCESS,
            presenter=self.shown,
            eta=EtaEstimator(Durations(), self.keys),
            limits=NO_LIMITS,
            timings=timings,
        )

    async def __aenter__(self) -> "DispatcherHarness":
        await self.key_store.ensure(self.names)
        self.dispatcher.start(self.dispatched.put_nowait)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dispatcher.stop()

    async def waiting(self, count: int = 1, kind: JobKind = JobKind.IMAGINE) -> list[JobRecord]:
        """Record this many waiting jobs, oldest first."""
        records = [(await self.store.record(new_job(owner=PROCESS, kind=kind)))[0] for _ in range(count)]
        return [await rewritten(self.store, record.id, state=JobState.WAITING) for record in records]

    async def add(self, count: int = 1) -> list[JobRecord]:
        """Add this many jobs to the queue at the same time."""
        jobs = await self.waiting(count)
        for job in jobs:
            self.dispatcher.add(job)
        return jobs

    async def next_dispatched(self) -> JobRecord:
        return await asyncio.wait_for(self.dispatched.get(), 60)

    async def shown_position(self, job: JobRecord, position: int) -> JobProgress:
        """The progress that showed the job this position, now or later."""
        return await self.shown.wait_for(lambda frame: frame.job.id == job.id and frame.position == position)

    async def cancel(self, *jobs: JobRecord) -> None:
        """Cancel these jobs and remove them from the queue."""
        for job in jobs:
            await rewritten(self.store, job.id, state=JobState.CANCELLED)
        for job in jobs:
            self.dispatcher.remove(job.id)

    def shown_positions(self) -> dict[str, int]:
        """The newest position of each job that was shown since the last call."""
        found = {frame.job.id: frame.position for frame in self.shown.progress if frame.position is not None}
        self.shown.progress.clear()
        return found


async def paused_harness(database: Database, timings: Timings = ONLY_EVENTS) -> DispatcherHarness:
    """A queue whose key is paused."""
    harness = DispatcherHarness(database, timings=timings)
    await harness.key_store.ensure(["main"])
    await harness.key_store.pause("main", 250)
    return harness


async def test_a_job_in_an_empty_queue(database: Database) -> None:
    """A job in an empty queue is dispatched at once, without showing a position."""
    async with DispatcherHarness(database) as harness:
        [job] = await harness.add()
        called = await harness.next_dispatched()
        assert (called.id, called.state, called.key, called.calls) == (job.id, JobState.DISPATCHED, "main", 1)
        assert await harness.store.get(job.id) == called
        assert [(frame.job, frame.phase) for frame in harness.shown.progress] == [(called, JobPhase.SUBMITTING)]
        assert len(harness.dispatcher) == 0


async def test_jobs_are_dispatched_in_order(database: Database) -> None:
    """Several jobs are dispatched in order."""
    async with DispatcherHarness(database) as harness:
        jobs = await harness.add(5)
        assert [(await harness.next_dispatched()).id for _ in jobs] == [job.id for job in jobs]


async def test_each_key_dispatches_up_to_its_limit(database: Database) -> None:
    """Each key dispatches up to its limit, and the remaining job is shown as next."""
    async with DispatcherHarness(database, keys=("main", "second"), at_once=2) as harness:
        *first, last = await harness.add(5)
        called = [await harness.next_dispatched() for _ in first]
        await harness.shown_position(last, 1)
        assert sorted(str(job.key) for job in called) == ["main", "main", "second", "second"]
        assert {job.id for job in called} == {job.id for job in first}
        assert len(harness.dispatcher) == 1


async def test_a_quarantined_key_dispatches_nothing(database: Database) -> None:
    """A quarantined key dispatches no job, and the other one dispatches all."""
    harness = DispatcherHarness(database, keys=("main", "second"))
    await harness.key_store.ensure(harness.names)
    await harness.key_store.quarantine("main", "No credits.", HOUR)
    async with harness:
        jobs = await harness.add(3)
        assert [(await harness.next_dispatched()).key for _ in jobs] == ["second"] * 3


async def test_positions_and_estimates_are_shown(database: Database) -> None:
    """Waiting jobs show their position and a rising estimated time."""
    async with await paused_harness(database) as harness:
        jobs = await harness.add(3)
        frames = [await harness.shown_position(job, position) for position, job in enumerate(jobs, 1)]
        assert [frame.phase for frame in frames] == [JobPhase.WAITING] * 3
        etas = [frame.eta_seconds or 0 for frame in frames]
        assert etas == sorted(set(etas))
        assert etas[0] > 0
        assert harness.dispatched.empty()


async def test_an_estimate_counts_a_pause_of_the_key(database: Database) -> None:
    """While the key may not be used for minutes, no reply promises a picture in less."""
    async with await paused_harness(database) as harness:
        [job] = await harness.add()
        assert ((await harness.shown_position(job, 1)).eta_seconds or 0) > 200


async def test_a_full_queue_at_the_api_is_shown(database: Database) -> None:
    """Jobs in line say that ImaginePro is busy, without an estimate, until one is accepted; FLUX is sent meanwhile."""
    harness = DispatcherHarness(database, timings=replace(ONLY_EVENTS, positions_refresh=0.01))
    await harness.key_store.ensure(["main"])
    await harness.key_store.mark_full("main", "midjourney", 250)
    async with harness:
        [job] = await harness.add()
        shown = await harness.shown_position(job, 1)
        assert (shown.note, shown.eta_seconds) == (module.BUSY, None)
        flux = await harness.waiting(kind=JobKind.FLUX)
        harness.dispatcher.add(flux[0])
        assert (await harness.next_dispatched()).id == flux[0].id
        await harness.key_store.pause("main", 250)
        await harness.key_store.mark_open("main", "midjourney")
        again = await harness.shown.wait_for(lambda frame: frame.job.id == job.id and frame.note is None)
        assert (again.position, (again.eta_seconds or 0) > 0) == (1, True)


async def test_another_key_with_room_is_not_busy(database: Database) -> None:
    """Where a second key has room, jobs are sent with it, and those in line get an estimate."""
    harness = DispatcherHarness(database, keys=("main", "second"), at_once=1)
    await harness.key_store.ensure(harness.names)
    await harness.key_store.mark_full("main", "midjourney", 250)
    async with harness:
        _, waiting = await harness.add(2)
        assert (await harness.next_dispatched()).key == "second"
        assert (await harness.shown_position(waiting, 1)).note is None


async def test_relevant_position_changes_are_shown(database: Database) -> None:
    """A changed position is shown always in front, and far behind only when it changed by a fifth."""
    async with await paused_harness(database) as harness:
        jobs = await harness.add(21)
        await harness.shown_position(jobs[-1], 21)
        assert harness.shown_positions() == {job.id: position for position, job in enumerate(jobs, 1)}
        await harness.cancel(jobs[0])
        await harness.shown_position(jobs[4], 4)
        assert harness.shown_positions() == {job.id: position for position, job in enumerate(jobs[1:5], 1)}
        await harness.cancel(*jobs[1:4])
        await harness.shown_position(jobs[19], 16)
        assert harness.shown_positions() == {job.id: position for position, job in enumerate(jobs[4:20], 1)}


async def test_a_higher_position_is_shown(database: Database) -> None:
    """A job shows a higher position when an older one returns to the queue."""
    async with await paused_harness(database) as harness:
        older, newer = await harness.waiting(2)
        await rewritten(harness.store, older.id, state=JobState.SUBMITTING)
        harness.dispatcher.add(newer)
        await harness.shown_position(newer, 1)
        harness.dispatcher.add(await rewritten(harness.store, older.id, state=JobState.WAITING))
        await harness.shown_position(newer, 2)


async def test_arrivals_are_batched(database: Database) -> None:
    """Jobs that arrive shortly after each other cause one read of positions."""
    async with await paused_harness(database, replace(ONLY_EVENTS, queue_debounce=1.0)) as harness:
        jobs = await harness.waiting(12)
        harness.dispatcher.add(jobs[0])
        await harness.shown_position(jobs[0], 1)
        for job in jobs[1:]:
            harness.dispatcher.add(job)
            await harness.store.get(job.id)
        await harness.shown_position(jobs[-1], 12)
        assert harness.queue_store.position_reads == 2


async def test_positions_are_throttled(database: Database) -> None:
    """Positions are shown at most once per interval; dispatching is not delayed."""
    async with DispatcherHarness(database, at_once=1, timings=replace(ONLY_EVENTS, positions_pause=HOUR)) as harness:
        first, second = await harness.add(2)
        await harness.next_dispatched()
        await harness.shown_position(second, 1)
        [third] = await harness.add()
        await rewritten(harness.store, first.id, state=JobState.DONE)
        harness.dispatcher.wake()
        assert (await harness.next_dispatched()).id == second.id
        await rewritten(harness.store, second.id, state=JobState.DONE)
        harness.dispatcher.wake()
        assert (await harness.next_dispatched()).id == third.id
        assert harness.shown_positions() == {second.id: 1}


async def test_a_removed_job_leaves_the_queue(database: Database) -> None:
    """A removed job leaves the queue, and the others move up."""
    async with await paused_harness(database) as harness:
        leaving, staying = await harness.add(2)
        await harness.shown_position(staying, 2)
        await harness.cancel(leaving)
        await harness.shown_position(staying, 1)
        assert len(harness.dispatcher) == 1


async def test_a_job_that_ended_elsewhere_leaves_the_queue(database: Database) -> None:
    """A job that another process has ended leaves the queue at the next periodic read of positions."""
    async with await paused_harness(database, replace(ONLY_EVENTS, positions_refresh=0.01)) as harness:
        ended, staying = await harness.add(2)
        await harness.shown_position(staying, 2)
        await rewritten(harness.store, ended.id, state=JobState.CANCELLED)
        await harness.shown_position(staying, 1)
        assert len(harness.dispatcher) == 1


async def test_a_job_added_during_a_read_stays(database: Database) -> None:
    """A job that is added while positions are read stays in the queue."""
    async with await paused_harness(database) as harness:
        [back] = await harness.waiting()
        await rewritten(harness.store, back.id, state=JobState.DISPATCHED)

        async def comes_back() -> None:
            harness.dispatcher.remove(back.id)
            harness.dispatcher.add(await rewritten(harness.store, back.id, state=JobState.WAITING))

        harness.queue_store.meanwhile = comes_back
        harness.dispatcher.add(back)
        await harness.shown_position(back, 1)
        assert len(harness.dispatcher) == 1


async def test_a_job_that_ends_during_a_read_is_not_shown(database: Database) -> None:
    """Its reply may show the end already, and a place in the queue would take the end away."""
    async with await paused_harness(database) as harness:
        ending, staying = await harness.waiting(2)

        async def ends() -> None:
            harness.dispatcher.remove(ending.id)

        harness.queue_store.meanwhile = ends
        for job in (ending, staying):
            harness.dispatcher.add(job)
        await harness.shown_position(staying, 2)
        assert list(harness.shown_positions()) == [staying.id]


async def test_wake_dispatches_after_an_end(database: Database) -> None:
    """When a job ends, `wake` dispatches the next one."""
    async with DispatcherHarness(database, at_once=1) as harness:
        first, second = await harness.add(2)
        assert (await harness.next_dispatched()).id == first.id
        await harness.shown_position(second, 1)
        await rewritten(harness.store, first.id, state=JobState.DONE)
        harness.dispatcher.wake()
        assert (await harness.next_dispatched()).id == second.id


async def test_periodic_check_dispatches_after_an_end(database: Database) -> None:
    """When a job ends in another process, the periodic check dispatches the next one."""
    async with DispatcherHarness(database, at_once=1, timings=replace(ONLY_EVENTS, capacity_check=0.01)) as harness:
        first, second = await harness.add(2)
        await harness.next_dispatched()
        await harness.shown_position(second, 1)
        await rewritten(harness.store, first.id, state=JobState.DONE)
        assert (await harness.next_dispatched()).id == second.id


async def test_a_paused_key_dispatches_later(database: Database) -> None:
    """A paused key dispatches after its pause, without an event."""
    harness = DispatcherHarness(database)
    await harness.key_store.ensure(["main"])
    # Longer than a busy machine may take until the first check of the queue.
    await harness.key_store.pause("main", 3)
    async with harness:
        [job] = await harness.add()
        await harness.shown_position(job, 1)
        assert (await harness.next_dispatched()).id == job.id


async def test_late_checks_do_not_delay_the_turns(database: Database) -> None:
    """Jobs are taken before their turns and dispatched at them: checks come late, the turns keep their distance."""
    harness = DispatcherHarness(database)
    [key] = harness.keys.all
    key.rate_limiter = RateLimiter(general_seconds=0.6 - MARGIN_SECONDS)
    await harness.key_store.ensure(["main"])
    await harness.key_store.pause("main", 3)
    begins = await next_turn(database)
    harness.queue_store.late = 0.1
    async with harness:
        jobs = await harness.add(4)
        assert [(await harness.next_dispatched()).id for _ in jobs] == [job.id for job in jobs]
        assert time.time() >= begins + 3 * 0.6 - 0.05
    assert await next_turn(database) == pytest.approx(begins + 4 * 0.6, abs=0.01)


async def next_turn(database: Database) -> float:
    """When the key may be used next, in seconds since 1970."""
    return await database.run(lambda connection: connection.execute(sa.select(api_keys.c.next_at)).scalar_one())


async def test_a_job_cancelled_before_its_turn_is_not_dispatched(database: Database) -> None:
    """A job that is cancelled after it was taken from the queue is not dispatched, and the others are."""
    harness = DispatcherHarness(database)
    await harness.key_store.ensure(["main"])
    await harness.key_store.reserve("main", Timings().dispatch_early)
    async with harness:
        cancelled, other = await harness.add(2)
        await harness.shown.wait_for(lambda frame: frame.phase is JobPhase.SUBMITTING)
        await harness.cancel(cancelled)
        assert (await harness.next_dispatched()).id == other.id
        assert harness.dispatched.empty()


async def test_the_dispatcher_survives_errors(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """The dispatcher continues after errors and logs a series of them once."""
    async with DispatcherHarness(database) as harness:
        harness.queue_store.errors.extend([ConnectionError("gone")] * 3)
        with caplog.at_level(logging.ERROR, logger=module.__name__):
            [job] = await harness.add()
            assert (await harness.next_dispatched()).id == job.id
        assert [line.message for line in caplog.records] == ["the line could not be looked at"]
        harness.queue_store.errors.append(ConnectionError("gone again"))
        [later] = await harness.add()
        assert (await harness.next_dispatched()).id == later.id
        assert len(caplog.records) == 2


async def test_no_dispatch_after_closing(database: Database) -> None:
    """After closing, no job is dispatched, and waiting ones stay in the store."""
    async with DispatcherHarness(database, at_once=1) as harness:
        first, second = await harness.add(2)
        await harness.next_dispatched()
        await harness.shown_position(second, 1)
    await rewritten(harness.store, first.id, state=JobState.DONE)
    harness.dispatcher.wake()
    await asyncio.sleep(0)
    assert harness.dispatched.empty()
    assert list(await harness.queue_store.positions(PROCESS)) == [second.id]


async def test_wake_during_closing(database: Database) -> None:
    """A wake-up while closing does not keep the dispatcher running."""
    async with asyncio.timeout(60), await paused_harness(database) as harness:
        [job] = await harness.add()
        await harness.shown_position(job, 1)
        while not harness.dispatcher._changed._waiters:  # type: ignore[attr-defined]  # noqa: ASYNC110  # it waits for an event then
            await asyncio.sleep(0)
        harness.dispatcher.wake()
