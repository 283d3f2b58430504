"""A job's life without interruptions: the way to its picture, and every way it can fail."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest

from bot.imaginepro import Job, JobStatus, PictureGone, PromptRefused, TimedOut, UnknownJob, Unreachable
from bot.services.cluster.pubsub import Topic
from bot.services.presenter import JobPhase, ReplyGone
from bot.store import Database, JobKind, JobRecord, JobState, JobStore
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.one_process import FAST, SHORT, OneProcess, until
from tests.bot.services.scripted import PICTURE, ScriptedApi, done, png, record

ORIGINAL = "https://cdn.discordapp.com/original.png"
KEY = "press:parent:U2"
SORRY = record(JobStatus.FAILED, error="Sorry!")


@pytest.fixture
async def house(database: Database) -> AsyncIterator[OneProcess]:
    async with OneProcess(database) as opened:
        yield opened


async def left(store: JobStore, api: ScriptedApi, **fields: Any) -> JobRecord:
    """A job that an earlier process of this name has sent, hours ago."""
    job, _ = await store.record(new_job(owner="0"))
    sent = await api.imagine(job.prompt)
    ago = datetime.now(UTC) - timedelta(hours=5)
    values = {"state": JobState.RUNNING, "key": "main", "message_id": 55} | fields
    return await store.update(job.id, remote_id=sent.message_id, submitted_at=ago, **values)


def phases(house: OneProcess, job: JobRecord) -> list[JobPhase]:
    """What the job's frames went through, each phase once for each time that it began."""
    return [phase for phase, _ in groupby(frame.phase for frame in house.presenter.frames if frame.job.id == job.id)]


async def test_from_the_record_to_the_picture(house: OneProcess) -> None:
    """Everything the API said of the result is remembered, shown once, and settled."""
    result = done(original_url=ORIGINAL, tiles=[f"{PICTURE}?{n}" for n in range(4)])
    house.api.reads = deque([record(JobStatus.QUEUED), record(percent=8), record(percent=50), result])
    job = await house.run()
    assert (job.state, job.image_url, job.original_url) == (JobState.DONE, PICTURE, ORIGINAL)
    assert (job.tiles, job.buttons, job.reason, job.key) == (result.tiles, ("U1", "V1"), None, "main")
    moments = [job.created_at, job.submitting_at, job.submitted_at, job.finished_at, job.delivered_at]
    assert sorted(moment for moment in moments if moment) == moments
    ending = house.presenter.ending
    assert (ending.uploads[0].data, ending.uploads[0].width, ending.note) == (png(), 8, None)
    assert [frame.percent for frame in house.presenter.frames if frame.phase is JobPhase.RUNNING] == [8, 50]
    assert phases(house, job) == [JobPhase.SUBMITTING, JobPhase.QUEUED, JobPhase.RUNNING]


async def test_a_job_that_has_to_wait(database: Database) -> None:
    """Its place comes first; it is sent when the one before has ended."""
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=50)])), at_once=1) as house:
        first = await house.ask()
        await house.presenter.phase(JobPhase.RUNNING)
        second = await house.ask()
        assert (await house.presenter.phase(JobPhase.WAITING)).position == 1
        assert [accepted.ref for accepted in house.api.accepted.values()] == [first.id]
        house.api.reads = deque([done(), record(percent=50), done()])
        assert (await house.ended(second)).state is JobState.DONE
    assert phases(house, second) == [JobPhase.WAITING, JobPhase.SUBMITTING, JobPhase.QUEUED, JobPhase.RUNNING]


async def test_previews_are_shown_while_it_runs(house: OneProcess) -> None:
    """The address the API sends on the way is in the frame, and not remembered as the result."""
    preview = "https://cdn.imaginepro.ai/preview.webp"
    house.api.reads = deque([record(percent=20, image_url=preview), SORRY])
    job = await house.run()
    assert (await house.presenter.phase(JobPhase.RUNNING)).preview_url == preview
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
async def test_a_failure_is_told_and_frees_the_button(house: OneProcess, last: Any, sentence: str) -> None:
    """One sentence on the reply; the same button can be pressed again."""
    house.api.reads = deque([record(percent=60), last])
    job = await house.run(new_follow_up(once_key=KEY))
    assert job.state is JobState.FAILED
    assert sentence in str(job.reason)
    assert job.finished_at is not None
    assert (house.presenter.ending.uploads, house.presenter.ending.job.reason) == ((), job.reason)
    assert (await house.store.record(new_follow_up(once_key=KEY)))[1]


