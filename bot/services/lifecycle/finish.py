"""Records how a job ended."""

from datetime import UTC, datetime

from bot.imaginepro import Job, JobStatus
from bot.services.kinds import request_of
from bot.services.kinds.result_kind import ResultKind, video_urls
from bot.store import JobRecord, JobState, JobStore

BROKEN = "Something went wrong inside the bot, so this job was given up. Whoever runs the bot finds details in its log."
_UNSENT = "Cancelled before it was sent. It cost nothing."
_CANCELLED = "Cancelled. ImaginePro does not say whether credits come back."
_TASKS = {
    ResultKind.PICTURE: "make this picture",
    ResultKind.TEXTS: "describe this picture",
    ResultKind.VIDEO: "make this video",
}
_UNFINISHED = tuple(state for state in JobState if not state.is_final)


class JobFinisher:
    """Ends jobs in the store. Each method returns the ended job, or None if it had already ended otherwise.

    With `process` only the jobs that this process owns, except those that were never sent.
    """

    def __init__(self, store: JobStore, process: str | None = None) -> None:
        self._store = store
        self._process = process

    async def finish(self, job: JobRecord, last: Job, *, cancelled: bool) -> JobRecord | None:
        """End the job as its last record at the API says; `cancelled` if the API was asked to cancel it."""
        expected = request_of(job).result
        if last.status is JobStatus.DONE and (expected.is_in(last) or expected.has_remains_in(last)):
            return await self._done(job, last, expected)
        if job.state.is_final:
            # The failure is already shown, and no late result will replace it.
            await self.expect_no_result(job)
            return None
        # The API may report the end before it answers the cancel request. If an earlier process sent that request, only
        # `cancel_requested_at` shows it.
        if cancelled or job.cancel_requested_at is not None:
            return await self.cancelled(job)
        return await self.end(job, JobState.FAILED, _failure(last, job))

    async def expect_no_result(self, job: JobRecord) -> None:
        """Note that no late result will replace the failure that is shown."""
        await self._store.move(job.id, job.state, of=self._process, late_until=None)

    async def cancelled(self, job: JobRecord) -> JobRecord | None:
        """End the job as cancelled after it was sent to the API."""
        return await self.end(job, JobState.CANCELLED, _CANCELLED)

    async def cancel_unsent(self, job: JobRecord, message_id: int | None) -> JobRecord | None:
        """End the job as cancelled if it was not sent to the API yet.

        `message_id` is its reply's, if that is known better than it is recorded.
        """
        return await self._cancel_unsent(job, job.reply.message_id or message_id)

    async def cancel_as_wanted(self, job: JobRecord) -> JobRecord | None:
        """End the job as cancelled if its member wants that and it was not sent, or the API did not take it."""
        return await self._cancel_unsent(job, job.reply.message_id, cancel_wanted=True)

    async def _cancel_unsent(
        self, job: JobRecord, message_id: int | None, *, cancel_wanted: bool | None = None
    ) -> JobRecord | None:
        return await self._store.move(
            job.id,
            JobState.RECORDED,
            JobState.WAITING,
            JobState.DISPATCHED,
            cancel_wanted=cancel_wanted,
            state=JobState.CANCELLED,
            reason=_UNSENT,
            once_key=None,
            finished_at=datetime.now(UTC),
            message_id=message_id,
        )

    async def end(
        self, job: JobRecord, state: JobState, reason: str, *, late_until: datetime | None = None
    ) -> JobRecord | None:
        """End the job without a result; one that arrives before `late_until` is still accepted."""
        # Without its key the button can be pressed again. An unconfirmed job keeps it, as it may have cost credits.
        key = job.once_key if state is JobState.UNCONFIRMED else None
        # A job is unconfirmed only as long as it is being searched for.
        expected = (JobState.SUBMITTING,) if state is JobState.UNCONFIRMED else _UNFINISHED
        return await self._store.move(
            job.id,
            *expected,
            of=self._process,
            state=state,
            reason=reason,
            once_key=key,
            finished_at=datetime.now(UTC),
            late_until=late_until,
        )

    async def lose(self, job: JobRecord, reason: str) -> JobRecord | None:
        """End a running job as unconfirmed, as no key can read it any more. It may be paid, so it keeps its key."""
        return await self._store.move(
            job.id,
            JobState.RUNNING,
            of=self._process,
            state=JobState.UNCONFIRMED,
            reason=reason,
            finished_at=datetime.now(UTC),
            late_until=None,
        )

    async def _done(self, job: JobRecord, last: Job, expected: ResultKind) -> JobRecord | None:
        return await self._store.move(
            job.id,
            *_UNFINISHED,
            JobState.FAILED,
            of=self._process,
            state=JobState.DONE,
            reason=None,
            finished_at=datetime.now(UTC),
            delivered_at=None,
            late_until=None,
            image_url=last.image_url,
            original_url=last.original_url,
            tiles=last.tiles,
            buttons=last.buttons,
            texts=last.texts if expected is ResultKind.TEXTS else (),
            videos=video_urls(last, expected),
        )


def _failure(last: Job, job: JobRecord) -> str:
    order = request_of(job)
    aim = _TASKS[ResultKind.VIDEO if order.makes_video(job) else order.result]
    if last.error is None:
        return f"ImaginePro could not {aim} and gave no reason. Press Retry to try again."
    hint = order.hint(last.error)
    reason = f"{last.error.rstrip('.')}. {hint}" if hint else last.error
    return f"ImaginePro could not {aim}: {reason}"
