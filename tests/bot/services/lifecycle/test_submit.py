"""Submitting a job exactly once, including lost answers and refusals."""

import asyncio
import logging
from collections import deque
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.errors import UserError
from bot.imaginepro import (
    Busy,
    CreditsUsedUp,
    ImagineProError,
    KeyRefused,
    PromptRefused,
    QueueFull,
    RequestRefused,
    ServerFault,
    TimedOut,
    UnknownJob,
    Unreachable,
)
from bot.services.lifecycle import submit as submission
from bot.services.lifecycle.reconcile import Reconciler, UnconfirmedSubmission
from bot.services.lifecycle.submit import LostOwnership, Requeued, Submitter
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.services.presenter import JobPhase
from bot.services.queue import key_pool as api_keys
from bot.services.queue.key_pool import KeyPool
from bot.store import (
    ApiKeyStore,
    Database,
    JobKind,
    JobQueueStore,
    JobRecord,
    JobState,
    JobStore,
    NewJob,
    QuarantinedKey,
    RunningLimits,
)
from bot.timings import Timings
from tests.bot.records import new_follow_up, new_job, rewritten
from tests.bot.services.one_process import FAST, api_key
from tests.bot.services.scripted import Recorder, ScriptedApi

AMBIGUOUS = [
    TimedOut(may_have_created=True),
    Unreachable(may_have_created=True),
    ServerFault(status=500, may_have_created=True),
    ServerFault(status=200, may_have_created=True),
]
LOST = TimedOut(may_have_created=True)
REFUSED = [KeyRefused(status=401), CreditsUsedUp(status=401)]
WEBHOOK_URLS = WebhookUrls("https://bot.example", SecretStr("a key"))
ENDLESS = RunningLimits(of_key=1000, of_guild=1000, of_member=1000)
PROCESS = "0"


class Harness:
    """A submitter with scripted APIs, one for each key."""

    def __init__(
        self, database: Database, *apis: ScriptedApi, searches: int = 3, webhook_urls: WebhookUrls | None = None
    ):
        self.store, self.queue_store, self.key_store = (
            JobStore(database),
            JobQueueStore(database),
            ApiKeyStore(database),
        )
        self.apis = list(apis) or [ScriptedApi()]
        self.api = self.apis[0]
        self.names = ["main", "second"][: len(self.apis)]
        keys = [api_key(api, name) for api, name in zip(self.apis, self.names, strict=True)]
        self.keys = KeyPool(keys, self.key_store)
        self.presenter = Recorder()
        self.submitter = self.make_submitter(searches=searches, webhook_urls=webhook_urls)

    def make_submitter(
        self, timings: Timings = FAST, *, searches: int = 3, webhook_urls: WebhookUrls | None = None
    ) -> Submitter:
        """A submitter with these timings and this number of searches for a job."""
        reconciler = Reconciler(self.store, pauses=(0.0,) * searches)
        return Submitter(
            self.store,
            self.keys,
            PROCESS,
            reconciler=reconciler,
            presenter=self.presenter,
            timeout=300,
            timings=timings,
            webhook_urls=webhook_urls,
        )

    @property
    def searched(self) -> list[str]:
        """The ids of jobs that were shown as being searched for."""
        return [progress.job.id for progress in self.presenter.progress if progress.phase is JobPhase.SEARCHING]

    async def dispatched(self, job: NewJob | None = None) -> JobRecord:
        """A job that was dispatched with the first key."""
        await self.key_store.ensure(self.names)
        record, _ = await self.store.record(job or new_job())
        await rewritten(self.store, record.id, state=JobState.WAITING, owner=PROCESS)
        return await self.dispatched_again()

    async def dispatched_again(self) -> JobRecord:
        """Dispatch the waiting job."""
        turn = await self.queue_store.take_next("main", PROCESS, ENDLESS, turn=0, courtesy=0)
        assert turn.job is not None
        return turn.job

    async def requests_done(self) -> None:
        """Wait until no request is in flight."""
        await asyncio.gather(*self.submitter._in_flight.values(), return_exceptions=True)

    async def submit(self, job: JobRecord) -> JobRecord:
        return await self.submitter.submit(job)

    async def now(self, job: JobRecord) -> JobRecord:
        found = await self.store.get(job.id)
        assert found is not None
        return found


