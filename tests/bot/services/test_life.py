"""A job's life without interruptions: the way to its picture, and every way it can fail."""

import asyncio
import logging
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.imaginepro import (
    ImagineProError,
    JobStatus,
    PictureGone,
    PictureNotAllowed,
    PictureTooLarge,
    PromptRefused,
    RequestRefused,
    TimedOut,
    UnknownJob,
    Unreachable,
)
from bot.services.frames import Phase, ReplyGone
from bot.store import JobState, JobStore
from tests.bot.records import new_follow_up, new_job, reply_address
from tests.bot.services.house import House
from tests.bot.services.scripted import PICTURE, ScriptedApi, Steps, done, png, record

ORIGINAL = "https://cdn.discordapp.com/original.png"
KEY = "press:parent:U2"


@pytest.fixture
def house(store: JobStore) -> House:
    return House(store)


async def test_from_the_record_to_the_picture(house: House) -> None:
    """Everything the API said of the result is remembered, shown once, and settled."""
    result = done(original_url=ORIGINAL, tiles=[f"{PICTURE}?{n}" for n in range(4)])
    house.api.reads = deque([record(JobStatus.QUEUED), record(percent=8), record(percent=50), result])
    job = await house.run(await house.recorded())
    assert (job.state, job.image_url, job.original_url) == (JobState.DONE, PICTURE, ORIGINAL)
    assert (job.tiles, job.buttons, job.reason) == (result.tiles, ("U1", "V1"), None)
    assert job.submitted_at is not None
    assert job.finished_at is not None
    assert job.delivered_at is not None
    assert job.submitted_at <= job.finished_at <= job.delivered_at
    ending = house.presenter.ending
    assert ending.uploads
    assert (ending.uploads[0].data, ending.uploads[0].width, ending.note) == (png(), 8, None)
    assert [frame.percent for frame in house.presenter.frames if frame.phase is Phase.RUNNING] == [8, 50]
    assert [frame.phase for frame in house.presenter.frames][:3] == [Phase.SUBMITTING, Phase.QUEUED, Phase.QUEUED]


async def test_previews_are_shown_while_it_runs(house: House) -> None:
    """The address the API sends on the way is in the frame, and not remembered as the result."""
    preview = "https://cdn.imaginepro.ai/preview.webp"
    house.api.reads = deque([record(percent=20, image_url=preview), record(JobStatus.FAILED, error="No.")])
    job = await house.run(await house.recorded())
    assert (await house.presenter.phase(Phase.RUNNING)).preview_url == preview
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
async def test_a_failure_is_told_and_frees_the_button(house: House, last: Any, sentence: str) -> None:
    """One sentence on the reply; the same button can be pressed again."""
    house.api.reads = deque([record(percent=60), last])
    job = await house.run(await house.recorded(new_follow_up(once_key=KEY)))
    assert job.state is JobState.FAILED
    assert sentence in str(job.reason)
    assert job.finished_at is not None
    assert (house.presenter.ending.uploads, house.presenter.ending.job.reason) == ((), job.reason)
    assert (await house.store.record(new_follow_up(once_key=KEY)))[1]


async def test_a_refusal_is_told_and_frees_the_button(house: House) -> None:
    """Nothing was paid, nothing is followed."""
    house.api.answers = deque([PromptRefused("Reword it.", status=400)])
    job = await house.run(await house.recorded(new_follow_up(once_key=KEY)))
    assert (job.state, job.reason, job.once_key) == (JobState.FAILED, "Reword it.", None)
    assert house.api.calls == ["submit"]


async def test_a_job_nobody_can_find_keeps_its_key(house: House) -> None:
    """It may have been paid: the same button leads back to it until the member says otherwise."""
    house.api.answers = deque([TimedOut(may_have_created=True)])
    job = await house.run(await house.recorded(new_follow_up(once_key=KEY)))
    assert (job.state, job.once_key) == (JobState.UNCLEAR, KEY)
    assert "Submit again" in str(house.presenter.ending.job.reason)
    assert (await house.store.record(new_follow_up(once_key=KEY)))[0].id == job.id


async def test_a_silent_api_is_told_and_its_return_too(house: House) -> None:
    """The note comes with the last percentage, and goes with the next answer."""
    house.api.reads = deque([record(percent=30), Unreachable(), Unreachable(), record(percent=40), done()])
    job = await house.run(await house.recorded())
    notes = [(frame.percent, frame.note is not None) for frame in house.presenter.frames if frame.percent]
    assert notes == [(30, False), (30, True), (40, False)]
    assert job.state is JobState.DONE


async def test_a_job_that_never_ends_is_given_up(store: JobStore) -> None:
    """At its own time limit plus the grace, with a sentence; its key is free again."""
    house = House(store, timeout=0, grace=0.05)
    house.api.reads = deque([record(percent=93)])
    job = await house.run(await house.recorded(new_follow_up(once_key=KEY)))
    assert (job.state, job.once_key) == (JobState.FAILED, None)
    assert "longer than it may" in str(job.reason)


