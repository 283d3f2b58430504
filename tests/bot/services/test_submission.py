"""Submitting: paid exactly once, whatever happens to the request."""

import asyncio
import logging
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.imaginepro import (
    HistoryItem,
    ImagineProError,
    PromptRefused,
    QueueFull,
    RequestRefused,
    ServerFault,
    TimedOut,
    UnknownJob,
    Unreachable,
)
from bot.services import submission as module
from bot.services.frames import Frame, Phase
from bot.services.hook_addresses import HookAddresses
from bot.services.signals import LocalSignals, Topic
from bot.services.submission import Submissions, Unclear
from bot.store import JobKind, JobRecord, JobState, JobStore, NewJob
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.scripted import ScriptedApi

AMBIGUOUS = [
    TimedOut(may_have_created=True),
    Unreachable(may_have_created=True),
    ServerFault(status=500, may_have_created=True),
    ServerFault(status=200, may_have_created=True),
]


class Desk:
    """Submissions to a scripted API; remembers what was shown."""

    def __init__(self, store: JobStore, api: ScriptedApi, looks: int = 3) -> None:
        self.store, self.api = store, api
        self.submissions = Submissions(store, api, timeout=300, search_pauses=(0.0,) * looks)
        self.frames: list[Frame] = []

    async def recorded(self, job: NewJob | None = None) -> JobRecord:
        return (await self.store.record(job or new_job()))[0]

    async def submit(self, job: JobRecord) -> JobRecord:
        return await self.submissions.submit(job, self.frames.append)

    async def state(self, job: JobRecord) -> JobState:
        found = await self.store.get(job.id)
        assert found is not None
        return found.state

    @property
    def phases(self) -> list[Phase]:
        return [frame.phase for frame in self.frames]


@pytest.fixture
def desk(store: JobStore) -> Desk:
    return Desk(store, ScriptedApi())


async def test_a_job_is_sent_once_and_written_down(desk: Desk) -> None:
    """The API gets the whole prompt and our id; the record gets the API's id and both moments."""
    job = await desk.recorded()
    accepted = await desk.submit(job)
    assert (accepted.state, accepted.remote_id) == (JobState.RUNNING, "remote-1")
    assert accepted.submitting_at is not None
    assert accepted.submitted_at is not None
    assert (desk.api.accepted["remote-1"].prompt, desk.api.accepted["remote-1"].ref) == (job.prompt, job.id)
    assert desk.phases == [Phase.SUBMITTING]
    assert await desk.submit(accepted) == accepted
    assert desk.api.calls == ["submit"]


async def test_a_button_is_pressed_at_its_parent(desk: Desk) -> None:
    """With the parent's id at the API and the label as it was listed."""
    await desk.submit(await desk.recorded(new_follow_up("⬅️")))
    assert (desk.api.accepted["remote-1"].parent, desk.api.accepted["remote-1"].button) == ("remote-parent", "⬅️")


@pytest.mark.parametrize("error", AMBIGUOUS, ids=lambda error: f"{type(error).__name__}-{getattr(error, 'status', '')}")
@pytest.mark.parametrize("job", [new_job(words="a fox", prompt="a fox"), new_follow_up("V2", words="a red fox")])
async def test_a_lost_answer_is_looked_up(desk: Desk, error: ImagineProError, job: NewJob) -> None:
    """Found in the account's history, at the second look: followed from there, and sent only once."""
    desk.api.answers, desk.api.lost, desk.api.hidden = deque([error]), True, 1
    found = await desk.submit(await desk.recorded(job))
    assert (found.state, found.remote_id) == (JobState.RUNNING, "remote-1")
    assert desk.api.calls == ["submit", "history", "history"]
    assert desk.phases == [Phase.SUBMITTING, Phase.SEARCHING]


