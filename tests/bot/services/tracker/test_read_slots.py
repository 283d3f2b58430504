"""When jobs are read: few of them, more than there are reads, those in a hurry, and those whose time is over."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.imaginepro import Job, JobStatus
from bot.services.tracker import Durations, Overdue, Tracker
from bot.services.tracker import polled_job as followed
from tests.bot.services.scripted import done, record
from tests.bot.services.tracker.tracked import Source, begun, ended, in_an_hour, job, passes
from tests.support.virtual_time import in_virtual_time

HALF = record(percent=50)
QUEUED = record(JobStatus.QUEUED)
ROUNDING = 1e-3


class Crowd:
    """So many jobs that are followed at once, and who was read when."""

    def __init__(self, source: Source, number: int, *, reads_per_second: float = 8.0) -> None:
        self.source = source
        self.tracker = Tracker(source, reads_per_second=reads_per_second)
        self.jobs = [begun(self.tracker, job(f"remote-{n}")) for n in range(number)]

    async def read_for(self, seconds: float) -> list[tuple[float, str]]:
        """Every read of the next seconds; then nobody is followed any more."""
        await passes(seconds, after=asyncio.get_running_loop().time())
        await ended(*self.jobs)
        return self.source.asked


def gaps(asked: list[tuple[float, str]]) -> list[float]:
    """Seconds between one read and the next, of whichever job."""
    return [later - earlier for (earlier, _), (later, _) in pairwise(asked)]


def longest_waits(asked: list[tuple[float, str]], until: float) -> dict[str, float]:
    """For each job the longest time it was not read."""
    times: dict[str, list[float]] = {}
    for moment, remote_id in asked:
        times.setdefault(remote_id, [0.0]).append(moment)
    return {each: max(b - a for a, b in pairwise([*moments, until])) for each, moments in times.items()}


class Mixed(Source):
    """Jobs that stand differently: some wait, some have just begun, some are about to end, some can't be told."""

    def __init__(self, percents: list[int | None]) -> None:
        super().__init__(HALF)
        self._percents = percents

    async def progress(self, message_id: str) -> Job:
        await super().progress(message_id)
        percent = self._percents[int(message_id.rpartition("-")[2]) % len(self._percents)]
        return QUEUED if percent is None else record(percent=percent)


class Lively(Source):
    """Jobs of which every read shows something new, and nothing tells when they end."""

    async def progress(self, message_id: str) -> Job:
        await super().progress(message_id)
        return record(image_url=f"https://cdn.imaginepro.ai/{len(self.asked)}.webp")


class OneAtATime(Source):
    """The first job runs as the answers say, the others wait."""

    async def progress(self, message_id: str) -> Job:
        found = await super().progress(message_id)
        return found if message_id == "remote-0" else QUEUED


class Deaf(Source):
    """Never answers for this job."""

    def __init__(self, deaf: str = "remote") -> None:
        super().__init__(HALF)
        self._deaf = deaf

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
def test_no_job_starves_and_no_second_sees_too_many_reads(
    number: int, reads_per_second: float, percents: list[int | None]
) -> None:
    """However they stand: reads are evenly spaced, and none waits longer than a few times its even share."""
    share = number / reads_per_second
    duration = 60 + 10 * share

    async def story() -> list[tuple[float, str]]:
        return await Crowd(Mixed(percents), number, reads_per_second=reads_per_second).read_for(duration)

    asked = in_virtual_time(story())
    waits = longest_waits(asked, duration)
    assert min(gaps(asked), default=1 / reads_per_second) >= 1 / reads_per_second - ROUNDING
    assert len(waits) == number
    assert max(waits.values()) <= max(30 + share, 4.5 * share)


def test_too_many_jobs_alike_are_read_evenly() -> None:
    """A thousand for eight reads a second: no read is left out, and none is read twice before all were read once."""

    async def story() -> list[tuple[float, str]]:
        return await Crowd(Lively(HALF), 1000).read_for(500)

    asked = in_virtual_time(story())
    times = Counter(remote_id for _, remote_id in asked)
    assert len(asked) == pytest.approx(8 * 497, abs=10)
    assert set(times.values()) <= {3, 4}


