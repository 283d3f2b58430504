"""Heartbeats of a process: takeover, replacement, outages of the database, and the end."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any

import pytest

from bot.services.cluster.heartbeat import Heartbeat
from bot.services.cluster.lease import Lease
from bot.services.cluster.runs import new_run
from bot.store import Database, Interrupted, JobRecord, JobState, JobStore, ProcessStore
from bot.timings import Timings
from tests.bot.records import new_job, rewritten
from tests.bot.services.one_process import silence_passes, until

BEAT = 0.01


class RecordedCalls:
    """Records the heartbeat's callbacks; `take_over` raises the last of `errors`, if any."""

    def __init__(self) -> None:
        self.taken: list[list[str]] = []
        self.from_others: list[list[str]] = []
        self.recoveries = self.busy_at = 0
        self.released_all = 0
        self.shares: list[int] = []
        self.errors: list[Exception] = []
        self.replaced = asyncio.Event()

    async def recover_workflows(self) -> bool:
        self.recoveries += 1
        return self.recoveries != self.busy_at

    async def take_over(self, jobs: Collection[JobRecord], *, from_others: Collection[str]) -> None:
        if self.errors:
            raise self.errors.pop()
        self.from_others.append(sorted(from_others))
        self.taken.append([job.id for job in jobs])

    async def release_all(self) -> None:
        self.released_all += 1

    def share(self, processes: int) -> None:
        self.shares.append(processes)

    async def on_replaced(self) -> None:
        self.replaced.set()


class FaultyStore:
    """A process store whose calls can fail before or after they are executed."""

    def __init__(self, database: Database) -> None:
        self.jobs, self._store = JobStore(database), ProcessStore(database)
        self.before: dict[str, list[Exception]] = {}
        self.after: dict[str, list[Exception]] = {}
        self.calls: list[str] = []
        self.silences: list[float] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            self.calls.append(name)
            self.silences += arguments * (name == "alive")
            _raise_first(self.before.get(name))
            result = await found(*arguments, **options)
            _raise_first(self.after.get(name))
            return result

        return call

    async def remove(self, process: str) -> None:
        """Remove the process, as another one does after too long without a heartbeat."""
        await self._store.leave(process, await self._store.run_of(process) or "")

    async def wait_for_beats(self, number: int) -> None:
        """Wait for this many more heartbeats."""
        wanted = self.calls.count("beat") + number

        async def enough_beats() -> bool:
            return self.calls.count("beat") >= wanted

        await until(enough_beats)


def _raise_first(errors: list[Exception] | None) -> None:
    if errors:
        raise errors.pop()


@pytest.fixture
def processes(database: Database) -> FaultyStore:
    return FaultyStore(database)


@pytest.fixture
def recorded() -> RecordedCalls:
    return RecordedCalls()


Make = Callable[..., Heartbeat]


@pytest.fixture
def make(processes: FaultyStore, recorded: RecordedCalls) -> Make:
    """Makes the heartbeat of process "0"."""

    def made(*, beat: float = BEAT, lease: Lease | None = None) -> Heartbeat:
        store: Any = processes
        return Heartbeat(store, "0", recorded, recorded.on_replaced, timings=Timings(heartbeat=beat), lease=lease)

    return made


@pytest.fixture
async def heartbeat(make: Make) -> AsyncIterator[Heartbeat]:
    async with make() as heartbeat:
        yield heartbeat


async def record_job(store: JobStore, owner: str | None) -> str:
    """Record a running job of this process and return its id."""
    record, _ = await store.record(new_job(owner=owner))
    return (await rewritten(store, record.id, state=JobState.RUNNING)).id


async def takeovers(recorded: RecordedCalls, number: int) -> list[list[str]]:
    """The jobs of each takeover, once there were this many."""

    async def enough() -> bool:
        return len(recorded.taken) >= number

    await until(enough)
    return recorded.taken


async def test_start_takes_own_and_unowned_jobs(store: JobStore, make: Make, recorded: RecordedCalls) -> None:
    """At the start a process takes its own jobs and those without a living owner, in one call."""
    jobs = [await record_job(store, owner) for owner in ("0", "9", None)]
    async with make(beat=3600):
        assert (recorded.taken, recorded.recoveries) == ([jobs], 1)
    assert recorded.shares == [1]


async def test_recovery_is_repeated_while_another_process_does_it(
    store: JobStore, processes: FaultyStore, make: Make, recorded: RecordedCalls
) -> None:
    """Jobs are taken up at once, and the next heartbeat recovers the workflows."""
    recorded.busy_at = 1
    job = await record_job(store, "9")
    async with make():
        assert recorded.taken == [[job]]
        await processes.wait_for_beats(3)
    assert recorded.recoveries == 2