@pytest.fixture
def harness(database: Database) -> Harness:
    return Harness(database)


@pytest.fixture
def two_keys(database: Database) -> Harness:
    return Harness(database, ScriptedApi(), ScriptedApi())


async def test_a_job_is_sent_once_and_recorded(harness: Harness) -> None:
    """The API gets the full prompt and the bot's id; the record gets the API's id and both times."""
    job = await harness.dispatched()
    accepted = await harness.submit(job)
    assert (accepted.state, accepted.remote_id) == (JobState.RUNNING, "remote-1")
    assert accepted.submitting_at is not None
    assert accepted.submitted_at is not None
    assert accepted.submitting_at <= accepted.submitted_at
    assert (harness.api.accepted["remote-1"].prompt, harness.api.accepted["remote-1"].ref) == (job.prompt, job.id)
    assert await harness.submit(accepted) == accepted == await harness.now(job)
    assert (harness.api.calls, harness.searched) == (["submit"], [])


async def test_a_button_is_pressed_at_its_parent(harness: Harness) -> None:
    """With the parent's id at the API and the listed label."""
    await harness.submit(await harness.dispatched(new_follow_up("⬅️")))
    assert (harness.api.accepted["remote-1"].parent, harness.api.accepted["remote-1"].button) == ("remote-parent", "⬅️")


async def test_a_job_is_sent_with_its_key(two_keys: Harness) -> None:
    """The API of another key gets no request."""
    job = await two_keys.dispatched()
    await two_keys.submit(await rewritten(two_keys.store, job.id, key="second"))
    assert [len(api.accepted) for api in two_keys.apis] == [0, 1]


async def test_a_key_that_was_replaced_by_the_only_one(harness: Harness) -> None:
    """The account has one key, whatever its name."""
    job = await harness.dispatched()
    await harness.submit(await rewritten(harness.store, job.id, key="gone"))
    assert harness.api.calls == ["submit"]


async def test_a_key_that_several_may_have_replaced(two_keys: Harness) -> None:
    """The member gets an error, and nothing is sent."""
    job = await two_keys.dispatched()
    with pytest.raises(UserError, match="no longer uses"):
        await two_keys.submit(await rewritten(two_keys.store, job.id, key="gone"))
    assert [api.calls for api in two_keys.apis] == [[], []]


async def test_state_is_recorded_before_the_request_is_sent(harness: Harness) -> None:
    """After a crash the state shows that the job may have cost credits."""
    harness.api.held = asyncio.Event()
    job = await harness.dispatched()
    submitting = asyncio.create_task(harness.submit(job))
    await harness.api.arrived.wait()
    seen = await harness.now(job)
    assert (seen.state, seen.remote_id) == (JobState.SUBMITTING, None)
    assert seen.submitting_at is not None
    harness.api.held.set()
    await submitting


async def test_slot_was_reserved_by_the_dispatcher(harness: Harness) -> None:
    """The request does not wait for another slot of the rate limit, and has the configured timeout."""
    await harness.submit(await harness.dispatched())
    options = harness.api.accepted["remote-1"].options
    assert (options.get("turn_taken"), options.get("timeout"), options.get("webhook")) == (True, 300, None)


async def test_each_job_has_a_webhook_url(database: Database) -> None:
    """If there is a public URL."""
    harness = Harness(database, webhook_urls=WEBHOOK_URLS)
    job = await harness.dispatched()
    await harness.submit(job)
    assert harness.api.accepted["remote-1"].options.get("webhook") == WEBHOOK_URLS.url(job.id)