async def test_a_result_from_while_the_bot_was_away_is_fetched(house: House) -> None:
    """The job's time was over hours ago; it is asked for all the same."""
    job = await house.recorded()
    await house.api.imagine(job.prompt)
    ago = datetime.now(UTC) - timedelta(hours=5)
    await house.store.update(job.id, state=JobState.RUNNING, remote_id="remote-1", submitted_at=ago)
    assert (await house.run(job)).state is JobState.DONE
    assert house.presenter.ending.uploads


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PictureGone(), "can no longer be downloaded"),
        (Unreachable(), "can no longer be downloaded"),
        (PictureTooLarge(), "open the original"),
        (PictureNotAllowed(), "open the original"),
        (b"this is no picture", "open the original"),
    ],
)
async def test_a_picture_that_cannot_be_shown(house: House, error: ImagineProError | bytes, sentence: str) -> None:
    """The job is done all the same, with its buttons, and the reply says what is the matter."""
    house.api.downloads = {PICTURE: error}
    job = await house.run(await house.recorded())
    assert (job.state, job.buttons) == (JobState.DONE, ("U1", "V1"))
    assert not house.presenter.ending.uploads
    assert sentence in str(house.presenter.ending.note)


async def test_a_job_without_news_says_so_until_there_are_some(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside what else there is to say; the picture comes all the same."""
    monkeypatch.setattr("bot.services.tracker.course._SILENCE", 0.05)
    house.api.reads, house.api.cancels = (
        deque([record(percent=50)]),
        deque([RequestRefused("Not this one.", status=400)]),
    )
    job = await house.recorded()
    life = house.begin(job)
    await house.presenter.wait_for(lambda frame: "Nothing new for longer than usual." in str(frame.note))
    house.life.cancel(job.id)
    await house.presenter.wait_for(lambda frame: "Not this one. Nothing new" in str(frame.note))
    house.api.reads = deque([record(percent=60), done()])
    assert (await life).state is JobState.DONE
    assert [frame.note for frame in house.presenter.frames if frame.percent == 60] == [
        "This job could not be cancelled, so it goes on. Not this one."
    ]


async def test_the_original_stands_in_for_a_picture_that_is_gone(house: House) -> None:
    """Two addresses, and the second one will do."""
    house.api.reads = deque([done(original_url=ORIGINAL)])
    house.api.downloads = {PICTURE: PictureGone(), ORIGINAL: png(16)}
    await house.run(await house.recorded())
    ending = house.presenter.ending
    assert ending.uploads
    assert (ending.uploads[0].width, ending.note) == (16, None)


async def test_a_picture_larger_than_the_place_allows_is_made_to_fit(house: House) -> None:
    """The limit is the one of the interaction."""
    limit = len(png(600)) - 1
    house.api.downloads = {PICTURE: png(600)}
    await house.run(await house.recorded(new_job(reply=reply_address(upload_limit=limit))))
    ending = house.presenter.ending
    assert ending.uploads
    assert len(ending.uploads[0].data) <= limit


async def test_a_reply_that_is_gone_does_not_matter(house: House) -> None:
    """The job is settled, and not delivered again."""
    house.presenter.errors = deque([ReplyGone()])
    job = await house.run(await house.recorded())
    assert (job.state, job.delivered_at is not None) == (JobState.DONE, True)
    assert await house.store.unfinished() == []


async def test_an_ending_that_could_not_be_shown_is_shown_next_time(house: House) -> None:
    """The error goes to the engine; the next life of the job only delivers."""
    house.presenter.errors = deque([RuntimeError("Discord is on fire")])
    job = await house.recorded()
    with pytest.raises(RuntimeError, match="on fire"):
        await house.run(job)
    assert [late.id for late in await house.store.unfinished()] == [job.id]
    assert (await house.run(job)).delivered_at is not None
    assert house.api.calls.count("submit") == 1
    assert house.presenter.ending.uploads


async def test_a_mistake_of_ours_ends_the_job_with_a_sentence(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """The traceback is in the log with the job's id, and not on the reply."""
    with caplog.at_level(logging.ERROR):
        job = await house.run(await house.recorded(new_follow_up(parent_remote_id=None)))
    assert job.state is JobState.FAILED
    assert "inside the bot" in str(house.presenter.ending.job.reason)
    assert [line.__dict__["job"] for line in caplog.records] == [job.id]


async def test_a_job_that_has_ended_lives_no_second_time(house: House) -> None:
    """Running it again asks the API nothing and shows nothing."""
    job = await house.run(await house.recorded())
    calls = list(house.api.calls)
    assert await house.run(job) == job
    assert house.api.calls == calls
    assert len(house.presenter.endings) == 1


async def test_a_job_without_a_record_is_nothing(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody emptied the database: a line in the log, and that is all."""
    with caplog.at_level(logging.WARNING):
        await house.life.run("nobody", Steps())
    assert [line.__dict__["job"] for line in caplog.records] == ["nobody"]
    assert house.presenter.endings == []


async def test_many_at_once_do_not_mix(store: JobStore) -> None:
    """Twenty lives side by side: each has its own job at the API and its own ending."""
    house = House(store, ScriptedApi(reads=deque([done()])))
    jobs = [await house.recorded() for _ in range(20)]
    ended = await asyncio.gather(*(house.begin(job) for job in jobs))
    assert len({job.remote_id for job in ended}) == 20
    assert {job.ref for job in house.api.accepted.values()} == {job.id for job in jobs}
    assert {ending.job.id for ending in house.presenter.endings} == {job.id for job in jobs}