@pytest.mark.parametrize("error", AMBIGUOUS, ids=lambda error: f"{type(error).__name__}-{getattr(error, 'status', '')}")
async def test_what_is_not_found_is_not_sent_again(desk: Desk, error: ImagineProError) -> None:
    """After all looks nobody can say, and the member is told so."""
    desk.api.answers = deque([error])
    job = await desk.recorded()
    with pytest.raises(Unclear, match="may still have cost credits"):
        await desk.submit(job)
    assert desk.api.calls == ["submit", "history", "history", "history"]
    assert await desk.state(job) is JobState.SUBMITTING


async def test_a_history_that_cannot_be_read_is_asked_again(desk: Desk) -> None:
    """An error there is neither found nor not found."""
    desk.api.answers, desk.api.lost = deque([TimedOut(may_have_created=True)]), True
    desk.api.history_errors = deque([ServerFault(status=500), Unreachable(), None])
    assert (await desk.submit(await desk.recorded())).remote_id == "remote-1"


@pytest.mark.parametrize("error", [Unreachable(), QueueFull(status=403), PromptRefused(status=400)])
async def test_a_clear_no_is_passed_on(desk: Desk, error: ImagineProError) -> None:
    """Nothing was created, so nothing is looked for, and the record says that nothing was sent."""
    desk.api.answers = deque([error])
    job = await desk.recorded()
    with pytest.raises(type(error)):
        await desk.submit(job)
    assert desk.api.calls == ["submit"]
    assert await desk.state(job) is JobState.RECORDED


@pytest.mark.parametrize(
    "error", [UnknownJob(status=404), RequestRefused(status=400, reason="This message is too old.")]
)
async def test_a_button_that_is_too_old(desk: Desk, error: RequestRefused | UnknownJob) -> None:
    """The member reads why and what to do, with the API's reason where it gave one."""
    desk.api.answers = deque([error])
    with pytest.raises(RequestRefused, match="too old to be changed") as caught:
        await desk.submit(await desk.recorded(new_follow_up()))
    assert "/imagine" in caught.value.text
    assert ("This message is too old" in caught.value.text) == (error.reason is not None)
    assert not caught.value.may_have_created


async def test_a_crash_in_mid_request_is_looked_up(desk: Desk) -> None:
    """A job that was being sent when the bot died is found, never sent again."""
    job = await desk.recorded()
    await desk.api.imagine(job.prompt, ref=job.id)
    sending = await desk.store.update(job.id, state=JobState.SUBMITTING, submitting_at=datetime.now(UTC))
    assert (await desk.submit(sending)).remote_id == "remote-1"
    assert desk.api.calls == ["submit", "history"]


async def test_identical_prompts_find_different_jobs(desk: Desk) -> None:
    """Three of them look at the same time: each gets one of the three jobs."""
    desk.api.answers, desk.api.lost = deque([TimedOut(may_have_created=True)] * 3), True
    same = [await desk.recorded(new_job(prompt="a fox", words="a fox")) for _ in range(3)]
    found = await asyncio.gather(*(desk.submit(job) for job in same))
    assert {job.remote_id for job in found} == {"remote-1", "remote-2", "remote-3"}
    assert desk.api.calls.count("submit") == 3


async def test_a_job_claimed_by_another_search_finds_the_other_one(desk: Desk) -> None:
    """The first answer is lost, and its search takes the second job before its answer: both end with one of each."""
    lost, slow = [await desk.recorded(new_job(prompt="a fox", words="a fox")) for _ in range(2)]
    desk.api.answers, desk.api.lost = deque([TimedOut(may_have_created=True)]), True
    desk.api.hidden = 3
    with pytest.raises(Unclear):
        await desk.submit(lost)
    await desk.store.update(lost.id, remote_id="remote-2", state=JobState.RUNNING)
    assert (await desk.submit(slow)).remote_id == "remote-1"
    assert desk.api.calls.count("submit") == 2


