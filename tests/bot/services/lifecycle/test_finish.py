"""Recording the end of a job, once; and results that arrive after the job was given up."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.imaginepro import Job, JobStatus
from bot.services.lifecycle.finish import JobFinisher
from bot.store import Database, JobRecord, JobState, JobStore
from tests.bot.records import new_follow_up, new_job, rewritten
from tests.bot.services.one_process import SHORT, OneProcess, until
from tests.bot.services.scripted import PICTURE, ScriptedApi, done, record
from tests.support.postgres import PostgresServer
from tests.support.postgres_proxy import PostgresProxy

KEY = "press:parent:U2"
LATER = datetime.now(UTC) + timedelta(hours=1)


async def running(database: Database, *, ends: JobState = JobState.DONE) -> JobRecord:
    """A running job that was started by a button; one that is to end as unconfirmed is searched for."""
    store = JobStore(database)
    job, _ = await store.record(new_follow_up(once_key=KEY))
    state = JobState.SUBMITTING if ends is JobState.UNCONFIRMED else JobState.RUNNING
    return await rewritten(store, job.id, state=state, remote_id="remote-1")


@pytest.fixture
def finisher(store: JobStore) -> JobFinisher:
    return JobFinisher(store)


async def test_a_job_ends_once(database: Database, finisher: JobFinisher) -> None:
    """A second attempt to end it changes nothing and returns None."""
    job = await running(database)
    ended = await finisher.finish(job, done(), cancelled=False)
    assert ended is not None
    assert (ended.state, ended.image_url, ended.buttons, ended.once_key) == (JobState.DONE, PICTURE, ("U1", "V1"), KEY)
    assert await finisher.end(job, JobState.FAILED, "Sorry!") is None
    assert await finisher.cancelled(job) is None
    assert await JobStore(database).get(job.id) == ended


@pytest.mark.parametrize("remains", [{"tiles": (PICTURE,)}, {"buttons": ("U1",)}, {"original_url": PICTURE}])
async def test_a_job_without_its_picture_is_done(
    database: Database, finisher: JobFinisher, remains: dict[str, Any]
) -> None:
    """It was made and paid: what the record holds is the result. With nothing at all it has failed."""
    ended = await finisher.finish(await running(database), record(JobStatus.DONE, **remains), cancelled=False)
    assert ended is not None
    assert (ended.state, ended.reason) == (JobState.DONE, None)
    [(name, value)] = remains.items()
    assert getattr(ended, name) == value


async def test_a_job_with_nothing_has_failed(database: Database, finisher: JobFinisher) -> None:
    """There is nothing that the member could use."""
    ended = await finisher.finish(await running(database), record(JobStatus.DONE), cancelled=False)
    assert ended is not None
    assert ended.state is JobState.FAILED


async def test_a_button_may_make_a_video(database: Database, finisher: JobFinisher) -> None:
    """A record with nothing but `videoUrl` is a result of a button, and its address is kept as a video's."""
    url = "https://cdn.imaginepro.ai/1.mp4"
    ended = await finisher.finish(
        await running(database), record(JobStatus.DONE, percent=100, video_url=url), cancelled=False
    )
    assert ended is not None
    assert (ended.state, ended.image_url, ended.videos) == (JobState.DONE, None, (url,))


async def test_pictures_listed_beside_a_picture_are_no_videos(database: Database, finisher: JobFinisher) -> None:
    """`results` beside a picture are not taken for videos unless the record names one."""
    listed = done(results=[{"url": "https://cdn.imaginepro.ai/1.png", "index": 0}])
    ended = await finisher.finish(await running(database), listed, cancelled=False)
    assert ended is not None
    assert ended.videos == ()


@pytest.mark.parametrize(
    ("button", "details", "aim"),
    [
        ("Animate (Low motion)", {}, "make this video"),
        ("Extend (High motion)", {"of_video": True}, "make this video"),
        ("U2", {"of_video": True}, "make this video"),
        ("U2", {}, "make this picture"),
    ],
)
async def test_the_reason_names_what_was_to_be_made(
    store: JobStore, finisher: JobFinisher, button: str, details: dict[str, object], aim: str
) -> None:
    """A failure of Animate, and of any button under a video, speaks of a video."""
    job, _ = await store.record(new_follow_up(button, details=details))
    job = await rewritten(store, job.id, state=JobState.RUNNING, remote_id="remote-1")
    ended = await finisher.finish(job, record(JobStatus.FAILED, error="No."), cancelled=False)
    assert ended is not None
    assert ended.reason == f"ImaginePro could not {aim}: No."


@pytest.mark.parametrize(
    ("state", "key"), [(JobState.FAILED, None), (JobState.CANCELLED, None), (JobState.UNCONFIRMED, KEY)]
)
async def test_button_can_be_pressed_again_unless_unconfirmed(
    database: Database, finisher: JobFinisher, state: JobState, key: str | None
) -> None:
    """Only an unconfirmed job keeps its key."""
    ended = await finisher.end(await running(database, ends=state), state, "Sorry!")
    assert ended is not None
    assert (ended.state, ended.once_key, ended.reason) == (state, key, "Sorry!")


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.DISPATCHED, JobState.RUNNING])
async def test_only_a_job_that_is_searched_for_is_unconfirmed(
    store: JobStore, finisher: JobFinisher, state: JobState
) -> None:
    """Its row may say more by now than the search that found nothing."""
    job, _ = await store.record(new_follow_up(once_key=KEY))
    known = await rewritten(store, job.id, state=state)
    assert await finisher.end(job, JobState.UNCONFIRMED, "Unknown.") is None
    assert await store.get(job.id) == known


