"""Edits the replies of running jobs to show their newest progress.

Each reply has at most one edit in flight, only the newest progress is sent, and an edit that would change nothing is
skipped. Without a valid lease nothing is sent: another process may have taken the job over and shown its end.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Enum, auto
from functools import partial

import discord
import orjson

from bot.services.cluster.lease import Lease
from bot.services.presenter import JobProgress
from bot.store import JobRecord
from bot.timings import Timings
from bot.ui.base.message import Message
from bot.ui.job.view import running_message
from bot.ui.replies.connectivity import NO_ANSWER, DiscordConnectivity, is_temporary
from bot.ui.replies.discord_calls import (
    Archived,
    NotPermitted,
    ReplyCalls,
    RouteRefused,
    TokenExpired,
    TooOld,
    Unreachable,
)
from bot.ui.replies.edits.buckets import BucketKey, Work
from bot.ui.replies.edits.scheduler import EditScheduler
from bot.ui.replies.edits.window import bucket_key_of, has_valid_token, is_old
from bot.ui.replies.ending_draft import is_blocked
from bot.ui.replies.previews import FetchPreview, ReplyPreview

log = logging.getLogger(__name__)

_INVALID_FORM = 50035
"""Discord's error code for a request with a part that it does not accept."""


class _State(Enum):
    IDLE = auto()
    QUEUED = auto()
    FETCHING = auto()
    EDITING = auto()
    PAUSED = auto()
    CLOSED = auto()


class _LiveReply:
    """The state of one reply: its newest progress, the last one tried, and a hash of the view it shows."""

    __slots__ = (
        "attempted",
        "edit_done",
        "edit_refused",
        "images_refused",
        "newest",
        "parent_url",
        "preview",
        "shown_hash",
        "state",
        "term",
        "timer",
        "token_refused",
    )

    def __init__(self) -> None:
        self.newest: JobProgress | None = None
        self.term = 0
        self.attempted: JobProgress | None = None
        self.shown_hash: int | None = None
        self.state = _State.IDLE
        self.parent_url: str | None = None
        self.preview = ReplyPreview()
        self.token_refused = self.edit_refused = self.images_refused = False
        self.timer: asyncio.TimerHandle | None = None
        self.edit_done: asyncio.Future[None] | None = None


