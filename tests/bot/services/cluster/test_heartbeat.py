"""Being one of several processes: given up, replaced, patient while the database is away, and gone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

import pytest

from bot.services.cluster.heartbeat import Heartbeat
from bot.store import Database, Interrupted, JobRecord, JobState, JobStore, ProcessStore
from bot.timings import Timings
from tests.bot.records import new_job
from tests.bot.services.one_process import silence_passes, until

BEAT = 0.01


class Seen:
    """Remembers what became of the processes; the first of `errors` is raised when jobs are to be taken up."""

    def __init__(self) -> None:
        self.taken: list[list[str]] = []
        self.recoveries = 0
        self.let_go_of_all = 0
        self.shares: list[int] = []
        self.errors: list[Exception] = []
        self.replaced = asyncio.Event()

    async def recover_workflows(self) -> None:
        self.recoveries += 1

    async def take_over(self, jobs: Collection[JobRecord]) -> None:
        if self.errors:
            raise self.errors.pop()
        self.taken.append([job.id for job in jobs])

    async def release_all(self) -> None:
        self.let_go_of_all += 1

    def share(self, processes: int) -> None:
        self.shares.append(processes)

    async def told_replaced(self) -> None:
        self.replaced.set()


class Faulty:
    """A store of processes that has troubles with some of its calls, before they are done or after."""

    def __init__(self, database: Database) -> None:
        self.jobs, self._store = JobStore(database), ProcessStore(database)
        self.before: dict[str, list[Exception]] = {}
        self.after: dict[str, list[Exception]] = {}
        self.calls: list[str] = []
        self.silences: list[float] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)

        async def call(*arguments: Any) -> Any:
            self.calls.append(name)
            self.silences += arguments * (name == "alive")
            _raise_first(self.before.get(name))
            result = await found(*arguments)
            _raise_first(self.after.get(name))
            return result

        return call

    async def gives_up(self, process: str) -> None:
        """Do what another process does once it has heard nothing of this one for too long."""
        await self._store.leave(process, await self._store.run_of(process) or "")

    async def beats(self, number: int) -> None:
        """Return when so many more beats have been heard."""
        wanted = self.calls.count("beat") + number

        async def heard() -> bool:
            return self.calls.count("beat") >= wanted

        await until(heard)


def _raise_first(errors: list[Exception] | None) -> None:
    if errors:
        raise errors.pop()


@pytest.fixture
def faulty(database: Database) -> Faulty:
    return Faulty(database)


@pytest.fixture
def seen() -> Seen:
    return Seen()


Make = Callable[..., Heartbeat]


@pytest.fixture
def make(faulty: Faulty, seen: Seen) -> Make:
    """Makes the process "0"."""

    def made(*, beat: float = BEAT) -> Heartbeat:
        store: Any = faulty
        return Heartbeat(store, "0", seen, seen.told_replaced, timings=Timings(heartbeat=beat))

    return made


@pytest.fixture
async def presence(make: Make) -> AsyncIterator[Heartbeat]:
    async with make() as presence:
        yield presence


async def kept(store: JobStore, owner: str | None) -> str:
    """An open job of this process."""
    record, _ = await store.record(new_job(owner=owner))
    return (await store.update(record.id, state=JobState.RUNNING)).id


async def taken(seen: Seen, number: int) -> list[list[str]]:
    """What was taken up, once that has happened so often."""

    async def enough() -> bool:
        return len(seen.taken) >= number

    await until(enough)
    return seen.taken


async def test_a_start_takes_up_its_own_jobs_and_stray_ones(store: JobStore, make: Make, seen: Seen) -> None:
    """In one go, before anything else happens, and told who else is alive."""
    jobs = [await kept(store, owner) for owner in ("0", "9", None)]
    async with make(beat=3600):
        assert (seen.taken, seen.recoveries) == ([jobs], 1)
    assert seen.shares == [1]


async def test_what_others_leave_is_taken_up_later(database: Database, store: JobStore, make: Make, seen: Seen) -> None:
    """Once they are missed; only what is theirs, for the own jobs are in good hands."""
    # A database that takes longer than a beat counts as one that was away.
    async with make(beat=0.5):
        await ProcessStore(database).enter("1", "run")
        await kept(store, "0")
        theirs = await kept(store, "1")
        await silence_passes(database, "1")
        assert await taken(seen, 1) == [[theirs]]


async def test_everybody_has_a_share(database: Database, presence: Heartbeat, seen: Seen) -> None:
    """Told when the number of the living changes, and not otherwise."""
    other = ProcessStore(database)
    await other.enter("1", "run")

    async def told() -> bool:
        return seen.shares[-1] == 2

    await until(told)
    await other.leave("1", "run")

    async def told_again() -> bool:
        return seen.shares[-1] == 1

    await until(told_again)
    assert seen.shares == [1, 2, 1]


async def test_who_was_given_up_lets_go_and_begins_anew(
    make: Make, faulty: Faulty, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    """Others have its jobs now; it does nothing more for them, and takes up what is its own or stray after that."""
    async with make():
        own = await kept(faulty.jobs, "0")
        await faulty.gives_up("0")

        async def release_all() -> bool:
            return seen.let_go_of_all > 0

        await until(release_all)
        await faulty.beats(2)
    assert (seen.let_go_of_all, seen.taken[-1]) == (1, [own])
    assert [line.levelname for line in caplog.records if line.name == "bot.services.cluster.heartbeat"] == ["WARNING"]
    assert not seen.replaced.is_set()


async def test_a_second_process_of_the_same_name_stops_the_first(
    database: Database, make: Make, faulty: Faulty, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    """The first one lets go, says which setting is wrong, ends, and leaves the name to the second."""
    async with make():
        await ProcessStore(database).enter("0", "the second one")
        await asyncio.wait_for(seen.replaced.wait(), 60)
        beats = faulty.calls.count("beat")
    assert (seen.let_go_of_all, faulty.calls.count("beat")) == (1, beats)
    assert await ProcessStore(database).run_of("0") == "the second one"
    assert "CLUSTER_ID=0" in caplog.text


async def test_an_end_is_told_at_once(database: Database, make: Make) -> None:
    """The others need not wait until it is missed."""
    async with make():
        assert await ProcessStore(database).alive(8) == ["0"]
    assert await ProcessStore(database).alive(8) == []


async def test_an_end_does_not_wait_for_the_database(
    make: Make, faulty: Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    """A line in the log, and it is over."""
    faulty.before["leave"] = [RuntimeError("away")]
    async with make():
        pass
    assert "could not be told" in caplog.text


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["beat", "alive", "take_over", "owned"])
async def test_a_look_that_breaks_off_is_made_up_for(
    make: Make, faulty: Faulty, seen: Seen, name: str, when: str
) -> None:
    """What was done though nobody heard of it is found at the next beat, by looking at all."""
    async with make():
        await faulty.beats(1)
        getattr(faulty, when)[name] = [RuntimeError("away")]
        stray = await kept(faulty.jobs, "9")

        async def all_of_it() -> bool:
            return any(stray in jobs for jobs in seen.taken)

        await until(all_of_it)
        await faulty.beats(2)


async def test_jobs_that_could_not_be_taken_up_are_taken_up_again(
    store: JobStore, make: Make, faulty: Faulty, seen: Seen
) -> None:
    """All that are its own, for some may have been taken up and some not."""
    async with make():
        await faulty.beats(1)
        seen.errors = [RuntimeError("the engine is away")]
        own, stray = await kept(store, "0"), await kept(store, "9")
        assert (await taken(seen, 1))[0] == [own, stray]


async def test_something_missed_makes_it_look_at_all(store: JobStore, presence: Heartbeat, seen: Seen) -> None:
    """Once, at the next beat."""
    own = await kept(store, "0")
    presence.recheck_all()
    assert (await taken(seen, 1))[0] == [own]
    presence.recheck_all()
    assert await taken(seen, 2) == [[own], [own]]


@pytest.mark.parametrize(("error", "lines"), [(Interrupted(), 0), (RuntimeError("broken"), 1)])
async def test_who_could_not_be_heard_is_not_given_up(
    make: Make, faulty: Faulty, error: Exception, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    """After a trouble with the database the others get the time to be heard first. An outage is told elsewhere."""
    async with make():
        await faulty.beats(1)
        faulty.before["take_over"] = [error]
        await faulty.beats(3)
    assert faulty.silences[0] == 8.0
    assert faulty.silences[-1] == float("inf")
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == lines
