"""One job that is run by a sequence of processes, which tests hold, stop or kill."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.errors import UserError
from bot.imaginepro import ImagineProError, Job, JobStatus, QueueFull, TimedOut
from bot.services.presenter import JobPhase, JobProgress
from bot.store import Database, JobRecord, JobState, JobStore, NewJob
from tests.bot.records import new_follow_up, new_job, rewritten
from tests.bot.services.await_points import AwaitPoints
from tests.bot.services.one_process import OneProcess
from tests.bot.services.scripted import Recorder, ScriptedApi, done, record
from tests.bot.services.workflows import Workflows

MIA = 100
Condition = Callable[[JobProgress], bool]


@dataclass(frozen=True)
class Story:
    """What happens to a job without interruptions.

    `cancel_when` is the progress at which its member cancels it. With `key_paused` nothing is sent. `lost` means that
    the API creates the job although it answers with an error.
    """

    job: Callable[[], NewJob] = new_job
    ends: JobState = JobState.DONE
    last: Job | None = None
    answers: tuple[ImagineProError, ...] = ()
    lost: bool = False
    cancel_when: Condition | None = None
    key_paused: bool = False
    delivery_errors: tuple[Exception, ...] = ()

    def api(self) -> ScriptedApi:
        reads: deque[Job | ImagineProError] = deque([record(percent=50), self.last or done()])
        return ScriptedApi(reads=reads, answers=deque(self.answers), lost=self.lost)

    @property
    def sends(self) -> int:
        """How often it is sent: once, and again after each answer that did not accept it."""
        return 0 if self.key_paused else 1 if self.lost else 1 + len(self.answers)


STORIES = {
    "imagine": Story(),
    "button": Story(lambda: new_follow_up(once_key="press:parent:U2", words="a red fox")),
    "lost answer": Story(answers=(TimedOut(may_have_created=True),), lost=True),
    "failure": Story(ends=JobState.FAILED, last=record(JobStatus.FAILED, error="Sorry!")),
    "cancelled": Story(
        ends=JobState.CANCELLED, last=record(percent=60), cancel_when=lambda progress: progress.percent is not None
    ),
    "cancelled in line": Story(
        ends=JobState.CANCELLED, cancel_when=lambda progress: progress.phase is JobPhase.WAITING, key_paused=True
    ),
    "queue full": Story(answers=(QueueFull(status=403),)),
    "cancelled while refused": Story(
        ends=JobState.CANCELLED,
        answers=(QueueFull(status=403),),
        last=record(percent=60),
        cancel_when=lambda progress: progress.phase is JobPhase.SUBMITTING,
    ),
    "delivery": Story(delivery_errors=(RuntimeError("Discord is on fire"),)),
}


class Interruptions:
    """One job, and what all its processes share: the database, the API, the presenter and the workflows."""

    def __init__(self, database: Database, story: Story) -> None:
        self.database, self.story = database, story
        self.api, self.presenter = story.api(), Recorder()
        self.presenter.errors = deque(story.delivery_errors)
        self.workflows = Workflows()
        self.job = story.job()

    def process(self, hold_at: int | None = None, *, name: str = "0") -> "Process":
        return Process(self, AwaitPoints(hold_at), name)

    async def finished(self, name: str = "0") -> JobRecord:
        """The delivered job, after running processes without interruptions: each repeats a failed delivery."""
        async with asyncio.timeout(60):
            while True:
                self.workflows.delivered.clear()
                process = self.process(name=name)
                await process.finish()
                await process.stop()
                job = await JobStore(self.database).get(self.job.id)
                assert job is not None
                if job.delivered_at is not None:
                    return job


class Process:
    """A process of the bot that runs the job, and can be held at one of its await points."""

    def __init__(self, interruptions: Interruptions, await_points: AwaitPoints, name: str) -> None:
        self._others = asyncio.all_tasks()
        self._interruptions, self.await_points = interruptions, await_points
        self.services = OneProcess(
            interruptions.database,
            interruptions.api,
            process=name,
            presenter=interruptions.presenter,
            workflows=interruptions.workflows,
            await_points=await_points,
        )
        self._running = asyncio.create_task(self._run())

    async def is_held(self) -> bool:
        """Wait until it is held or has finished. Returns whether it is held."""
        reached = asyncio.create_task(self.await_points.reached.wait())
        await asyncio.wait({self._running, reached}, return_when=asyncio.FIRST_COMPLETED)
        await _cancel_all(reached)
        held = self.await_points.reached.is_set()
        if not held:
            self.await_points.released.set()
        return held

    async def finish(self) -> None:
        await self._running

    async def kill(self) -> None:
        """Kill it: no code of it runs any more."""
        self.await_points.dead = True
        # A commit either happened before the process died or did not.
        while running := self._interruptions.database._running:
            await asyncio.wait(running)
        await _cancel_all(*(asyncio.all_tasks() - self._others))

    async def stop(self) -> None:
        """Shut it down cleanly."""
        await _cancel_all(self._running)
        await self.services.__aexit__(None, None, None)
        # Like closing the database: transactions in flight finish before the next process starts.
        while running := self._interruptions.database._running:
            await asyncio.wait(running)

    async def _run(self) -> None:
        if self._interruptions.story.key_paused:
            await self.services.key_store.ensure(["main"])
            await self.services.key_store.pause("main", 200)
        await self.services.__aenter__()
        cancelling = asyncio.create_task(self._cancel())
        try:
            job = await self.services.begin(self._interruptions.job)
            await self.services.ended(job)
        finally:
            # Of a process that is stopped, too: it must not cancel the job that the next one begins.
            await _cancel_all(cancelling)

    async def _cancel(self) -> None:
        if self._interruptions.story.cancel_when is not None:
            await self._interruptions.presenter.wait_for(self._interruptions.story.cancel_when)
            with suppress(UserError):
                await self.services.jobs.cancel(self._interruptions.job.id, MIA, may_manage=False)


async def _cancel_all(*tasks: "asyncio.Task[object]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def check(interruptions: Interruptions, job: JobRecord) -> None:
    """Assert that the API accepted the job at most once, that its end was shown, and that nothing is unfinished."""
    assert len(interruptions.api.accepted) <= 1
    assert interruptions.api.calls.count("submit") <= interruptions.story.sends
    assert job.delivered_at is not None
    assert interruptions.presenter.endings
    assert {ending.job.state for ending in interruptions.presenter.endings} == {job.state}
    assert (interruptions.presenter.endings[-1].uploads != ()) == (job.state is JobState.DONE)
    assert await JobStore(interruptions.database).unfinished() == []
    # The next iteration of a loop reuses the API's ids and the key.
    await rewritten(JobStore(interruptions.database), job.id, remote_id=None, once_key=None)


def is_plausible(interruptions: Interruptions, job: JobRecord) -> bool:
    """Whether it ended as without the interruption, or as unconfirmed without having been accepted."""
    return job.state is interruptions.story.ends or (
        job.state is JobState.UNCONFIRMED and not interruptions.api.accepted
    )
