"""Scheduling of polls: fairness, rate, nudges and deadlines."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.imaginepro import Job, JobStatus
from bot.services.tracker import Durations, Overdue, Tracker, polled_job
from tests.bot.services.scripted import done, record
from tests.bot.services.tracker.scripted_polls import ScriptedApi, cancel_all, follow_task, in_an_hour, job, sleep_until
from tests.support.virtual_time import in_virtual_time

HALF = record(percent=50)
QUEUED = record(JobStatus.QUEUED)
ROUNDING = 1e-3


class FollowedJobs:
    """Many jobs followed at once, with the times of their polls."""

    def __init__(self, source: ScriptedApi, number: int, *, reads_per_second: float = 8.0) -> None:
        self.source = source
        self.tracker = Tracker(source, reads_per_second=reads_per_second)
        self.jobs = [follow_task(self.tracker, job(f"remote-{n}")) for n in range(number)]

    async def read_for(self, seconds: float) -> list[tuple[float, str]]:
        """All polls until these seconds have passed; then following stops."""
        await sleep_until(seconds, after=asyncio.get_running_loop().time())
        await cancel_all(*self.jobs)
        return self.source.polls


def gaps(asked: list[tuple[float, str]]) -> list[float]:
    """Seconds between consecutive polls of any job."""
    return [later - earlier for (earlier, _), (later, _) in pairwise(asked)]


def longest_waits(asked: list[tuple[float, str]], until: float) -> dict[str, float]:
    """The longest time without a poll, for each job."""
    times: dict[str, list[float]] = {}
    for time, remote_id in asked:
        times.setdefault(remote_id, [0.0]).append(time)
    return {each: max(b - a for a, b in pairwise([*polls, until])) for each, polls in times.items()}


class MixedProgress(ScriptedApi):
    """Jobs with different progress; None means queued."""

    def __init__(self, percents: list[int | None]) -> None:
        super().__init__(HALF)
        self._percents = percents

    async def progress(self, message_id: str) -> Job:
        await super().progress(message_id)
        percent = self._percents[int(message_id.rpartition("-")[2]) % len(self._percents)]
        return QUEUED if percent is None else record(percent=percent)


class AlwaysChanging(ScriptedApi):
    """Jobs that change with every poll and whose end can't be estimated."""

    async def progress(self, message_id: str) -> Job:
        await super().progress(message_id)
        return record(image_url=f"https://cdn.imaginepro.ai/{len(self.polls)}.webp")


class OneAtATime(ScriptedApi):
    """The first job follows the answers, the others are queued."""

    async def progress(self, message_id: str) -> Job:
        found = await super().progress(message_id)
        return found if message_id == "remote-0" else QUEUED


class NeverAnswers(ScriptedApi):
    """Never answers polls of one job."""

    def __init__(self, silent_id: str = "remote") -> None:
        super().__init__(HALF)
        self._deaf = silent_id

    async def progress(self, message_id: str) -> Job:
        found = await super().progress(message_id)
        await (asyncio.Event().wait() if message_id == self._deaf else asyncio.sleep(1))
        return found


@settings(max_examples=25, deadline=None)
@given(
    number=st.integers(1, 150),
    reads_per_second=st.sampled_from([0.5, 2.0, 8.0, 40.0]),
    percents=st.lists(st.none() | st.integers(0, 99), min_size=1, max_size=5),
)
def test_polls_are_fair_and_limited(number: int, reads_per_second: float, percents: list[int | None]) -> None:
    """Polls are evenly spaced, and no job waits longer than a few times its share, for any progress."""
    share = number / reads_per_second
    duration = 60 + 10 * share

    async def run() -> list[tuple[float, str]]:
        return await FollowedJobs(MixedProgress(percents), number, reads_per_second=reads_per_second).read_for(duration)

    asked = in_virtual_time(run())
    waits = longest_waits(asked, duration)
    assert min(gaps(asked), default=1 / reads_per_second) >= 1 / reads_per_second - ROUNDING
    assert len(waits) == number
    assert max(waits.values()) <= max(30 + share, 4.5 * share)


def test_equal_jobs_are_polled_in_turn() -> None:
    """A thousand equal jobs are polled in turn, using the full rate."""

    async def run() -> list[tuple[float, str]]:
        return await FollowedJobs(AlwaysChanging(HALF), 1000).read_for(500)

    asked = in_virtual_time(run())
    times = Counter(remote_id for _, remote_id in asked)
    assert len(asked) == pytest.approx(8 * 497, abs=10)
    assert set(times.values()) <= {3, 4}


