"""A job's life: called, sent, followed, delivered. A restart, or another process, joins it wherever it had come to.

Sending and delivering do what must be done once, and are durable workflows. Between them, and while it waits in line, a
job rests in its row: nothing of it is in a process that its row does not say as well.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime

from bot.errors import UserError
from bot.services.images.results import ResultFiles
from bot.services.lifecycle.end_events import Outcomes
from bot.services.lifecycle.finish import BROKEN, UNSENT, Settling
from bot.services.lifecycle.reconcile import Unclear
from bot.services.lifecycle.submit import BackInLine, NotOurs, Submissions
from bot.services.lifecycle.watch import FollowedJobs
from bot.services.lifecycle.workflows import Engine
from bot.services.presenter import Ending, Frame, Phase, Presenter, ReplyGone
from bot.services.queue.dispatcher import Line
from bot.store import JobRecord, JobState, JobStore

log = logging.getLogger(__name__)

SEND, DELIVER = "send", "deliver"
"""The names of the two workflows."""

_BEGUN = (JobState.CALLED, JobState.SUBMITTING, JobState.RUNNING)
_FETCHED_AT_ONCE = 8
"""Jobs whose files are in memory at the same time."""


class JobLife:
    """Carries jobs from one place where they rest to the next.

    `outcomes` hears of every end, and of every wish to cancel that was refused.
    """

    def __init__(
        self,
        store: JobStore,
        *,
        submissions: Submissions,
        followed: FollowedJobs,
        files: ResultFiles,
        presenter: Presenter,
        outcomes: Outcomes,
    ) -> None:
        self._store = store
        self._submissions = submissions
        self._followed = followed
        self._files = files
        self._presenter = presenter
        self._settling = Settling(store)
        self._fetching = asyncio.Semaphore(_FETCHED_AT_ONCE)
        self.outcomes = outcomes
        followed.on_end(self.ended)

    def attach(self, engine: Engine, line: Line) -> None:
        """Work with these from now on; both need what this object gives them first."""
        self._engine, self._line = engine, line

    async def wait(self, job: JobRecord) -> None:
        """Put a job whose reply is visible into the line."""
        waiting = await self._store.move(job.id, JobState.RECORDED, JobState.WAITING, state=JobState.WAITING)
        if waiting is None:
            return
        try:
            self._submissions.check(waiting)
        except UserError as error:
            await self._end(waiting, JobState.FAILED, error.text)
        else:
            self._line.enter(waiting)

    async def called(self, job: JobRecord) -> None:
        """Send a job whose turn has come."""
        await self._engine.start(SEND, job.id, workflow_id=_sending(job))

    async def ended(self, job: JobRecord) -> None:
        """Deliver a job that has ended in the store."""
        self._line.look()
        await self._engine.start(DELIVER, job.id, workflow_id=_delivery(job))

    async def take_up(self, job: JobRecord) -> None:
        """Go on with a job that an earlier process, or another one, has left. Its reply is known to be visible."""
        match job.state:
            case JobState.RECORDED | JobState.WAITING:
                await self.wait(job)
            case JobState.CALLED | JobState.SUBMITTING:
                await self._engine.start_anew(SEND, job.id, workflow_id=_sending(job))
            case JobState.RUNNING:
                self._followed.follow(job)
            case JobState.DONE | JobState.FAILED | JobState.CANCELLED | JobState.UNCLEAR:
                if job.delivered_at is None:
                    await self._engine.start_anew(DELIVER, job.id, workflow_id=_delivery(job))
                if job.late_until is not None:
                    self._followed.follow(job)

    async def cancel_unsent(self, job: JobRecord) -> bool:
        """Whether the job was ended before anything was sent."""
        ended = await self._store.move(
            job.id,
            JobState.RECORDED,
            JobState.WAITING,
            JobState.CALLED,
            state=JobState.CANCELLED,
            reason=UNSENT,
            once_key=None,
            finished_at=datetime.now(UTC),
        )
        if ended is None:
            return False
        self._line.leave(job.id)
        await self.outcomes.tell(job.id)
        await self.ended(ended)
        return True

    async def send(self, job_id: str) -> None:
        """The workflow of sending: return when the job is accepted, back in line, or ended."""
        job = await self._store.get(job_id)
        if job is None or job.state not in _BEGUN:
            # It has ended, or this is run again though the job is back in the line, from where it is sent anew.
            return
        try:
            accepted = await self._submissions.submit(job, self._searching)
        except NotOurs:
            log.info("a job was cancelled or taken over before it was sent", extra={"job": job_id})
        except BackInLine:
            await self._back(job_id)
        except Unclear as error:
            await self._end(job, JobState.UNCLEAR, error.text)
        except UserError as error:
            await self._end(job, JobState.FAILED, error.text)
        except Exception:
            log.exception("a job was given up", extra={"job": job_id})
            await self._end(job, JobState.FAILED, BROKEN)
        else:
            await self.take_up(accepted)

    async def deliver(self, job_id: str) -> None:
        """The workflow of delivering: return when the job's reply shows how it ended."""
        job = await self._store.get(job_id)
        if job is None or not job.state.is_final or job.delivered_at is not None:
            return
        uploads, note = (), None
        if job.state is JobState.DONE:
            async with self._fetching:
                uploads, note = await self._files.of(job)
        with suppress(ReplyGone):
            await self._presenter.deliver(Ending(job=job, uploads=uploads, note=note))
        await self._store.update(job_id, delivered_at=datetime.now(UTC))

    async def _back(self, job_id: str) -> None:
        waiting = await self._store.get(job_id)
        if waiting is not None and waiting.state is JobState.WAITING:
            self._line.enter(waiting)

    async def _end(self, job: JobRecord, state: JobState, reason: str) -> None:
        ended = await self._settling.end(job, state, reason)
        if ended is not None:
            await self.outcomes.tell(job.id)
            await self.ended(ended)

    def _searching(self, job: JobRecord) -> None:
        self._presenter.show(Frame(job=job, phase=Phase.SEARCHING))


def _sending(job: JobRecord) -> str:
    # Sent back into the line and called again, it is another sending.
    return job.id if job.calls <= 1 else f"{job.id}.{job.calls}"


def _delivery(job: JobRecord) -> str:
    # A result that comes after all is delivered though the failure was.
    return f"{job.id}.{job.state.value}"
