"""Delivers a job's ending: by editing its reply, else in a new message in the channel, else by direct message."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import discord
import stamina

from bot.services.presenter import FilesPending, JobEnding, OutdatedEnding, ReplyGone
from bot.store import JobRecord
from bot.timings import Timings
from bot.ui.base.location import message_link
from bot.ui.base.message import Message
from bot.ui.job.view import ended_message, moved_message
from bot.ui.replies.connectivity import NO_ANSWER, DiscordConnectivity, is_temporary
from bot.ui.replies.direct_messages import OpenedTooMany
from bot.ui.replies.discord_calls import (
    Archived,
    NotPermitted,
    ReplyCalls,
    ReplyDeleted,
    RouteRefused,
    TokenExpired,
    TooOld,
    Unreachable,
)
from bot.ui.replies.edits.buckets import BucketKey, BucketKind
from bot.ui.replies.edits.scheduler import EditScheduler
from bot.ui.replies.edits.window import bucket_key_of, has_valid_token, is_old
from bot.ui.replies.ending_draft import SAFE_UPLOAD_LIMIT, EndingDraft, is_blocked
from bot.ui.replies.fallback import FallbackMessages

T = TypeVar("T")

_RETRY_SECONDS = 24 * 3600.0
"""How long to retry while Discord can't be reached. The result's picture and buttons work about as long."""

_LINK_RETRY_SECONDS = 60.0
"""How long to try to link an old reply to the new one, which is visible already."""

log = logging.getLogger(__name__)


class Delivery:
    """Delivers endings, leaves out what Discord refuses of them, and retries temporary failures."""

    def __init__(
        self,
        calls: ReplyCalls,
        fallback: FallbackMessages,
        scheduler: EditScheduler,
        connectivity: DiscordConnectivity,
        timings: Timings,
    ) -> None:
        self._calls = calls
        self._fallback = fallback
        self._scheduler = scheduler
        self._connectivity = connectivity
        self._upload_patience = timings.upload_patience

    async def deliver(self, ending: JobEnding, parent_url: str | None) -> None:
        """Show the ending and return once it is visible. Raises `ReplyGone` when it can't be shown anywhere.

        Raises `FilesPending` when it is visible without its files, which may be taken later, and `OutdatedEnding`
        instead of repeating an ending that is no longer the job's.
        """
        job, draft = ending.job, EndingDraft(ending)
        try:
            await self._show(draft, parent_url)
        except (Unreachable, TooOld, TokenExpired, RouteRefused) as error:
            log.info("an ended job has no reply left, and its member can't be told", extra={"job": job.id})
            raise ReplyGone from error
        except (discord.HTTPException, *NO_ANSWER) as error:
            # A retry would change nothing, and the job has ended either way.
            log.log(logging.ERROR, "the ending of a job was refused: %s", error, extra={"job": job.id})
            raise ReplyGone from error
        if draft.files_pending:
            raise FilesPending

    async def add_files(self, ending: JobEnding, parent_url: str | None) -> None:
        """Edit an ending that is visible without its files, once. Raises `FilesPending`, `ReplyGone`, `OutdatedEnding`.

        The message is never replaced by a new one for this: it shows the ending, with a link to each file.
        """
        draft = EndingDraft(ending)
        try:
            await self._edit(draft, parent_url, upload_once=True)
        except TooOld as error:
            # Discord takes a few edits of an old message an hour, so a later one may be among them.
            raise FilesPending from error
        except (Unreachable, TokenExpired, RouteRefused, discord.HTTPException, *NO_ANSWER) as error:
            log.info("the files of a job can't be added: %r", error, extra={"job": ending.job.id})
            raise ReplyGone from error

    async def _show(self, draft: EndingDraft, parent_url: str | None) -> None:
        try:
            if is_old(draft.ending.job.reply):
                await self._repost_or_edit(draft, parent_url)
            else:
                await self._edit_or_repost(draft, parent_url)
        except ReplyDeleted:
            # A moderator did not want it there, so the member gets it from /history alone.
            raise
        except (Unreachable, TooOld, RouteRefused, discord.HTTPException) as error:
            # Not even the shortest form of blocked words was taken, and a server's filters don't reach direct messages.
            may_be_taken = not isinstance(error, discord.HTTPException) or is_blocked(error)
            if not may_be_taken or _has_cost_nothing(draft.ending.job):
                raise
            await self._send_dm(draft, parent_url)

    async def _edit_or_repost(self, draft: EndingDraft, parent_url: str | None) -> None:
        try:
            await self._edit(draft, parent_url)
        except (TooOld, Archived, RouteRefused):
            await self._repost(draft, parent_url)

    async def _repost_or_edit(self, draft: EndingDraft, parent_url: str | None) -> None:
        if await self._calls.is_deleted(draft.ending.job.reply):
            raise ReplyDeleted
        try:
            await self._repost(draft, parent_url)
        except (Unreachable, RouteRefused):
            # Editing its own message needs fewer permissions than posting a new one.
            await self._edit(draft, parent_url)

    async def _edit(self, draft: EndingDraft, parent_url: str | None, *, upload_once: bool = False) -> None:
        reply = draft.ending.job.reply

        def view(ending: JobEnding) -> Message:
            return ended_message(ending, parent_url)

        if has_valid_token(reply):
            try:
                await self._send(
                    draft,
                    bucket_key_of(reply),
                    view,
                    lambda message: self._calls.edit_by_token(reply, message),
                    upload_once=upload_once,
                )
            except TokenExpired:
                pass
            except RouteRefused as error:
                log.warning("a token was refused (%s), the channel is tried", error, extra={"job": draft.ending.job.id})
            else:
                return
        await draft.fit(self._calls.upload_limit(reply))
        await self._send(
            draft,
            bucket_key_of(reply, token_refused=True),
            view,
            lambda message: self._calls.edit_by_channel(reply, message),
            upload_once=upload_once,
        )

    async def _repost(self, draft: EndingDraft, parent_url: str | None) -> None:
        job = draft.ending.job
        bucket = bucket_key_of(job.reply, token_refused=True)
        await draft.fit(self._calls.upload_limit(job.reply))
        moved = await self._send(
            draft,
            bucket,
            lambda ending: ended_message(ending, parent_url),
            lambda message: self._fallback.post_in_channel(job, message),
        )
        # In this order: a process that takes over in between still knows the old message and links it to the new one.
        await self._link_old_reply(draft.ending, moved, bucket)
        await self._fallback.remember(moved)

    async def _link_old_reply(self, ending: JobEnding, moved: JobRecord, bucket: BucketKey) -> None:
        """Edit the old message into a link to the new one; after a minute of failures that is given up, and logged."""
        old, link = ending.job, message_link(moved)
        if link is None or moved.reply.message_id == old.reply.message_id:
            return
        pointer = moved_message(old, link)
        try:
            await self._retry(
                ending, bucket, lambda: self._calls.edit_by_channel(old.reply, pointer), _LINK_RETRY_SECONDS
            )
        except (Unreachable, TooOld, RouteRefused, OutdatedEnding, discord.HTTPException, *NO_ANSWER) as error:
            log.info("an old reply does not lead to the new one: %r", error, extra={"job": old.id})

    async def _send_dm(self, draft: EndingDraft, parent_url: str | None) -> None:
        job = draft.ending.job
        heading = self._fallback.heading(job.reply)
        await draft.restore(SAFE_UPLOAD_LIMIT)
        await self._send(
            draft,
            BucketKey(BucketKind.CHANNEL, job.reply.user_id),
            lambda ending: ended_message(ending, parent_url, heading),
            lambda message: self._fallback.send_dm(job, message),
        )
        log.info("an ended job had lost its reply, its member was told by a direct message", extra={"job": job.id})

    async def _send(
        self,
        draft: EndingDraft,
        bucket: BucketKey,
        view: Callable[[JobEnding], Message],
        request: Callable[[Message], Awaitable[T]],
        *,
        upload_once: bool = False,
    ) -> T:
        """The request's result, for the fullest form of the ending that is accepted there.

        Files that fail temporarily are left out after a while, or with `upload_once` end this with `FilesPending`.
        """
        give_up = asyncio.get_running_loop().time() + _RETRY_SECONDS
        while True:
            message, has_files = view(draft.ending), bool(draft.ending.uploads)
            patience = 0.0 if upload_once else self._upload_patience
            seconds = patience if has_files else _RETRY_SECONDS
            try:
                return await self._retry(draft.ending, bucket, partial(request, message), seconds)
            except OpenedTooMany as error:
                # That is not about the files, which are sent as soon as a direct message may be opened.
                if asyncio.get_running_loop().time() + error.seconds > give_up:
                    raise
                await asyncio.sleep(error.seconds)
            except (NotPermitted, discord.HTTPException, *NO_ANSWER) as error:
                if upload_once and has_files and is_temporary(error):
                    raise FilesPending from error
                if not await draft.reduce(error):
                    raise
                log.warning(
                    "the ending of a job was refused, a shorter one is tried: %r",
                    error,
                    extra={"job": draft.ending.job.id},
                )

    async def _retry(
        self, ending: JobEnding, bucket: BucketKey, request: Callable[[], Awaitable[T]], seconds: float
    ) -> T:
        """The request's result; temporary failures are retried with back-off while this is still how the job ended."""

        async def attempt() -> T:
            if ending.is_outdated():
                raise OutdatedEnding
            return await self._scheduler.run_urgent(bucket, request)

        retries = stamina.AsyncRetryingCaller(
            attempts=None if seconds else 1, timeout=seconds or None, wait_initial=1, wait_max=30, wait_jitter=1
        )
        result = await retries.on(partial(self._should_retry, with_files=bool(ending.uploads)))(attempt)
        self._connectivity.record_success()
        return result

    def _should_retry(self, error: Exception, *, with_files: bool) -> bool:
        if not is_temporary(error):
            return False
        if not (with_files and isinstance(error, discord.HTTPException)):
            # Uploads may fail alone, while other edits are taken.
            self._connectivity.record_failure(error)
        return True


def _has_cost_nothing(job: JobRecord) -> bool:
    """Whether the job was never sent; direct messages are few, and kept for those that were."""
    return job.remote_id is None and job.submitting_at is None