def test_fewer_reads_are_taken_as_soon_as_that_is_said() -> None:
    """Another process has come, or gone."""

    async def story() -> list[int]:
        crowd, counted = Crowd(Lively(HALF), 200), list[int]()
        for rate in (8.0, 4.0, 16.0):
            crowd.tracker.reads_per_second = rate
            before, begin = len(crowd.source.asked), asyncio.get_running_loop().time()
            await passes(100, after=begin)
            counted.append(len(crowd.source.asked) - before)
        await ended(*crowd.jobs)
        assert crowd.tracker.reads_per_second == 16.0
        return counted

    assert in_virtual_time(story()) == [pytest.approx(n, rel=0.05) for n in (800, 400, 1600)]


def test_a_slow_answer_stops_nobody_else() -> None:
    """One job's answers never come; the others are read as if it were not there."""

    async def story() -> list[tuple[float, str]]:
        return await Crowd(Deaf("remote-0"), 10).read_for(60)

    times = Counter(remote_id for _, remote_id in in_virtual_time(story()))
    assert times.pop("remote-0") == 1
    assert len(times) == 9
    assert min(times.values()) >= 5


def test_an_api_that_hangs_is_not_asked_without_end() -> None:
    """A hundred answers are waited for, and no more; when they come, reading goes on."""

    class Hanging(Source):
        held = asyncio.Event()

        async def progress(self, message_id: str) -> Job:
            found = await super().progress(message_id)
            await self.held.wait()
            return found

    async def story() -> tuple[int, int]:
        source = Hanging(HALF)
        source.held = asyncio.Event()
        crowd = Crowd(source, 300)
        await passes(120)
        hanging = len(source.asked)
        source.held.set()
        return hanging, len(await crowd.read_for(60))

    hanging, after = in_virtual_time(story())
    assert hanging == 100
    assert after > 500


def test_a_nudged_job_goes_before_all_others() -> None:
    """A cancelled job, or one that ended as an event said; once more if that came while it was being read."""

    async def story() -> list[str]:
        crowd = Crowd(Source(HALF), 1000)
        await passes(300)
        before = len(crowd.source.asked)
        crowd.tracker.nudge("remote-7")
        crowd.tracker.nudge("nobody")
        return [remote_id for _, remote_id in (await crowd.read_for(1))[before:]]

    assert "remote-7" in in_virtual_time(story())[:2]


def test_however_many_are_nudged_the_others_have_every_second_read() -> None:
    """Three hundred nudges again and again do not stop the rest."""

    async def story() -> Counter[bool]:
        crowd = Crowd(Source(HALF), 400)
        for _ in range(40):
            for n in range(300):
                crowd.tracker.nudge(f"remote-{n}")
            await passes(2, after=asyncio.get_running_loop().time())
        return Counter(int(each.rpartition("-")[2]) < 300 for _, each in await crowd.read_for(0))

    times = in_virtual_time(story())
    assert times[False] >= 100


def test_a_nudge_during_a_read_is_one_more_read() -> None:
    """What the answer says may be older than what the nudge was about."""

    class Slow(Source):
        async def progress(self, message_id: str) -> Job:
            found = await super().progress(message_id)
            await asyncio.sleep(1)
            return found

    async def story() -> list[float]:
        source = Slow(HALF)
        tracker = Tracker(source, pause=30)
        following = begun(tracker, job())
        await source.reading.wait()
        for _ in range(5):
            tracker.nudge("remote")
        await passes(10, after=asyncio.get_running_loop().time())
        await ended(following)
        return source.times()

    first, second = in_virtual_time(story())
    assert second - first == pytest.approx(1, abs=ROUNDING)


def test_repeated_nudges_are_not_a_flood() -> None:
    """An event may be repeated any number of times."""

    async def story() -> int:
        source = Source(HALF)
        tracker = Tracker(source)
        following = begun(tracker, job())
        await asyncio.sleep(1)
        for _ in range(600):
            tracker.nudge("remote")
            await asyncio.sleep(0.1)
        await ended(following)
        return len(source.asked)

    assert in_virtual_time(story()) <= 51


def test_when_one_ends_the_next_in_line_is_asked() -> None:
    """It may have begun; those behind it can't have, and are left alone."""

    async def story() -> list[str]:
        source = OneAtATime(HALF)
        durations = Durations()
        for _ in range(3):
            durations.note("imagine", 300)
        tracker = Tracker(source, durations=durations)
        jobs = []
        for n in range(4):
            jobs.append(begun(tracker, job(f"remote-{n}")))
            await asyncio.sleep(0.5)
        await passes(200)
        source.answers[:], before = [done()], len(source.asked)
        tracker.nudge("remote-0")
        await jobs[0]
        await asyncio.sleep(1)
        await ended(*jobs)
        return [each for _, each in source.asked[before:]]

    assert in_virtual_time(story()) == ["remote-0", "remote-1"]


