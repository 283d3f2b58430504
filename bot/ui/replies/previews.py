"""Previews of running jobs, uploaded with their replies.

Discord may never show a picture that lies elsewhere where it is used the first time (discord-api-docs 8072), and every
preview is new. Few of a job's previews are uploaded, so that they cost little: see `_STEP`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import PurePath

from bot.services.images.formats import Upload
from bot.services.presenter import JobProgress
from bot.timings import Timings
from bot.ui.job.view import Preview

log = logging.getLogger(__name__)

FetchPreview = Callable[[str], Awaitable[Upload | None]]
"""The preview at a URL, or None when it can't be had."""

_STEP = 40
"""Percentage points between two uploads of one reply: three previews of a job at most, and usually two."""


class ReplyPreview:
    """The preview of one reply: what it shows, what is to be uploaded, and whether a newer one is due."""

    __slots__ = ("_count", "_is_refused", "_shown", "_tried_percent", "_tried_url", "_waiting")

    def __init__(self) -> None:
        self._shown: str | None = None
        self._waiting: Upload | None = None
        self._tried_url: str | None = None
        self._tried_percent = -_STEP
        self._count = 0
        self._is_refused = False

    def is_due(self, progress: JobProgress) -> bool:
        """Whether the progress has a preview that should be fetched."""
        if progress.preview_url in (None, self._tried_url) or progress.job.reply.upload_limit == 0:
            return False
        return not self._is_refused and (progress.percent or 0) >= self._tried_percent + _STEP

    def fetched(self, progress: JobProgress, upload: Upload | None) -> None:
        """Take the preview of this progress, None when it could not be had."""
        self._tried_url = progress.preview_url
        # Previews don't stay: where one is missing already, the next is fetched however close it is.
        if upload is not None:
            self._tried_percent = progress.percent or 0
            self._count += 1
            suffix = PurePath(upload.filename).suffix
            self._waiting = replace(upload, filename=f"preview-{self._count}{suffix}")

    @property
    def newest(self) -> Preview | None:
        """What the next edit shows: a file to upload, or the one that the reply already has."""
        if self._waiting is not None:
            return Preview(self._waiting.filename, self._waiting)
        return Preview(self._shown) if self._shown is not None else None

    def sent(self, preview: Preview | None) -> None:
        """Note that an edit with this preview was accepted."""
        self._shown = preview.filename if preview is not None else None
        if preview is not None and preview.upload is not None:
            self._waiting = None

    def refused(self, *, for_good: bool) -> None:
        """Note that the upload was not accepted; `for_good` means that no other will be."""
        self._waiting, self._is_refused = None, for_good


class PreviewFetcher:
    """Fetches the previews of all replies, in tasks of its own; none while Discord takes no uploads."""

    def __init__(self, fetch: FetchPreview, timings: Timings) -> None:
        self._fetch = fetch
        self._timings = timings
        self._paused_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    def is_due(self, preview: ReplyPreview, progress: JobProgress) -> bool:
        """Whether the progress has a preview that should be fetched now."""
        return asyncio.get_running_loop().time() >= self._paused_until and preview.is_due(progress)

    def start(self, preview: ReplyPreview, progress: JobProgress, on_end: Callable[[], None]) -> None:
        """Fetch the preview of this progress; `on_end` is called when it is there, or can't be had."""
        task = asyncio.create_task(self._fetched(preview, progress, on_end))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def pause(self) -> None:
        """Fetch none for a while: discord.py repeats a failing upload for half a minute, which holds up progress."""
        self._paused_until = asyncio.get_running_loop().time() + self._timings.upload_pause

    def close(self) -> None:
        """Fetch no more."""
        for task in self._tasks:
            task.cancel()

    async def _fetched(self, preview: ReplyPreview, progress: JobProgress, on_end: Callable[[], None]) -> None:
        upload = None
        try:
            async with asyncio.timeout(self._timings.preview_wait):
                upload = await self._fetch(progress.preview_url or "")
        except TimeoutError:
            log.info("a preview takes too long", extra={"job": progress.job.id})
        except Exception:
            log.exception("a preview can't be fetched", extra={"job": progress.job.id})
        preview.fetched(progress, upload)
        on_end()