def test_a_changed_rate_takes_effect() -> None:
    """A changed poll rate takes effect at once."""

    async def run() -> list[int]:
        followed, counted = FollowedJobs(AlwaysChanging(HALF), 200), list[int]()
        for rate in (8.0, 4.0, 16.0):
            followed.tracker.reads_per_second = rate
            before, begin = len(followed.source.polls), asyncio.get_running_loop().time()
            await sleep_until(100, after=begin)
            counted.append(len(followed.source.polls) - before)
        await cancel_all(*followed.jobs)
        assert followed.tracker.reads_per_second == 16.0
        return counted

    assert in_virtual_time(run()) == [pytest.approx(n, rel=0.05) for n in (800, 400, 1600)]


def test_a_slow_answer_does_not_delay_others() -> None:
    """A poll that never returns does not delay other jobs."""

    async def run() -> list[tuple[float, str]]:
        return await FollowedJobs(NeverAnswers("remote-0"), 10).read_for(60)

    times = Counter(remote_id for _, remote_id in in_virtual_time(run()))
    assert times.pop("remote-0") == 1
    assert len(times) == 9
    assert min(times.values()) >= 5


def test_open_polls_are_limited() -> None:
    """At most a hundred polls are open at once, and polling continues when they return."""

    class Hanging(ScriptedApi):
        held = asyncio.Event()

        async def progress(self, message_id: str) -> Job:
            found = await super().progress(message_id)
            await self.held.wait()
            return found

    async def run() -> tuple[int, int]:
        source = Hanging(HALF)
        source.held = asyncio.Event()
        followed = FollowedJobs(source, 300)
        await sleep_until(120)
        hanging = len(source.polls)
        source.held.set()
        return hanging, len(await followed.read_for(60))

    hanging, after = in_virtual_time(run())
    assert hanging == 100
    assert after > 500


def test_a_nudged_job_is_polled_first() -> None:
    """A nudged job is polled before all others; an unknown one is ignored."""

    async def run() -> list[str]:
        followed = FollowedJobs(ScriptedApi(HALF), 1000)
        await sleep_until(300)
        before = len(followed.source.polls)
        followed.tracker.nudge("remote-7")
        followed.tracker.nudge("nobody")
        return [remote_id for _, remote_id in (await followed.read_for(1))[before:]]

    assert "remote-7" in in_virtual_time(run())[:2]


def test_nudges_leave_half_of_the_polls() -> None:
    """Many nudged jobs leave the others at least half of the polls."""

    async def run() -> Counter[bool]:
        followed = FollowedJobs(ScriptedApi(HALF), 400)
        for _ in range(40):
            for n in range(300):
                followed.tracker.nudge(f"remote-{n}")
            await sleep_until(2, after=asyncio.get_running_loop().time())
        return Counter(int(each.rpartition("-")[2]) < 300 for _, each in await followed.read_for(0))

    times = in_virtual_time(run())
    assert times[False] >= 100


def test_a_nudge_during_a_poll_causes_another() -> None:
    """Nudges during a poll cause one more poll, as its answer may be older."""

    class Slow(ScriptedApi):
        async def progress(self, message_id: str) -> Job:
            found = await super().progress(message_id)
            await asyncio.sleep(1)
            return found

    async def run() -> list[float]:
        source = Slow(HALF)
        tracker = Tracker(source, pause=30)
        following = follow_task(tracker, job())
        await source.reading.wait()
        for _ in range(5):
            tracker.nudge("remote")
        await sleep_until(10, after=asyncio.get_running_loop().time())
        await cancel_all(following)
        return source.times()

    first, second = in_virtual_time(run())
    assert second - first == pytest.approx(1, abs=ROUNDING)


def test_repeated_nudges_are_limited() -> None:
    """Repeated nudges do not flood the API."""

    async def run() -> int:
        source = ScriptedApi(HALF)
        tracker = Tracker(source)
        following = follow_task(tracker, job())
        await asyncio.sleep(1)
        for _ in range(600):
            tracker.nudge("remote")
            await asyncio.sleep(0.1)
        await cancel_all(following)
        return len(source.polls)

    assert in_virtual_time(run()) <= 51


def test_the_next_queued_job_is_polled_after_an_end() -> None:
    """When a job ends, only the next in the queue is polled, as it may have started."""

    async def run() -> list[str]:
        source = OneAtATime(HALF)
        durations = Durations()
        for _ in range(3):
            durations.note("imagine", 300)
        tracker = Tracker(source, durations=durations)
        jobs = []
        for n in range(4):
            jobs.append(follow_task(tracker, job(f"remote-{n}")))
            await asyncio.sleep(0.5)
        await sleep_until(200)
        source.answers[:], before = [done()], len(source.polls)
        tracker.nudge("remote-0")
        await jobs[0]
        await asyncio.sleep(1)
        await cancel_all(*jobs)
        return [each for _, each in source.polls[before:]]

    assert in_virtual_time(run()) == ["remote-0", "remote-1"]