async def test_jobs_of_dead_processes_are_taken_later(
    database: Database, store: JobStore, make: Make, recorded: RecordedCalls
) -> None:
    """Later takeovers contain only the jobs of dead processes, which may still edit their replies."""
    # A beat that is slower than the interval counts as an outage, so the interval is long.
    async with make(beat=0.5):
        await ProcessStore(database).enter("1", "run")
        await record_job(store, "0")
        theirs = await record_job(store, "1")
        await silence_passes(database, "1")
        assert await takeovers(recorded, 1) == [[theirs]]
        assert recorded.from_others == [[theirs]]


async def test_changes_of_the_process_count(database: Database, heartbeat: Heartbeat, recorded: RecordedCalls) -> None:
    """A process learns the number of living processes whenever it changes."""
    other = ProcessStore(database)
    await other.enter("1", "run")

    async def two_alive() -> bool:
        return recorded.shares[-1] == 2

    await until(two_alive)
    await other.leave("1", "run")

    async def one_alive() -> bool:
        return recorded.shares[-1] == 1

    await until(one_alive)
    assert recorded.shares == [1, 2, 1]


async def test_a_removed_process_starts_again(
    make: Make, processes: FaultyStore, recorded: RecordedCalls, caplog: pytest.LogCaptureFixture
) -> None:
    """A removed process releases all jobs, registers again, and takes over its own and unowned jobs."""
    async with make():
        own = await record_job(processes.jobs, "0")
        await processes.remove("0")

        async def release_all() -> bool:
            return recorded.released_all > 0

        await until(release_all)
        await processes.wait_for_beats(2)
    assert (recorded.released_all, recorded.taken[-1]) == (1, [own])
    assert [line.levelname for line in caplog.records if line.name == "bot.services.cluster.heartbeat"] == ["WARNING"]
    assert not recorded.replaced.is_set()


async def test_a_second_process_with_the_same_id_stops_the_first(
    database: Database, make: Make, processes: FaultyStore, recorded: RecordedCalls, caplog: pytest.LogCaptureFixture
) -> None:
    """A second process with the same id makes the first release its jobs, log the setting and stop."""
    async with make():
        await ProcessStore(database).enter("0", "the second one")
        await asyncio.wait_for(recorded.replaced.wait(), 60)
        beats = processes.calls.count("beat")
    assert (recorded.released_all, processes.calls.count("beat")) == (1, beats)
    assert await ProcessStore(database).run_of("0") == "the second one"
    assert "CLUSTER_ID=0" in caplog.text


async def test_the_later_of_two_waits(
    database: Database, make: Make, processes: FaultyStore, recorded: RecordedCalls, caplog: pytest.LogCaptureFixture
) -> None:
    """It touches nothing while another with its id is alive, says so once, and goes on when that one has ended."""
    caplog.set_level(logging.INFO, "bot.services.cluster.heartbeat")
    first = ProcessStore(database)
    assert await first.enter("0", "the first one") is None
    later = make()
    entering = asyncio.create_task(later.__aenter__())

    async def has_tried() -> bool:
        return processes.calls.count("enter") > 3

    await until(has_tried)
    assert not entering.done()
    assert (await first.run_of("0"), recorded.taken) == ("the first one", [])
    await first.leave("0", "the first one")
    await entering
    await later.__aexit__(None, None, None)
    assert [(line.levelname, "CLUSTER_ID=0" in line.getMessage()) for line in caplog.records] == [
        ("WARNING", True),
        ("INFO", True),
    ]


async def test_a_silent_one_is_not_waited_for(database: Database, make: Make) -> None:
    """One that was killed on another machine has its name for as long as its jobs."""
    await ProcessStore(database).enter("0", "the killed one")
    await silence_passes(database, "0")
    async with make():
        assert await ProcessStore(database).run_of("0") != "the killed one"


