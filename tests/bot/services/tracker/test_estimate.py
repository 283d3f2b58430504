"""The next poll of a job, estimated from its progress and from earlier durations."""

import asyncio
from itertools import pairwise

import pytest

from bot.imaginepro import Job, JobStatus
from bot.services.tracker import Durations, Snapshot, Tracker, TypicalDurations, duration_class_of
from bot.services.tracker.estimate import ProgressEstimate
from bot.services.tracker.intervals import PollIntervals
from bot.store import JobKind
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.scripted import done, record
from tests.bot.services.tracker.scripted_polls import ScriptedApi, Snapshots, cancel_all, follow_task, job, sleep_until
from tests.support.virtual_time import in_virtual_time

QUEUED, HALF = record(JobStatus.QUEUED), record(percent=50)
INTERVALS = PollIntervals(3.0)
AROUND_A_MINUTE = TypicalDurations(median=60.0, most=80.0)


def pause(
    estimate: ProgressEstimate, now: float, usual: TypicalDurations | None = None, *, is_next: bool = False
) -> float:
    """The pause before the next poll, for an interval of three seconds."""
    return estimate.pause(INTERVALS, usual, now, is_next=is_next)


def estimate_after(*reads: tuple[float, Job], usual: TypicalDurations | None = None) -> ProgressEstimate:
    """The estimate for a job that was accepted at 0 and polled at these times."""
    estimate = ProgressEstimate(0.0, 0.0)
    for time, found in reads:
        estimate.saw(found, time, usual)
    return estimate


def test_default_interval() -> None:
    """Without an estimate of the end, the interval is the configured one."""
    assert ProgressEstimate(0.0, 0.0).first_pause(INTERVALS, None) == 3
    for found in (record(), record(percent=0), HALF):
        assert pause(estimate_after((3.0, found)), 3.0) == 3


def test_progress_predicts_the_end() -> None:
    """Rising progress predicts the end: polls are rarer halfway and more frequent near it."""
    halfway = estimate_after((10.0, record(percent=10)), (50.0, HALF))
    assert pause(halfway, 50.0) == 9
    near = estimate_after((10.0, record(percent=10)), (93.0, record(percent=93)))
    assert pause(near, 93.0) == pytest.approx(4.2)
    assert pause(near, 98.0) == pytest.approx(1.5)
    assert pause(near, 104.0) == pytest.approx(2.4)
    assert pause(near, 200.0) == 3


def test_learned_durations_predict_the_end() -> None:
    """Learned durations predict the end without percentages; short jobs are polled earlier."""
    estimate = estimate_after((2.0, record()))
    assert pause(estimate, 2.0, AROUND_A_MINUTE) == 9
    assert pause(estimate, 58.0, AROUND_A_MINUTE) == pytest.approx(1.8)
    assert pause(estimate, 62.0, AROUND_A_MINUTE) == pytest.approx(1.5)
    assert ProgressEstimate(0.0, 0.0).first_pause(INTERVALS, AROUND_A_MINUTE) == 3
    assert ProgressEstimate(0.0, 0.0).first_pause(INTERVALS, TypicalDurations(4.0, 5.0)) == pytest.approx(2.4)


def test_own_speed_gains_weight_with_progress() -> None:
    """The job's own speed has more weight, the further it has progressed."""
    early = estimate_after((0.0, record(percent=0)), (24.0, record(percent=20)), usual=AROUND_A_MINUTE)
    late = estimate_after((0.0, record(percent=0)), (96.0, record(percent=80)), usual=AROUND_A_MINUTE)
    early_end, late_end = early._end(AROUND_A_MINUTE), late._end(AROUND_A_MINUTE)
    assert early_end is not None
    assert late_end is not None
    assert (early_end - 24) / 80 == pytest.approx(0.84)
    assert (late_end - 96) / 20 == pytest.approx(1.036, abs=0.001)


def test_a_falling_percentage_restarts_the_estimate() -> None:
    """After the percentage falls, the estimate starts from there."""
    estimate = estimate_after(
        (10.0, record(percent=10)), (20.0, HALF), (30.0, record(percent=5)), (40.0, record(percent=15))
    )
    assert estimate._end(None) == pytest.approx(125)


def test_a_queued_job_is_polled_rarely() -> None:
    """A queued job is polled rarely; the next in the queue often, then ever more rarely."""
    estimate = estimate_after((3.0, QUEUED))
    assert (pause(estimate, 3.0), pause(estimate, 3.0, AROUND_A_MINUTE)) == (9, 30)
    estimate.may_begin(10.0)
    assert pause(estimate, 10.0, AROUND_A_MINUTE) == 30
    pauses = [pause(estimate, 10.0 + waited, AROUND_A_MINUTE, is_next=True) for waited in (0, 4, 20, 400)]
    assert pauses == pytest.approx([1.5, 2.4, 12, 30])


def test_failures_back_off() -> None:
    """Failed polls back off up to half a minute, and a success resets the interval."""
    estimate = estimate_after((3.0, HALF))
    pauses = []
    for estimate.misses in (1, 2, 3, 20, 10_000):
        pauses.append(pause(estimate, 4.0))
    assert pauses == pytest.approx([4.5, 6.75, 10.125, 30, 30])
    estimate.saw(HALF, 5.0, None)
    assert pause(estimate, 5.0) == 3


