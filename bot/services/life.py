"""A job's life: submitted, followed, delivered, settled. A restart joins it wherever it had come to."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.errors import UserError
from bot.imaginepro import ImagineProError, Job, JobStatus
from bot.services.engine import Step
from bot.services.frames import Ending, Frame, Phase, Presenter, ReplyGone
from bot.services.orders import Order, order_of
from bot.services.outcomes import Outcomes
from bot.services.result_files import DownloadApi, ResultFiles
from bot.services.results import Result, video_urls
from bot.services.submission import Submissions, Unclear
from bot.services.tracker import Following, Snapshot, Tracker, pace_of
from bot.store import JobRecord, JobState, JobStore

log = logging.getLogger(__name__)

GRACE_SECONDS = 60.0
"""How long after its own time limit a job is asked for, and how long a cancelled one is."""

_CANCELLED = "Cancelled before it was sent. It cost nothing."
_STOPPED = "Cancelled. ImaginePro does not say whether credits come back."
_BROKEN = (
    "Something went wrong inside the bot, so this job was given up. Whoever runs the bot finds details in its log."
)
_SILENT = "ImaginePro does not answer at the moment. The bot keeps asking."
_STALLED = "Nothing new for longer than usual. The bot keeps asking, and shows the result when it comes."
_AIMS = {Result.PICTURE: "make this picture", Result.TEXTS: "describe this picture", Result.VIDEO: "make this video"}


class JobApi(DownloadApi, Protocol):
    """The part of the API client that a running job needs."""

    async def cancel(self, message_id: str) -> None:
        """Ask for the job to be stopped."""
        ...


class _Cancelled(UserError):
    pass


@dataclass(slots=True)
class _Watch:
    """What can reach a running job from outside."""

    cancel: asyncio.Event = field(default_factory=asyncio.Event)
    asked: bool = False
    stopped_at: datetime | None = None
    note: str | None = None
    newest: Snapshot = field(default_factory=lambda: Snapshot(None))


class JobLife:
    """Carries jobs from their record to their reply.

    `timeout` is the number of seconds the API may spend on one; `grace` the seconds it is asked for beyond that, and
    after it agreed to cancel. `outcomes` hears of every end, and of every wish to cancel that was refused.
    """

    def __init__(
        self,
        store: JobStore,
        api: JobApi,
        submissions: Submissions,
        tracker: Tracker,
        presenter: Presenter,
        *,
        timeout: int,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._store = store
        self._api = api
        self._submissions = submissions
        self._tracker = tracker
        self._presenter = presenter
        self._files = ResultFiles(api)
        self._timeout = timedelta(seconds=timeout)
        self._grace = timedelta(seconds=grace)
        self._watches: dict[str, _Watch] = {}
        self.outcomes = Outcomes()

    async def run(self, job_id: str, step: Step) -> None:
        """Return when the job has ended and its reply says so."""
        # Before the record is read: a wish to cancel that comes now is seen in one or the other.
        watch = self._watches.setdefault(job_id, _Watch())
        try:
            job = await self._store.get(job_id)
            if job is None:
                log.warning("a job without a record", extra={"job": job_id})
                return
            if job.cancel_requested_at is not None:
                watch.cancel.set()
            if not job.state.is_final:
                job = await self._to_its_end(job, watch, step)
            self.outcomes.tell(job_id)
            if job.delivered_at is None:
                await self._deliver(job)
        finally:
            self._watches.pop(job_id, None)

    def cancel(self, job_id: str) -> None:
        """Stop this job as soon as possible, when it is running here."""
        if watch := self._watches.get(job_id):
            watch.cancel.set()

    async def _to_its_end(self, job: JobRecord, watch: _Watch, step: Step) -> JobRecord:
        try:
            await step("submit", lambda: self._submit(job, watch))
            accepted = await self._store.get(job.id)
            if accepted is None or accepted.state.is_final:
                return accepted or job
            return await self._follow(accepted, watch)
        except _Cancelled as end:
            return await self._end(job, JobState.CANCELLED, end.text)
        except UserError as error:
            return await self._end(job, JobState.FAILED, error.text)
        except Exception:
            log.exception("a job was given up", extra={"job": job.id})
            return await self._end(job, JobState.FAILED, _BROKEN)

    async def _submit(self, job: JobRecord, watch: _Watch) -> None:
        """Submit or end the job. What happened is in the store, so that a replay of this step reads it there."""
        if watch.cancel.is_set() and not self._submissions.is_sent(job):
            await self._end(job, JobState.CANCELLED, _CANCELLED)
            return
        submitting = asyncio.create_task(self._submissions.submit(job, self._presenter.show))
        cancelled = asyncio.create_task(watch.cancel.wait())
        try:
            await asyncio.wait({submitting, cancelled}, return_when=asyncio.FIRST_COMPLETED)
            if submitting.done() or self._submissions.is_sent(job):
                await submitting
                return
            # Nothing was awaited since the question, so the answer still holds.
            submitting.cancel()
            await asyncio.wait({submitting})
            await self._end(job, JobState.CANCELLED, _CANCELLED)
        except Unclear as error:
            await self._end(job, JobState.UNCLEAR, error.text)
        except UserError as error:
            await self._end(job, JobState.FAILED, error.text)
        finally:
            cancelled.cancel()
            submitting.cancel()

    async def _follow(self, job: JobRecord, watch: _Watch) -> JobRecord:
        remote_id = job.remote_id
        if remote_id is None:
            raise LookupError(f"job {job.id} is running without an id")
        # A job that ended while the bot was down is long past its time and yet has a result to fetch.
        at_least_until = datetime.now(UTC) + self._grace
        self._show(job, watch)
        canceller = asyncio.create_task(self._cancel_when_asked(job, remote_id, watch))
        following = Following(
            remote_id=remote_id,
            expected=order_of(job).result,
            until=lambda: self._deadline(job, watch, at_least_until),
            changed=lambda snapshot: self._changed(job, watch, snapshot),
            pace=pace_of(job),
            since=job.submitted_at or job.created_at,
        )
        try:
            last = await self._tracker.follow(following)
        except UserError as error:
            if watch.stopped_at is not None:
                raise _Cancelled(_STOPPED) from error
            raise
        finally:
            canceller.cancel()
        return await self._settle(job, last, watch)

    def _changed(self, job: JobRecord, watch: _Watch, newest: Snapshot) -> None:
        watch.newest = newest
        self._show(job, watch)

    def _show(self, job: JobRecord, watch: _Watch) -> None:
        self._presenter.show(_frame(job, watch))

    def _deadline(self, job: JobRecord, watch: _Watch, at_least_until: datetime) -> datetime:
        if watch.stopped_at is not None:
            return watch.stopped_at + self._grace
        return max(at_least_until, (job.submitted_at or job.created_at) + self._timeout + self._grace)

    async def _cancel_when_asked(self, job: JobRecord, remote_id: str, watch: _Watch) -> None:
        while watch.stopped_at is None:
            await watch.cancel.wait()
            watch.cancel.clear()
            watch.asked = True
            try:
                await self._api.cancel(remote_id)
            except ImagineProError as error:
                watch.asked = False
                watch.note = f"This job could not be cancelled, so it goes on. {error.text}"
                self.outcomes.tell(job.id, watch.note)
            else:
                watch.stopped_at, watch.note = datetime.now(UTC), None
                self._tracker.nudge(remote_id)
            self._show(job, watch)

    async def _settle(self, job: JobRecord, last: Job, watch: _Watch) -> JobRecord:
        expected = order_of(job).result
        if last.status is JobStatus.DONE and expected.is_in(last):
            return await self._store.update(
                job.id,
                state=JobState.DONE,
                finished_at=datetime.now(UTC),
                image_url=last.image_url,
                original_url=last.original_url,
                tiles=last.tiles,
                buttons=last.buttons,
                texts=last.texts if expected is Result.TEXTS else (),
                videos=video_urls(last),
            )
        # The record may say so before the answer does, or an earlier process asked: of that only the wish is written.
        if watch.asked or job.cancel_requested_at is not None:
            return await self._end(job, JobState.CANCELLED, _STOPPED)
        return await self._end(job, JobState.FAILED, _failure(last, order_of(job)))

    async def _end(self, job: JobRecord, state: JobState, reason: str) -> JobRecord:
        # Without its key the same button can be pressed again; an unclear job keeps it, for it may have been paid.
        key = job.once_key if state is JobState.UNCLEAR else None
        return await self._store.update(job.id, state=state, reason=reason, once_key=key, finished_at=datetime.now(UTC))

    async def _deliver(self, job: JobRecord) -> None:
        uploads, note = await self._files.of(job) if job.state is JobState.DONE else ((), None)
        with suppress(ReplyGone):
            await self._presenter.deliver(Ending(job=job, uploads=uploads, note=note))
        await self._store.update(job.id, delivered_at=datetime.now(UTC))


def _frame(job: JobRecord, watch: _Watch) -> Frame:
    newest = watch.newest.job
    waiting = newest is None or newest.status in (JobStatus.SUBMITTED, JobStatus.QUEUED)
    phase = Phase.QUEUED if waiting else Phase.RUNNING
    return Frame(
        job=job,
        phase=Phase.CANCELLING if watch.stopped_at is not None else phase,
        percent=newest.percent if newest is not None else None,
        preview_url=newest.image_url if newest is not None else None,
        note=_note(watch),
    )


def _note(watch: _Watch) -> str | None:
    if watch.newest.trouble is not None:
        return _SILENT
    return " ".join(filter(None, (watch.note, _STALLED if watch.newest.stalled else None))) or None


def _failure(last: Job, order: Order) -> str:
    aim = _AIMS[order.result]
    if last.error is None:
        return f"ImaginePro could not {aim} and gave no reason. Press Retry to try again."
    hint = order.hint(last.error)
    reason = f"{last.error.rstrip('.')}. {hint}" if hint else last.error
    return f"ImaginePro could not {aim}: {reason}"
