"""Jobs and buttons of an account whose API key was replaced go on with the key that has the account now."""

import asyncio
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.imaginepro import KeyRefused, ServerFault, Unreachable
from bot.services.cluster.pubsub import Topic
from bot.services.lifecycle.former_keys import FormerKeys
from bot.store import Database, JobRecord, JobState, JobStore
from tests.bot.records import new_follow_up, new_job, rewritten
from tests.bot.services.one_process import FAST, MESSAGE, OneProcess, until
from tests.bot.services.scripted import ScriptedApi, done, record

FORMER = "0a1b2c3d"


async def left(store: JobStore, api: ScriptedApi, **fields: Any) -> JobRecord:
    """A job that an earlier process has sent with the former key; `api` is its account."""
    job, _ = await store.record(new_job(owner="0"))
    sent = await api.imagine(job.prompt, ref=job.id)
    values = {"state": JobState.RUNNING, "key": FORMER, "message_id": MESSAGE, "remote_id": sent.message_id} | fields
    now = datetime.now(UTC)
    return await rewritten(store, job.id, submitting_at=now, submitted_at=now, **values)


async def unsent(store: JobStore, state: JobState, parent: str | None) -> JobRecord:
    """A job of the former key that was not sent yet: a follow-up of this job at the API, or a new image."""
    new = new_job(owner="0") if parent is None else new_follow_up("V1", owner="0", parent_remote_id=parent)
    job, _ = await store.record(new)
    return await rewritten(store, job.id, state=state, key=FORMER, message_id=MESSAGE)


def accounts() -> tuple[ScriptedApi, ScriptedApi]:
    """Of two keys; the second one has made jobs before, under ids that the first one does not know."""
    first, second = ScriptedApi(), ScriptedApi()
    for api in (first, second):
        api.reads = deque([done()])
    return first, second


def submissions(*apis: ScriptedApi) -> list[int]:
    """How many jobs each account was asked for."""
    return [api.calls.count("submit") for api in apis]


@pytest.mark.parametrize("number", [1, 2])
async def test_running_job_goes_on(database: Database, store: JobStore, number: int) -> None:
    """Also with several keys, of which one can read it. All jobs of the former key then belong to that one."""
    apis = accounts()[-number:]
    job = await left(store, apis[-1])
    earlier = await left(store, apis[-1], state=JobState.DONE, delivered_at=datetime.now(UTC))
    async with OneProcess(database, *apis) as process:
        ended = await process.ended(job)
        name = process.keys.all[-1].name
        assert (ended.state, ended.key, (await process.now(earlier)).key) == (JobState.DONE, name, name)
    assert submissions(*apis) == [*[0] * (number - 1), 2]


async def test_keys_are_asked_once(database: Database, store: JobStore) -> None:
    """What answered for one job is remembered for the others of the former key."""
    first, second = accounts()
    jobs = [await left(store, second) for _ in range(3)]
    async with OneProcess(database, first, second) as process:
        assert [(await process.ended(job)).state for job in jobs] == [JobState.DONE] * 3
    assert first.calls.count("progress") == 1


async def test_job_that_no_key_can_read(database: Database, store: JobStore) -> None:
    """It may be paid and may end well, so it is unconfirmed rather than failed, and the reply says why."""
    first, second = accounts()
    job = await left(store, ScriptedApi())
    second.reads = deque([KeyRefused(status=401)])
    async with OneProcess(database, first, second) as process:
        ended = await process.ended(job)
        assert (ended.state, ended.once_key) == (JobState.UNCONFIRMED, job.once_key)
        assert ended.reason == (
            "It may still have cost credits, but none of the bot's ImaginePro keys can see this job any more; "
            "press Submit again to send it once more."
        )
    assert submissions(first, second) == [0, 0]


async def test_api_that_does_not_answer(database: Database, store: JobStore) -> None:
    """The keys are asked again until one knows the job or all say that they do not."""
    first, second = accounts()
    job = await left(store, second)
    first.reads, second.reads = deque([Unreachable(), done()]), deque([ServerFault(status=500), Unreachable(), done()])
    async with OneProcess(database, first, second) as process:
        assert (await process.ended(job)).state is JobState.DONE


async def test_cancelled_while_the_key_is_looked_for(database: Database, store: JobStore) -> None:
    """The API is asked to cancel it as soon as its key is known."""
    first, second = accounts()
    job = await left(store, second)
    first.reads = second.reads = deque([Unreachable()])
    async with OneProcess(database, first, second) as process:
        await process.jobs.cancel(job.id, job.reply.user_id, may_manage=False)
        first.reads = second.reads = deque([record(percent=50)])
        assert (await process.ended(job)).state is JobState.CANCELLED
    assert second.accepted["remote-1"].cancelled