def test_jobs_of_before_a_restart_are_read_first_and_the_oldest_of_them_before_the_others() -> None:
    """They may have ended meanwhile."""

    async def story() -> list[str]:
        source = Source(HALF)
        tracker = Tracker(source)
        ages = {"new": 0.0, "late": 100.0, "later": 500.0, "latest": 900.0}
        jobs = [begun(tracker, job(name, age=age)) for name, age in ages.items()]
        await passes(3.5)
        await ended(*jobs)
        return [each for _, each in source.asked[:4]]

    assert in_virtual_time(story()) == ["latest", "later", "late", "new"]


async def test_who_stops_waiting_is_forgotten_at_once() -> None:
    """No read, no timer and no task is left, also when a read was under way."""

    source = Deaf()
    tracker = Tracker(source, pause=0.001)
    others = asyncio.all_tasks()
    following = begun(tracker, job())
    await source.reading.wait()
    await ended(following)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == others
    assert tracker._timer._timer is None
    assert not tracker._polled


async def test_a_read_that_is_cancelled_from_outside_ends_the_following() -> None:
    """As at the end of the process: nobody waits for an answer that will not come."""
    source = Deaf()
    others = asyncio.all_tasks()
    following = begun(Tracker(source, pause=0.001), job())
    await source.reading.wait()
    [reading] = asyncio.all_tasks() - others - {following}
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following


def test_nothing_is_asked_after_the_deadline() -> None:
    """It is asked for before each read, so that it may move."""

    async def story() -> int:
        source, deadlines = Source(HALF), [datetime.now(UTC), in_an_hour(), in_an_hour()]
        with pytest.raises(Overdue, match="longer than it may"):
            await Tracker(source).follow(job(until=deadlines.pop))
        return len(source.asked)

    assert in_virtual_time(story()) == 1


@pytest.mark.parametrize("number", [1, 2000])
def test_a_deadline_is_noticed_in_time_however_far_the_next_read_is(number: int) -> None:
    """Ten minutes are ten minutes, also in a crowd in which a job is read every four."""

    async def story() -> float:
        crowd = Crowd(Source(HALF), number - 1)
        end = datetime.now(UTC) + timedelta(minutes=10)
        with pytest.raises(Overdue):
            await crowd.tracker.follow(job(until=lambda: end))
        moment = asyncio.get_running_loop().time()
        await ended(*crowd.jobs)
        return moment

    assert in_virtual_time(story()) == pytest.approx(600, abs=1)


@pytest.mark.parametrize("later", [-30, 60])
def test_a_nudge_tells_that_the_deadline_has_moved(later: int) -> None:
    """As when a job is cancelled: from then on it has a minute, though it had an hour."""

    async def story() -> float:
        ends = [datetime.now(UTC) + timedelta(seconds=later), in_an_hour()]
        tracker = Tracker(Source(HALF), pause=600)
        following = begun(tracker, job(until=lambda: ends[-1]))
        await passes(100)
        ends.pop()
        tracker.nudge("remote")
        with pytest.raises(Overdue):
            await following
        return asyncio.get_running_loop().time()

    assert in_virtual_time(story()) == pytest.approx(100 + max(0, later), abs=1)


@pytest.mark.parametrize("jump", [timedelta(days=-2), timedelta(days=2)])
def test_a_clock_that_is_set_changes_nothing(monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    """Neither the reads nor the deadlines of jobs that are followed."""

    class Calendar:
        ahead = timedelta(0)

        @classmethod
        def now(cls, zone: object) -> datetime:
            return datetime.now(UTC) + cls.ahead

    async def story(ahead: timedelta) -> tuple[int, float]:
        source, Calendar.ahead = Source(HALF), timedelta(0)
        end = datetime.now(UTC) + timedelta(minutes=10)
        following = begun(Tracker(source), job(until=lambda: end))
        await passes(60)
        Calendar.ahead = ahead
        with pytest.raises(Overdue):
            await following
        return len(source.asked), round(asyncio.get_running_loop().time())

    monkeypatch.setattr(followed, "datetime", Calendar)
    assert in_virtual_time(story(jump)) == in_virtual_time(story(timedelta(0)))
