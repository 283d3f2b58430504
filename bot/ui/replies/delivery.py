"""The last thing a job shows: in the place of its reply if there is any way, otherwise wherever its member finds it."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord
import stamina

from bot.services.presenter import JobEnding, ReplyGone
from bot.store import JobRecord
from bot.ui.base.location import message_link
from bot.ui.job.view import ended_message, moved_message
from bot.ui.replies.buckets import BucketKey, BucketKind
from bot.ui.replies.connectivity import AWAY, DiscordConnectivity, is_temporary
from bot.ui.replies.discord_calls import ReplyCalls, TokenExpired, TooOld, Unreachable
from bot.ui.replies.edit_scheduler import EditScheduler
from bot.ui.replies.edit_window import budget_of, is_old, token_lives
from bot.ui.replies.fallback import FallbackMessages

T = TypeVar("T")

_INSIST_SECONDS = 24 * 3600.0
"""How long an ending is offered to a Discord that is away. Its picture and buttons live about as long."""

UPLOAD_REFUSED = "The result could not be uploaded here; open the original."
"""Said of a result whose file Discord did not take."""

log = logging.getLogger(__name__)


class Delivery:
    """Delivers endings, insisting where a refusal will pass."""

    def __init__(
        self, calls: ReplyCalls, fallback: FallbackMessages, scheduler: EditScheduler, connectivity: DiscordConnectivity
    ) -> None:
        self._calls = calls
        self._fallback = fallback
        self._scheduler = scheduler
        self._connectivity = connectivity

    async def deliver(self, ending: JobEnding, parent: str | None) -> None:
        """Return once the ending is visible. Raises `ReplyGone` when there is nowhere left to show it."""
        job = ending.job
        try:
            await self._show(ending, parent)
        except (Unreachable, TooOld, TokenExpired) as error:
            log.info("an ended job has no reply left, and its member can't be told", extra={"job": job.id})
            raise ReplyGone from error
        except (discord.HTTPException, *AWAY) as error:
            lighter = bool(ending.uploads) and not is_temporary(error)
            log.log(
                logging.WARNING if lighter else logging.ERROR,
                "the ending of a job was refused: %s",
                error,
                extra={"job": job.id},
            )
            if not lighter:
                # Asking again would change nothing, and the job itself has ended all the same.
                raise ReplyGone from error
            await self.deliver(JobEnding(job=job, note=UPLOAD_REFUSED), parent)

    async def _show(self, ending: JobEnding, parent: str | None) -> None:
        try:
            if is_old(ending.job.reply):
                await self._anew_or_edit(ending, parent)
            else:
                await self._edit_or_anew(ending, parent)
        except (Unreachable, TooOld):
            await self._in_dm(ending, parent)

    async def _edit_or_anew(self, ending: JobEnding, parent: str | None) -> None:
        try:
            await self._edit(ending, parent)
        except TooOld:
            await self._anew(ending, parent)

    async def _anew_or_edit(self, ending: JobEnding, parent: str | None) -> None:
        try:
            await self._anew(ending, parent)
        except Unreachable:
            # To edit what it wrote the bot needs fewer permissions than to write.
            await self._edit(ending, parent)

    async def _edit(self, ending: JobEnding, parent: str | None) -> None:
        reply, message = ending.job.reply, ended_message(ending, parent)
        if token_lives(reply):
            try:
                await self._insist(budget_of(reply), lambda: self._calls.by_token(reply, message))
            except TokenExpired:
                pass
            else:
                return
        await self._insist(budget_of(reply, token_over=True), lambda: self._calls.by_channel(reply, message))

    async def _anew(self, ending: JobEnding, parent: str | None) -> None:
        job, message = ending.job, ended_message(ending, parent)
        budget = budget_of(job.reply, token_over=True)
        moved = await self._insist(budget, lambda: self._fallback.in_channel(job, message))
        # In this order: a process that takes over from here finds the old message, and lets it lead to the new one.
        await self._point(job, moved, budget)
        await self._fallback.remember(moved)

    async def _point(self, old: JobRecord, moved: JobRecord, budget: BucketKey) -> None:
        """Let the old message lead to the new one; if that can't be, it stays as it is."""
        link = message_link(moved)
        if link is None or moved.reply.message_id == old.reply.message_id:
            return
        pointer = moved_message(old, link)
        try:
            await self._scheduler.run_urgent(budget, lambda: self._calls.by_channel(old.reply, pointer))
        except (Unreachable, TooOld, discord.HTTPException, *AWAY) as error:
            log.info("an old reply does not lead to the new one: %r", error, extra={"job": old.id})

    async def _in_dm(self, ending: JobEnding, parent: str | None) -> None:
        job = ending.job
        message = ended_message(ending, parent, self._fallback.heading(job.reply))
        budget = BucketKey(BucketKind.CHANNEL, job.reply.user_id)
        await self._insist(budget, lambda: self._fallback.in_dm(job, message))
        log.info("an ended job had lost its reply, its member was told by a direct message", extra={"job": job.id})

    async def _insist(self, budget: BucketKey, request: Callable[[], Awaitable[T]]) -> T:
        """What the request gives, asked for until Discord answers."""
        retries = stamina.AsyncRetryingCaller(
            attempts=None, timeout=_INSIST_SECONDS, wait_initial=1, wait_max=30, wait_jitter=1
        )
        given = await retries.on(self._passes)(self._scheduler.run_urgent, budget, request)
        self._connectivity.found()
        return given

    def _passes(self, error: Exception) -> bool:
        if not is_temporary(error):
            return False
        self._connectivity.lost(error)
        return True
