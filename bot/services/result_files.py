"""The files of a finished job, fetched and made to fit where they are shown."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Protocol

from bot.imaginepro import ImagineProError, Picture, PictureGone, PictureNotAllowed, PictureTooLarge
from bot.services.orders import Flux, order_of
from bot.services.pictures import PictureError, Upload, fit_for_upload, sniff
from bot.services.results import Result
from bot.store import JobRecord

MAX_DOWNLOAD = 50 * 1024 * 1024
"""Bytes. More than any upscale the API is known to make; larger files are linked."""

MAX_FILES = 10
"""Discord shows no more in one gallery."""

_GONE = "The picture is made, but its file can no longer be downloaded. The buttons below may still work."
_ELSEWHERE = "The picture can't be shown here; open the original."


class DownloadApi(Protocol):
    """The part of the API client that fetches files."""

    async def download(self, url: str, *, max_bytes: int) -> Picture:
        """The bytes of a result."""
        ...


class ResultFiles:
    """Fetches what a job has made."""

    def __init__(self, api: DownloadApi) -> None:
        self._api = api

    async def of(self, job: JobRecord, max_bytes: int | None = None) -> tuple[tuple[Upload, ...], str | None]:
        """The job's files in at most so many bytes each, and a sentence when one can't be shown.

        Without `max_bytes` they fit where the job's reply stands.
        """
        order, limit = order_of(job), job.reply.upload_limit if max_bytes is None else max_bytes
        if order.result is Result.VIDEO:
            return await self.at(job.videos, limit)
        if isinstance(order, Flux) and len(job.tiles) > 1:
            return await self.at(job.tiles, limit)
        found, note = await self._first([job.image_url, job.original_url], limit)
        return found, None if order.result is Result.TEXTS else note

    async def at(self, urls: Sequence[str], max_bytes: int) -> tuple[tuple[Upload, ...], str | None]:
        """The files at these addresses of the API in at most so many bytes each, and a sentence when one is missing."""
        results = await asyncio.gather(*(self._first([url], max_bytes) for url in urls[:MAX_FILES]))
        uploads = [upload for found, _ in results for upload in found]
        note = next((note for _, note in results if note is not None), None)
        if len(urls) == 1:
            return tuple(uploads), note
        return tuple(_numbered(upload, place) for place, upload in enumerate(uploads, 1)), note

    async def _first(self, urls: Sequence[str | None], max_bytes: int) -> tuple[tuple[Upload, ...], str | None]:
        """The file at the first address that has one."""
        note = None
        for url in filter(None, urls):
            try:
                fetched = await self._api.download(url, max_bytes=MAX_DOWNLOAD)
                return (await asyncio.to_thread(_fitting, fetched.data, max_bytes),), None
            except (PictureTooLarge, PictureNotAllowed, PictureError):
                return (), _ELSEWHERE
            except ImagineProError as error:
                note = _GONE if isinstance(error, PictureGone) else f"{_GONE} {error.text}"
        return (), note


def _numbered(upload: Upload, place: int) -> Upload:
    name = PurePath(upload.filename)
    return replace(upload, filename=f"{name.stem}-{place}{name.suffix}")


def _fitting(data: bytes, max_bytes: int) -> Upload:
    if sniff(data) is None and (ending := _video_ending(data)) is not None:
        if len(data) > max_bytes:
            raise PictureError(_ELSEWHERE)
        return Upload(data, f"video.{ending}")
    return fit_for_upload(data, max_bytes)


def _video_ending(data: bytes) -> str | None:
    """The ending of a video's file name by its first bytes, None for anything else."""
    if data[4:8] == b"ftyp":
        return "mp4"
    return "webm" if data.startswith(b"\x1aE\xdf\xa3") else None
