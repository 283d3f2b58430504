"""The lifecycle of a job without interruptions: success, and each kind of failure."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest

from bot.imaginepro import Job, JobStatus, PictureGone, PromptRefused, QueueFull, TimedOut, UnknownJob, Unreachable
from bot.services.cluster.pubsub import Topic
from bot.services.presenter import JobPhase, ReplyGone
from bot.store import Database, JobKind, JobRecord, JobState, JobStore
from tests.bot.records import new_follow_up, new_job, rewritten
from tests.bot.services.one_process import FAST, SHORT, OneProcess, until
from tests.bot.services.scripted import PICTURE, ScriptedApi, done, png, record

ORIGINAL = "https://cdn.discordapp.com/original.png"
KEY = "press:parent:U2"
SORRY = record(JobStatus.FAILED, error="Sorry!")


@pytest.fixture
async def process(database: Database) -> AsyncIterator[OneProcess]:
    async with OneProcess(database) as opened:
        yield opened


async def left(store: JobStore, api: ScriptedApi, **fields: Any) -> JobRecord:
    """A job that an earlier process with the same name sent hours ago."""
    job, _ = await store.record(new_job(owner="0"))
    sent = await api.imagine(job.prompt)
    ago = datetime.now(UTC) - timedelta(hours=5)
    values = {"state": JobState.RUNNING, "key": "main", "message_id": 55} | fields
    return await rewritten(store, job.id, remote_id=sent.message_id, submitted_at=ago, **values)


def phases(process: OneProcess, job: JobRecord) -> list[JobPhase]:
    """The phases of the job's progress, without consecutive duplicates."""
    return [
        phase
        for phase, _ in groupby(progress.phase for progress in process.presenter.progress if progress.job.id == job.id)
    ]


async def test_from_the_record_to_the_picture(process: OneProcess) -> None:
    """The whole result is stored, and delivered once."""
    result = done(original_url=ORIGINAL, tiles=[f"{PICTURE}?{n}" for n in range(4)])
    process.api.reads = deque([record(JobStatus.QUEUED), record(percent=8), record(percent=50), result])
    job = await process.run()
    assert (job.state, job.image_url, job.original_url) == (JobState.DONE, PICTURE, ORIGINAL)
    assert (job.tiles, job.buttons, job.reason, job.key) == (result.tiles, ("U1", "V1"), None, "main")
    times = [job.created_at, job.submitting_at, job.submitted_at, job.finished_at, job.delivered_at]
    assert sorted(time for time in times if time) == times
    ending = process.presenter.ending
    assert (ending.uploads[0].data, ending.uploads[0].width, ending.note) == (png(), 8, None)
    assert [progress.percent for progress in process.presenter.progress if progress.phase is JobPhase.RUNNING] == [
        8,
        50,
    ]
    assert phases(process, job) == [JobPhase.SUBMITTING, JobPhase.QUEUED, JobPhase.RUNNING]


async def test_a_job_that_has_to_wait(database: Database) -> None:
    """Its position is shown; it is sent after the job before it has ended."""
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=50)])), at_once=1) as process:
        first = await process.begin()
        await process.presenter.phase(JobPhase.RUNNING)
        second = await process.begin()
        assert (await process.presenter.phase(JobPhase.WAITING)).position == 1
        assert [accepted.ref for accepted in process.api.accepted.values()] == [first.id]
        process.api.reads = deque([done(), record(percent=50), done()])
        assert (await process.ended(second)).state is JobState.DONE
    assert phases(process, second) == [JobPhase.WAITING, JobPhase.SUBMITTING, JobPhase.QUEUED, JobPhase.RUNNING]


async def test_previews_are_shown_while_it_runs(process: OneProcess) -> None:
    """The URL of a preview is shown, but not stored as the result."""
    preview = "https://cdn.imaginepro.ai/preview.webp"
    process.api.reads = deque([record(percent=20, image_url=preview), SORRY])
    job = await process.run()
    assert (await process.presenter.phase(JobPhase.RUNNING)).preview_url == preview
    assert job.image_url is None


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (record(JobStatus.FAILED, percent=60, error="Sorry!"), "could not make this picture: Sorry!"),
        (record(JobStatus.FAILED), "gave no reason"),
        (record(JobStatus.DONE, percent=100), "sent no picture"),
        (UnknownJob(), "no longer knows this job"),
    ],
)
async def test_failure_is_shown_and_enables_the_button(process: OneProcess, last: Any, sentence: str) -> None:
    """The reply shows one sentence, and the button can be pressed again."""
    process.api.reads = deque([record(percent=60), last])
    job = await process.run(new_follow_up(once_key=KEY))
    assert job.state is JobState.FAILED
    assert sentence in str(job.reason)
    assert job.finished_at is not None
    assert (process.presenter.ending.uploads, process.presenter.ending.job.reason) == ((), job.reason)
    assert (await process.store.record(new_follow_up(once_key=KEY)))[1]