async def test_the_very_prompt_is_preferred(desk: Desk) -> None:
    """Of two lost jobs the one with fewer words does not take the other one's picture, though history has it first."""
    desk.api.answers = deque([TimedOut(may_have_created=True)] * 2)
    desk.api.lost, desk.api.hidden = True, 3
    shorter = await desk.recorded(new_job(prompt="a fox", words="a fox"))
    longer = await desk.recorded(new_job(prompt="a fox in the snow", words="a fox in the snow"))
    with pytest.raises(Unclear):
        await desk.submit(shorter)
    assert (await desk.submit(longer)).remote_id == "remote-2"
    await desk.store.update(longer.id, remote_id=None)
    again = await desk.store.get(shorter.id)
    assert again is not None
    assert (await desk.submit(again)).remote_id == "remote-1"


async def test_one_request_at_a_time(desk: Desk) -> None:
    """The others wait in line, are told their place, and go in order."""
    desk.api.held = asyncio.Event()
    jobs = [await desk.recorded() for _ in range(3)]
    submitting = [asyncio.create_task(desk.submit(job)) for job in jobs]
    await desk.api.arrived.wait()
    assert desk.api.calls == ["submit"]
    assert [(frame.job.id, frame.place) for frame in desk.frames if frame.phase is Phase.IN_LINE] == [
        (jobs[1].id, 1),
        (jobs[2].id, 2),
    ]
    desk.api.held.set()
    await asyncio.gather(*submitting)
    assert [job.ref for job in desk.api.accepted.values()] == [job.id for job in jobs]


HOOKS = HookAddresses("https://bot.example", SecretStr("a key"))


async def test_each_job_has_an_address_for_its_events(desk: Desk) -> None:
    """Where there is a web side; without one nothing is said of it."""
    await desk.submit(await desk.recorded())
    assert desk.api.accepted["remote-1"].options.get("webhook") is None
    desk.submissions = Submissions(desk.store, desk.api, timeout=300, hooks=HOOKS)
    job = await desk.recorded()
    await desk.submit(job)
    assert desk.api.accepted["remote-2"].options.get("webhook") == HOOKS.address(job.id)


@pytest.mark.parametrize("job", [new_job(), new_job(kind=JobKind.CUT_OUT, prompt="", words="", details={"image": "x"})])
async def test_a_lost_job_that_names_itself_is_not_searched(desk: Desk, job: NewJob) -> None:
    """The signal ends the pause of an hour, and the history is not asked; one without words is found as well."""
    signals = LocalSignals()
    desk.submissions = Submissions(
        desk.store, desk.api, timeout=300, search_pauses=(3600.0,), hooks=HOOKS, signals=signals
    )
    desk.api.answers, desk.api.lost = deque([TimedOut(may_have_created=True)]), True
    recorded = await desk.recorded(job)
    submitting = asyncio.create_task(desk.submit(recorded))
    async with asyncio.timeout(60):
        while desk.phases != [Phase.SUBMITTING, Phase.SEARCHING]:  # noqa: ASYNC110  # frames are only kept
            await asyncio.sleep(0.001)
    await signals.send(Topic.FOUND, "another job")
    named = await desk.store.claim(recorded.id, "remote-1")
    await signals.send(Topic.FOUND, recorded.id)
    assert await asyncio.wait_for(submitting, 60) == named
    assert desk.api.calls == ["submit"]


async def test_a_name_that_came_before_the_search_ends_it(desk: Desk) -> None:
    """There is no signal any more to wait for, and nothing to show."""
    desk.submissions = Submissions(desk.store, desk.api, timeout=300, search_pauses=(3600.0,), hooks=HOOKS)
    job = await desk.recorded()
    sent = await desk.store.update(job.id, state=JobState.SUBMITTING)
    named = await desk.store.claim(job.id, "remote-9")
    assert await asyncio.wait_for(desk.submit(sent), 60) == named
    assert (desk.api.calls, desk.frames) == ([], [])


async def test_a_name_nobody_has_signalled_is_seen_at_the_next_look(desk: Desk) -> None:
    """Before the history is asked again: a signal may get lost."""

    async def history(**_: int) -> list[HistoryItem]:
        desk.api.calls.append("history")
        await desk.store.claim(job.id, "remote-9")
        return []

    desk.api.answers, desk.api.history = deque([TimedOut(may_have_created=True)]), history
    job = await desk.recorded()
    assert (await desk.submit(job)).remote_id == "remote-9"
    assert desk.api.calls == ["submit", "history"]


