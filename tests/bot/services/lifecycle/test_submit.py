"""Submitting: paid exactly once, whatever happens to the request."""

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
from tests.bot.records import new_follow_up, new_job
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
HOOKS = WebhookUrls("https://bot.example", SecretStr("a key"))
ENDLESS = RunningLimits(of_key=1000, of_guild=1000, of_member=1000)
PROCESS = "0"


class Desk:
    """Submissions to scripted APIs, one behind each key; remembers which jobs were looked for."""

    def __init__(self, database: Database, *apis: ScriptedApi, looks: int = 3, hooks: WebhookUrls | None = None):
        self.store, self.line, self.key_store = JobStore(database), JobQueueStore(database), ApiKeyStore(database)
        self.apis = list(apis) or [ScriptedApi()]
        self.api = self.apis[0]
        self.names = ["main", "second"][: len(self.apis)]
        keys = [api_key(api, name) for api, name in zip(self.apis, self.names, strict=True)]
        self.keys = KeyPool(keys, self.key_store)
        self.shown = Recorder()
        self.submitter = self.make_submitter(looks=looks, hooks=hooks)

    def make_submitter(self, timings: Timings = FAST, *, looks: int = 3, hooks: WebhookUrls | None = None) -> Submitter:
        """One that waits as these timings say, and searches so often for a job."""
        reconciler = Reconciler(self.store, pauses=(0.0,) * looks, webhooks=hooks is not None)
        return Submitter(
            self.store,
            self.keys,
            PROCESS,
            reconciler=reconciler,
            presenter=self.shown,
            timeout=300,
            timings=timings,
            webhook_urls=hooks,
        )

    @property
    def searched(self) -> list[str]:
        """The jobs that were said to be searched for."""
        return [frame.job.id for frame in self.shown.frames if frame.phase is JobPhase.SEARCHING]

    async def called(self, job: NewJob | None = None) -> JobRecord:
        """A job whose turn has come, with the first key."""
        await self.key_store.ensure(self.names)
        record, _ = await self.store.record(job or new_job())
        await self.store.update(record.id, state=JobState.WAITING, owner=PROCESS)
        return await self.called_again()

    async def called_again(self) -> JobRecord:
        """The one that waits in line."""
        turn = await self.line.take_next("main", PROCESS, ENDLESS, turn=0, courtesy=0)
        assert turn.job is not None
        return turn.job

    async def settled(self) -> None:
        """Return once no request is in flight."""
        await asyncio.gather(*self.submitter._in_flight.values(), return_exceptions=True)

    async def submit(self, job: JobRecord) -> JobRecord:
        return await self.submitter.submit(job)

    async def now(self, job: JobRecord) -> JobRecord:
        found = await self.store.get(job.id)
        assert found is not None
        return found


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def two_keys(database: Database) -> Desk:
    return Desk(database, ScriptedApi(), ScriptedApi())


async def test_a_job_is_sent_once_and_written_down(desk: Desk) -> None:
    """The API gets the whole prompt and our id; the record gets the API's id and both moments."""
    job = await desk.called()
    accepted = await desk.submit(job)
    assert (accepted.state, accepted.remote_id) == (JobState.RUNNING, "remote-1")
    assert accepted.submitting_at is not None
    assert accepted.submitted_at is not None
    assert accepted.submitting_at <= accepted.submitted_at
    assert (desk.api.accepted["remote-1"].prompt, desk.api.accepted["remote-1"].ref) == (job.prompt, job.id)
    assert await desk.submit(accepted) == accepted == await desk.now(job)
    assert (desk.api.calls, desk.searched) == (["submit"], [])


async def test_a_button_is_pressed_at_its_parent(desk: Desk) -> None:
    """With the parent's id at the API and the label as it was listed."""
    await desk.submit(await desk.called(new_follow_up("⬅️")))
    assert (desk.api.accepted["remote-1"].parent, desk.api.accepted["remote-1"].button) == ("remote-parent", "⬅️")


async def test_a_job_goes_to_the_key_it_was_called_for(two_keys: Desk) -> None:
    """And to no other one."""
    job = await two_keys.called()
    await two_keys.submit(await two_keys.store.update(job.id, key="second"))
    assert [len(api.accepted) for api in two_keys.apis] == [0, 1]