async def test_a_failure_with_a_hint(process: OneProcess) -> None:
    """A known error is shown with a hint after the API's reason."""
    process.api.reads = deque([record(JobStatus.FAILED, error="No face detected.")])
    details = {"kind": "faceswap", "source": PICTURE, "target": ORIGINAL}
    job = await process.run(new_job(kind=JobKind.FACE_SWAP, details=details))
    assert str(job.reason).endswith(": No face detected. Use two pictures with one clear face each.")


async def test_refusal_is_shown_and_enables_the_button(process: OneProcess) -> None:
    """A refused job costs nothing and is not polled."""
    process.api.answers = deque([PromptRefused("Reword it.", status=400)])
    job = await process.run(new_follow_up(once_key=KEY))
    assert (job.state, job.reason, job.once_key) == (JobState.FAILED, "Reword it.", None)
    assert process.api.calls == ["submit"]


async def test_an_unconfirmed_job_keeps_its_key(process: OneProcess) -> None:
    """It may have cost credits, so the same button leads to this job until the member retries it."""
    process.api.answers = deque([TimedOut(may_have_created=True)])
    job = await process.run(new_follow_up(once_key=KEY))
    assert (job.state, job.once_key) == (JobState.UNCONFIRMED, KEY)
    assert phases(process, job) == [JobPhase.SUBMITTING, JobPhase.SEARCHING]
    assert "Submit again" in str(process.presenter.ending.job.reason)
    assert (await process.store.record(new_follow_up(once_key=KEY)))[0].id == job.id


async def test_api_outage_is_shown_until_it_ends(process: OneProcess) -> None:
    """The note is shown with the last percentage, and removed with the next answer."""
    process.api.reads = deque([record(percent=30), Unreachable(), Unreachable(), record(percent=40), done()])
    job = await process.run()
    notes = [(progress.percent, progress.note) for progress in process.presenter.progress if progress.percent]
    silent = "ImaginePro does not answer at the moment. The bot keeps asking."
    assert notes == [(30, None), (30, silent), (40, None)]
    assert job.state is JobState.DONE


async def test_stalled_job_is_shown_as_stalled(database: Database) -> None:
    """The note is removed with the next percentage."""
    stalling = replace(FAST, stalled=timedelta(seconds=0.05))
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=50)])), timings=stalling) as process:
        job = await process.begin()
        await process.presenter.wait_for(lambda progress: "Nothing new for longer than usual." in str(progress.note))
        process.api.reads = deque([record(percent=60), done()])
        assert (await process.ended(job)).state is JobState.DONE
        assert [progress.note for progress in process.presenter.progress if progress.percent == 60] == [None]


async def test_a_result_that_comes_after_the_job_was_given_up(database: Database) -> None:
    """At its deadline the failure is shown and its button is enabled; later the picture is delivered."""
    async with OneProcess(
        database, ScriptedApi(reads=deque([record(percent=93)])), timeout=0, timings=SHORT
    ) as process:
        job = await process.run(new_follow_up(once_key=KEY))
        assert (job.state, job.once_key) == (JobState.FAILED, None)
        assert "longer than it may" in str(process.presenter.ending.job.reason)
        assert job.late_until is not None
        process.api.reads = deque([done()])
        await until(lambda: _is_delivered(process, job, JobState.DONE))
    assert [ending.job.state for ending in process.presenter.endings] == [JobState.FAILED, JobState.DONE]
    assert process.presenter.endings[-1].uploads
    late = await process.now(job)
    assert (late.reason, late.late_until, late.image_url) == (None, None, PICTURE)


@pytest.mark.parametrize(
    ("hours", "last"), [(-1, record(percent=93)), (1, SORRY), (1, UnknownJob())], ids=["over", "failed", "forgotten"]
)
async def test_late_result_is_not_awaited_forever(database: Database, store: JobStore, hours: int, last: Any) -> None:
    """After the deadline, or if the API reports a failure, the job stays failed."""
    api, now = ScriptedApi(reads=deque([last])), datetime.now(UTC)
    until_when = now + timedelta(hours=hours)
    fields = {"state": JobState.FAILED, "reason": "Late.", "delivered_at": now, "late_until": until_when}
    job = await left(store, api, **fields)
    async with OneProcess(database, api) as process:
        await until(lambda: _is_not_late(process, job))
        ended = await process.now(job)
        assert (ended.state, ended.reason, len(process.watcher)) == (JobState.FAILED, "Late.", 0)
    assert (process.presenter.endings, process.presenter.progress) == ([], [])


async def test_late_result_event_restarts_the_polling(database: Database, store: JobStore) -> None:
    """After the event the job is polled again."""
    api = ScriptedApi(reads=deque([done()]))
    job = await left(store, api, state=JobState.FAILED, delivered_at=datetime.now(UTC))
    async with OneProcess(database, api) as process:
        await process.pubsub.publish(Topic.LATE, job.id)
        await until(lambda: _is_delivered(process, job, JobState.DONE))
        assert process.presenter.ending.uploads


async def test_result_from_the_downtime_is_fetched(database: Database, store: JobStore) -> None:
    """A job whose deadline passed during the downtime is still polled."""
    api = ScriptedApi()
    job = await left(store, api)
    async with OneProcess(database, api) as process:
        assert (await process.ended(job)).state is JobState.DONE
        assert process.presenter.ending.uploads