async def test_a_job_without_words_that_never_names_itself_is_left_to_the_member(desk: Desk) -> None:
    """It was waited for as long as others are searched for; history could not tell it from others."""
    desk.submissions = Submissions(desk.store, desk.api, timeout=300, search_pauses=(0.0,) * 3, hooks=HOOKS)
    desk.api.answers, desk.api.lost = deque([TimedOut(may_have_created=True)]), True
    with pytest.raises(Unclear, match="without words"):
        await desk.submit(await desk.recorded(new_job(kind=JobKind.CUT_OUT, words="", details={"image": "x"})))
    assert desk.api.calls == ["submit"]
    assert desk.phases == [Phase.SUBMITTING, Phase.SEARCHING]


async def test_a_search_does_not_hold_up_the_line(store: JobStore) -> None:
    """While one job is looked for the next one is sent."""
    desk = Desk(store, ScriptedApi(answers=deque([TimedOut(may_have_created=True)])))
    desk.submissions = Submissions(store, desk.api, timeout=300, search_pauses=(3600.0,))
    searching = asyncio.create_task(desk.submit(await desk.recorded()))
    assert (await desk.submit(await desk.recorded())).remote_id == "remote-1"
    assert Phase.SEARCHING in desk.phases
    searching.cancel()
    await asyncio.gather(searching, return_exceptions=True)


async def test_sent_is_said_from_the_request_to_the_end_of_the_search(desk: Desk) -> None:
    """Also in the moments after a request, when its outcome is not written down yet."""
    desk.api.held, desk.api.answers = asyncio.Event(), deque([TimedOut(may_have_created=True)])
    job, seen = await desk.recorded(), list[bool]()
    waiting = await desk.recorded()
    submitting = asyncio.create_task(desk.submissions.submit(job, lambda _: None))
    second = asyncio.create_task(desk.submissions.submit(waiting, lambda _: None))
    assert not desk.submissions.is_sent(job)
    await desk.api.arrived.wait()
    assert not desk.submissions.is_sent(waiting)
    desk.api.held.set()
    while not submitting.done():
        seen.append(desk.submissions.is_sent(job))
        await asyncio.sleep(0)
    assert len(seen) > 3
    assert all(seen)
    await asyncio.gather(submitting, second, return_exceptions=True)


async def test_a_stop_finishes_the_request_under_way(desk: Desk) -> None:
    """What had been sent is written down; what waited in line stays unsent."""
    desk.api.held = asyncio.Event()
    sent, waiting = await desk.recorded(), await desk.recorded()
    tasks = [asyncio.create_task(desk.submit(job)) for job in (sent, waiting)]
    await desk.api.arrived.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    draining = asyncio.create_task(desk.submissions.drain(10))
    desk.api.held.set()
    await draining
    assert await desk.state(sent) is JobState.RUNNING
    assert await desk.state(waiting) is JobState.RECORDED
    assert desk.api.calls == ["submit"]


async def test_a_stop_does_not_wait_for_ever(desk: Desk) -> None:
    """A request that is never answered holds up the end for as long as it was given; its job is looked up later."""
    await desk.submissions.drain(10)
    desk.api.held = asyncio.Event()
    job = await desk.recorded()
    task = asyncio.create_task(desk.submit(job))
    await desk.api.arrived.wait()
    task.cancel()
    await desk.submissions.drain(0.01)
    assert await desk.state(job) is JobState.SUBMITTING
    desk.api.held.set()
    await desk.submissions.drain(10)


async def test_a_follow_up_without_its_parent_is_our_mistake(desk: Desk) -> None:
    """Nothing is sent."""
    with pytest.raises(LookupError, match="without a parent"):
        await desk.submit(await desk.recorded(new_follow_up(parent_remote_id=None)))
    assert desk.api.calls == []


