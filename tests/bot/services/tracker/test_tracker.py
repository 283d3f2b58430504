"""The tracker: what it tells of a job, what it puts up with, and how it ends."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.imaginepro import Job, JobStatus, KeyRefused, ServerFault, UnknownJob, Unreachable, VideoJob
from bot.services.kinds.result_kind import ResultKind
from bot.services.tracker import Snapshot, Tolerances, Tracker, WithoutResult
from tests.bot.services.scripted import done, record
from tests.bot.services.tracker.tracked import Answer, Source, Told, begun, ended, job
from tests.support.virtual_time import in_virtual_time

NEVER = Tolerances(unknown=timedelta(0), without_result=timedelta(0))
HALF = record(percent=50)


def followed(*answers: Answer, patience: Tolerances | None = None) -> tuple[Job, Told, Source]:
    """The job's end, what was told on the way, and who was asked; all of it in no time."""
    told: Told = []
    source = Source(*answers)

    async def story() -> Job:
        return await Tracker(source, tolerances=patience or Tolerances()).follow(job(told=told))

    return in_virtual_time(story()), told, source


def test_only_changes_are_told() -> None:
    """Equal records are told once, the end is returned, and nothing is asked after it."""
    queued = record(JobStatus.QUEUED)
    end, told, source = followed(queued, queued, HALF, HALF, HALF, done())
    assert (end, told) == (done(), [Snapshot(queued), Snapshot(HALF)])
    assert len(source.asked) == 6


def test_every_visible_change_is_told() -> None:
    """A new percentage, a new preview, a new status: each is a change. The record's own time is none."""
    early, late = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)
    preview = record(percent=15, image_url="https://x.imaginepro.ai/1.webp", updated_at=early)
    steps = [record(JobStatus.QUEUED), record(percent=8), record(percent=15), preview]
    _, told, _ = followed(*steps, preview.model_copy(update={"updated_at": late}), done())
    assert [snapshot.job for snapshot in told] == steps


@pytest.mark.parametrize("failure", [record(JobStatus.FAILED, error="No."), record(JobStatus.FAILED)])
def test_a_failed_job_ends_the_following_at_once(failure: Job) -> None:
    """With a reason or without: a failure has no picture to wait for."""
    end, told, source = followed(failure)
    assert (end, told, len(source.asked)) == (failure, [], 1)


async def test_a_video_is_read_by_its_own_call() -> None:
    """The record has the videos."""
    source = Source(record(JobStatus.DONE, percent=100, image_url="https://x.imaginepro.ai/1.png"))
    end = await Tracker(source, pause=0.001).follow(job(expected=None))
    assert not isinstance(end, VideoJob)
    with pytest.raises(WithoutResult, match="no video"):
        await Tracker(source, pause=0.001, tolerances=NEVER).follow(job(expected=ResultKind.VIDEO))


def test_a_job_unknown_at_first_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """A 404 right after the submission is usual: told to nobody, and not worth a line in the log."""
    with caplog.at_level(logging.INFO):
        end, told, _ = followed(UnknownJob(), UnknownJob(), record(percent=8), done())
    assert (end, told, caplog.records) == (done(), [Snapshot(record(percent=8))], [])


@pytest.mark.parametrize("before", [[], [record(percent=8)]])
def test_a_job_unknown_for_too_long_is_given_up(before: list[Answer]) -> None:
    """The API's own error comes through once patience has run out, also for a job that was known before."""
    with pytest.raises(UnknownJob):
        followed(*before, UnknownJob(), record(percent=9), done(), patience=NEVER)


def test_patience_begins_anew_once_the_job_is_known() -> None:
    """Two absences of forty seconds are not one of eighty."""
    absence = [UnknownJob() for _ in range(5)]
    end, _, source = followed(*absence, record(percent=8), *absence, done())
    times = source.times()
    assert end == done()
    assert times[4] - times[0] + times[10] - times[6] > 60


def test_a_minute_is_the_patience_with_an_unknown_job() -> None:
    """By the clock, not by the number of reads."""

    async def story() -> float:
        with pytest.raises(UnknownJob):
            await Tracker(Source(UnknownJob())).follow(job())
        return asyncio.get_running_loop().time()

    assert 60 <= in_virtual_time(story()) <= 100


def test_done_without_a_picture_is_asked_again() -> None:
    """The picture may follow a moment later; until it does the job is not taken for ended."""
    empty = record(JobStatus.DONE, percent=100)
    end, told, source = followed(empty, empty, done())
    assert (end, told, len(source.asked)) == (done(), [], 3)


def test_done_and_never_a_picture() -> None:
    """It ends with a sentence of its own, after half a minute."""

    async def story() -> float:
        with pytest.raises(WithoutResult, match="no picture"):
            await Tracker(Source(record(JobStatus.DONE, percent=100))).follow(job())
        return asyncio.get_running_loop().time()

    assert 30 <= in_virtual_time(story()) <= 60


