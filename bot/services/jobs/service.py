"""The job service that cogs and buttons call: start a job, press its buttons, retry and cancel it."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.errors import UserError
from bot.services.cluster.pubsub import PubSub, Topic
from bot.services.follow_ups.extra_input import is_region
from bot.services.follow_ups.layout import arrange
from bot.services.jobs import new_job as requests
from bot.services.jobs.attachment_urls import AttachmentUrls
from bot.services.jobs.recording import JobRecorder, Opened
from bot.services.kinds import FollowUpRequest, JobRequest, request_of
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.lifecycle import JobLifecycle
from bot.services.prompt import Composer, Prompt
from bot.store import (
    DatabaseClosed,
    DraftUse,
    JobRecord,
    JobState,
    JobStore,
    ReplyTarget,
    WaitingLimits,
)
from bot.timings import Timings

log = logging.getLogger(__name__)

_BEGIN_FAILED = (
    "Something went wrong inside the bot, so this job could not be begun yet. It is kept, and goes on by itself within "
    "a few minutes; don't ask for it a second time."
)
_ENDED = "This job has already ended."
_NO_MASK = (
    "What was painted for this is no longer kept. Press Vary (Region) under the picture it was made from, and paint it "
    "again."
)


class UnknownPicture(UserError):
    """No job has this id."""

    def __init__(self) -> None:
        super().__init__("The bot no longer knows this picture. Use /imagine to make a new one.")


@dataclass(frozen=True, slots=True)
class CancelResult:
    """The state of a job after a cancel request; `refusal` is a sentence why the API did not cancel it."""

    job: JobRecord
    refusal: str | None = None


class Jobs:
    """The jobs of this bot. New jobs belong to `process`; `limits` is how many jobs may wait.

    `attachment_urls` refreshes the URLs of pictures that new jobs are made from.
    `composer` judges prompts of earlier jobs before they are sent again.
    """

    def __init__(
        self,
        store: JobStore,
        lifecycle: JobLifecycle,
        pubsub: PubSub,
        process: str,
        *,
        attachment_urls: AttachmentUrls,
        limits: WaitingLimits,
        end_events: JobEndEvents,
        composer: Composer,
        timings: Timings,
    ) -> None:
        self._composer = composer
        self._store = store
        self._lifecycle = lifecycle
        self._pubsub = pubsub
        self._process = process
        self._attachment_urls = attachment_urls
        self._end_events = end_events
        self._recorder = JobRecorder(
            store, process, attachment_urls=attachment_urls, limits=limits, double_click=timings.double_click
        )

    def close(self) -> None:
        """Refuse new jobs from now on."""
        self._recorder.close()

    async def get(self, job_id: str) -> JobRecord:
        """The job. Raises `UnknownPicture` if it does not exist."""
        job = await self._store.get(job_id)
        if job is None:
            raise UnknownPicture
        return job

    async def imagine(
        self,
        prompt: Prompt,
        reply: ReplyTarget,
        *,
        boost: bool = False,
        once_key: str | None = None,
        draft: DraftUse | None = None,
    ) -> Opened:
        """A job for a new picture, recorded but not queued: call `begin` once its reply is visible.

        A `draft` is used when the job is recorded. Raises `UserError` if it was used before.
        """
        return await self._recorder.record(
            replace(requests.imagine_job(prompt, reply, boost=boost), once_key=once_key), draft=draft
        )

    async def create(
        self,
        order: JobRequest,
        reply: ReplyTarget,
        *,
        prompt: str = "",
        parent: JobRecord | None = None,
        draft: DraftUse | None = None,
    ) -> Opened:
        """A job of another kind than a Midjourney prompt or button, recorded but not queued.

        `prompt` is what the API receives and members see; `parent` is the job that its button belongs to; `draft` as
        for `imagine`. The same order by the same member within `Timings.double_click` is a double click and returns
        the first job.
        """
        return await self._recorder.record_once(requests.other_job(order, reply, prompt, parent), draft)

    async def follow_up(
        self,
        job_id: str,
        index: int,
        reply: ReplyTarget,
        *,
        prompt: Prompt | None = None,
        mask: str | None = None,
        zoom: float | None = None,
        boost: bool = False,
        draft: DraftUse | None = None,
    ) -> Opened:
        """A follow-up by the button at `index` of the job's list, or the job of an earlier press.

        `prompt` replaces the parent's; `mask` is Base64, white where the picture may change; `zoom` is the factor of a
        custom zoom; `draft` as for `imagine`. Raises `UserError` if the job or the button does not exist.
        """
        parent = await self.get(job_id)
        label = self.button(parent, index)
        order = FollowUpRequest(boost=boost, mask=mask, zoom=zoom, of_video=bool(parent.videos))
        if prompt is not None:
            order = order.model_copy(update={"prompt": prompt.full, "notes": prompt.notes})
        order = requests.judged_press(order, parent.prompt, self._composer)
        return await self._recorder.record_once(requests.follow_up_job(parent, label, reply, order, prompt), draft)

    def button(self, parent: JobRecord, index: int) -> str:
        """The label of the button at `index` of the job's list. Raises `UserError` if it is not offered."""
        offered = arrange(parent.buttons).labels
        if parent.remote_id is None or not 0 <= index < len(parent.buttons) or parent.buttons[index] not in offered:
            raise UserError("This button is not offered for this picture.")
        return parent.buttons[index]

    async def retry(self, job_id: str, reply: ReplyTarget, copies: Mapping[int, str] | None = None) -> Opened:
        """The same request again, or the job of an earlier retry.

        `copies` are URLs of the request's pictures by their number, from 1; they replace addresses that have expired.
        Raises `UserError` if the job does not exist, has a result or has not ended, or is known to fail by now.
        """
        old = await self._store.get_with_mask(job_id)
        if old is None:
            raise UnknownPicture
        if not old.state.is_final or old.state is JobState.DONE:
            raise UserError("Only a job that ended without a picture can be tried again.")
        if old.button is not None and is_region(old.button) and "mask" not in old.details:
            raise UserError(_NO_MASK)
        job = requests.retry_job(old, reply, self._composer)
        if copies:
            inputs = dict(enumerate(request_of(old).inputs, 1))
            by_url = {inputs[number]: url for number, url in copies.items() if number in inputs}
            job = self._attachment_urls.replaced(job, by_url)
        # An unconfirmed job keeps its key. With a retry the member accepts that it may be paid twice.
        return await self._recorder.record(job, takes_key_of=await self._unconfirmed_holder(old, job.once_key))

    async def begin(self, job: JobRecord, *, channel_id: int | None, message_id: int) -> None:
        """Put the job into the queue; its reply is the message with this id.

        Raises `UserError` if that fails; the job is not lost, as it is taken up later.
        """
        try:
            begun = await self._store.move(
                job.id,
                JobState.RECORDED,
                state=JobState.WAITING,
                owner=self._process,
                channel_id=channel_id or job.reply.channel_id,
                message_id=message_id,
            )
        except DatabaseClosed as error:
            log.info("a job is not begun, as this process stops", extra={"job": job.id})
            raise UserError(_BEGIN_FAILED) from error
        except Exception as error:
            log.exception("a job could not be begun", extra={"job": job.id})
            raise UserError(_BEGIN_FAILED) from error
        if begun is not None:
            await self._lifecycle.enqueue(begun)
        else:
            await self._shown_too_late(job.id, channel_id or job.reply.channel_id, message_id)

    async def _shown_too_late(self, job_id: str, channel_id: int | None, message_id: int) -> None:
        """Show the failure in a reply that became visible after another process dropped its job for lack of a reply."""
        dropped = await self.get(job_id)
        if dropped.state is JobState.FAILED and dropped.reply.message_id is None:
            ended = await self._store.move(
                job_id,
                JobState.FAILED,
                channel_id=channel_id,
                message_id=message_id,
                owner=self._process,
                delivered_at=None,
            )
            if ended is not None:
                await self._lifecycle.deliver(ended)

    async def drop(self, job: JobRecord, reason: str) -> None:
        """End a job whose reply never became visible, before it is sent. Does nothing if it was begun meanwhile."""
        now = datetime.now(UTC)
        await self._store.move(
            job.id,
            JobState.RECORDED,
            state=JobState.FAILED,
            reason=reason,
            once_key=None,
            finished_at=now,
            delivered_at=now,
        )

    async def cancel(self, job_id: str, user_id: int, *, may_manage: bool, message_id: int | None = None) -> JobRecord:
        """Cancel the job, or ask the API to. Only its member or a moderator (`may_manage`) is allowed to.

        `message_id` is the message on which Cancel was pressed.

        Raises `UserError` if the job does not exist, is another member's, or has ended.
        """
        job = await self.get(job_id)
        if job.reply.user_id != user_id and not may_manage:
            raise UserError("Only the member who started this job, or a moderator, can cancel it.")
        while not job.state.is_final:
            if await self._lifecycle.cancel_unsent(job, message_id):
                return await self.get(job_id)
            requested_at = job.cancel_requested_at or datetime.now(UTC)
            marked = await self._store.move(
                job_id, JobState.SUBMITTING, JobState.RUNNING, cancel_requested_at=requested_at
            )
            if marked is not None:
                await self._pubsub.publish(Topic.CANCEL, job_id)
                return marked
            # Between the two it has ended, or returned to the queue.
            job = await self.get(job_id)
        raise UserError(_ENDED)

    async def cancel_and_wait(self, job_id: str, user_id: int, *, seconds: float) -> CancelResult:
        """The result of cancelling the member's job, or its current state if there is no result within `seconds`.

        Raises `UserError` as `cancel` does.
        """
        refusal = None
        with self._end_events.subscribed(job_id) as end_event:
            await self.cancel(job_id, user_id, may_manage=False)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    refusal = await end_event
        return CancelResult(await self.get(job_id), refusal)

    async def _unconfirmed_holder(self, old: JobRecord, key: str | None) -> str | None:
        """The id of the unconfirmed job that a retry of the old job takes this key from."""
        if key is None or old.state is JobState.UNCONFIRMED:
            return old.id
        # The old job may have been a retry of an unconfirmed one, which got the key back when that failed. An
        # unconfirmed retry of the old job keeps the key.
        holder = await self._store.with_once_key(key)
        return holder.id if holder is not None and holder.created_at < old.created_at else None
