"""Delivers a job's ending: by editing its reply, else in a new message in the channel, else by direct message."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import discord
import stamina

from bot.services.presenter import JobEnding, OutdatedEnding, ReplyGone
from bot.store import JobRecord
from bot.ui.base.location import message_link
from bot.ui.job.view import ended_message, moved_message
from bot.ui.replies.buckets import BucketKey, BucketKind
from bot.ui.replies.connectivity import NO_ANSWER, DiscordConnectivity, is_temporary
from bot.ui.replies.discord_calls import ReplyCalls, ThreadArchived, TokenExpired, TooOld, Unreachable
from bot.ui.replies.edit_scheduler import EditScheduler
from bot.ui.replies.edit_window import bucket_key_of, has_valid_token, is_old
from bot.ui.replies.fallback import FallbackMessages

T = TypeVar("T")

_RETRY_SECONDS = 24 * 3600.0
"""How long to retry while Discord can't be reached. The result's picture and buttons work about as long."""

UPLOAD_REFUSED = "The result could not be uploaded here; open the original."
"""Shown with a result whose file Discord did not accept."""

log = logging.getLogger(__name__)


class Delivery:
    """Delivers endings and retries temporary failures."""

    def __init__(
        self, calls: ReplyCalls, fallback: FallbackMessages, scheduler: EditScheduler, connectivity: DiscordConnectivity
    ) -> None:
        self._calls = calls
        self._fallback = fallback
        self._scheduler = scheduler
        self._connectivity = connectivity

    async def deliver(self, ending: JobEnding, parent_url: str | None) -> None:
        """Show the ending and return once it is visible. Raises `ReplyGone` when it can't be shown anywhere.

        Raises `OutdatedEnding` instead of repeating an ending that is no longer the job's.
        """
        job = ending.job
        try:
            await self._show(ending, parent_url)
        except (Unreachable, TooOld, TokenExpired) as error:
            log.info("an ended job has no reply left, and its member can't be told", extra={"job": job.id})
            raise ReplyGone from error
        except (discord.HTTPException, *NO_ANSWER) as error:
            without_files = bool(ending.uploads) and not is_temporary(error)
            log.log(
                logging.WARNING if without_files else logging.ERROR,
                "the ending of a job was refused: %s",
                error,
                extra={"job": job.id},
            )
            if not without_files:
                # A retry would change nothing, and the job has ended either way.
                raise ReplyGone from error
            await self.deliver(replace(ending, uploads=(), note=UPLOAD_REFUSED), parent_url)

    async def _show(self, ending: JobEnding, parent_url: str | None) -> None:
        try:
            if is_old(ending.job.reply):
                await self._repost_or_edit(ending, parent_url)
            else:
                await self._edit_or_repost(ending, parent_url)
        except (Unreachable, TooOld):
            await self._send_dm(ending, parent_url)

    async def _edit_or_repost(self, ending: JobEnding, parent_url: str | None) -> None:
        try:
            await self._edit(ending, parent_url)
        except (TooOld, ThreadArchived):
            await self._repost(ending, parent_url)

    async def _repost_or_edit(self, ending: JobEnding, parent_url: str | None) -> None:
        try:
            await self._repost(ending, parent_url)
        except Unreachable:
            # Editing its own message needs fewer permissions than posting a new one.
            await self._edit(ending, parent_url)

    async def _edit(self, ending: JobEnding, parent_url: str | None) -> None:
        reply, message = ending.job.reply, ended_message(ending, parent_url)
        if has_valid_token(reply):
            try:
                await self._retry(ending, bucket_key_of(reply), lambda: self._calls.edit_by_token(reply, message))
            except TokenExpired:
                pass
            else:
                return
        bucket = bucket_key_of(reply, token_refused=True)
        await self._retry(ending, bucket, lambda: self._calls.edit_by_channel(reply, message))

    async def _repost(self, ending: JobEnding, parent_url: str | None) -> None:
        job, message = ending.job, ended_message(ending, parent_url)
        bucket = bucket_key_of(job.reply, token_refused=True)
        moved = await self._retry(ending, bucket, lambda: self._fallback.post_in_channel(job, message))
        # In this order: a process that takes over in between still knows the old message and links it to the new one.
        await self._link_old_reply(job, moved, bucket)
        await self._fallback.remember(moved)

    async def _link_old_reply(self, old: JobRecord, moved: JobRecord, bucket: BucketKey) -> None:
        """Edit the old message into a link to the new one; failures are only logged."""
        link = message_link(moved)
        if link is None or moved.reply.message_id == old.reply.message_id:
            return
        pointer = moved_message(old, link)
        try:
            await self._scheduler.run_urgent(bucket, lambda: self._calls.edit_by_channel(old.reply, pointer))
        except (Unreachable, TooOld, discord.HTTPException, *NO_ANSWER) as error:
            log.info("an old reply does not lead to the new one: %r", error, extra={"job": old.id})

    async def _send_dm(self, ending: JobEnding, parent_url: str | None) -> None:
        job = ending.job
        message = ended_message(ending, parent_url, self._fallback.heading(job.reply))
        bucket = BucketKey(BucketKind.CHANNEL, job.reply.user_id)
        await self._retry(ending, bucket, lambda: self._fallback.send_dm(job, message))
        log.info("an ended job had lost its reply, its member was told by a direct message", extra={"job": job.id})

    async def _retry(self, ending: JobEnding, bucket: BucketKey, request: Callable[[], Awaitable[T]]) -> T:
        """The request's result; temporary failures are retried with back-off while this is still how the job ended."""

        async def attempt() -> T:
            if ending.is_outdated():
                raise OutdatedEnding
            return await self._scheduler.run_urgent(bucket, request)

        retries = stamina.AsyncRetryingCaller(
            attempts=None, timeout=_RETRY_SECONDS, wait_initial=1, wait_max=30, wait_jitter=1
        )
        result = await retries.on(self._should_retry)(attempt)
        self._connectivity.record_success()
        return result

    def _should_retry(self, error: Exception) -> bool:
        if not is_temporary(error):
            return False
        self._connectivity.record_failure(error)
        return True
