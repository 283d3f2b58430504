"""A process that dies, or is told to stop, in every moment between a job's record and its settled reply."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.imaginepro import Job, JobStatus, TimedOut
from bot.store import JobRecord, JobState, JobStore, NewJob
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.house import House
from tests.bot.services.moments import Moments, Port
from tests.bot.services.scripted import Recorder, ScriptedApi, Steps, done, record


class InterruptedSteps(Steps):
    """Steps with a moment between a part's end and its being remembered."""

    def __init__(self, moments: Moments) -> None:
        super().__init__()
        self._moments = moments

    async def __call__(self, name: str, part: Callable[[], Any], /) -> Any:
        async def watched() -> Any:
            found = await part()
            await self._moments.passes("before the step is remembered")
            return found

        return await super().__call__(name, watched)


@dataclass(frozen=True)
class Story:
    """What happens to a job when nobody interrupts it."""

    job: Callable[[], NewJob]
    ends: JobState = JobState.DONE
    last: Job | None = None
    loses_answer: bool = False
    cancelled: bool = False

    def api(self) -> ScriptedApi:
        api = ScriptedApi(reads=deque([record(percent=50), self.last or done()]), lost=self.loses_answer)
        if self.loses_answer:
            api.answers.append(TimedOut(may_have_created=True))
        return api


STORIES = {
    "imagine": Story(new_job),
    "button": Story(lambda: new_follow_up(once_key="press:parent:U2", words="a red fox")),
    "lost answer": Story(new_job, loses_answer=True),
    "failure": Story(new_job, JobState.FAILED, record(JobStatus.FAILED, error="Sorry!")),
    "cancelled": Story(new_job, JobState.CANCELLED, record(percent=60), cancelled=True),
}


class Site:
    """One job, and the processes that come and go while it lives."""

    def __init__(self, store: JobStore, story: Story) -> None:
        self.store, self.story = store, story
        self.api, self.presenter = story.api(), Recorder()
        self.steps: dict[str, Steps] = {}
        self._wishes: set[asyncio.Task[None]] = set()
        self._job = story.job()

    async def begin(self, moments: Moments) -> tuple[House, JobRecord, "asyncio.Task[JobRecord]"]:
        job, _ = await self.store.record(self._job)
        house = House(
            Port(self.store, moments),  # type: ignore[arg-type]
            Port(self.api, moments),  # type: ignore[arg-type]
            presenter=Port(self.presenter, moments),  # type: ignore[arg-type]
            steps=self.steps,
        )
        remembered = InterruptedSteps(moments)
        if earlier := self.steps.get(job.id):
            remembered.finished = earlier.finished
        self.steps[job.id] = remembered
        if self.story.cancelled:
            self._wishes.add(asyncio.create_task(self._cancel_once_paid(house, job)))
        return house, job, house.begin(job)

    async def _cancel_once_paid(self, house: House, job: JobRecord) -> None:
        await self.presenter.wait_for(lambda frame: frame.percent is not None)
        await self.store.update(job.id, cancel_requested_at=datetime.now(UTC))
        house.life.cancel(job.id)

    async def killed(self, moment: int) -> bool:
        """Whether a process of its own was still at work when it was killed in that moment; no await of it returns."""
        others = asyncio.all_tasks()
        moments = Moments(moment)
        _, _, life = await self.begin(moments)
        reached = asyncio.create_task(moments.reached.wait())
        await asyncio.wait({life, reached}, return_when=asyncio.FIRST_COMPLETED)
        at_work = not life.done()
        moments.dead = True
        rest = asyncio.all_tasks() - others
        # A commit either happened before the process died or did not; its task ends by itself.
        for task in rest - self.store._database._running:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        return at_work

    async def stopped(self, moment: int) -> bool:
        """Whether a process was still at work when it was told to stop in that moment, and did so with care."""
        moments = Moments(moment)
        house, _, life = await self.begin(moments)
        reached = asyncio.create_task(moments.reached.wait())
        await asyncio.wait({life, reached}, return_when=asyncio.FIRST_COMPLETED)
        at_work = not life.done()
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        moments.released.set()
        await house.submissions.drain(10)
        await self._end(reached, *self._wishes)
        return at_work

    async def finished(self) -> JobRecord:
        """The job after a process that nobody interrupts."""
        _, _, life = await self.begin(Moments())
        async with asyncio.timeout(60):
            job = await life
        await self._end(*self._wishes)
        return job

    async def _end(self, *tasks: asyncio.Task[Any]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def fresh(store: JobStore, name: str) -> Site:
    return Site(store, STORIES[name])


async def check(site: Site, job: JobRecord, *, unclear_allowed: bool) -> None:
    """Paid at most once, ended as it should, told to the member, and nothing left to do."""
    assert site.api.calls.count("submit") <= 1
    if not site.api.accepted and unclear_allowed:
        assert job.state is JobState.UNCLEAR
    elif job.state is not JobState.CANCELLED:
        assert len(site.api.accepted) == 1
        assert job.state is site.story.ends
    assert job.delivered_at is not None
    assert site.presenter.endings
    assert all(ending.job.state is job.state for ending in site.presenter.endings)
    assert (site.presenter.endings[-1].uploads != ()) == (job.state is JobState.DONE)
    assert await site.store.unfinished() == []


@pytest.mark.parametrize("name", STORIES)
async def test_killed_in_every_moment(store: JobStore, name: str) -> None:
    """After the restart: one submission, one picture, one settled reply; a lost request is told honestly."""
    moment = unclear = 0
    while True:
        moment += 1
        site = fresh(store, name)
        if not await site.killed(moment):
            break
        job = await site.finished()
        unclear += job.state is JobState.UNCLEAR
        await check(site, job, unclear_allowed=True)
        await forget(store, job)
    assert moment > 15
    # Only between "about to be sent" and the request's arrival nobody can know.
    assert unclear <= 2


@pytest.mark.parametrize("name", STORIES)
async def test_stopped_in_every_moment(store: JobStore, name: str) -> None:
    """A stop finishes the request under way, so that nothing has to be searched for and nothing is unclear."""
    moment = 0
    while True:
        moment += 1
        site = fresh(store, name)
        if not await site.stopped(moment):
            break
        job = await site.finished()
        await check(site, job, unclear_allowed=False)
        assert site.story.loses_answer or "history" not in site.api.calls
        await forget(store, job)
    assert moment > 15


@pytest.mark.parametrize("name", STORIES)
async def test_killed_again_and_again(store: JobStore, name: str) -> None:
    """Each process gets a little further than the one before it."""
    site = fresh(store, name)
    moment = 1
    while await site.killed(moment):
        moment += 1
    await check(site, await site.finished(), unclear_allowed=True)


async def forget(store: JobStore, job: JobRecord) -> None:
    """Let the next round of the loop use the API's ids and the key again."""
    await store.update(job.id, remote_id=None, once_key=None)
