"""Starting jobs: limits of the queue, double clicks, shutdown, and retries."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import UserError
from bot.services.jobs.recording import Opened
from bot.services.kinds import DescribeRequest, request_of
from bot.services.lifecycle.finish import JobFinisher
from bot.services.prompt import ImagineOptions, Prompt, compose_prompt
from bot.services.prompt.rules import Refusal
from bot.store import Database, DatabaseClosed, JobRecord, JobState, WaitingLimits
from tests.bot.records import new_follow_up, new_job, reply_address, rewritten
from tests.bot.services.one_process import MESSAGE, OneProcess
from tests.bot.services.signed_urls import NEW, OLD

MIA, MAX, HERE, THERE = 100, 101, 1, 9
NOW = datetime.now(UTC)
FOX = compose_prompt("a red fox", ImagineOptions())


@pytest.fixture
async def process(database: Database) -> AsyncIterator[OneProcess]:
    """Two jobs of a member may wait, three in a server; none is dispatched."""
    async with OneProcess(database, waiting_limits=WaitingLimits(of_member=2, of_guild=3)) as process:
        await process.key_store.pause("main", 200)
        yield process


async def imagine(process: OneProcess, user: int = MIA, guild: int | None = HERE, prompt: Prompt = FOX) -> JobRecord:
    return (await process.jobs.imagine(prompt, reply_address(user_id=user, guild_id=guild))).job


async def test_new_job_belongs_to_this_process(process: OneProcess) -> None:
    """So that no other process takes it over meanwhile."""
    assert (await imagine(process)).owner == "0"


async def test_waiting_jobs_of_a_member_are_limited(process: OneProcess) -> None:
    """The error has the number of waiting jobs and a hint. Limits are per member and server."""
    for _ in range(2):
        await imagine(process)
    with pytest.raises(UserError, match=r"You have 2 jobs waiting.*/cancel"):
        await imagine(process)
    await imagine(process, MAX)
    await imagine(process, MIA, THERE)
    await imagine(process, MIA, None)


async def test_waiting_jobs_of_a_server_are_limited(process: OneProcess) -> None:
    """Regardless of the member."""
    for user in (MIA, MAX, 102):
        await imagine(process, user)
    with pytest.raises(UserError, match="This server has 3 jobs waiting"):
        await imagine(process, 103)


async def test_cancelled_job_frees_a_place_in_the_queue(process: OneProcess) -> None:
    """A cancelled job no longer counts."""
    first, _ = await imagine(process), await imagine(process)
    await process.jobs.cancel(first.id, MIA, may_manage=False)
    await imagine(process)


async def test_full_queue_accepts_a_repeated_interaction(process: OneProcess) -> None:
    """The same interaction twice opens the same job."""
    await imagine(process)
    reply = reply_address(user_id=MIA, guild_id=HERE)
    first = await process.jobs.imagine(FOX, reply)
    again = await process.jobs.imagine(FOX, reply)
    assert (first.is_new, again.is_new, again.job) == (True, False, first.job)


async def test_no_job_is_started_during_shutdown(process: OneProcess) -> None:
    """The member gets an error; recorded jobs can still be begun and cancelled."""
    job = await imagine(process)
    process.jobs.close()
    with pytest.raises(UserError, match="restarted"):
        await imagine(process)
    await process.jobs.begin(job, channel_id=7, message_id=MESSAGE)
    assert (await process.now(job)).state is JobState.WAITING
    assert (await process.jobs.cancel(job.id, MIA, may_manage=False)).state is JobState.CANCELLED


async def test_a_job_is_begun_once(process: OneProcess) -> None:
    """The first reply is stored; a second `begin` changes nothing."""
    job = await imagine(process)
    await process.jobs.begin(job, channel_id=7, message_id=MESSAGE)
    await process.jobs.begin(job, channel_id=8, message_id=MESSAGE + 1)
    begun = await process.now(job)
    assert (begun.state, begun.reply.channel_id, begun.reply.message_id) == (JobState.WAITING, 7, MESSAGE)


async def parent(process: OneProcess) -> JobRecord:
    """A done job with buttons."""
    job = await imagine(process, MAX)
    buttons = ("U1", "V1", "Cancel Job")
    return await rewritten(
        process.stored, job.id, state=JobState.DONE, remote_id="remote-9", key="main", buttons=buttons, delivered_at=NOW
    )


async def test_a_follow_up_needs_the_key_of_its_parent(process: OneProcess) -> None:
    """Only that key's account has the picture."""
    picture = await parent(process)
    pressed = await process.jobs.follow_up(picture.id, 1, reply_address())
    assert (pressed.job.key, pressed.job.parent_remote_id, pressed.job.button) == ("main", "remote-9", "V1")