async def test_a_picture_that_cannot_be_shown(process: OneProcess) -> None:
    """The job is done, with its buttons, and the reply says why there is no picture."""
    process.api.downloads = {PICTURE: PictureGone()}
    job = await process.run()
    assert (job.state, job.buttons, process.presenter.ending.uploads) == (JobState.DONE, ("U1", "V1"), ())
    assert "can no longer be downloaded" in str(process.presenter.ending.note)


async def test_deleted_reply(process: OneProcess) -> None:
    """The job counts as delivered."""
    process.presenter.errors = deque([ReplyGone()])
    job = await process.run()
    assert (job.state, job.delivered_at is not None) == (JobState.DONE, True)
    assert await process.store.unfinished() == []


async def test_job_that_cannot_be_sent_fails(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """The traceback is logged with the job's id, and not shown."""
    job = new_follow_up(parent_remote_id=None)
    with caplog.at_level(logging.ERROR):
        async with OneProcess(database) as process:
            assert (await process.run(job)).state is JobState.FAILED
    assert "inside the bot" in str(process.presenter.ending.job.reason)
    assert [line.__dict__["job"] for line in caplog.records] == [job.id]
    assert process.api.calls == []


class Breaks(ScriptedApi):
    """An API whose polls raise an unexpected exception, the first `times`."""

    times = 10**9

    async def progress(self, message_id: str) -> Job:
        self.times -= 1
        if self.times >= 0:
            raise RuntimeError(message_id)
        return await super().progress(message_id)


async def test_unexpected_exception_ends_no_running_job(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """The job is paid for, so it is polled again; the failures are logged once."""
    api = Breaks()
    api.times = 5
    with caplog.at_level(logging.ERROR):
        async with OneProcess(database, api) as process:
            job = await process.run(new_job())
    assert (job.state, api.calls.count("submit"), len(process.presenter.endings)) == (JobState.DONE, 1, 1)
    assert [line.__dict__["job"] for line in caplog.records] == [job.id]


async def test_lasting_exception_ends_the_job_at_its_deadline(database: Database) -> None:
    """It would take the place of another job for good otherwise."""
    async with OneProcess(database, Breaks(), timeout=0, timings=SHORT) as process:
        assert (await process.run(new_job())).state is JobState.FAILED
    assert "inside the bot" in str(process.presenter.ending.job.reason)


async def test_ended_job_is_not_run_again(process: OneProcess) -> None:
    """Delivering or resuming it again sends no request and shows nothing."""
    job = await process.run()
    calls = list(process.api.calls)
    await process.lifecycle.deliver(job)
    await process.lifecycle.resume(job)
    assert await process.now(job) == job
    assert (process.api.calls, len(process.presenter.endings), len(process.watcher)) == (calls, 1, 0)


async def test_job_without_a_row(process: OneProcess) -> None:
    """If its row was deleted, nothing is sent or shown."""
    await process.parts.engine.start("deliver", "nobody", workflow_id="nobody")
    await asyncio.wait_for(process.workflows.delivered["nobody"].wait(), 60)
    assert (process.api.calls, process.presenter.endings) == ([], [])


async def test_concurrent_jobs_do_not_mix(database: Database) -> None:
    """Twenty concurrent jobs: each has its own job at the API and its own ending."""
    async with OneProcess(database, ScriptedApi(reads=deque([done()]))) as process:
        jobs = await asyncio.gather(*(process.run() for _ in range(20)))
    assert len({job.remote_id for job in jobs}) == 20
    assert {accepted.ref for accepted in process.api.accepted.values()} == {job.id for job in jobs}
    assert {ending.job.id for ending in process.presenter.endings} == {job.id for job in jobs}


async def _is_delivered(process: OneProcess, job: JobRecord, state: JobState) -> bool:
    found = await process.now(job)
    return found.state is state and found.delivered_at is not None


async def _is_not_late(process: OneProcess, job: JobRecord) -> bool:
    return (await process.now(job)).late_until is None and len(process.watcher) == 0


async def test_a_job_is_dispatched_as_soon_as_it_is_back_in_the_queue(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is sent although the task that has put it back has not ended yet."""
    move = JobStore.move

    async def moved(store: JobStore, job_id: str, *states: JobState, **changes: Any) -> JobRecord | None:
        job = await move(store, job_id, *states, **changes)
        if states == (JobState.SUBMITTING,) and changes.get("state") is JobState.WAITING:
            await until(lambda: dispatched(job_id))
        return job

    async def dispatched(job_id: str) -> bool:
        # It looks at the queue as long as some job waits.
        process.dispatcher.add(other)
        job = await process.stored.get(job_id)
        return job is not None and job.state is JobState.DISPATCHED

    monkeypatch.setattr(JobStore, "move", moved)
    async with OneProcess(database, ScriptedApi(answers=deque([QueueFull(status=403)]))) as process:
        other, _ = await process.store.record(new_job(owner="0"))
        job = await process.run()
    assert (job.state, process.api.calls.count("submit")) == (JobState.DONE, 2)