def test_a_long_interval_is_kept() -> None:
    """A configured interval of a minute is kept, with small variations."""
    calm = PollIntervals(60.0)
    assert (calm.least, calm.stretched, calm.slow, calm.after(5)) == (30, 60, 60, 60)


@pytest.mark.parametrize(
    ("state", "usual", "seconds"),
    [
        (HALF, None, 120),
        (HALF, AROUND_A_MINUTE, 80),
        (HALF, TypicalDurations(2.0, 3.0), 30),
        (QUEUED, None, 300),
        (QUEUED, AROUND_A_MINUTE, 300),
        (QUEUED, TypicalDurations(500.0, 600.0), 600),
    ],
)
def test_stall_after_unusual_silence(state: Job, usual: TypicalDurations | None, seconds: float) -> None:
    """A job stalls without progress for longer than nine in ten take, by default two minutes, or five in the queue."""
    estimate = estimate_after((3.0, state), (2.9 + seconds, state), usual=usual)
    assert not estimate.stalled
    estimate.saw(state, 3.0 + seconds, usual)
    assert estimate.stalled
    assert pause(estimate, 3.0 + 2 * seconds, AROUND_A_MINUTE) >= 9
    estimate.saw(record(percent=60), 4.0 + seconds, usual)
    assert not estimate.stalled


def test_a_stall_is_reported_once() -> None:
    """A stall and its end are each reported once, and a stalled job is polled more rarely."""
    snapshots: Snapshots = []
    source = ScriptedApi(HALF)

    async def run() -> None:
        following = follow_task(Tracker(source), job(snapshots=snapshots))
        await sleep_until(400)
        source.answers[:] = [record(percent=60)]
        await sleep_until(450)
        source.answers[:] = [done()]
        await following

    in_virtual_time(run())
    assert snapshots == [Snapshot(HALF), Snapshot(HALF, stalled=True), Snapshot(record(percent=60))]
    pauses = [later - earlier for earlier, later in pairwise(source.times())]
    assert pauses[10] == pytest.approx(3, abs=0.1)
    assert max(pauses) == pytest.approx(30, abs=0.1)


def test_durations_are_learned() -> None:
    """Durations are known from three jobs on, over the last fifty."""
    durations = Durations()
    for seconds in (1.0, 2.0):
        durations.note("fast", seconds)
    assert durations.usual("fast") is None
    durations.note("fast", 9.0)
    assert durations.usual("fast") == TypicalDurations(2.0, 9.0)
    for seconds in range(50):
        durations.note("fast", 100.0 + seconds)
    assert durations.usual("fast") == TypicalDurations(125.0, 145.0)
    assert durations.usual("slow") is None


def test_duration_class() -> None:
    """Durations are grouped by kind, button and mode, not by prompt."""
    paces = {
        duration_class_of(new_job()),
        duration_class_of(new_job(mode="relax")),
        duration_class_of(new_job(kind=JobKind.FLUX)),
        duration_class_of(new_follow_up()),
        duration_class_of(new_follow_up(button="V1")),
    }
    assert len(paces) == 5
    assert duration_class_of(new_job(prompt="a red fox")) == duration_class_of(new_job(prompt="a blue owl"))


@pytest.mark.parametrize(
    ("reads", "end", "seconds"),
    [
        ([(3.0, HALF), (40.0, HALF)], 42.0, 39.5),
        ([(50.0, QUEUED), (52.0, HALF), (90.0, HALF)], 90.0, 39.0),
        ([], 2.0, 1.0),
        ([], 500.0, None),
        ([(50.0, QUEUED), (150.0, HALF), (160.0, HALF)], 161.0, 60.5),
        ([(3.0, HALF), (10.0, HALF)], 50.0, None),
    ],
)
def test_only_precise_durations_are_learned(reads: list[tuple[float, Job]], end: float, seconds: float | None) -> None:
    """A duration is learned only if start and end are known closely enough."""
    assert estimate_after(*reads).lasted(end, 3.0) == seconds


def test_learned_durations_save_polls() -> None:
    """With learned durations later jobs need fewer polls, and their end is seen soon."""

    class OneMinuteJobs(ScriptedApi):
        begin = 0.0

        async def progress(self, message_id: str) -> Job:
            await super().progress(message_id)
            return done() if asyncio.get_running_loop().time() >= self.begin + 60 else record()

    async def run() -> list[tuple[int, float]]:
        source = OneMinuteJobs(HALF)
        tracker, found = Tracker(source, durations=Durations()), list[tuple[int, float]]()
        for _ in range(5):
            source.begin, before = asyncio.get_running_loop().time(), len(source.polls)
            await tracker.follow(job())
            late = asyncio.get_running_loop().time() - source.begin - 60
            found.append((len(source.polls) - before, late))
        return found

    first, *_, last = in_virtual_time(run())
    assert last[0] < first[0] / 1.5
    assert last[1] < 1.5


async def test_nothing_is_scheduled_after_the_end() -> None:
    """When all jobs have ended, no timer and no scheduled read remains."""
    tracker = Tracker(ScriptedApi(HALF), pause=0.001)
    jobs = [follow_task(tracker, job(f"remote-{n}")) for n in range(20)]
    await asyncio.sleep(0.05)
    await cancel_all(*jobs)
    assert (tracker._slots._wanted, tracker._slots.next_slot, tracker._timer._timer) == (0.0, None, None)
