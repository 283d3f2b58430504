"""Webhook events of a followed job: any order, duplicates, and ends that are verified by a poll."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.imaginepro import Job, JobStatus
from bot.services.tracker import Durations, Snapshot, Tracker
from tests.bot.services.scripted import done, record
from tests.bot.services.tracker.scripted_polls import ScriptedApi, Snapshots, cancel_all, follow_task, job, sleep_until
from tests.support.virtual_time import in_virtual_time

QUEUED, HALF = record(JobStatus.QUEUED), record(percent=50)
EARLY, LATE = (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n) for n in range(2))


def preview(number: int, updated_at: datetime | None = None) -> Job:
    """A running job at 50 % with this preview."""
    url = f"https://cdn.imaginepro.ai/{number}.webp"
    return record(percent=50, image_url=url, updated_at=updated_at)


async def reported(*events: Job) -> Snapshots:
    """The snapshots reported for these events, before any poll."""
    snapshots: Snapshots = []
    tracker = Tracker(ScriptedApi(done()), pause=600)
    following = follow_task(tracker, job(snapshots=snapshots))
    await asyncio.sleep(0)
    for event in events:
        tracker.on_webhook("remote", event)
    await cancel_all(following)
    return snapshots


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ([HALF], [HALF]),
        ([HALF, HALF], [HALF]),
        ([record(percent=8), HALF, record(percent=8), record(percent=31)], [record(percent=8), HALF]),
        ([HALF, QUEUED, record()], [HALF]),
        ([QUEUED, record(), HALF], [QUEUED, record(), HALF]),
        ([preview(1, EARLY), preview(2, LATE)], [preview(1, EARLY), preview(2, LATE)]),
        ([preview(2, LATE), preview(1, EARLY)], [preview(2, LATE)]),
        ([preview(1), preview(2, LATE)], [preview(1), preview(2, LATE)]),
    ],
)
async def test_a_new_event_is_reported_at_once(events: list[Job], shown: list[Job]) -> None:
    """A new event is reported at once; lower percentages and older previews are not."""
    assert await reported(*events) == [Snapshot(each) for each in shown]


@pytest.mark.parametrize("last", [done(), record(JobStatus.FAILED, error="No.")])
async def test_a_final_event_causes_a_poll(last: Job) -> None:
    """A final event is not reported but causes a poll at once."""
    source = ScriptedApi(HALF, done())
    snapshots: Snapshots = []
    tracker = Tracker(source, pause=600)
    following = follow_task(tracker, job(snapshots=snapshots))
    await asyncio.sleep(0)
    tracker.on_webhook("remote", last)
    await source.reading.wait()
    await asyncio.sleep(0)
    assert (snapshots, following.done()) == ([Snapshot(HALF)], False)
    await cancel_all(following)


def test_polls_after_a_final_event() -> None:
    """After a final event the job is polled often, then ever more rarely; a late event changes nothing."""

    async def run() -> list[float]:
        source = ScriptedApi(HALF)
        tracker = Tracker(source)
        following = follow_task(tracker, job())
        await sleep_until(60)
        source.polls.clear()
        tracker.on_webhook("remote", done())
        tracker.on_webhook("remote", record(percent=60))
        await sleep_until(120)
        await cancel_all(following)
        return [time - 60 for time in source.times()]

    times = in_virtual_time(run())
    assert times[0] == pytest.approx(0, abs=0.2)
    assert times[3] < 5.2  # pauses of 1.5, 1.5 and 1.9 s after a first poll with a random delay
    assert len(times) < 15


def test_repeated_wrong_final_events() -> None:
    """Repeated wrong final events cause one poll each and no permanent acceleration."""

    async def run() -> int:
        source = ScriptedApi(HALF)
        tracker = Tracker(source)
        following = follow_task(tracker, job())
        for minute in range(1, 11):
            await sleep_until(60 * minute)
            tracker.on_webhook("remote", done())
        source.polls.clear()
        await sleep_until(660)
        await cancel_all(following)
        return len(source.polls)

    assert in_virtual_time(run()) <= 4


def test_polls_are_rare_while_events_arrive() -> None:
    """While events arrive, the job is polled every half minute, and normally afterwards."""

    async def run() -> tuple[int, int]:
        source = ScriptedApi(HALF)
        tracker = Tracker(source)
        following = follow_task(tracker, job())
        for second in range(75):
            await sleep_until(second)
            tracker.on_webhook("remote", record(percent=second % 50))
        during_events = len(source.polls)
        await sleep_until(150)
        await cancel_all(following)
        return during_events, len(source.polls) - during_events

    during_events, after = in_virtual_time(run())
    assert 2 <= during_events <= 4
    assert after > 10


def test_an_older_poll_does_not_replace_an_event() -> None:
    """A slow poll's older answer does not replace a newer event."""

    class Slow(ScriptedApi):
        async def progress(self, message_id: str) -> Job:
            found = await super().progress(message_id)
            await asyncio.sleep(1)
            return found

    async def run() -> Snapshots:
        snapshots: Snapshots = []
        source = Slow(record(percent=31), done())
        tracker = Tracker(source)
        following = follow_task(tracker, job(snapshots=snapshots))
        await source.reading.wait()
        tracker.on_webhook("remote", HALF)
        await following
        return snapshots

    assert in_virtual_time(run()) == [Snapshot(HALF)]


async def test_events_of_unknown_jobs_are_ignored() -> None:
    """Events of jobs that are not followed are ignored."""
    snapshots: Snapshots = []
    tracker = Tracker(ScriptedApi(done()), pause=0.001)
    following = follow_task(tracker, job(snapshots=snapshots))
    tracker.on_webhook("another", HALF)
    await following
    tracker.on_webhook("remote", HALF)
    assert snapshots == []


async def test_an_event_after_the_end_is_ignored() -> None:
    """An event right after the end is ignored."""
    snapshots: Snapshots = []
    tracker = Tracker(ScriptedApi(HALF), pause=600)
    following = follow_task(tracker, job(snapshots=snapshots))
    await asyncio.sleep(0)
    tracker._polled["remote"].end.set_result(done())
    tracker.on_webhook("remote", HALF)
    tracker.nudge("remote")
    assert (await following, snapshots) == (done(), [])


def test_durations_are_learned_from_events() -> None:
    """Durations are learned from events."""

    async def run() -> Durations:
        durations = Durations()
        source = ScriptedApi(QUEUED)
        tracker = Tracker(source, durations=durations)
        for n in range(3):
            begin = asyncio.get_running_loop().time()
            following = follow_task(tracker, job(f"remote-{n}"))
            source.answers[:] = [QUEUED]
            for second in range(20, 61):
                await sleep_until(second, after=begin)
                source.answers[:] = [record(percent=second)]
                tracker.on_webhook(f"remote-{n}", record(percent=second))
            source.answers[:] = [done()]
            tracker.on_webhook(f"remote-{n}", done())
            await following
        return durations

    usual = in_virtual_time(run()).usual("imagine")
    assert usual is not None
    assert usual.median == pytest.approx(41, abs=10)