async def test_a_failure_with_a_hint(house: OneProcess) -> None:
    """Where the bot knows what helps, it says so after the API's reason."""
    house.api.reads = deque([record(JobStatus.FAILED, error="No face detected.")])
    details = {"kind": "faceswap", "source": PICTURE, "target": ORIGINAL}
    job = await house.run(new_job(kind=JobKind.FACE_SWAP, details=details))
    assert str(job.reason).endswith(": No face detected. Use two pictures with one clear face each.")


async def test_a_refusal_is_told_and_frees_the_button(house: OneProcess) -> None:
    """Nothing was paid, nothing is followed."""
    house.api.answers = deque([PromptRefused("Reword it.", status=400)])
    job = await house.run(new_follow_up(once_key=KEY))
    assert (job.state, job.reason, job.once_key) == (JobState.FAILED, "Reword it.", None)
    assert house.api.calls == ["submit"]


async def test_a_job_nobody_can_find_keeps_its_key(house: OneProcess) -> None:
    """It may have been paid: the same button leads back to it until the member says otherwise."""
    house.api.answers = deque([TimedOut(may_have_created=True)])
    job = await house.run(new_follow_up(once_key=KEY))
    assert (job.state, job.once_key) == (JobState.UNCONFIRMED, KEY)
    assert phases(house, job) == [JobPhase.SUBMITTING, JobPhase.SEARCHING]
    assert "Submit again" in str(house.presenter.ending.job.reason)
    assert (await house.store.record(new_follow_up(once_key=KEY)))[0].id == job.id


async def test_a_silent_api_is_told_and_its_return_too(house: OneProcess) -> None:
    """The note comes with the last percentage, and goes with the next answer."""
    house.api.reads = deque([record(percent=30), Unreachable(), Unreachable(), record(percent=40), done()])
    job = await house.run()
    notes = [(frame.percent, frame.note) for frame in house.presenter.frames if frame.percent]
    silent = "ImaginePro does not answer at the moment. The bot keeps asking."
    assert notes == [(30, None), (30, silent), (40, None)]
    assert job.state is JobState.DONE


async def test_a_job_without_news_says_so_until_there_are_some(database: Database) -> None:
    """The note goes with the next percentage."""
    impatient = replace(FAST, stalled=timedelta(seconds=0.05))
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=50)])), timings=impatient) as house:
        job = await house.ask()
        await house.presenter.wait_for(lambda frame: "Nothing new for longer than usual." in str(frame.note))
        house.api.reads = deque([record(percent=60), done()])
        assert (await house.ended(job)).state is JobState.DONE
        assert [frame.note for frame in house.presenter.frames if frame.percent == 60] == [None]


async def test_a_result_that_comes_after_the_job_was_given_up(database: Database) -> None:
    """At its time limit plus the grace a sentence, and its key is free; then the picture all the same."""
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=93)])), timeout=0, timings=SHORT) as house:
        job = await house.run(new_follow_up(once_key=KEY))
        assert (job.state, job.once_key) == (JobState.FAILED, None)
        assert "longer than it may" in str(house.presenter.ending.job.reason)
        assert job.late_until is not None
        house.api.reads = deque([done()])
        await until(lambda: _is_delivered(house, job, JobState.DONE))
    assert [ending.job.state for ending in house.presenter.endings] == [JobState.FAILED, JobState.DONE]
    assert house.presenter.endings[-1].uploads
    late = await house.now(job)
    assert (late.reason, late.late_until, late.image_url) == (None, None, PICTURE)


@pytest.mark.parametrize(
    ("hours", "last"), [(-1, record(percent=93)), (1, SORRY), (1, UnknownJob())], ids=["over", "failed", "forgotten"]
)
async def test_nobody_waits_for_ever_for_what_comes_late(
    database: Database, store: JobStore, hours: int, last: Any
) -> None:
    """When the time is over, or the API says that nothing will come, the job stays as its reply says."""
    api, now = ScriptedApi(reads=deque([last])), datetime.now(UTC)
    until_when = now + timedelta(hours=hours)
    fields = {"state": JobState.FAILED, "reason": "Late.", "delivered_at": now, "late_until": until_when}
    job = await left(store, api, **fields)
    async with OneProcess(database, api) as house:
        await until(lambda: _is_not_late(house, job))
        ended = await house.now(job)
        assert (ended.state, ended.reason, len(house.watcher)) == (JobState.FAILED, "Late.", 0)
    assert (house.presenter.endings, house.presenter.frames) == ([], [])