async def test_an_ended_process_of_this_machine_is_not_waited_for(database: Database, make: Make) -> None:
    """A supervisor that restarts a killed process loses no time."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    ended = new_run().replace(f"-{os.getpid()}-", f"-{child.pid}-")
    await child.wait()
    await ProcessStore(database).enter("0", ended)
    async with make(beat=3600):
        assert await ProcessStore(database).run_of("0") != ended


async def test_an_outage_does_not_make_the_other_one_silent(
    database: Database, make: Make, processes: FaultyStore
) -> None:
    """It could send no heartbeats either, and gets the time for one."""
    first = ProcessStore(database)
    await first.enter("0", "the first one")
    later = make()
    entering = asyncio.create_task(later.__aenter__())
    await until(_tried(processes, 2))
    processes.before["enter"] = [RuntimeError("away")]
    await until(_tried(processes, 4))
    await silence_passes(database, "0")
    await until(_tried(processes, 8))
    assert not entering.done()
    await first.leave("0", "the first one")
    await entering
    await later.__aexit__(None, None, None)


def _tried(processes: FaultyStore, times: int) -> Callable[[], Awaitable[bool]]:
    async def enough() -> bool:
        return processes.calls.count("enter") >= times

    return enough


async def test_unregistered_at_the_end(database: Database, make: Make) -> None:
    """A process that ends unregisters at once."""
    async with make():
        assert await ProcessStore(database).alive(8) == ["0"]
    assert await ProcessStore(database).alive(8) == []


async def test_failing_unregistration(make: Make, processes: FaultyStore, caplog: pytest.LogCaptureFixture) -> None:
    """A failing unregistration is logged and does not block the end."""
    processes.before["leave"] = [RuntimeError("away")]
    async with make():
        pass
    assert "could not be told" in caplog.text


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["beat", "alive", "take_over", "owned"])
async def test_a_failing_heartbeat_is_made_up_for(
    make: Make, processes: FaultyStore, recorded: RecordedCalls, name: str, when: str
) -> None:
    """After a failing heartbeat the next one checks all jobs, so none is missed."""
    async with make():
        await processes.wait_for_beats(1)
        getattr(processes, when)[name] = [RuntimeError("away")]
        stray = await record_job(processes.jobs, "9")

        async def taken_over() -> bool:
            return any(stray in jobs for jobs in recorded.taken)

        await until(taken_over)
        await processes.wait_for_beats(2)


async def test_a_failing_takeover_is_repeated(
    store: JobStore, make: Make, processes: FaultyStore, recorded: RecordedCalls
) -> None:
    """A failing takeover is repeated with all of the process's jobs."""
    async with make():
        await processes.wait_for_beats(1)
        recorded.errors = [RuntimeError("the engine is away")]
        own, stray = await record_job(store, "0"), await record_job(store, "9")
        assert (await takeovers(recorded, 1))[0] == [own, stray]


async def test_recheck_all(store: JobStore, heartbeat: Heartbeat, recorded: RecordedCalls) -> None:
    """`recheck_all` makes the next heartbeat take over all own jobs once."""
    own = await record_job(store, "0")
    heartbeat.recheck_all()
    assert (await takeovers(recorded, 1))[0] == [own]
    heartbeat.recheck_all()
    assert await takeovers(recorded, 2) == [[own], [own]]


async def test_start_during_an_outage(
    store: JobStore, make: Make, processes: FaultyStore, recorded: RecordedCalls
) -> None:
    """When the database goes away in the middle of a start, jobs are taken with the next heartbeat."""
    own = await record_job(store, "0")
    processes.before["take_over"] = [Interrupted()]
    async with make():
        assert (await takeovers(recorded, 1))[0] == [own]
    processes.before["take_over"] = [RuntimeError("broken")]
    with pytest.raises(RuntimeError, match="broken"):
        await make().__aenter__()


@pytest.mark.parametrize(("error", "lines"), [(Interrupted(), 0), (RuntimeError("broken"), 1)])
async def test_no_removal_after_a_database_error(
    make: Make, processes: FaultyStore, error: Exception, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    """After a database error no process is removed at the next heartbeat; only real errors are logged."""
    async with make():
        await processes.wait_for_beats(1)
        processes.before["take_over"] = [error]
        await processes.wait_for_beats(3)
    assert processes.silences[0] == 8.0
    assert processes.silences[-1] == float("inf")
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == lines


async def test_lease_lasts_as_long_as_the_heartbeats(make: Make, processes: FaultyStore) -> None:
    """Each extends it from the moment it was sent; at the end it is given up before the others may take over."""
    lease = Lease(60.0)
    assert not lease.is_valid
    async with make(lease=lease):
        assert lease.is_valid
        await processes.wait_for_beats(2)
        assert (lease.is_valid, lease.term) == (True, 0)
        processes.before["leave"] = [RuntimeError("away")]
    assert (lease.is_valid, lease.term) == (False, 1)


async def test_lease_ends_without_heartbeats(make: Make, processes: FaultyStore) -> None:
    """A process that can't reach the database may have lost its jobs, whatever it remembers."""
    lease = Lease(0.05)
    async with make(lease=lease):
        processes.before["beat"] = [RuntimeError("away") for _ in range(10**4)]

        async def has_ended() -> bool:
            return not lease.is_valid

        await until(has_ended)


async def test_a_removed_process_has_a_new_term(make: Make, processes: FaultyStore, recorded: RecordedCalls) -> None:
    """What it remembers of its jobs may be outdated, although it takes some of them up again."""
    lease = Lease(60.0)
    async with make(lease=lease):
        await processes.remove("0")

        async def has_entered_again() -> bool:
            return recorded.released_all > 0 and lease.is_valid

        await until(has_entered_again)
        assert lease.term == 1


async def test_lasting_failure_is_logged_once(
    make: Make, processes: FaultyStore, caplog: pytest.LogCaptureFixture
) -> None:
    """The heartbeats go on, with one line when they work again."""
    caplog.set_level(logging.INFO, "bot.services.cluster.heartbeat")
    async with make():
        await processes.wait_for_beats(1)
        processes.before["alive"] = [RuntimeError("broken") for _ in range(5)]
        await processes.wait_for_beats(8)
    levels = [line.levelname for line in caplog.records if line.name == "bot.services.cluster.heartbeat"]
    assert levels == ["ERROR", "INFO"]