async def test_a_double_click_is_one_press(process: OneProcess) -> None:
    """Also for repeatable buttons and for other requests; another member's click is separate."""
    picture = await parent(process)
    first = await process.jobs.follow_up(picture.id, 1, reply_address())
    assert (await process.jobs.follow_up(picture.id, 1, reply_address())).job == first.job
    assert (await process.jobs.follow_up(picture.id, 1, reply_address(user_id=MAX))).is_new
    order = DescribeRequest(url="https://x.example/a.png")
    described = await process.jobs.create(order, reply_address(user_id=102, guild_id=THERE), parent=picture)
    again = await process.jobs.create(order, reply_address(user_id=102, guild_id=THERE), parent=picture)
    assert (described.is_new, again.is_new) == (True, False)


async def test_a_double_click_on_an_old_picture_is_one_press(process: OneProcess) -> None:
    """The first click refreshed the URL, so the two requests differ in it."""
    picture, order = await parent(process), DescribeRequest(url=OLD)
    process.url_refresher.known = {OLD: NEW}
    first = await process.jobs.create(order, reply_address(), parent=picture)
    again = await process.jobs.create(order, reply_address(), parent=picture)
    assert (first.job.details, again.is_new, again.job) == ({"url": NEW}, False, first.job)
    assert len(process.url_refresher.asked) == 1


@pytest.mark.parametrize("index", [-1, 2, 3])
async def test_a_button_that_is_not_offered_is_refused(process: OneProcess, index: int) -> None:
    """A hidden button, and indexes without a button."""
    picture = await parent(process)
    with pytest.raises(UserError, match="not offered"):
        await process.jobs.follow_up(picture.id, index, reply_address())


async def test_only_a_job_without_a_result_can_be_retried(process: OneProcess) -> None:
    """A waiting or done job can't be retried."""
    job, picture = await imagine(process), await parent(process)
    for each in (job, picture):
        with pytest.raises(UserError, match="without a picture"):
            await process.jobs.retry(each.id, reply_address())
    await rewritten(process.stored, job.id, state=JobState.FAILED)
    again = await process.jobs.retry(job.id, reply_address())
    assert (again.is_new, again.job.prompt) == (True, job.prompt)


async def unclear_press(process: OneProcess, picture: JobRecord) -> JobRecord:
    """A press of U1 that was never confirmed."""
    unclear = (await process.jobs.follow_up(picture.id, 0, reply_address())).job
    return await rewritten(process.stored, unclear.id, state=JobState.UNCONFIRMED)


async def test_retry_of_an_unconfirmed_job(process: OneProcess) -> None:
    """Its key moves to the new job, and a second retry leads there."""
    unclear = await unclear_press(process, await parent(process))
    again = await process.jobs.retry(unclear.id, reply_address())
    assert (again.is_new, again.job.once_key) == (True, unclear.once_key)
    assert (await process.now(unclear)).once_key is None
    assert await process.jobs.retry(unclear.id, reply_address()) == Opened(again.job, is_new=False)


async def test_refused_retry_leaves_the_key_where_it_was(process: OneProcess) -> None:
    """With the line full nothing is recorded, and a press of the button still leads to the unconfirmed job."""
    picture = await parent(process)
    unclear = await unclear_press(process, picture)
    for _ in range(2):
        await imagine(process)
    with pytest.raises(UserError, match="You have 2 jobs waiting"):
        await process.jobs.retry(unclear.id, reply_address())
    assert await process.now(unclear) == unclear
    pressed = await process.jobs.follow_up(picture.id, 0, reply_address(user_id=102, guild_id=THERE))
    assert pressed == Opened(unclear, is_new=False)


@pytest.mark.parametrize("ending", ["dropped", "cancelled", "failed"])
async def test_key_returns_from_a_retry_that_fails(process: OneProcess, ending: str) -> None:
    """The unconfirmed job may be paid, so a press of the button still leads to it; a retry is another request."""
    picture = await parent(process)
    unclear = await unclear_press(process, picture)
    again = (await process.jobs.retry(unclear.id, reply_address())).job
    if ending == "dropped":
        await process.jobs.drop(again, "Not shown.")
    elif ending == "cancelled":
        await process.jobs.cancel(again.id, MIA, may_manage=False)
    else:
        await JobFinisher(process.stored).end(again, JobState.FAILED, "Sorry!")
    assert (await process.now(again)).once_key is None
    assert (await process.now(unclear)).once_key == unclear.once_key
    pressed = await process.jobs.follow_up(picture.id, 0, reply_address(user_id=102, guild_id=THERE))
    assert (pressed.is_new, pressed.job.id) == (False, unclear.id)
    third = await process.jobs.retry(again.id, reply_address())
    assert (third.is_new, third.job.once_key) == (True, unclear.once_key)


async def test_retry_does_not_take_the_key_of_an_unconfirmed_retry(process: OneProcess) -> None:
    """Of a failed job: the later one may be paid, and only Submit again on it accepts that."""
    failed = await imagine(process)
    await rewritten(process.stored, failed.id, state=JobState.FAILED)
    again = (await process.jobs.retry(failed.id, reply_address())).job
    await rewritten(process.stored, again.id, state=JobState.UNCONFIRMED)
    second = await process.jobs.retry(failed.id, reply_address())
    assert (second.is_new, second.job.id) == (False, again.id)


