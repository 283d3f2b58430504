"""The tracker: reported changes, tolerated errors, and the end of a job."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.imaginepro import Job, JobStatus, KeyRefused, ServerFault, UnknownJob, Unreachable
from bot.services.kinds.result_kind import ResultKind
from bot.services.tracker import Snapshot, Tolerances, Tracker, WithoutResult
from tests.bot.services.scripted import PICTURE, done, record
from tests.bot.services.tracker.scripted_polls import Answer, ScriptedApi, Snapshots, cancel_all, follow_task, job
from tests.support.virtual_time import in_virtual_time

NO_TOLERANCE = Tolerances(unknown=timedelta(0), without_result=timedelta(0))
HALF = record(percent=50)


def follow(*answers: Answer, tolerances: Tolerances | None = None) -> tuple[Job, Snapshots, ScriptedApi]:
    """The final job, the reported snapshots and the polled API, run in virtual time."""
    snapshots: Snapshots = []
    source = ScriptedApi(*answers)

    async def run() -> Job:
        return await Tracker(source, tolerances=tolerances or Tolerances()).follow(job(snapshots=snapshots))

    return in_virtual_time(run()), snapshots, source


def test_only_changes_are_reported() -> None:
    """Equal states are reported once, the final one is returned, and polling stops."""
    queued = record(JobStatus.QUEUED)
    end, snapshots, source = follow(queued, queued, HALF, HALF, HALF, done())
    assert (end, snapshots) == (done(), [Snapshot(queued), Snapshot(HALF)])
    assert len(source.polls) == 6


def test_every_visible_change_is_reported() -> None:
    """A new percentage, preview or status is reported; a new timestamp alone is not."""
    early, late = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)
    preview = record(percent=15, image_url="https://x.imaginepro.ai/1.webp", updated_at=early)
    steps = [record(JobStatus.QUEUED), record(percent=8), record(percent=15), preview]
    _, snapshots, _ = follow(*steps, preview.model_copy(update={"updated_at": late}), done())
    assert [snapshot.job for snapshot in snapshots] == steps


@pytest.mark.parametrize("failure", [record(JobStatus.FAILED, error="No."), record(JobStatus.FAILED)])
def test_a_failed_job_ends_at_once(failure: Job) -> None:
    """A failed job ends at once, with or without a reason."""
    end, snapshots, source = follow(failure)
    assert (end, snapshots, len(source.polls)) == (failure, [], 1)


async def test_a_video_is_polled_by_its_own_call() -> None:
    """A video job is polled by its own call."""
    source = ScriptedApi(record(JobStatus.DONE, percent=100))
    await Tracker(source, pause=0.001).follow(job(expected=None))
    assert source.video_polls == 0
    with pytest.raises(WithoutResult, match="no video"):
        await Tracker(source, pause=0.001, tolerances=NO_TOLERANCE).follow(job(expected=ResultKind.VIDEO))
    assert source.video_polls == len(source.polls) - 1


@pytest.mark.parametrize("expected", [ResultKind.PICTURE, ResultKind.VIDEO])
async def test_a_video_may_be_in_either_field(expected: ResultKind) -> None:
    """A video is the result wherever it is; in `uri` alone only once `videoUrl` has had time to appear."""
    named = record(JobStatus.DONE, percent=100, video_url="https://x.imaginepro.ai/1.mp4")
    assert await Tracker(ScriptedApi(named), pause=0.001).follow(job(expected=expected)) == named
    in_uri = record(JobStatus.DONE, percent=100, image_url="https://x.imaginepro.ai/1.mp4")
    patient = Tracker(ScriptedApi(in_uri, named), pause=0.001)
    assert await patient.follow(job(expected=expected)) == (named if expected is ResultKind.VIDEO else in_uri)
    tracker = Tracker(ScriptedApi(in_uri), pause=0.001, tolerances=NO_TOLERANCE)
    assert await tracker.follow(job(expected=expected)) == in_uri


def test_an_unknown_job_is_tolerated_at_first(caplog: pytest.LogCaptureFixture) -> None:
    """A 404 right after the submission is neither reported nor logged."""
    with caplog.at_level(logging.INFO):
        end, snapshots, _ = follow(UnknownJob(), UnknownJob(), record(percent=8), done())
    assert (end, snapshots, caplog.records) == (done(), [Snapshot(record(percent=8))], [])


@pytest.mark.parametrize("before", [[], [record(percent=8)]])
def test_a_job_unknown_for_too_long_is_given_up(before: list[Answer]) -> None:
    """A 404 for longer than tolerated raises the API's error, also for a job that was known."""
    with pytest.raises(UnknownJob):
        follow(*before, UnknownJob(), record(percent=9), done(), tolerances=NO_TOLERANCE)


