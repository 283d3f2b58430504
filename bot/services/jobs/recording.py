"""Records new jobs: within the limits of waiting jobs, once for each interaction, draft and click."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.errors import UserError
from bot.services.jobs.attachment_urls import AttachmentUrls
from bot.services.jobs.drafts import USED
from bot.store import (
    DraftUse,
    DraftUsed,
    JobRecord,
    JobState,
    JobStore,
    NewJob,
    TooManyWaiting,
    WaitingLimits,
)

_FULL_MEMBER = (
    "You have {count} jobs waiting in line here already, which is as many as one member may have. "
    "Wait until some have begun, or stop one with /cancel."
)
_FULL_GUILD = (
    "This server has {count} jobs waiting in line already, which is as many as it may have. "
    "Try again when some have begun."
)


class ShuttingDown(UserError):
    """The bot is shutting down, so no new job is recorded."""

    def __init__(self) -> None:
        super().__init__("The bot is being restarted, so nothing was started. Try again in a minute.")


@dataclass(frozen=True, slots=True)
class Opened:
    """A requested job; `is_new` is False if the same request had been made before and costs nothing again."""

    job: JobRecord
    is_new: bool


class JobRecorder:
    """Records jobs of this process; `limits` is how many may wait.

    `attachment_urls` refreshes the URLs of pictures that they are made from. The same click within `double_click` makes
    one job.
    """

    def __init__(
        self,
        store: JobStore,
        process: str,
        *,
        attachment_urls: AttachmentUrls,
        limits: WaitingLimits,
        double_click: timedelta,
    ) -> None:
        self._store = store
        self._process = process
        self._attachment_urls = attachment_urls
        self._limits = limits
        self._double_click = double_click
        self._closing = False
        self._presses: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def close(self) -> None:
        """Refuse new jobs from now on."""
        self._closing = True

    async def record(self, job: NewJob, *, takes_key_of: str | None = None, draft: DraftUse | None = None) -> Opened:
        """Record the job, or return the one that the same interaction has made.

        It takes the once-only key of the job `takes_key_of`; `draft` is used by it. Raises `UserError` if too many jobs
        wait, the draft was used, or the bot is shutting down.
        """
        job = await self._attachment_urls.refreshed(job)
        if self._closing:
            raise ShuttingDown
        try:
            record, is_new = await self._store.record(
                replace(job, owner=self._process), self._limits, takes_key_of=takes_key_of, draft=draft
            )
        except TooManyWaiting as full:
            raise UserError((_FULL_MEMBER if full.of_member else _FULL_GUILD).format(count=full.waiting)) from full
        except DraftUsed as error:
            raise UserError(USED) from error
        return Opened(record, is_new)

    async def record_once(self, job: NewJob, draft: DraftUse | None) -> Opened:
        """Record the job, or return the one that the same click of the same member made just before.

        Raises `UserError` as `record` does.
        """
        if draft is not None:
            # It can be used once, which shows a double click more reliably than the time does.
            opened = await self.record(job, draft=draft)
            if not opened.is_new:
                raise UserError(USED)
            return opened
        async with self._presses.setdefault(f"{job.parent_id}:{job.button}:{job.reply.user_id}", asyncio.Lock()):
            recent = await self._recent_press(job)
            return Opened(recent, False) if recent is not None else await self.record(job)

    async def _recent_press(self, job: NewJob) -> JobRecord | None:
        if job.parent_id is None:
            return None
        since = job.created_at - self._double_click
        found = await self._store.latest_press(job.parent_id, job.button, job.reply.user_id, since)
        if found is None or (found.state.is_final and found.state is not JobState.DONE):
            return None
        # A button of Midjourney's is identified by its label, any other by its request.
        same = job.button is not None or (
            found.kind is job.kind and self._attachment_urls.same(found.details, job.details)
        )
        return found if same else None