async def test_a_key_that_was_taken_out_of_the_settings(desk: Desk) -> None:
    """The member reads it, and nothing is sent."""
    job = await desk.called()
    with pytest.raises(UserError, match="no longer uses"):
        await desk.submit(await desk.store.update(job.id, key="gone"))
    assert desk.api.calls == []


async def test_sending_is_written_down_before_the_request_leaves(desk: Desk) -> None:
    """Whoever finds the job after a crash knows that it may have been paid."""
    desk.api.held = asyncio.Event()
    job = await desk.called()
    submitting = asyncio.create_task(desk.submit(job))
    await desk.api.arrived.wait()
    seen = await desk.now(job)
    assert (seen.state, seen.remote_id) == (JobState.SUBMITTING, None)
    assert seen.submitting_at is not None
    desk.api.held.set()
    await submitting


async def test_the_turn_was_taken_with_the_call(desk: Desk) -> None:
    """The request does not wait for one of its own, and the API may spend so long on the job."""
    await desk.submit(await desk.called())
    options = desk.api.accepted["remote-1"].options
    assert (options.get("turn_taken"), options.get("timeout"), options.get("webhook")) == (True, 300, None)


async def test_each_job_has_an_address_for_its_events(database: Database) -> None:
    """Where there is a web side."""
    desk = Desk(database, hooks=HOOKS)
    job = await desk.called()
    await desk.submit(job)
    assert desk.api.accepted["remote-1"].options.get("webhook") == HOOKS.url(job.id)


@pytest.mark.parametrize("error", [Unreachable(), PromptRefused(status=400), RequestRefused(status=400)])
async def test_a_clear_no_is_passed_on(desk: Desk, error: ImagineProError) -> None:
    """Nothing was created, so nothing is looked for, and the record says that nothing was sent."""
    desk.api.answers = deque([error])
    job = await desk.called()
    with pytest.raises(type(error)) as caught:
        await desk.submit(job)
    assert caught.value is error
    assert desk.api.calls == ["submit"]
    assert await desk.now(job) == job


@pytest.mark.parametrize("changes", [{"state": JobState.CANCELLED}, {"owner": "1"}], ids=["cancelled", "taken over"])
async def test_what_is_not_ours_any_more_is_not_sent(desk: Desk, changes: dict[str, str]) -> None:
    """The record says so; what the caller remembers may be old."""
    job = await desk.called()
    changed = await desk.store.update(job.id, **changes)  # pyright: ignore[reportArgumentType]
    with pytest.raises(LostOwnership):
        await desk.submit(job)
    assert desk.api.calls == []
    assert await desk.now(job) == changed


async def test_two_who_send_the_same_job_send_it_once(desk: Desk) -> None:
    """The second one gets the answer to the request of the first."""
    job = await desk.called()
    first, second = await asyncio.gather(desk.submit(job), desk.submit(job))
    assert first == second
    assert desk.api.calls == ["submit"]


@pytest.mark.parametrize("error", AMBIGUOUS, ids=lambda error: f"{type(error).__name__}-{getattr(error, 'status', '')}")
@pytest.mark.parametrize("job", [new_job(words="a fox", prompt="a fox"), new_follow_up("V2", words="a red fox")])
async def test_a_lost_answer_is_looked_up(desk: Desk, error: ImagineProError, job: NewJob) -> None:
    """Found in the account's history, at the second look: followed from there, and sent only once."""
    desk.api.answers, desk.api.lost, desk.api.hidden = deque([error]), True, 1
    found = await desk.submit(await desk.called(job))
    assert (found.state, found.remote_id) == (JobState.RUNNING, "remote-1")
    assert desk.api.calls == ["submit", "history", "history"]
    assert desk.searched == [found.id]


@pytest.mark.parametrize("error", AMBIGUOUS, ids=lambda error: f"{type(error).__name__}-{getattr(error, 'status', '')}")
async def test_what_is_not_found_is_not_sent_again(desk: Desk, error: ImagineProError) -> None:
    """After all looks nobody can say, and the record still says that it may have been sent."""
    desk.api.answers = deque([error])
    job = await desk.called()
    with pytest.raises(UnconfirmedSubmission):
        await desk.submit(job)
    assert desk.api.calls == ["submit", "history", "history", "history"]
    assert (await desk.now(job)).state is JobState.SUBMITTING