async def test_late_result_replaces_the_failure(database: Database, finisher: JobFinisher) -> None:
    """The job is delivered again, without any trace of the failure."""
    job = await running(database)
    failed = await finisher.end(job, JobState.FAILED, "Too long.", late_until=LATER)
    assert failed is not None
    failed = await rewritten(JobStore(database), job.id, delivered_at=LATER)
    late = await finisher.finish(failed, done(), cancelled=False)
    assert late is not None
    assert (late.state, late.reason, late.delivered_at, late.late_until) == (JobState.DONE, None, None, None)


async def test_late_failure_changes_nothing(database: Database, finisher: JobFinisher) -> None:
    """The failure is already shown, so the job is only no longer watched."""
    job = await running(database)
    failed = await finisher.end(job, JobState.FAILED, "Too long.", late_until=LATER)
    assert failed is not None
    assert await finisher.finish(failed, record(JobStatus.FAILED, error="No."), cancelled=False) is None
    found = await JobStore(database).get(job.id)
    assert found is not None
    assert (found.state, found.reason, found.late_until) == (JobState.FAILED, "Too long.", None)


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.UNCONFIRMED])
async def test_late_result_of_a_cancelled_job_is_ignored(
    database: Database, finisher: JobFinisher, state: JobState
) -> None:
    """A late result does not replace these endings."""
    ended = await finisher.end(await running(database, ends=state), state, "Over.")
    assert ended is not None
    assert await finisher.finish(ended, done(), cancelled=False) is None


@pytest.fixture
async def cable(postgres: PostgresServer) -> AsyncIterator[PostgresProxy]:
    """What a database hangs on, and can be told to break."""
    async with PostgresProxy(postgres.new_database()) as cable:
        yield cable


async def test_an_end_whose_commit_nobody_heard_of(cable: PostgresProxy) -> None:
    """The job has ended for whoever ended it; for another one it had ended before."""
    async with Database(cable.url) as database:
        finisher, job = JobFinisher(JobStore(database)), await running(database)
        cable.break_at_commit()
        ended = await finisher.end(job, JobState.FAILED, "Sorry!")
        assert ended is not None
        assert (cable.broken_connections, ended.reason) == (1, "Sorry!")
        assert await finisher.end(job, JobState.FAILED, "Sorry!") is None


async def test_a_result_whose_commit_nobody_heard_of(cable: PostgresProxy) -> None:
    """Lists and all, it counts as written by the one who wrote it."""
    async with Database(cable.url) as database:
        job = await running(database)
        cable.break_at_commit()
        ended = await JobFinisher(JobStore(database)).finish(job, done(), cancelled=False)
        assert ended is not None
        assert (cable.broken_connections, ended.state, ended.buttons) == (1, JobState.DONE, ("U1", "V1"))


async def overdue(process: OneProcess) -> JobRecord:
    """A job that was given up at its deadline, with the failure delivered."""
    job = await process.run(new_job())
    assert (job.state, job.late_until is not None) == (JobState.FAILED, True)
    process.workflows.delivered.clear()
    return job


def slow(*reads: Job) -> ScriptedApi:
    """An API whose jobs do not finish in time."""
    return ScriptedApi(reads=deque([record(percent=93), *reads]))


async def test_late_result_is_delivered(database: Database) -> None:
    """The job is still watched for an hour, and the reply gets its picture."""
    async with OneProcess(database, slow(), timeout=0, timings=SHORT) as process:
        job = await overdue(process)
        process.api.reads = deque([done()])
        await until(lambda: _is_done(process, job))
        late = await process.now(job)
        assert [ending.job.state for ending in process.presenter.endings] == [JobState.FAILED, JobState.DONE]
    assert (late.state, late.late_until, late.delivered_at is not None) == (JobState.DONE, None, True)
    assert process.workflows.begun("deliver") == [f"{job.id}.failed", f"{job.id}.done"]


async def test_no_late_result_is_accepted_after_an_hour(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is no longer watched, and nothing is unfinished."""
    timings = replace(SHORT, late_result=timedelta(seconds=0.3))
    async with OneProcess(database, slow(), timeout=0, timings=timings) as process:
        job = await overdue(process)

        async def forgotten() -> bool:
            return (await process.now(job)).late_until is None

        await until(forgotten)
        assert len(process.watcher) == 0
    assert len(process.presenter.endings) == 1


async def test_next_process_waits_for_the_late_result(database: Database) -> None:
    """A job whose failure was delivered is resumed by the next process."""
    async with OneProcess(database, slow(), timeout=0, timings=SHORT) as process:
        job = await overdue(process)
    async with OneProcess(
        database, ScriptedApi(accepted=process.api.accepted, reads=deque([done()])), workflows=process.workflows
    ) as successor:
        await until(lambda: _is_done(successor, job))
    assert successor.presenter.ending.job.state is JobState.DONE


async def _is_done(process: OneProcess, job: JobRecord) -> bool:
    found = await process.now(job)
    return found.state is JobState.DONE and found.delivered_at is not None


async def test_webhook_event_reports_a_late_result(database: Database) -> None:
    """A webhook event about a failed job makes its owner watch it again."""
    async with OneProcess(database, slow(record(JobStatus.FAILED, error="Sorry!"))) as process:
        job = await process.run(new_job())
        assert (job.state, job.late_until) == (JobState.FAILED, None)
        process.api.reads = deque([done()])
        process.lifecycle.on_late_result(job.id)
        await until(lambda: _is_done(process, job))
    assert process.presenter.endings[-1].job.state is JobState.DONE