async def test_draft_is_used_by_the_job_that_is_recorded(process: OneProcess) -> None:
    """A refused job leaves it usable; afterwards it can't be used again, and nothing is recorded."""
    picture, drafts = await parent(process), process.parts.drafts
    draft_id = await drafts.keep("mask", MIA, {"job": picture.id})
    waiting = [await imagine(process) for _ in range(2)]

    async def submit() -> Opened:
        use = await drafts.use_of("mask", draft_id, MIA)
        return await process.jobs.follow_up(picture.id, 1, reply_address(), mask="AAAA", draft=use)

    with pytest.raises(UserError, match="You have 2 jobs waiting"):
        await submit()
    for job in waiting:
        await process.jobs.drop(job, "Not shown.")
    outcomes = await asyncio.gather(submit(), submit(), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Opened", "UserError"]
    with pytest.raises(UserError, match="used already"):
        await submit()
    assert len(await process.stored.unfinished()) == 1


async def test_retry_sends_the_mask_again(process: OneProcess) -> None:
    """As long as it is kept; after that the member has to paint again."""
    details, label = {"mask": "AA=="}, "Vary (Region)"
    record, _ = await process.stored.record(new_follow_up(label, details=details, key="main"))
    await rewritten(process.stored, record.id, state=JobState.FAILED, finished_at=NOW)
    again = (await process.jobs.retry(record.id, reply_address())).job
    found = await process.stored.get_with_mask(again.id)
    assert found is not None
    assert (found.details, again.button) == (details, label)
    await process.stored.forget_masks(NOW + timedelta(days=1))
    with pytest.raises(UserError, match="no longer kept"):
        await process.jobs.retry(record.id, reply_address())


@pytest.mark.parametrize("kind", ["imagine", "button"])
async def test_retry_judges_the_prompt_again(database: Database, kind: str) -> None:
    """Also a new prompt of a button: what is known to fail costs nothing, and older spellings are sent as today's."""
    async with OneProcess(database, model="8.2") as process:

        async def failed(prompt: str) -> JobRecord:
            job = new_job(prompt=prompt) if kind == "imagine" else new_follow_up("V1", details={"prompt": prompt})
            record, _ = await process.stored.record(job)
            return await rewritten(process.stored, record.id, state=JobState.FAILED)

        with pytest.raises(Refusal, match="`--turbo` works with version 7"):
            await process.jobs.retry((await failed("a fox --turbo")).id, reply_address())
        again = (await process.jobs.retry((await failed("a fox --style raw --v 7")).id, reply_address())).job
        assert (again.prompt if kind == "imagine" else again.details["prompt"]) == "a fox --raw --v 7"


async def test_a_custom_zoom_judges_the_prompt_that_it_sends(database: Database) -> None:
    """The factor follows the picture's own prompt, which the account's model may not know any more."""
    async with OneProcess(database, model="8.2") as process:
        prompt, buttons = compose_prompt("a fox --stop 20", ImagineOptions()), ("Custom Zoom", "V1")
        job = (await process.jobs.imagine(prompt, reply_address())).job
        picture = await rewritten(
            process.stored, job.id, state=JobState.DONE, remote_id="remote-9", key="main", buttons=buttons
        )
        with pytest.raises(Refusal, match="`--stop` works with version 6"):
            await process.jobs.follow_up(picture.id, 0, reply_address(), zoom=1.5)
        assert (await process.jobs.follow_up(picture.id, 1, reply_address())).is_new


async def test_notes_are_kept_with_the_job(process: OneProcess) -> None:
    """A note about the prompt is there after a restart, and after a retry."""
    prompt = compose_prompt("a fox --oref https://a.example/b.png", ImagineOptions())
    job = await imagine(process, prompt=prompt)
    assert request_of(job).remarks == prompt.notes != ()
    await rewritten(process.stored, job.id, state=JobState.FAILED)
    assert request_of((await process.jobs.retry(job.id, reply_address())).job).remarks == prompt.notes


async def test_unknown_job(process: OneProcess) -> None:
    """The error has a hint."""
    with pytest.raises(UserError, match="Use /imagine"):
        await process.jobs.get("nobody")


async def test_a_job_that_can_not_be_begun_is_kept(
    process: OneProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The member gets an error; the next start resumes the job."""
    job = (await process.stored.record(new_follow_up()))[0]
    errors: list[Exception] = [RuntimeError("the database is away"), DatabaseClosed()]

    async def broken(*_: object, **__: object) -> None:
        raise errors.pop(0)

    monkeypatch.setattr(process.stored, "move", broken)
    for _ in range(2):
        with pytest.raises(UserError, match="don't ask for it a second time"):
            await process.jobs.begin(job, channel_id=None, message_id=MESSAGE)
    # That a process stops is no error.
    assert [line.message for line in caplog.records if line.levelno >= logging.ERROR] == ["a job could not be begun"]
    assert (await process.now(job)).state is JobState.RECORDED