def test_tolerance_restarts_once_the_job_is_known() -> None:
    """The tolerance for a 404 starts again once the job was known."""
    absence = [UnknownJob() for _ in range(5)]
    end, _, source = follow(*absence, record(percent=8), *absence, done())
    times = source.times()
    assert end == done()
    assert times[4] - times[0] + times[10] - times[6] > 60


def test_an_unknown_job_is_given_up_after_a_minute() -> None:
    """An unknown job is given up after a minute, for any number of polls."""

    async def run() -> float:
        with pytest.raises(UnknownJob):
            await Tracker(ScriptedApi(UnknownJob())).follow(job())
        return asyncio.get_running_loop().time()

    assert 60 <= in_virtual_time(run()) <= 100


def test_done_without_a_picture_is_polled_again() -> None:
    """A finished job without a picture is polled until the picture is there."""
    empty = record(JobStatus.DONE, percent=100)
    end, snapshots, source = follow(empty, empty, done())
    assert (end, snapshots, len(source.polls)) == (done(), [], 3)


@pytest.mark.parametrize(
    "remains", [{"tiles": ("https://x.imaginepro.ai/1.png",)}, {"buttons": ("U1",)}, {"original_url": PICTURE}]
)
def test_done_with_less_than_a_picture(remains: dict[str, Any]) -> None:
    """Tiles, buttons or an original are a result where no picture follows within half a minute."""
    incomplete = record(JobStatus.DONE, percent=100, **remains)

    async def run() -> tuple[Job, float]:
        end = await Tracker(ScriptedApi(incomplete)).follow(job())
        return end, asyncio.get_running_loop().time()

    end, seconds = in_virtual_time(run())
    assert end == incomplete
    assert 30 <= seconds <= 60
    assert follow(incomplete, done())[0] == done()


def test_done_without_a_picture_times_out() -> None:
    """A finished job that never gets a picture raises an error after half a minute."""

    async def run() -> float:
        with pytest.raises(WithoutResult, match="no picture"):
            await Tracker(ScriptedApi(record(JobStatus.DONE, percent=100))).follow(job())
        return asyncio.get_running_loop().time()

    assert 30 <= in_virtual_time(run()) <= 60


async def test_done_without_an_expected_result() -> None:
    """Without an expected result, a finished job ends at once."""
    empty = record(JobStatus.DONE, percent=100)
    assert await Tracker(ScriptedApi(empty), pause=0.001).follow(job(expected=None)) == empty


def test_a_single_failure_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A single failed poll is logged, with its end, but not reported."""
    with caplog.at_level(logging.INFO):
        _, snapshots, _ = follow(HALF, Unreachable(), HALF, done())
    assert snapshots == [Snapshot(HALF)]
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


def test_failures_are_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    """Ten failed polls are one reported problem and two log lines, with back-off between them."""
    failures = [Unreachable() for _ in range(10)]
    with caplog.at_level(logging.INFO):
        _, snapshots, source = follow(HALF, *failures, record(percent=54), done())
    assert snapshots == [Snapshot(HALF), Snapshot(HALF, Unreachable.sentence), Snapshot(record(percent=54))]
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]
    pauses = [later - earlier for earlier, later in pairwise(source.times())]
    assert pauses[1:11] == pytest.approx([4.5, 6.75, 10.125, 15.1875, 22.78125, 30, 30, 30, 30, 30], abs=0.01)


def test_failures_after_a_404_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A failure after a 404 is logged."""
    with caplog.at_level(logging.INFO):
        _, snapshots, _ = follow(UnknownJob(), ServerFault(status=500), ServerFault(status=500), done())
    assert [snapshot.trouble for snapshot in snapshots] == [ServerFault.sentence]
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


def test_another_kind_of_failure_is_reported() -> None:
    """A different kind of failure is reported as a change."""
    _, snapshots, _ = follow(Unreachable(), Unreachable(), KeyRefused(), KeyRefused(), done())
    assert [snapshot.trouble for snapshot in snapshots] == [Unreachable.sentence, KeyRefused.sentence]


