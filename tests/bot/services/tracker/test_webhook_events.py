"""What events tell of a job that is followed: in any order, again and again, and never believed about its end."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.imaginepro import Job, JobStatus
from bot.services.tracker import Durations, Snapshot, Tracker
from tests.bot.services.scripted import done, record
from tests.bot.services.tracker.tracked import Source, Told, begun, ended, job, passes
from tests.support.virtual_time import in_virtual_time

QUEUED, HALF = record(JobStatus.QUEUED), record(percent=50)
EARLY, LATE = (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n) for n in range(2))


def preview(number: int, updated_at: datetime | None = None) -> Job:
    """Half of a picture."""
    url = f"https://cdn.imaginepro.ai/{number}.webp"
    return record(percent=50, image_url=url, updated_at=updated_at)


async def told_of(*events: Job) -> Told:
    """What is told when these events come in this order, before any read."""
    told: Told = []
    tracker = Tracker(Source(done()), pause=600)
    following = begun(tracker, job(told=told))
    await asyncio.sleep(0)
    for event in events:
        tracker.on_webhook("remote", event)
    await ended(following)
    return told


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
async def test_an_event_is_shown_at_once_if_it_is_new(events: list[Job], shown: list[Job]) -> None:
    """It never lowers the percentage, and an older picture does not replace a newer one."""
    assert await told_of(*events) == [Snapshot(each) for each in shown]


@pytest.mark.parametrize("last", [done(), record(JobStatus.FAILED, error="No.")])
async def test_an_end_is_not_believed_but_read_at_once(last: Job) -> None:
    """The API's own answer is the truth."""
    source = Source(HALF, done())
    told: Told = []
    tracker = Tracker(source, pause=600)
    following = begun(tracker, job(told=told))
    await asyncio.sleep(0)
    tracker.on_webhook("remote", last)
    await source.reading.wait()
    await asyncio.sleep(0)
    assert (told, following.done()) == ([Snapshot(HALF)], False)
    await ended(following)


def test_an_end_that_is_not_yet_in_the_record_is_asked_for_often() -> None:
    """And more and more slowly, should the event have been wrong. An event that comes late changes nothing of that."""

    async def story() -> list[float]:
        source = Source(HALF)
        tracker = Tracker(source)
        following = begun(tracker, job())
        await passes(60)
        source.asked.clear()
        tracker.on_webhook("remote", done())
        tracker.on_webhook("remote", record(percent=60))
        await passes(120)
        await ended(following)
        return [moment - 60 for moment in source.times()]

    times = in_virtual_time(story())
    assert times[0] == pytest.approx(0, abs=0.2)
    assert times[3] < 5.2  # pauses of 1.5, 1.5 and 1.9 s after a first look that is a moment late by chance
    assert len(times) < 15


def test_a_wrong_end_that_is_repeated_does_not_speed_it_up_for_ever() -> None:
    """Each event is one read; the reads between them grow rare all the same."""

    async def story() -> int:
        source = Source(HALF)
        tracker = Tracker(source)
        following = begun(tracker, job())
        for minute in range(1, 11):
            await passes(60 * minute)
            tracker.on_webhook("remote", done())
        source.asked.clear()
        await passes(660)
        await ended(following)
        return len(source.asked)

    assert in_virtual_time(story()) <= 4


def test_while_events_come_the_job_is_read_slowly() -> None:
    """Every half minute, in case they are wrong; as before once they have stopped."""

    async def story() -> tuple[int, int]:
        source = Source(HALF)
        tracker = Tracker(source)
        following = begun(tracker, job())
        for second in range(75):
            await passes(second)
            tracker.on_webhook("remote", record(percent=second % 50))
        while_they_came = len(source.asked)
        await passes(150)
        await ended(following)
        return while_they_came, len(source.asked) - while_they_came

    while_they_came, after = in_virtual_time(story())
    assert 2 <= while_they_came <= 4
    assert after > 10


def test_an_answer_that_was_asked_for_before_the_event_does_not_take_it_back() -> None:
    """The read took a second, and meanwhile the event told of more."""

    class Slow(Source):
        async def progress(self, message_id: str) -> Job:
            found = await super().progress(message_id)
            await asyncio.sleep(1)
            return found

    async def story() -> Told:
        told: Told = []
        source = Slow(record(percent=31), done())
        tracker = Tracker(source)
        following = begun(tracker, job(told=told))
        await source.reading.wait()
        tracker.on_webhook("remote", HALF)
        await following
        return told

    assert in_virtual_time(story()) == [Snapshot(HALF)]


async def test_events_of_jobs_that_are_not_followed_are_nothing() -> None:
    """Another process may follow them, or nobody any more."""
    told: Told = []
    tracker = Tracker(Source(done()), pause=0.001)
    following = begun(tracker, job(told=told))
    tracker.on_webhook("another", HALF)
    await following
    tracker.on_webhook("remote", HALF)
    assert told == []


async def test_an_event_right_after_the_end_is_nothing() -> None:
    """Who waited has not been woken yet."""
    told: Told = []
    tracker = Tracker(Source(HALF), pause=600)
    following = begun(tracker, job(told=told))
    await asyncio.sleep(0)
    tracker._polled["remote"].end.set_result(done())
    tracker.on_webhook("remote", HALF)
    tracker.nudge("remote")
    assert (await following, told) == (done(), [])


def test_what_events_tell_is_learned_from() -> None:
    """How long a job took is known as well as they tell it."""

    async def story() -> Durations:
        durations = Durations()
        source = Source(QUEUED)
        tracker = Tracker(source, durations=durations)
        for n in range(3):
            begin = asyncio.get_running_loop().time()
            following = begun(tracker, job(f"remote-{n}"))
            source.answers[:] = [QUEUED]
            for second in range(20, 61):
                await passes(second, after=begin)
                source.answers[:] = [record(percent=second)]
                tracker.on_webhook(f"remote-{n}", record(percent=second))
            source.answers[:] = [done()]
            tracker.on_webhook(f"remote-{n}", done())
            await following
        return durations

    usual = in_virtual_time(story()).usual("imagine")
    assert usual is not None
    assert usual.median == pytest.approx(41, abs=10)