async def test_a_lost_job_is_looked_for_in_the_account_it_was_sent_to(two_keys: Desk) -> None:
    """Another key's history does not know it."""
    two_keys.apis[1].answers, two_keys.apis[1].lost = deque([LOST]), True
    job = await two_keys.called(new_job(prompt="a fox", words="a fox"))
    assert (await two_keys.submit(await two_keys.store.update(job.id, key="second"))).remote_id == "remote-1"
    assert [api.calls for api in two_keys.apis] == [[], ["submit", "history"]]


async def test_a_crash_in_mid_request_is_looked_up(desk: Desk) -> None:
    """A job that was being sent when the bot died is found, never sent again."""
    job = await desk.called()
    await desk.api.imagine(job.prompt, ref=job.id)
    sending = await desk.store.update(job.id, state=JobState.SUBMITTING)
    assert (await desk.submit(sending)).remote_id == "remote-1"
    assert desk.api.calls == ["submit", "history"]


async def test_a_job_claimed_by_another_search_finds_the_other_one(desk: Desk) -> None:
    """The search for another job of the same words was faster than its answer: both end with one of each."""
    fox = {"prompt": "a fox", "words": "a fox"}
    await desk.api.imagine("a fox")
    lost = await desk.called(new_job(**fox))
    await desk.store.update(lost.id, remote_id="remote-2", state=JobState.RUNNING)
    slow = await desk.called(new_job(**fox))
    assert (await desk.submit(slow)).remote_id == "remote-1"
    assert desk.searched == [slow.id]


