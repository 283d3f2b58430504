"""The replies of jobs under way: the newest frame only, never two edits of one at once, nothing that looks the same."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Enum, auto
from functools import partial

import discord
import orjson

from bot.services.presenter import JobProgress
from bot.store import JobRecord
from bot.ui.base.message import Message
from bot.ui.job.view import running_message
from bot.ui.replies.buckets import BucketKey, Work
from bot.ui.replies.connectivity import AWAY, DiscordConnectivity, is_temporary
from bot.ui.replies.discord_calls import ReplyCalls, TokenExpired, TooOld, Unreachable
from bot.ui.replies.edit_scheduler import EditScheduler
from bot.ui.replies.edit_window import budget_of, is_old, token_lives

EDIT_PAUSE = 1.5
"""Seconds between two edits of one reply, however often the job moves: members read slower."""

AWAY_PAUSE = 15.0
"""The same while Discord is away."""

OLD_PAUSE = 30 * 60.0
"""The same for a message that Discord lets be edited a few times an hour."""

log = logging.getLogger(__name__)


class _Is(Enum):
    IDLE = auto()
    WAITING = auto()
    EDITING = auto()
    RESTING = auto()
    OVER = auto()


class _Slot:
    """One reply: its newest frame, and a number that stands for what it shows."""

    __slots__ = ("ended", "looks", "newest", "parent", "refused", "state", "timer", "token_over", "tried")

    def __init__(self) -> None:
        self.newest: JobProgress | None = None
        self.tried: JobProgress | None = None
        self.looks: int | None = None
        self.state = _Is.IDLE
        self.parent: str | None = None
        self.token_over = self.refused = False
        self.timer: asyncio.TimerHandle | None = None
        self.ended: asyncio.Future[None] | None = None


class LiveEdits:
    """Shows frames, each as soon as its budget allows. `parent_of` gives the address of the reply a job follows up."""

    def __init__(
        self,
        calls: ReplyCalls,
        scheduler: EditScheduler,
        connectivity: DiscordConnectivity,
        parent_of: Callable[[JobRecord], Awaitable[str | None]],
    ) -> None:
        self._calls = calls
        self._scheduler = scheduler
        self._connectivity = connectivity
        self._parent_of = parent_of
        self._slots: dict[str, _Slot] = {}

    def show(self, frame: JobProgress) -> None:
        """Make the frame visible soon; a newer one replaces it, and what is not visible costs nothing."""
        slot = self._slots.get(frame.job.id)
        if self._scheduler.closed or (slot is not None and frame == slot.newest):
            return
        if slot is None:
            slot = self._slots[frame.job.id] = _Slot()
        slot.newest = frame
        if slot.state is _Is.IDLE:
            self._wait(slot, frame)

    def newest(self, job_id: str) -> JobProgress | None:
        """The last frame of the job, None when it was never shown here."""
        slot = self._slots.get(job_id)
        return slot.newest if slot is not None else None

    @asynccontextmanager
    async def ending(self, job_id: str) -> AsyncGenerator[None]:
        """Enter once no frame of the job can arrive any more; afterwards it is forgotten."""
        slot = self._slots.setdefault(job_id, _Slot())
        if slot.timer is not None:
            slot.timer.cancel()
        if slot.state is _Is.EDITING:
            slot.ended = asyncio.get_running_loop().create_future()
            await slot.ended
        slot.state = _Is.OVER
        try:
            yield
        finally:
            self._slots.pop(job_id, None)

    def _wait(self, slot: _Slot, frame: JobProgress) -> None:
        slot.state = _Is.WAITING
        budget = budget_of(frame.job.reply, token_over=slot.token_over)
        self._scheduler.enqueue(budget, partial(self._begin, slot, budget))

    def _begin(self, slot: _Slot, budget: BucketKey) -> Work | None:
        frame = slot.newest
        if slot.state is not _Is.WAITING or frame is None:
            return None
        if budget_of(frame.job.reply, token_over=slot.token_over) != budget:
            self._wait(slot, frame)
            return None
        slot.tried = frame
        message = running_message(frame)
        looks = hash(orjson.dumps(message.view.to_components()))
        if looks == slot.looks:
            slot.state = _Is.IDLE
            return None
        slot.state = _Is.EDITING
        return self._edit(slot, frame, message, looks)

    async def _edit(self, slot: _Slot, frame: JobProgress, message: Message, looks: int) -> None:
        pause = EDIT_PAUSE
        try:
            await self._send(slot, frame, message)
            self._taken(slot, frame.job, looks)
        except TokenExpired:
            slot.token_over, slot.tried, pause = True, None, 0.0
        except (Unreachable, TooOld):
            log.info("a running job has lost its reply", extra={"job": frame.job.id})
            slot.state = _Is.OVER
        except (discord.HTTPException, *AWAY) as error:
            self._failed(slot, frame.job, error)
        finally:
            if slot.ended is not None and not slot.ended.done():
                slot.ended.set_result(None)
            elif slot.state is _Is.EDITING:
                self._rest(slot, frame, pause)

    async def _send(self, slot: _Slot, frame: JobProgress, message: Message) -> None:
        reply = frame.job.reply
        if frame.job.parent_id is not None:
            slot.parent = slot.parent or await self._parent_of(frame.job)
            message = running_message(frame, slot.parent)
        if token_lives(reply) and not slot.token_over:
            await self._calls.by_token(reply, message)
        else:
            await self._calls.by_channel(reply, message)

    def _rest(self, slot: _Slot, frame: JobProgress, pause: float) -> None:
        if pause and self._connectivity.is_lost:
            pause = max(pause, AWAY_PAUSE)
        if pause and is_old(frame.job.reply):
            pause = OLD_PAUSE
        slot.state = _Is.RESTING
        slot.timer = asyncio.get_running_loop().call_later(pause, self._rested, slot)

    def _rested(self, slot: _Slot) -> None:
        slot.timer = None
        if slot.state is not _Is.RESTING:
            return
        slot.state = _Is.IDLE
        if slot.newest is not None and slot.newest is not slot.tried:
            self._wait(slot, slot.newest)

    def _taken(self, slot: _Slot, job: JobRecord, looks: int) -> None:
        slot.looks = looks
        self._connectivity.found()
        if slot.refused:
            log.info("a reply can be edited again", extra={"job": job.id})
        slot.refused = False

    def _failed(self, slot: _Slot, job: JobRecord, error: Exception) -> None:
        if is_temporary(error):
            self._connectivity.lost(error)
            slot.tried = None
            return
        self._connectivity.found()
        if not slot.refused:
            log.warning("a reply can't be edited: %s", error, extra={"job": job.id})
        slot.refused = True
