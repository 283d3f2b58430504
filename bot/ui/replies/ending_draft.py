"""An ending in the fullest form that Discord takes: what it refuses is made smaller, or left out, piece by piece."""

from collections.abc import Sequence
from dataclasses import replace

import discord

from bot.client.requests import codes
from bot.services.images.formats import Upload
from bot.services.images.results import NO_ATTACH_FILES
from bot.services.presenter import JobEnding
from bot.ui.replies.connectivity import is_temporary
from bot.ui.replies.discord_calls import NotPermitted

SAFE_UPLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes that every channel takes of a file (Discord's reference, "Uploading Files")."""

_REQUEST_LIMIT = 24 * 1024 * 1024
"""Bytes of all files together. Discord takes 25 MiB a request, and the message itself needs some."""

UPLOAD_REFUSED = "The result could not be uploaded here; open the original."
"""Shown with a result whose file Discord did not accept."""

UPLOAD_LATER = "Discord takes no files at the moment. The result is added here as soon as it does; open the original."
"""Shown with a result whose upload is tried again later."""


def is_blocked(error: Exception) -> bool:
    """Whether Discord refused what a message says or shows, which another channel may take."""
    blocked = codes.TEXT_BLOCKED | {codes.EXPLICIT_CONTENT}
    return isinstance(error, discord.HTTPException) and error.code in blocked


class EndingDraft:
    """What is sent of an ending. `files_pending` is True once files were left out that should be added later."""

    def __init__(self, ending: JobEnding) -> None:
        self._full = ending
        self.ending = ending
        self.files_pending = False

    async def fit(self, limit: int) -> None:
        """Make every file small enough for a limit in bytes; 0 is none known."""
        if limit > 0 and any(len(upload.data) > limit for upload in self.ending.uploads):
            await self._refit(limit)

    async def restore(self, limit: int) -> None:
        """Take everything back in for another channel, with files of at most `limit` bytes."""
        self.ending, self.files_pending = self._full, False
        if self.ending.uploads:
            await self.fit(limit)
        elif self.ending.refit is not None:
            await self._refit(limit)

    async def reduce(self, error: Exception) -> bool:
        """Leave out what Discord has refused with this error; False when nothing is left that could be."""
        if isinstance(error, discord.HTTPException) and error.code in codes.TEXT_BLOCKED:
            return self._leave_out_words()
        if not self.ending.uploads:
            return is_blocked(error) and self._leave_out_words()
        if _is_too_large(error):
            await self._shrink()
        elif isinstance(error, NotPermitted) or getattr(error, "code", 0) == codes.MISSING_PERMISSIONS:
            self._leave_out_files(NO_ATTACH_FILES)
        elif is_temporary(error):
            self._leave_out_files(UPLOAD_LATER)
            self.files_pending = True
        else:
            self._leave_out_files(UPLOAD_REFUSED)
        return True

    async def _shrink(self) -> None:
        sizes = [len(upload.data) for upload in self.ending.uploads]
        limit = min(SAFE_UPLOAD_LIMIT, _REQUEST_LIMIT // len(sizes))
        if max(sizes) <= limit or self.ending.refit is None:
            self._leave_out_files(UPLOAD_REFUSED)
        else:
            await self._refit(limit)

    async def _refit(self, limit: int) -> None:
        if self.ending.refit is None:
            self._leave_out_files(UPLOAD_REFUSED)
            return
        uploads, note = await self.ending.refit(limit)
        self._set_files(uploads, note)

    def _leave_out_files(self, note: str) -> None:
        self._set_files((), note)

    def _set_files(self, uploads: Sequence[Upload], note: str | None) -> None:
        self.ending = replace(self.ending, uploads=tuple(uploads), note=note)

    def _leave_out_words(self) -> bool:
        if self.ending.without_words:
            return False
        self.ending = replace(self.ending, without_words=True)
        return True


def _is_too_large(error: Exception) -> bool:
    if not isinstance(error, discord.HTTPException):
        return False
    return error.code in codes.TOO_LARGE or error.status == codes.TOO_LARGE_STATUS