async def test_doubts_are_logged_with_the_job(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """One line for the lost answer."""
    desk.api.answers, desk.api.lost = deque([LOST]), True
    job = await desk.called()
    with caplog.at_level(logging.INFO, logger=submission.__name__):
        await desk.submit(job)
    assert [(line.levelname, line.__dict__["job"]) for line in caplog.records] == [("WARNING", job.id)]


@pytest.mark.parametrize(
    ("error", "pause"), [(QueueFull(status=403), "queue_full_pause"), (Busy(status=429), "busy_pause")]
)
async def test_an_api_that_takes_no_more_sends_the_job_back(desk: Desk, error: ImagineProError, pause: str) -> None:
    """It waits in line again, for any key, and nothing is sent with this one for a while."""
    desk.submitter = desk.make_submitter(replace(FAST, **{pause: 100.0}))
    desk.api.answers = deque([error])
    job = await desk.called()
    with pytest.raises(Requeued):
        await desk.submit(job)
    after = await desk.now(job)
    assert (after.state, after.key, after.submitting_at) == (JobState.WAITING, None, None)
    turn = await desk.line.take_next("main", PROCESS, ENDLESS, turn=0, courtesy=0)
    assert turn.job is None
    assert turn.wait
    assert await desk.keys.quarantined() == []


async def test_a_follow_up_that_waits_again_keeps_its_key(desk: Desk) -> None:
    """Only that account has its picture."""
    desk.api.answers = deque([QueueFull(status=403)])
    job = await desk.called(new_follow_up(key="main"))
    with pytest.raises(Requeued):
        await desk.submit(job)
    assert ((after := await desk.now(job)).state, after.key) == (JobState.WAITING, "main")


async def test_a_job_that_came_back_is_sent_when_it_is_called_again(desk: Desk) -> None:
    """And is then like any other."""
    desk.api.answers = deque([QueueFull(status=403)])
    with pytest.raises(Requeued):
        await desk.submit(await desk.called())
    accepted = await desk.submit(await desk.called_again())
    assert (accepted.state, accepted.key, accepted.calls) == (JobState.RUNNING, "main", 2)


async def test_nobody_is_sent_back_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last call's error is told to the member."""
    monkeypatch.setattr(submission, "MAX_DISPATCHES", 2)
    desk.api.answers = deque([QueueFull(status=403), QueueFull(status=403)])
    with pytest.raises(Requeued):
        await desk.submit(await desk.called())
    job = await desk.called_again()
    with pytest.raises(QueueFull):
        await desk.submit(job)
    assert await desk.now(job) == job


@pytest.mark.parametrize("error", REFUSED)
async def test_the_only_key_is_refused(desk: Desk, error: ImagineProError, caplog: pytest.LogCaptureFixture) -> None:
    """Both members read it; whoever runs the bot reads it once, and can see that the key is set aside."""
    desk.api.answers = deque([error, error])
    jobs = [await desk.called(), await desk.called()]
    with caplog.at_level(logging.INFO, logger=api_keys.__name__):
        answers = await asyncio.gather(*map(desk.submit, jobs), return_exceptions=True)
    assert answers == [error, error]
    assert [await desk.now(job) for job in jobs] == jobs
    assert [(line.levelname, line.__dict__["key"]) for line in caplog.records] == [("WARNING", "main")]
    assert await desk.keys.quarantined() == [QuarantinedKey("main", error.text)]


async def test_a_key_that_works_again_is_taken_back(desk: Desk) -> None:
    """With the first job that is accepted."""
    desk.api.answers = deque([KeyRefused(status=401)])
    with pytest.raises(KeyRefused):
        await desk.submit(await desk.called())
    await desk.submit(await desk.called())
    assert await desk.keys.quarantined() == []


@pytest.mark.parametrize("error", REFUSED)
async def test_another_key_is_used_instead(two_keys: Desk, error: ImagineProError) -> None:
    """The job waits for any key, and the refused one is not among those to use."""
    two_keys.api.answers = deque([error])
    job = await two_keys.called()
    with pytest.raises(Requeued):
        await two_keys.submit(job)
    after = await two_keys.now(job)
    assert (after.state, after.key, after.submitting_at) == (JobState.WAITING, None, None)
    assert [key.name for key in await two_keys.keys.usable()] == ["second"]


@pytest.mark.parametrize("error", REFUSED)
async def test_a_follow_up_has_no_other_key(two_keys: Desk, error: ImagineProError) -> None:
    """Its member is told what is wrong with the only one that knows the picture."""
    two_keys.api.answers = deque([error])
    job = await two_keys.called(new_follow_up(key="main"))
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
async def test_what_the_api_has_forgotten(
    desk: Desk, job: NewJob, sentence: str, command: str, error: UnknownJob | RequestRefused
) -> None:
    """The member reads why and what to do, with the API's reason where it gave one."""
    desk.api.answers = deque([error])
    with pytest.raises(RequestRefused, match=sentence) as caught:
        await desk.submit(await desk.called(job))
    assert f". Use {command} to" in caught.value.text
    assert (" It answered: This is gone. Use" in caught.value.text) == (error.reason is not None)
    assert not caught.value.may_have_created


async def test_a_follow_up_without_its_parent_is_our_mistake(desk: Desk) -> None:
    """Nothing is sent."""
    with pytest.raises(LookupError, match="without a parent"):
        await desk.submit(await desk.called(new_follow_up(parent_remote_id=None)))
    assert desk.api.calls == []


async def test_a_stop_finishes_the_request_under_way(desk: Desk) -> None:
    """What had been sent is written down, though nobody asks for it any more."""
    desk.api.held = asyncio.Event()
    job = await desk.called()
    submitting = asyncio.create_task(desk.submit(job))
    await desk.api.arrived.wait()
    submitting.cancel()
    await asyncio.gather(submitting, return_exceptions=True)
    draining = asyncio.create_task(desk.submitter.drain())
    desk.api.held.set()
    await draining
    after = await desk.now(job)
    assert (after.state, after.remote_id, desk.api.calls) == (JobState.RUNNING, "remote-1", ["submit"])


async def test_a_stop_does_not_wait_for_ever(desk: Desk) -> None:
    """A request that is never answered holds up the end for as long as it was given; its job is looked up later."""
    desk.submitter = desk.make_submitter(replace(FAST, drain=0.01))
    await desk.submitter.drain()
    desk.api.held = asyncio.Event()
    job = await desk.called()
    submitting = asyncio.create_task(desk.submit(job))
    await desk.api.arrived.wait()
    submitting.cancel()
    await desk.submitter.drain()
    assert (await desk.now(job)).state is JobState.SUBMITTING
    desk.api.held.set()
    await desk.settled()
