"""What can be done with jobs: start one, press a button, try again, cancel. Cogs and buttons call this."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from bot.errors import UserError
from bot.services.cluster.pubsub import PubSub, Topic
from bot.services.follow_ups.layout import arrange
from bot.services.jobs import new_job as requests
from bot.services.jobs.attachment_urls import AttachmentUrls
from bot.services.kinds import FollowUpRequest, JobRequest
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.lifecycle import JobLifecycle
from bot.services.prompt import Prompt
from bot.store import JobRecord, JobState, JobStore, NewJob, ReplyTarget, TooManyWaiting, WaitingLimits
from bot.timings import Timings

log = logging.getLogger(__name__)

_LATER = (
    "Something went wrong inside the bot, so this job could not be begun. It is kept, and goes on once the bot has "
    "been started again; don't ask for it a second time."
)
_FULL_MEMBER = (
    "You have {count} jobs waiting in line here already, which is as many as one member may have. "
    "Wait until some have begun, or stop one with /cancel."
)
_FULL_GUILD = (
    "This server has {count} jobs waiting in line already, which is as many as it may have. "
    "Try again when some have begun."
)
_ENDED = "This job has already ended."
_LOST = "The bot no longer knows this picture. Use /imagine to make a new one."


class ShuttingDown(UserError):
    """The bot is about to stop, so no new job is recorded."""

    def __init__(self) -> None:
        super().__init__("The bot is being restarted, so nothing was started. Try again in a minute.")


@dataclass(frozen=True, slots=True)
class Opened:
    """A job somebody asked for; `is_new` is False when it had been asked for before and nothing is paid again."""

    job: JobRecord
    is_new: bool


@dataclass(frozen=True, slots=True)
class CancelResult:
    """A job that was to be cancelled, as it stands now; `refusal` is the sentence why it goes on all the same."""

    job: JobRecord
    refusal: str | None = None


class Jobs:
    """The jobs of this bot, as the process with this name sees them; `room` is how many may wait.

    `addresses` renews those of pictures that new jobs are made from.
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
        timings: Timings,
    ) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._pubsub = pubsub
        self._process = process
        self._attachment_urls = attachment_urls
        self._limits = limits
        self._end_events = end_events
        self._double_click = timings.double_click
        self._closing = False
        self._presses: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def close(self) -> None:
        """Start nothing new any more."""
        self._closing = True

    async def get(self, job_id: str) -> JobRecord:
        """The job; raises `UserError` when it is not known."""
        job = await self._store.get(job_id)
        if job is None:
            raise UserError(_LOST)
        return job

    async def imagine(
        self, prompt: Prompt, reply: ReplyTarget, *, boost: bool = False, once_key: str | None = None
    ) -> Opened:
        """A new picture, written down and not yet submitted: call `begin` once its reply is visible."""
        return await self._open(replace(requests.imagine_job(prompt, reply, boost=boost), once_key=once_key))

    async def create(
        self, order: JobRequest, reply: ReplyTarget, *, prompt: str = "", parent: JobRecord | None = None
    ) -> Opened:
        """A job of another kind than a Midjourney prompt or button, written down and not yet submitted.

        `prompt` is what the API gets and people read; `parent` the job it goes on from. The same order for the same
        parent by the same member within `Timings.double_click` is a double click and leads to the first one.
        """
        return await self._pressed(requests.other_job(order, reply, prompt, parent))

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
    ) -> Opened:
        """A follow-up by the button at `index` of the job's list, or the job an earlier press led to.

        `prompt` takes the place of the parent's; `mask` is Base64, white where the picture may change; `zoom`
        the factor of a custom zoom. Raises `UserError` when the job or the button is not known.
        """
        parent = await self.get(job_id)
        label = self.button(parent, index)
        order = FollowUpRequest(boost=boost, prompt=prompt.full if prompt is not None else None, mask=mask, zoom=zoom)
        return await self._pressed(requests.follow_up_job(parent, label, reply, order, prompt))

    def button(self, parent: JobRecord, index: int) -> str:
        """The label of the button at `index` of the job's list. Raises `UserError` when it is not offered."""
        offered = arrange(parent.buttons).labels
        if parent.remote_id is None or not 0 <= index < len(parent.buttons) or parent.buttons[index] not in offered:
            raise UserError("This button is not offered for this picture.")
        return parent.buttons[index]

    async def retry(self, job_id: str, reply: ReplyTarget) -> Opened:
        """The same request again, or the job an earlier retry of this one led to.

        Raises `UserError` when the job is not known or has not ended without a result.
        """
        old = await self.get(job_id)
        if not old.state.is_final or old.state is JobState.DONE:
            raise UserError("Only a job that ended without a picture can be tried again.")
        job = requests.retry_job(old, reply)
        if old.once_key is not None and old.once_key == job.once_key:
            # An unclear job kept its key; asking for it again is the member's word that it may be paid again.
            await self._store.update(old.id, once_key=None)
        return await self._open(job)

    async def begin(self, job: JobRecord, *, channel_id: int | None, message_id: int) -> None:
        """Put the job into the line; its reply is the message with this id.

        Raises `UserError` when that can't be done now: it is not lost, the next start takes it up.
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
        except Exception as error:
            log.exception("a job could not be begun", extra={"job": job.id})
            raise UserError(_LATER) from error
        if begun is not None:
            await self._lifecycle.enqueue(begun)
        else:
            await self._shown_too_late(job.id, channel_id or job.reply.channel_id, message_id)

    async def _shown_too_late(self, job_id: str, channel_id: int | None, message_id: int) -> None:
        """End a reply that became visible after another process had looked for it in vain and dropped its job."""
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
        """End a job whose reply never became visible, before anything was paid; one that was begun since goes on."""
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

    async def cancel(self, job_id: str, user_id: int, *, may_manage: bool) -> JobRecord:
        """The job, which ends as soon as the API lets it. Only who started it or may manage messages is allowed to.

        Raises `UserError` when the job is not known, not theirs, or has ended.
        """
        job = await self.get(job_id)
        if job.reply.user_id != user_id and not may_manage:
            raise UserError("Only the member who started this job, or a moderator, can cancel it.")
        if job.state.is_final:
            raise UserError(_ENDED)
        if await self._lifecycle.cancel_unsent(job):
            return await self.get(job_id)
        wished = job.cancel_requested_at or datetime.now(UTC)
        marked = await self._store.move(job_id, JobState.SUBMITTING, JobState.RUNNING, cancel_requested_at=wished)
        if marked is None:
            raise UserError(_ENDED)
        await self._pubsub.publish(Topic.CANCEL, job_id)
        return marked

    async def cancel_and_wait(self, job_id: str, user_id: int, *, seconds: float) -> CancelResult:
        """What became of the member's wish to cancel their job, or how the job stands after so many seconds.

        Raises `UserError` as `cancel` does.
        """
        refusal = None
        with self._end_events.subscribed(job_id) as news:
            await self.cancel(job_id, user_id, may_manage=False)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    refusal = await news
        return CancelResult(await self.get(job_id), refusal)

    async def _open(self, job: NewJob) -> Opened:
        job = await self._attachment_urls.refreshed(job)
        if self._closing:
            raise ShuttingDown
        try:
            record, is_new = await self._store.record(replace(job, owner=self._process), self._limits)
        except TooManyWaiting as full:
            raise UserError((_FULL_MEMBER if full.of_member else _FULL_GUILD).format(count=full.waiting)) from full
        return Opened(record, is_new)

    async def _pressed(self, job: NewJob) -> Opened:
        """The job, or the one that the same click by the same member led to a moment ago."""
        async with self._presses.setdefault(f"{job.parent_id}:{job.button}:{job.reply.user_id}", asyncio.Lock()):
            recent = await self._recent_press(job)
            return Opened(recent, False) if recent is not None else await self._open(job)

    async def _recent_press(self, job: NewJob) -> JobRecord | None:
        if job.parent_id is None:
            return None
        since = job.created_at - self._double_click
        found = await self._store.latest_press(job.parent_id, job.button, job.reply.user_id, since)
        if found is None or (found.state.is_final and found.state is not JobState.DONE):
            return None
        # A button of Midjourney's is known by its label, any other one by what it orders.
        same = job.button is not None or (
            found.kind is job.kind and self._attachment_urls.same(found.details, job.details)
        )
        return found if same else None