@pytest.mark.parametrize("error", [Unreachable(), PromptRefused(status=400), RequestRefused(status=400)])
async def test_a_definite_refusal_is_raised(harness: Harness, error: ImagineProError) -> None:
    """Nothing was created, so there is no search, and the record is unchanged."""
    harness.api.answers = deque([error])
    job = await harness.dispatched()
    with pytest.raises(type(error)) as caught:
        await harness.submit(job)
    assert caught.value is error
    assert harness.api.calls == ["submit"]
    assert await harness.now(job) == job


@pytest.mark.parametrize("changes", [{"state": JobState.CANCELLED}, {"owner": "1"}], ids=["cancelled", "taken over"])
async def test_a_job_with_lost_ownership_is_not_sent(harness: Harness, changes: dict[str, str]) -> None:
    """The stored state counts, as the caller's may be outdated."""
    job = await harness.dispatched()
    changed = await rewritten(harness.store, job.id, **changes)  # pyright: ignore[reportArgumentType]
    with pytest.raises(LostOwnership):
        await harness.submit(job)
    assert harness.api.calls == []
    assert await harness.now(job) == changed


async def test_concurrent_submissions_of_a_job_send_it_once(harness: Harness) -> None:
    """The second call gets the answer of the first one's request."""
    job = await harness.dispatched()
    first, second = await asyncio.gather(harness.submit(job), harness.submit(job))
    assert first == second
    assert harness.api.calls == ["submit"]


@pytest.mark.parametrize("error", AMBIGUOUS, ids=lambda error: f"{type(error).__name__}-{getattr(error, 'status', '')}")
@pytest.mark.parametrize("job", [new_job(words="a fox", prompt="a fox"), new_follow_up("V2", words="a red fox")])
async def test_job_with_a_lost_answer_is_searched_for(harness: Harness, error: ImagineProError, job: NewJob) -> None:
    """It is found in the account's history at the second search, and sent only once."""
    harness.api.answers, harness.api.lost, harness.api.hidden = deque([error]), True, 1
    found = await harness.submit(await harness.dispatched(job))
    assert (found.state, found.remote_id) == (JobState.RUNNING, "remote-1")
    assert harness.api.calls == ["submit", "history", "history", "progress"]
    assert harness.searched == [found.id]


@pytest.mark.parametrize("error", AMBIGUOUS, ids=lambda error: f"{type(error).__name__}-{getattr(error, 'status', '')}")
async def test_job_that_is_not_found_is_not_sent_again(harness: Harness, error: ImagineProError) -> None:
    """After all searches it is unconfirmed, and the record shows that it may have been sent."""
    harness.api.answers = deque([error])
    job = await harness.dispatched()
    with pytest.raises(UnconfirmedSubmission):
        await harness.submit(job)
    assert harness.api.calls == ["submit", "history", "history", "history"]
    assert (await harness.now(job)).state is JobState.SUBMITTING


async def test_search_uses_the_key_of_the_job(two_keys: Harness) -> None:
    """Another key's account does not list it."""
    two_keys.apis[1].answers, two_keys.apis[1].lost = deque([LOST]), True
    job = await two_keys.dispatched(new_job(prompt="a fox", words="a fox"))
    assert (await two_keys.submit(await rewritten(two_keys.store, job.id, key="second"))).remote_id == "remote-1"
    assert [api.calls for api in two_keys.apis] == [[], ["submit", "history", "progress"]]


async def test_search_for_a_job_of_a_replaced_key(two_keys: Harness) -> None:
    """It may be in the account of any key."""
    job = await two_keys.dispatched(new_job(prompt="a fox", words="a fox"))
    await two_keys.apis[1].imagine(job.prompt, ref=job.id)
    sending = await rewritten(two_keys.store, job.id, state=JobState.SUBMITTING, key="gone")
    assert (await two_keys.submit(sending)).remote_id == "remote-1"
    assert [api.calls for api in two_keys.apis] == [["history"], ["submit", "history", "progress"]]


async def test_job_is_searched_for_after_a_crash(harness: Harness) -> None:
    """A job that was being sent when the bot crashed is searched for, and not sent again."""
    job = await harness.dispatched()
    await harness.api.imagine(job.prompt, ref=job.id)
    sending = await rewritten(harness.store, job.id, state=JobState.SUBMITTING)
    assert (await harness.submit(sending)).remote_id == "remote-1"
    assert harness.api.calls == ["submit", "history", "progress"]