async def test_whoever_expects_nothing_takes_what_is_done() -> None:
    """Done is done."""
    empty = record(JobStatus.DONE, percent=100)
    assert await Tracker(Source(empty), pause=0.001).follow(job(expected=None)) == empty


def test_a_single_failure_is_nobody_else_s_business(caplog: pytest.LogCaptureFixture) -> None:
    """Told to no member; logged once, and its end once."""
    with caplog.at_level(logging.INFO):
        _, told, _ = followed(HALF, Unreachable(), HALF, done())
    assert told == [Snapshot(HALF)]
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


def test_trouble_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """Ten failed reads are one change, one warning and one recovery, and the last record stays visible."""
    failures = [Unreachable() for _ in range(10)]
    with caplog.at_level(logging.INFO):
        _, told, source = followed(HALF, *failures, record(percent=54), done())
    assert told == [Snapshot(HALF), Snapshot(HALF, Unreachable.sentence), Snapshot(record(percent=54))]
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]
    pauses = [later - earlier for earlier, later in pairwise(source.times())]
    assert pauses[1:11] == pytest.approx([4.5, 6.75, 10.125, 15.1875, 22.78125, 30, 30, 30, 30, 30], abs=0.01)


def test_a_404_does_not_hide_the_failures_after_it(caplog: pytest.LogCaptureFixture) -> None:
    """The first real failure is logged though the job was unknown before."""
    with caplog.at_level(logging.INFO):
        _, told, _ = followed(UnknownJob(), ServerFault(status=500), ServerFault(status=500), done())
    assert [snapshot.trouble for snapshot in told] == [ServerFault.sentence]
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


def test_another_kind_of_trouble_is_a_change() -> None:
    """What keeps the job from being read is told when it becomes something else."""
    _, told, _ = followed(Unreachable(), Unreachable(), KeyRefused(), KeyRefused(), done())
    assert [snapshot.trouble for snapshot in told] == [Unreachable.sentence, KeyRefused.sentence]


def test_a_thousand_jobs_and_an_api_that_is_down_are_one_outage(caplog: pytest.LogCaptureFixture) -> None:
    """One warning when it begins, one line when all can be read again; each member is told."""

    async def story() -> list[Told]:
        told: list[Told] = [[] for _ in range(1000)]
        source = Source(Unreachable())
        tracker = Tracker(source, reads_per_second=100)
        jobs = [begun(tracker, job(f"remote-{n}", told=told[n])) for n in range(1000)]
        await asyncio.sleep(60)
        source.answers[:] = [done()]
        await asyncio.gather(*jobs)
        return told

    with caplog.at_level(logging.INFO):
        told = in_virtual_time(story())
    assert all(each == [Snapshot(None, Unreachable.sentence)] for each in told)
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]
    assert caplog.records[1].__dict__["failures"] > 1000


def test_a_job_that_ends_during_an_outage_does_not_prolong_it(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody will read it any more, so the others' answers are the recovery."""

    async def story() -> None:
        source = Source(Unreachable())
        tracker = Tracker(source)
        gone, kept = begun(tracker, job("gone")), begun(tracker, job("kept"))
        await asyncio.sleep(60)
        await ended(gone)
        source.answers[:] = [done()]
        await kept

    with caplog.at_level(logging.INFO):
        in_virtual_time(story())
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


def test_an_outage_lasts_until_every_job_was_read_again(caplog: pytest.LogCaptureFixture) -> None:
    """One that can be read all along is no recovery of the others."""

    class Half(Source):
        async def progress(self, message_id: str) -> Job:
            return HALF if message_id == "lucky" else await super().progress(message_id)

    async def story() -> None:
        source = Half(Unreachable())
        tracker = Tracker(source)
        lucky, other = begun(tracker, job("lucky")), begun(tracker, job("other"))
        await asyncio.sleep(300)
        source.answers[:] = [done()]
        await other
        await ended(lucky)

    with caplog.at_level(logging.INFO):
        in_virtual_time(story())
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


async def test_a_mistake_of_the_api_client_reaches_who_waits() -> None:
    """Whatever goes wrong in a read, or in who hears of it, ends the job instead of leaving it for ever."""

    class Broken(Source):
        async def progress(self, message_id: str) -> Job:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Tracker(Broken(), pause=0.001).follow(job())
    with pytest.raises(KeyError):
        await Tracker(Source(HALF), pause=0.001).follow(job(changed=lambda _: {}["nobody"]))


async def test_a_deadline_that_can_t_be_told_reaches_who_waits() -> None:
    """The others go on."""
    deadlines = [job().deadline()]
    tracker = Tracker(Source(HALF, HALF, done()), pause=0.001)
    other = begun(tracker, job("other"))
    with pytest.raises(IndexError):
        await tracker.follow(job(until=deadlines.pop))
    assert await other == done()