async def test_the_api_tells_of_a_result_that_comes_late(database: Database, store: JobStore) -> None:
    """The job is read again though nobody waited for it any more."""
    api = ScriptedApi(reads=deque([done()]))
    job = await left(store, api, state=JobState.FAILED, delivered_at=datetime.now(UTC))
    async with OneProcess(database, api) as house:
        await house.pubsub.publish(Topic.LATE, job.id)
        await until(lambda: _is_delivered(house, job, JobState.DONE))
        assert house.presenter.ending.uploads


async def test_a_result_from_while_the_bot_was_away_is_fetched(database: Database, store: JobStore) -> None:
    """The job's time was over hours ago; it is asked for all the same."""
    api = ScriptedApi()
    job = await left(store, api)
    async with OneProcess(database, api) as house:
        assert (await house.ended(job)).state is JobState.DONE
        assert house.presenter.ending.uploads


async def test_a_key_that_is_gone(database: Database, store: JobStore) -> None:
    """Nobody can ask for the job any more, and its reply says why."""
    api = ScriptedApi()
    job = await left(store, api, key="gone")
    async with OneProcess(database, api) as house:
        assert (await house.ended(job)).state is JobState.FAILED
        assert "an ImaginePro account that the bot no longer uses" in str(house.presenter.ending.job.reason)
    assert api.calls == ["submit"]


async def test_a_picture_that_cannot_be_shown(house: OneProcess) -> None:
    """The job is done all the same, with its buttons, and the reply says what is the matter."""
    house.api.downloads = {PICTURE: PictureGone()}
    job = await house.run()
    assert (job.state, job.buttons, house.presenter.ending.uploads) == (JobState.DONE, ("U1", "V1"), ())
    assert "can no longer be downloaded" in str(house.presenter.ending.note)


async def test_a_reply_that_is_gone_does_not_matter(house: OneProcess) -> None:
    """The job is settled, and not delivered again."""
    house.presenter.errors = deque([ReplyGone()])
    job = await house.run()
    assert (job.state, job.delivered_at is not None) == (JobState.DONE, True)
    assert await house.store.unfinished() == []


class Breaks(ScriptedApi):
    """Its answers are nothing the bot expects."""

    async def progress(self, message_id: str) -> Job:
        raise RuntimeError(message_id)


@pytest.mark.parametrize(
    ("api", "job"), [(ScriptedApi(), new_follow_up(parent_remote_id=None)), (Breaks(), new_job())], ids=["sent", "read"]
)
async def test_a_mistake_of_ours_ends_the_job_with_a_sentence(
    database: Database, caplog: pytest.LogCaptureFixture, api: ScriptedApi, job: Any
) -> None:
    """The traceback is in the log with the job's id, and not on the reply."""
    with caplog.at_level(logging.ERROR):
        async with OneProcess(database, api) as house:
            assert (await house.run(job)).state is JobState.FAILED
    assert "inside the bot" in str(house.presenter.ending.job.reason)
    assert [line.__dict__["job"] for line in caplog.records] == [job.id]


async def test_a_job_that_has_ended_lives_no_second_time(house: OneProcess) -> None:
    """Sent, delivered and taken up again it asks the API nothing and shows nothing."""
    job = await house.run()
    calls = list(house.api.calls)
    await house.lifecycle.deliver(job)
    await house.lifecycle.resume(job)
    assert await house.now(job) == job
    assert (house.api.calls, len(house.presenter.endings), len(house.watcher)) == (calls, 1, 0)


async def test_a_job_without_a_record_is_nothing(house: OneProcess) -> None:
    """Somebody emptied the database: nothing is sent, nothing is shown."""
    await house.parts.engine.start("deliver", "nobody", workflow_id="nobody")
    await asyncio.wait_for(house.workflows.delivered["nobody"].wait(), 60)
    assert (house.api.calls, house.presenter.endings) == ([], [])


async def test_many_at_once_do_not_mix(database: Database) -> None:
    """Twenty lives side by side: each has its own job at the API and its own ending."""
    async with OneProcess(database, ScriptedApi(reads=deque([done()]))) as house:
        jobs = await asyncio.gather(*(house.run() for _ in range(20)))
    assert len({job.remote_id for job in jobs}) == 20
    assert {accepted.ref for accepted in house.api.accepted.values()} == {job.id for job in jobs}
    assert {ending.job.id for ending in house.presenter.endings} == {job.id for job in jobs}


async def _is_delivered(house: OneProcess, job: JobRecord, state: JobState) -> bool:
    found = await house.now(job)
    return found.state is state and found.delivered_at is not None


async def _is_not_late(house: OneProcess, job: JobRecord) -> bool:
    return (await house.now(job)).late_until is None and len(house.watcher) == 0