class LiveEdits:
    """Edits replies as soon as their rate-limit bucket allows.

    `parent_url_of` returns the link to the reply of the job that a follow-up was made from. `lease` says whether the
    jobs are still this process's.
    """

    def __init__(
        self,
        calls: ReplyCalls,
        scheduler: EditScheduler,
        connectivity: DiscordConnectivity,
        parent_url_of: Callable[[JobRecord], Awaitable[str | None]],
        *,
        fetch_preview: FetchPreview | None = None,
        lease: Lease,
        timings: Timings,
    ) -> None:
        self._lease = lease
        self._calls = calls
        self._scheduler = scheduler
        self._connectivity = connectivity
        self._parent_url_of = parent_url_of
        self._timings = timings
        self._fetch_preview = fetch_preview
        self._next_upload_at = 0.0
        self._fetches: set[asyncio.Task[None]] = set()
        self._replies: dict[str, _LiveReply] = {}

    def show(self, progress: JobProgress) -> None:
        """Edit the job's reply soon; newer progress replaces what was not sent yet."""
        live = self._replies.get(progress.job.id)
        if self._scheduler.is_closed or (live is not None and progress == live.newest):
            return
        if live is None:
            live = self._replies[progress.job.id] = _LiveReply()
        live.newest, live.term = progress, self._lease.term
        if live.state is _State.IDLE:
            self._enqueue(live, progress)

    def newest(self, job_id: str) -> JobProgress | None:
        """The job's last known progress; None when this process never showed it."""
        live = self._replies.get(job_id)
        return live.newest if live is not None else None

    def forget(self, job_id: str) -> None:
        """Make no more edits of this reply; one in flight ends by itself."""
        live = self._replies.pop(job_id, None)
        if live is not None:
            live.state = _State.CLOSED
            if live.timer is not None:
                live.timer.cancel()

    def close(self) -> None:
        """Fetch no more previews."""
        for task in self._fetches:
            task.cancel()

    @asynccontextmanager
    async def closing(self, job_id: str) -> AsyncGenerator[None]:
        """Wait for the edit in flight and allow no more, so that the body has the last word on the reply."""
        live = self._replies.setdefault(job_id, _LiveReply())
        if live.timer is not None:
            live.timer.cancel()
        if live.state is _State.EDITING:
            live.edit_done = asyncio.get_running_loop().create_future()
            await live.edit_done
        live.state = _State.CLOSED
        try:
            yield
        finally:
            self._replies.pop(job_id, None)

    def _enqueue(self, live: _LiveReply, progress: JobProgress) -> None:
        live.state = _State.QUEUED
        bucket = bucket_key_of(progress.job.reply, token_refused=live.token_refused)
        self._scheduler.enqueue(bucket, partial(self._start_edit, live, bucket))

    def _start_edit(self, live: _LiveReply, bucket: BucketKey) -> Work | None:
        progress = live.newest
        if live.state is not _State.QUEUED or progress is None:
            return None
        if bucket_key_of(progress.job.reply, token_refused=live.token_refused) != bucket:
            self._enqueue(live, progress)
            return None
        if not self._may_edit(live):
            self._pause(live, progress, self._timings.edit_interval)
            return None
        if self._fetch_preview is not None and self._wants_preview(live, progress):
            live.state = _State.FETCHING
            self._start_fetch(live, progress, self._fetch_preview)
            return None
        live.attempted = progress
        message = _message(live, progress)
        view_hash = hash(orjson.dumps(message.view.to_components()))
        if view_hash == live.shown_hash:
            live.state = _State.IDLE
            return None
        live.state = _State.EDITING
        return self._edit(live, progress, message, view_hash)

    async def _edit(self, live: _LiveReply, progress: JobProgress, message: Message, view_hash: int) -> None:
        pause = self._timings.edit_interval
        try:
            if await self._send(live, progress, message):
                self._record_success(live, progress.job, view_hash)
        except TokenExpired:
            live.token_refused, live.attempted, pause = True, None, 0.0
        except Archived:
            # Any new message in the thread opens it again. Progress is none: that is left to the ending.
            live.attempted, pause = None, self._timings.outage_edit_interval
        except (Unreachable, TooOld, RouteRefused, discord.HTTPException) as error:
            pause = self._on_refusal(live, progress.job, error, pause, with_files=bool(message.uploads))
        except NO_ANSWER as error:
            self._record_failure(live, progress.job, error)
        finally:
            if live.edit_done is not None and not live.edit_done.done():
                live.edit_done.set_result(None)
            elif live.state is _State.EDITING:
                self._pause(live, progress, pause)

    def _on_refusal(
        self, live: _LiveReply, job: JobRecord, error: Exception, pause: float, *, with_files: bool
    ) -> float:
        """Go on without what may be the reason; returns the seconds until the next edit."""
        if with_files and isinstance(error, NotPermitted | RouteRefused | discord.HTTPException):
            self._give_up_upload(live, error)
        elif isinstance(error, Unreachable | TooOld):
            log.info("a running job has lost its reply", extra={"job": job.id})
            live.state = _State.CLOSED
        elif isinstance(error, RouteRefused) and has_valid_token(job.reply) and not live.token_refused:
            log.warning("a token was refused (%s), the channel is tried", error, extra={"job": job.id})
            live.token_refused, live.attempted = True, None
            return 0.0
        else:
            self._record_failure(live, job, error)
        return pause

    def _may_edit(self, live: _LiveReply) -> bool:
        """Whether the job is certainly this process's, and has been since its progress was shown."""
        return self._lease.is_valid and live.term == self._lease.term

    async def _send(self, live: _LiveReply, progress: JobProgress, message: Message) -> bool:
        """Send the edit. Returns False without sending it if the job may be another process's by now."""
        reply = progress.job.reply
        if progress.job.parent_id is not None:
            live.parent_url = live.parent_url or await self._parent_url_of(progress.job)
            message = _message(live, progress)
            if not self._may_edit(live):
                live.attempted = None
                return False
        if has_valid_token(reply) and not live.token_refused:
            await self._calls.edit_by_token(reply, message)
        else:
            await self._calls.edit_by_channel(reply, message)
        if not live.images_refused:
            live.preview.sent(live.preview.newest)
        return True

    def _wants_preview(self, live: _LiveReply, progress: JobProgress) -> bool:
        if live.images_refused or asyncio.get_running_loop().time() < self._next_upload_at:
            return False
        return live.preview.is_due(progress)

    def _start_fetch(self, live: _LiveReply, progress: JobProgress, fetch: FetchPreview) -> None:
        task = asyncio.create_task(self._fetch(live, progress, fetch))
        self._fetches.add(task)
        task.add_done_callback(self._fetches.discard)

    async def _fetch(self, live: _LiveReply, progress: JobProgress, fetch: FetchPreview) -> None:
        upload = None
        try:
            async with asyncio.timeout(self._timings.preview_wait):
                upload = await fetch(progress.preview_url or "")
        except TimeoutError:
            log.info("a preview takes too long", extra={"job": progress.job.id})
        except Exception:
            log.exception("a preview can't be fetched", extra={"job": progress.job.id})
        live.preview.fetched(progress, upload)
        if live.state is _State.FETCHING and live.newest is not None:
            self._enqueue(live, live.newest)

    def _give_up_upload(self, live: _LiveReply, error: Exception) -> None:
        """Go on without the preview: progress matters more, and uploads may fail alone."""
        log.info("a preview is not accepted: %r", error)
        live.preview.refused(for_good=not is_temporary(error))
        live.attempted = None
        if is_temporary(error):
            # discord.py repeats a failing upload for half a minute, during which no progress is shown.
            self._next_upload_at = asyncio.get_running_loop().time() + self._timings.upload_pause

    def _pause(self, live: _LiveReply, progress: JobProgress, pause: float) -> None:
        if pause and self._connectivity.is_lost:
            pause = max(pause, self._timings.outage_edit_interval)
        if pause and is_old(progress.job.reply):
            pause = self._timings.old_message_edit_interval
        live.state = _State.PAUSED
        live.timer = asyncio.get_running_loop().call_later(pause, self._resume, live)

    def _resume(self, live: _LiveReply) -> None:
        live.timer = None
        if live.state is not _State.PAUSED:
            return
        live.state = _State.IDLE
        if live.term != self._lease.term:
            # The job was given up. If it is this process's again, its progress is shown again as well.
            live.newest = None
        if live.newest is not None and live.newest is not live.attempted:
            self._enqueue(live, live.newest)

    def _record_success(self, live: _LiveReply, job: JobRecord, view_hash: int) -> None:
        live.shown_hash = view_hash
        self._connectivity.record_success()
        if live.edit_refused:
            log.info("a reply can be edited again", extra={"job": job.id})
        live.edit_refused = False

    def _record_failure(self, live: _LiveReply, job: JobRecord, error: Exception) -> None:
        if is_temporary(error):
            self._connectivity.record_failure(error)
            live.attempted = None
            return
        self._connectivity.record_success()
        if is_blocked(error):
            # All progress of this job has the same words; its ending is shown without them.
            log.info("the words of a running job are not accepted: %s", error, extra={"job": job.id})
            live.state = _State.CLOSED
            return
        if not live.images_refused and isinstance(error, discord.HTTPException) and error.code == _INVALID_FORM:
            # The URLs of images are the only part that comes from elsewhere as it is. Progress matters more.
            log.info("the images of a running job are not accepted: %s", error, extra={"job": job.id})
            live.images_refused, live.attempted = True, None
            return
        if not live.edit_refused:
            log.warning("a reply can't be edited: %s", error, extra={"job": job.id})
        live.edit_refused = True


def _message(live: _LiveReply, progress: JobProgress) -> Message:
    return running_message(progress, live.parent_url, with_images=not live.images_refused, preview=live.preview.newest)