def test_the_usual_search_outlasts_a_job() -> None:
    """Three minutes: history may list a job only once it is done."""
    assert 120 <= sum(module.SEARCH_PAUSES) <= 300


@pytest.mark.parametrize(
    ("item", "fits"),
    [
        ({"prompt": "A red  FOX --ar 3:2"}, True),
        ({"prompt": "a red fox"}, True),
        ({"prompt": "https://s.mj.run/x a red fox --v 7"}, True),
        ({"prompt": "a red fox --ar 3:2", "created_at": -60}, True),
        ({"prompt": "a red fox --ar 3:2", "created_at": -300}, False),
        ({"prompt": "a blue fox --ar 3:2"}, False),
        ({"prompt": "a red fox --ar 3:2", "button": "U1"}, False),
        ({"prompt": ""}, False),
        ({}, False),
    ],
)
async def test_what_may_be_the_job(desk: Desk, item: dict[str, object], fits: bool) -> None:
    """The words, the button and the time must fit; how the flags come back need not."""
    job = await desk.recorded(new_job(prompt="a red fox --ar 3:2", words="a red fox"))
    job = await desk.store.update(job.id, submitting_at=datetime.now(UTC))
    if "created_at" in item:
        item = item | {"created_at": datetime.now(UTC) + timedelta(seconds=int(str(item["created_at"])))}
    assert module._could_be(HistoryItem.model_validate({"id": "x"} | item), job) is fits


@pytest.mark.parametrize(
    ("kind", "named", "fits"),
    [
        (JobKind.IMAGINE, "imagine", True),
        (JobKind.IMAGINE, "MJ_IMAGE", True),
        (JobKind.IMAGINE, None, True),
        (JobKind.IMAGINE, "flux-imagine", False),
        (JobKind.IMAGINE, "universal", False),
        (JobKind.IMAGINE, "z-image", False),
        (JobKind.IMAGINE, "video", False),
        (JobKind.FLUX, "flux/imagine", True),
        (JobKind.FLUX, "imagine", False),
        (JobKind.FLUX, None, False),
        (JobKind.EDIT, "Nano Banana", True),
        (JobKind.EDIT, "imagine", False),
        (JobKind.Z_IMAGE, "Z_IMAGE", True),
        (JobKind.VIDEO, "mj-video", True),
        (JobKind.VIDEO, "video-extend", False),
        (JobKind.EXTENSION, "video_extension", True),
        (JobKind.EXTENSION, "video", False),
    ],
)
async def test_the_same_words_of_another_kind_are_somebody_elses(
    desk: Desk, kind: JobKind, named: str | None, fits: bool
) -> None:
    """A fox by FLUX is not the fox by Midjourney that was never confirmed, nor the other way round."""
    job = await desk.recorded(new_job(kind=kind, prompt="a red fox", words="a red fox"))
    item = HistoryItem.model_validate({"id": "x", "prompt": "a red fox", "type": named})
    assert module._could_be(item, job) is fits


async def test_a_pan_is_found_however_its_arrow_is_written(desk: Desk) -> None:
    """The history may leave out the selector behind an arrow."""
    desk.api.answers, desk.api.lost = deque([TimedOut(may_have_created=True)]), True
    desk.api.button_in_history = lambda button: (button or "").replace("\ufe0f", "")
    job = await desk.recorded(new_follow_up("⬅️", words="a red fox"))
    assert (await desk.submit(job)).remote_id == "remote-1"


async def test_doubts_are_logged_with_the_job(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """One line for the lost answer, one for the find."""
    desk.api.answers, desk.api.lost = deque([TimedOut(may_have_created=True)]), True
    job = await desk.recorded()
    with caplog.at_level(logging.INFO, logger=module.__name__):
        await desk.submit(job)
    assert [(line.levelname, line.__dict__["job"]) for line in caplog.records] == [
        ("WARNING", job.id),
        ("INFO", job.id),
    ]