async def test_an_id_that_belongs_to_another_job(harness: Harness) -> None:
    """A job whose answer names another job's id gets no image of others."""
    fox = {"prompt": "a fox", "words": "a fox"}
    await harness.api.imagine("a fox")
    other = await harness.dispatched(new_job(**fox))
    await rewritten(harness.store, other.id, remote_id="remote-2", state=JobState.RUNNING)
    job = await harness.dispatched(new_job(**fox))
    with pytest.raises(UnconfirmedSubmission):
        await harness.submit(job)
    assert harness.searched == [job.id]


async def test_lost_answer_is_logged(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """One line for the lost answer."""
    harness.api.answers, harness.api.lost = deque([LOST]), True
    job = await harness.dispatched()
    with caplog.at_level(logging.INFO, logger=submission.__name__):
        await harness.submit(job)
    assert [(line.levelname, line.__dict__["job"]) for line in caplog.records] == [("WARNING", job.id)]


@pytest.mark.parametrize(
    ("error", "pause"), [(QueueFull(status=403), "queue_full_pause"), (Busy(status=429), "busy_pause")]
)
async def test_busy_api_requeues_the_job(harness: Harness, error: ImagineProError, pause: str) -> None:
    """It waits in the queue again, for any key, and this key is paused."""
    harness.submitter = harness.make_submitter(replace(FAST, **{pause: 100.0}))
    harness.api.answers = deque([error])
    job = await harness.dispatched()
    with pytest.raises(Requeued):
        await harness.submit(job)
    after = await harness.now(job)
    assert (after.state, after.key, after.submitting_at) == (JobState.WAITING, None, None)
    turn = await harness.queue_store.take_next("main", PROCESS, ENDLESS, turn=0, courtesy=0)
    assert turn.job is None
    assert turn.wait
    assert await harness.keys.quarantined() == []


async def test_requeued_follow_up_keeps_its_key(harness: Harness) -> None:
    """Only that key's account has the parent."""
    harness.api.answers = deque([QueueFull(status=403)])
    job = await harness.dispatched(new_follow_up(key="main"))
    with pytest.raises(Requeued):
        await harness.submit(job)
    assert ((after := await harness.now(job)).state, after.key) == (JobState.WAITING, "main")


async def test_requeued_job_is_sent_again(harness: Harness) -> None:
    """A requeued job is accepted like any other."""
    harness.api.answers = deque([QueueFull(status=403)])
    with pytest.raises(Requeued):
        await harness.submit(await harness.dispatched())
    accepted = await harness.submit(await harness.dispatched_again())
    assert (accepted.state, accepted.key, accepted.calls) == (JobState.RUNNING, "main", 2)


async def test_requeues_are_limited(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last dispatch the member gets the error."""
    monkeypatch.setattr(submission, "MAX_DISPATCHES", 2)
    harness.api.answers = deque([QueueFull(status=403), QueueFull(status=403)])
    with pytest.raises(Requeued):
        await harness.submit(await harness.dispatched())
    job = await harness.dispatched_again()
    with pytest.raises(QueueFull):
        await harness.submit(job)
    assert await harness.now(job) == job


@pytest.mark.parametrize("error", REFUSED)
async def test_the_only_key_is_refused(
    harness: Harness, error: ImagineProError, caplog: pytest.LogCaptureFixture
) -> None:
    """Both members get the error; it is logged once, and the key is quarantined."""
    harness.api.answers = deque([error, error])
    jobs = [await harness.dispatched(), await harness.dispatched()]
    with caplog.at_level(logging.INFO, logger=api_keys.__name__):
        answers = await asyncio.gather(*map(harness.submit, jobs), return_exceptions=True)
    assert answers == [error, error]
    assert [await harness.now(job) for job in jobs] == jobs
    assert [(line.levelname, line.__dict__["key"]) for line in caplog.records] == [("WARNING", "main")]
    assert await harness.keys.quarantined() == [QuarantinedKey("main", error.text)]


async def test_working_key_leaves_quarantine(harness: Harness) -> None:
    """The quarantine ends with the first accepted job."""
    harness.api.answers = deque([KeyRefused(status=401)])
    with pytest.raises(KeyRefused):
        await harness.submit(await harness.dispatched())
    await harness.submit(await harness.dispatched())
    assert await harness.keys.quarantined() == []


@pytest.mark.parametrize("error", REFUSED)
async def test_another_key_is_used_instead(two_keys: Harness, error: ImagineProError) -> None:
    """The job waits for any key, and the refused key is not usable."""
    two_keys.api.answers = deque([error])
    job = await two_keys.dispatched()
    with pytest.raises(Requeued):
        await two_keys.submit(job)
    after = await two_keys.now(job)
    assert (after.state, after.key, after.submitting_at) == (JobState.WAITING, None, None)
    assert [key.name for key in await two_keys.keys.usable()] == ["second"]


@pytest.mark.parametrize("error", REFUSED)
async def test_follow_up_is_not_sent_with_another_key(two_keys: Harness, error: ImagineProError) -> None:
    """The member gets the error of the only key that has the parent."""
    two_keys.api.answers = deque([error])
    job = await two_keys.dispatched(new_follow_up(key="main"))
    with pytest.raises(type(error)):
        await two_keys.submit(job)
    assert await two_keys.now(job) == job


@pytest.mark.parametrize(
    ("job", "sentence", "command"),
    [
        (new_follow_up(), "too old to be changed", "/imagine"),
        (
            new_job(kind=JobKind.EXTEND_VIDEO, parent_id="parent", parent_remote_id="remote-parent"),
            "extends this video",
            "/video",
        ),
    ],
)
@pytest.mark.parametrize("error", [UnknownJob(status=404), RequestRefused(status=400, reason="This is gone.")])
async def test_parent_unknown_to_the_api(
    harness: Harness, job: NewJob, sentence: str, command: str, error: UnknownJob | RequestRefused
) -> None:
    """The member gets an explanation and a hint, with the API's reason if there is one."""
    harness.api.answers = deque([error])
    with pytest.raises(RequestRefused, match=sentence) as caught:
        await harness.submit(await harness.dispatched(job))
    assert f". Use {command} to" in caught.value.text
    assert (" It answered: This is gone. Use" in caught.value.text) == (error.reason is not None)
    assert not caught.value.may_have_created


async def test_follow_up_without_a_parent_raises(harness: Harness) -> None:
    """The exception is raised before anything is sent."""
    with pytest.raises(LookupError, match="without a parent"):
        await harness.submit(await harness.dispatched(new_follow_up(parent_remote_id=None)))
    assert harness.api.calls == []


async def test_shutdown_finishes_the_request_in_flight(harness: Harness) -> None:
    """The answer is recorded, although the caller was cancelled."""
    harness.api.held = asyncio.Event()
    job = await harness.dispatched()
    submitting = asyncio.create_task(harness.submit(job))
    await harness.api.arrived.wait()
    submitting.cancel()
    await asyncio.gather(submitting, return_exceptions=True)
    draining = asyncio.create_task(harness.submitter.drain())
    harness.api.held.set()
    await draining
    after = await harness.now(job)
    assert (after.state, after.remote_id, harness.api.calls) == (JobState.RUNNING, "remote-1", ["submit"])


async def test_shutdown_does_not_wait_forever(harness: Harness) -> None:
    """An unanswered request delays the shutdown only for `Timings.drain`; its job is searched for later."""
    harness.submitter = harness.make_submitter(replace(FAST, drain=0.01))
    await harness.submitter.drain()
    harness.api.held = asyncio.Event()
    job = await harness.dispatched()
    submitting = asyncio.create_task(harness.submit(job))
    await harness.api.arrived.wait()
    submitting.cancel()
    await harness.submitter.drain()
    assert (await harness.now(job)).state is JobState.SUBMITTING
    harness.api.held.set()
    await harness.requests_done()