async def test_late_result_is_fetched(database: Database, store: JobStore) -> None:
    """For a job that was reported as failed before the key was replaced."""
    first, second = accounts()
    until_then = datetime.now(UTC) + timedelta(minutes=9)
    fields = {"state": JobState.FAILED, "delivered_at": datetime.now(UTC)}
    job = await left(store, second, late_until=until_then, **fields)
    lost = await left(store, ScriptedApi(), late_until=until_then, **fields | {"remote_id": "remote-lost"})
    noticed = await left(store, second, **fields)
    async with OneProcess(database, first, second) as process:
        await until(lambda: _is_done(process, job))
        await until(lambda: _expects_nothing(process, lost))
        await process.pubsub.publish(Topic.LATE, noticed.id)
        await until(lambda: _is_done(process, noticed))
        assert (await process.now(lost)).state is JobState.FAILED


async def _is_done(process: OneProcess, job: JobRecord) -> bool:
    return (await process.now(job)).state is JobState.DONE


async def _expects_nothing(process: OneProcess, job: JobRecord) -> bool:
    return (await process.now(job)).late_until is None


async def test_lost_submission_is_found(database: Database, store: JobStore) -> None:
    """The history of every key is searched; the job then goes on with the key that has it."""
    first, second = accounts()
    job = await left(store, second, state=JobState.SUBMITTING, remote_id=None)
    async with OneProcess(database, first, second) as process:
        ended = await process.ended(job)
        assert (ended.state, ended.remote_id, ended.key) == (JobState.DONE, "remote-1", "key-2")
    assert submissions(first, second) == [0, 1]


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.DISPATCHED])
async def test_new_image_is_sent_with_any_key(database: Database, store: JobStore, state: JobState) -> None:
    """Nothing was sent with the former key."""
    first, second = accounts()
    job = await unsent(store, state, None)
    async with OneProcess(database, first, second) as process:
        assert (await process.ended(job)).state is JobState.DONE
    assert sum(submissions(first, second)) == 1


async def test_job_that_another_process_has_taken_over(database: Database, store: JobStore) -> None:
    """Its new owner may be about to send it, so it does not return to the queue."""
    before = await unsent(store, JobState.DISPATCHED, None)
    taken = await rewritten(store, before.id, owner="1")
    process = OneProcess(database)
    assert await FormerKeys(store, process.keys, timeout=300, timings=FAST).requeued(before) is None
    assert await store.get(before.id) == taken


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.DISPATCHED])
async def test_press_of_an_old_button(database: Database, store: JobStore, state: JobState) -> None:
    """It is sent with the key that can read the image under which the button is."""
    first, second = accounts()
    await second.imagine("a red fox")
    job = await unsent(store, state, "remote-1")
    async with OneProcess(database, first, second) as process:
        ended = await process.ended(job)
        assert (ended.state, ended.key) == (JobState.DONE, "key-2")
    assert submissions(first, second) == [0, 2]


@pytest.mark.parametrize("number", [1, 2])
async def test_press_that_no_key_can_send(database: Database, store: JobStore, number: int) -> None:
    """Nothing was paid, so it failed and can be tried again."""
    apis = accounts()[-number:]
    job = await unsent(store, JobState.WAITING, "remote-9")
    async with OneProcess(database, *apis) as process:
        ended = await process.ended(job)
        assert ended.state is JobState.FAILED
        assert "an ImaginePro account that the bot no longer uses" in str(ended.reason)
    assert submissions(*apis) == [0] * number


async def test_alias_is_not_doubted_before_anything_is_sent(database: Database, store: JobStore) -> None:
    """The settings say which key replaced the former one, so the API need not know the image's record any more."""
    first, second = accounts()
    job = await unsent(store, JobState.WAITING, "remote-of-last-week")
    process = OneProcess(database, first, second)
    process.keys.replace(FORMER, process.keys.all[1])
    async with process:
        assert (await process.ended(job)).key == "key-2"
    assert submissions(first, second) == [0, 1]
    assert "progress" not in first.calls


async def test_stop_while_the_key_is_looked_for(database: Database, store: JobStore) -> None:
    """The next start looks again."""
    first, second = accounts()
    job = await left(store, second)
    first.reads = second.reads = deque([Unreachable()])
    async with OneProcess(database, first, second):
        async with asyncio.timeout(60):
            while "progress" not in second.calls:  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0.001)
    first.reads = second.reads = deque([done()])
    async with OneProcess(database, first, second) as process:
        assert (await process.ended(job)).state is JobState.DONE