def test_one_outage_for_a_thousand_jobs(caplog: pytest.LogCaptureFixture) -> None:
    """An outage with a thousand jobs gives two log lines, and is reported for each job."""

    async def run() -> list[Snapshots]:
        snapshots: list[Snapshots] = [[] for _ in range(1000)]
        source = ScriptedApi(Unreachable())
        tracker = Tracker(source, reads_per_second=100)
        jobs = [follow_task(tracker, job(f"remote-{n}", snapshots=snapshots[n])) for n in range(1000)]
        await asyncio.sleep(60)
        source.answers[:] = [done()]
        await asyncio.gather(*jobs)
        return snapshots

    with caplog.at_level(logging.INFO):
        snapshots = in_virtual_time(run())
    assert all(each == [Snapshot(None, Unreachable.sentence)] for each in snapshots)
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]
    assert caplog.records[1].__dict__["failures"] > 1000


def test_a_job_that_ends_during_an_outage_does_not_prolong_it(caplog: pytest.LogCaptureFixture) -> None:
    """A job that is no longer followed does not prolong an outage."""

    async def run() -> None:
        source = ScriptedApi(Unreachable())
        tracker = Tracker(source)
        stopped, continued = follow_task(tracker, job("gone")), follow_task(tracker, job("kept"))
        await asyncio.sleep(60)
        await cancel_all(stopped)
        source.answers[:] = [done()]
        await continued

    with caplog.at_level(logging.INFO):
        in_virtual_time(run())
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


def test_an_outage_lasts_until_every_job_was_read_again(caplog: pytest.LogCaptureFixture) -> None:
    """An outage ends only when every failing job was polled successfully."""

    class OneReadableJob(ScriptedApi):
        async def progress(self, message_id: str) -> Job:
            return HALF if message_id == "lucky" else await super().progress(message_id)

    async def run() -> None:
        source = OneReadableJob(Unreachable())
        tracker = Tracker(source)
        lucky, other = follow_task(tracker, job("lucky")), follow_task(tracker, job("other"))
        await asyncio.sleep(300)
        source.answers[:] = [done()]
        await other
        await cancel_all(lucky)

    with caplog.at_level(logging.INFO):
        in_virtual_time(run())
    assert [line.levelname for line in caplog.records] == ["WARNING", "INFO"]


async def test_unexpected_errors_are_raised_to_the_caller() -> None:
    """An unexpected error in a poll or in the callback is raised to the caller."""

    class Broken(ScriptedApi):
        async def progress(self, message_id: str) -> Job:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Tracker(Broken(), pause=0.001).follow(job())
    with pytest.raises(KeyError):
        await Tracker(ScriptedApi(HALF), pause=0.001).follow(job(changed=lambda _: {}["nobody"]))


async def test_an_error_in_the_deadline_is_raised_to_the_caller() -> None:
    """An error in the deadline callback is raised to the caller, and other jobs continue."""
    deadlines = [job().deadline()]
    tracker = Tracker(ScriptedApi(HALF, HALF, done()), pause=0.001)
    other = follow_task(tracker, job("other"))
    with pytest.raises(IndexError):
        await tracker.follow(job(until=deadlines.pop))
    assert await other == done()


async def test_an_unexpected_error_does_not_stop_the_polls(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They go on after a pause, with one line for several errors, and every job is still polled to its end."""
    tracker = Tracker(ScriptedApi(HALF, done()), pause=0.001)
    real, errors = tracker._slots.take, [RuntimeError("broken")] * 3

    def take(now: float) -> object:
        if errors:
            raise errors.pop()
        return real(now)

    monkeypatch.setattr(tracker._slots, "take", take)
    async with asyncio.timeout(60):
        assert await tracker.follow(job()) == done()
    assert [line.getMessage() for line in caplog.records if line.levelno >= logging.ERROR] == ["jobs can't be polled"]


async def test_a_job_whose_next_poll_cannot_be_planned_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the error, for its caller to go on: it would never be polled again."""
    tracker = Tracker(ScriptedApi(HALF), pause=0.001)

    def resume(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(tracker._planner, "resume", resume)
    with pytest.raises(RuntimeError, match="broken"):
        await tracker.follow(job())