def test_oldest_jobs_are_polled_first_after_a_restart() -> None:
    """After a restart the oldest jobs are polled first, as they may have ended."""

    async def run() -> list[str]:
        source = ScriptedApi(HALF)
        tracker = Tracker(source)
        ages = {"new": 0.0, "late": 100.0, "later": 500.0, "latest": 900.0}
        jobs = [follow_task(tracker, job(name, age=age)) for name, age in ages.items()]
        await sleep_until(3.5)
        await cancel_all(*jobs)
        return [each for _, each in source.polls[:4]]

    assert in_virtual_time(run()) == ["latest", "later", "late", "new"]


async def test_a_cancelled_follow_leaves_nothing() -> None:
    """A cancelled follow leaves no poll, timer or task."""

    source = NeverAnswers()
    tracker = Tracker(source, pause=0.001)
    others = asyncio.all_tasks()
    following = follow_task(tracker, job())
    await source.reading.wait()
    await cancel_all(following)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == others
    assert tracker._timer._timer is None
    assert not tracker._polled


async def test_a_cancelled_poll_ends_the_follow() -> None:
    """Cancelling the poll's task ends the follow."""
    source = NeverAnswers()
    others = asyncio.all_tasks()
    following = follow_task(Tracker(source, pause=0.001), job())
    await source.reading.wait()
    [reading] = asyncio.all_tasks() - others - {following}
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following


def test_no_poll_after_the_deadline() -> None:
    """The deadline is read again before each poll, and nothing is polled after it."""

    async def run() -> int:
        source, deadlines = ScriptedApi(HALF), [datetime.now(UTC), in_an_hour(), in_an_hour()]
        with pytest.raises(Overdue, match="longer than it may"):
            await Tracker(source).follow(job(until=deadlines.pop))
        return len(source.polls)

    assert in_virtual_time(run()) == 1


@pytest.mark.parametrize("number", [1, 2000])
def test_a_deadline_is_noticed_on_time(number: int) -> None:
    """A deadline is noticed on time, even when polls of the job are rare."""

    async def run() -> float:
        followed = FollowedJobs(ScriptedApi(HALF), number - 1)
        end = datetime.now(UTC) + timedelta(minutes=10)
        with pytest.raises(Overdue):
            await followed.tracker.follow(job(until=lambda: end))
        time = asyncio.get_running_loop().time()
        await cancel_all(*followed.jobs)
        return time

    assert in_virtual_time(run()) == pytest.approx(600, abs=1)


@pytest.mark.parametrize("later", [-30, 60])
def test_a_nudge_applies_a_changed_deadline(later: int) -> None:
    """A nudge makes a changed deadline take effect, as after a cancel."""

    async def run() -> float:
        ends = [datetime.now(UTC) + timedelta(seconds=later), in_an_hour()]
        tracker = Tracker(ScriptedApi(HALF), pause=600)
        following = follow_task(tracker, job(until=lambda: ends[-1]))
        await sleep_until(100)
        ends.pop()
        tracker.nudge("remote")
        with pytest.raises(Overdue):
            await following
        return asyncio.get_running_loop().time()

    assert in_virtual_time(run()) == pytest.approx(100 + max(0, later), abs=1)


@pytest.mark.parametrize("shift", [timedelta(days=-2), timedelta(days=2)])
def test_a_clock_change_has_no_effect(monkeypatch: pytest.MonkeyPatch, shift: timedelta) -> None:
    """A change of the system clock affects neither polls nor deadlines."""

    class ShiftedClock:
        offset = timedelta(0)

        @classmethod
        def now(cls, zone: object) -> datetime:
            return datetime.now(UTC) + cls.offset

    async def run(offset: timedelta) -> tuple[int, float]:
        source, ShiftedClock.offset = ScriptedApi(HALF), timedelta(0)
        end = datetime.now(UTC) + timedelta(minutes=10)
        following = follow_task(Tracker(source), job(until=lambda: end))
        await sleep_until(60)
        ShiftedClock.offset = offset
        with pytest.raises(Overdue):
            await following
        return len(source.polls), round(asyncio.get_running_loop().time())

    monkeypatch.setattr(polled_job, "datetime", ShiftedClock)
    assert in_virtual_time(run(shift)) == in_virtual_time(run(timedelta(0)))
