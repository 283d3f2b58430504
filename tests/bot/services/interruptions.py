"""What happens to one job, and the processes that come and go meanwhile."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.errors import UserError
from bot.imaginepro import ImagineProError, Job, JobStatus, QueueFull, TimedOut
from bot.services.presenter import JobPhase, JobProgress
from bot.store import Database, JobRecord, JobState, JobStore, NewJob
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.await_points import Moments
from tests.bot.services.one_process import OneProcess
from tests.bot.services.scripted import Recorder, ScriptedApi, done, record
from tests.bot.services.workflows import Workflows

MIA = 100
Fits = Callable[[JobProgress], bool]


@dataclass(frozen=True)
class Story:
    """What happens to a job when nobody interrupts it.

    `wish` says when its member wants it cancelled; `closed` that the API takes nothing.
    """

    job: Callable[[], NewJob] = new_job
    ends: JobState = JobState.DONE
    last: Job | None = None
    answers: tuple[ImagineProError, ...] = ()
    lost: bool = False
    wish: Fits | None = None
    closed: bool = False
    troubles: tuple[Exception, ...] = ()

    def api(self) -> ScriptedApi:
        reads: deque[Job | ImagineProError] = deque([record(percent=50), self.last or done()])
        return ScriptedApi(reads=reads, answers=deque(self.answers), lost=self.lost)

    @property
    def sends(self) -> int:
        """How often it is sent: once, and once more for each time that it was not taken."""
        return 0 if self.closed else 1 if self.lost else 1 + len(self.answers)


STORIES = {
    "imagine": Story(),
    "button": Story(lambda: new_follow_up(once_key="press:parent:U2", words="a red fox")),
    "lost answer": Story(answers=(TimedOut(may_have_created=True),), lost=True),
    "failure": Story(ends=JobState.FAILED, last=record(JobStatus.FAILED, error="Sorry!")),
    "cancelled": Story(ends=JobState.CANCELLED, last=record(percent=60), wish=lambda frame: frame.percent is not None),
    "cancelled in line": Story(
        ends=JobState.CANCELLED, wish=lambda frame: frame.phase is JobPhase.WAITING, closed=True
    ),
    "queue full": Story(answers=(QueueFull(status=403),)),
    "delivery": Story(troubles=(RuntimeError("Discord is on fire"),)),
}


class Interruptions:
    """One job, and the processes that come and go while it lives."""

    def __init__(self, database: Database, story: Story) -> None:
        self.database, self.story = database, story
        self.api, self.presenter = story.api(), Recorder()
        self.presenter.errors = deque(story.troubles)
        self.workflows = Workflows()
        self.job = story.job()

    def process(self, moment: int | None = None, *, name: str = "0") -> "Process":
        return Process(self, Moments(moment), name)

    async def finished(self, name: str = "0") -> JobRecord:
        """The job after processes that nobody interrupts: a delivery that failed is repeated by the next one."""
        async with asyncio.timeout(60):
            while True:
                self.workflows.delivered.clear()
                process = self.process(name=name)
                await process.has_come_to_its_end()
                await process.stop()
                job = await JobStore(self.database).get(self.job.id)
                assert job is not None
                if job.delivered_at is not None:
                    return job


class Process:
    """A process of the bot that carries the job, and may be held in one of its moments."""

    def __init__(self, site: Interruptions, moments: Moments, name: str) -> None:
        self._others = asyncio.all_tasks()
        self._site, self.moments = site, moments
        self.house = OneProcess(
            site.database,
            site.api,
            process=name,
            presenter=site.presenter,
            workflows=site.workflows,
            moments=moments,
        )
        self._living = asyncio.create_task(self._live())

    async def is_caught(self) -> bool:
        """Whether it is held now; False when it has come to its end before that."""
        reached = asyncio.create_task(self.moments.reached.wait())
        await asyncio.wait({self._living, reached}, return_when=asyncio.FIRST_COMPLETED)
        await _gone(reached)
        caught = self.moments.reached.is_set()
        if not caught:
            self.moments.released.set()
        return caught

    async def has_come_to_its_end(self) -> None:
        await self._living

    async def kill(self) -> None:
        """Let no await of it return any more."""
        self.moments.dead = True
        # A commit either happened before the process died or did not.
        while running := self._site.database._running:
            await asyncio.wait(running)
        await _gone(*(asyncio.all_tasks() - self._others))

    async def stop(self) -> None:
        """End with care."""
        await _gone(self._living)
        await self.house.__aexit__(None, None, None)
        # As at the database's closing: what was begun there is done before the next process comes.
        while running := self._site.database._running:
            await asyncio.wait(running)

    async def _live(self) -> None:
        if self._site.story.closed:
            await self.house.key_store.ensure(["main"])
            await self.house.key_store.pause("main", 200)
        await self.house.__aenter__()
        wishing = asyncio.create_task(self._wish())
        job = await self.house.ask(self._site.job)
        await self.house.ended(job)
        await _gone(wishing)

    async def _wish(self) -> None:
        if self._site.story.wish is not None:
            await self._site.presenter.wait_for(self._site.story.wish)
            with suppress(UserError):
                await self.house.jobs.cancel(self._site.job.id, MIA, may_manage=False)


async def _gone(*tasks: "asyncio.Task[object]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def check(site: Interruptions, job: JobRecord) -> None:
    """Taken by the API at most once, ended as it should, told to the member, and nothing left to do."""
    assert len(site.api.accepted) <= 1
    assert site.api.calls.count("submit") <= site.story.sends
    assert job.delivered_at is not None
    assert site.presenter.endings
    assert {ending.job.state for ending in site.presenter.endings} == {job.state}
    assert (site.presenter.endings[-1].uploads != ()) == (job.state is JobState.DONE)
    assert await JobStore(site.database).unfinished() == []
    # The next round of a loop uses the API's ids and the key again.
    await JobStore(site.database).update(job.id, remote_id=None, once_key=None)


def is_honest(site: Interruptions, job: JobRecord) -> bool:
    """Whether it ended as it would have without the interruption, or says that nobody can know."""
    return job.state is site.story.ends or (job.state is JobState.UNCONFIRMED and not site.api.accepted)
