"""Writing down how a job ended."""

from datetime import UTC, datetime

from bot.imaginepro import Job, JobStatus
from bot.services.kinds import JobRequest, request_of
from bot.services.kinds.result_kind import ResultKind, video_urls
from bot.store import JobRecord, JobState, JobStore

BROKEN = "Something went wrong inside the bot, so this job was given up. Whoever runs the bot finds details in its log."
_UNSENT = "Cancelled before it was sent. It cost nothing."
_STOPPED = "Cancelled. ImaginePro does not say whether credits come back."
_AIMS = {
    ResultKind.PICTURE: "make this picture",
    ResultKind.TEXTS: "describe this picture",
    ResultKind.VIDEO: "make this video",
}
_UNFINISHED = tuple(state for state in JobState if not state.is_final)


class JobFinisher:
    """Ends jobs in the store. Each method gives the job as it ended, or None when it had ended otherwise before."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def finish(self, job: JobRecord, last: Job, *, cancelled: bool) -> JobRecord | None:
        """End the job as its last record at the API says; `cancelled` when it was asked to stop."""
        expected = request_of(job).result
        if last.status is JobStatus.DONE and expected.is_in(last):
            return await self._done(job, last, expected)
        if job.state.is_final:
            # It was told to have failed, and it has.
            await self._store.move(job.id, job.state, late_until=None)
            return None
        # The record may say so before the answer does, or an earlier process asked: of that only the wish is written.
        if cancelled or job.cancel_requested_at is not None:
            return await self.cancelled(job)
        return await self.end(job, JobState.FAILED, _failure(last, request_of(job)))

    async def cancelled(self, job: JobRecord) -> JobRecord | None:
        """End the job as cancelled after it was sent."""
        return await self.end(job, JobState.CANCELLED, _STOPPED)

    async def cancel_unsent(self, job: JobRecord) -> JobRecord | None:
        """End the job as cancelled, if nothing was sent yet."""
        return await self._store.move(
            job.id,
            JobState.RECORDED,
            JobState.WAITING,
            JobState.DISPATCHED,
            state=JobState.CANCELLED,
            reason=_UNSENT,
            once_key=None,
            finished_at=datetime.now(UTC),
        )

    async def end(
        self, job: JobRecord, state: JobState, reason: str, *, late_until: datetime | None = None
    ) -> JobRecord | None:
        """End the job without a result; with `late_until` one that comes by then is still taken."""
        # Without its key the same button can be pressed again; an unclear job keeps it, for it may have been paid.
        key = job.once_key if state is JobState.UNCONFIRMED else None
        return await self._store.move(
            job.id,
            *_UNFINISHED,
            state=state,
            reason=reason,
            once_key=key,
            finished_at=datetime.now(UTC),
            late_until=late_until,
        )

    async def _done(self, job: JobRecord, last: Job, expected: ResultKind) -> JobRecord | None:
        return await self._store.move(
            job.id,
            *_UNFINISHED,
            JobState.FAILED,
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
            videos=video_urls(last),
        )


def _failure(last: Job, order: JobRequest) -> str:
    aim = _AIMS[order.result]
    if last.error is None:
        return f"ImaginePro could not {aim} and gave no reason. Press Retry to try again."
    hint = order.hint(last.error)
    reason = f"{last.error.rstrip('.')}. {hint}" if hint else last.error
    return f"ImaginePro could not {aim}: {reason}"
