"""The files of a finished job, downloaded and fitted to the upload limit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Protocol

from bot.errors import UserError
from bot.imaginepro import ImagineProClient, ImagineProError, PictureGone, PictureNotAllowed, PictureTooLarge
from bot.services.images.formats import ImageError, ImageKind, Upload, sniff
from bot.services.images.inputs import MAX_IMAGE_BYTES
from bot.services.kinds import FluxRequest, request_of
from bot.services.kinds.result_kind import ResultKind
from bot.store import JobRecord

MAX_DOWNLOAD = 50 * 1024 * 1024
"""Bytes; more than any known upscale. Larger files are linked."""

MAX_PREVIEW = 512 * 1024
"""Bytes of a preview. Those of Midjourney's grids have about half as many."""

MAX_THUMBNAIL = 64 * 1024
"""Bytes of a thumbnail."""

_THUMBNAILS_AT_ONCE = 5
"""Pictures that are in memory for thumbnails at the same time."""

MAX_FILES = 10
"""The most files that Discord shows in one gallery."""

NO_ATTACH_FILES = (
    "The bot lacks the permission Attach Files in this channel, so open the original. "
    "Once a moderator has granted it, /job shows the result here."
)
"""Shown with a result whose file may not be attached."""

_ANIMATED = frozenset({ImageKind.WEBP, ImageKind.GIF})

Fit = Callable[[bytes, int], Awaitable[Upload]]
"""Makes an upload of a file, in at most so many bytes. Raises ImageError."""


class FetchInput(Protocol):
    """Downloads a picture from an address that a member gave. Raises `UserError` when it can't be had."""

    async def __call__(self, address: str, *, member: int, max_bytes: int) -> bytes:
        """The bytes at the address, `max_bytes` at most."""
        ...


@dataclass(frozen=True, slots=True)
class _Missing:
    """A file that can't be shown: unavailable, with a reason if there is one, or else too large."""

    unavailable: bool
    reason: str = ""


def result_urls(job: JobRecord) -> tuple[str, ...]:
    """The addresses of a finished job's files, in order; a grid is one file."""
    request = request_of(job)
    if request.result is ResultKind.VIDEO:
        return job.videos
    if isinstance(request, FluxRequest) and len(job.tiles) > 1:
        return job.tiles
    return tuple(filter(None, [job.image_url or job.original_url]))


class ResultFiles:
    """Downloads the results of jobs, and their inputs. `fit` makes uploads of pictures.

    `fetch_input` gets a member's picture; without it there are no inputs.
    """

    def __init__(self, api: ImagineProClient, fit: Fit, fetch_input: FetchInput | None = None) -> None:
        self._api = api
        self._fit = fit
        self._fetch_input = fetch_input
        self._thumbnails = asyncio.Semaphore(_THUMBNAILS_AT_ONCE)

    async def of(self, job: JobRecord, max_bytes: int | None = None) -> tuple[tuple[Upload, ...], str | None]:
        """The job's files, each in at most `max_bytes`, and a sentence when one can't be shown.

        Without `max_bytes`, the upload limit of the job's reply applies. With 0 bytes nothing is downloaded.
        """
        limit = job.reply.upload_limit if max_bytes is None else max_bytes
        result, urls = request_of(job).result, result_urls(job)
        if limit <= 0:
            return (), NO_ATTACH_FILES if urls else None
        is_video = result is ResultKind.VIDEO
        # A single picture has a second address.
        sources = [(url,) for url in urls] if is_video or len(urls) > 1 else [(job.image_url, job.original_url)]
        found, missing = await self._all(sources, _video_upload if is_video else self._fit, limit)
        if result is ResultKind.TEXTS:
            # The API may not return the described picture.
            return found or await self.inputs(job, limit), None
        return found, _sentence(
            missing, len(sources), "video" if is_video else "picture", more=is_video or bool(job.buttons)
        )

    async def inputs(self, job: JobRecord, max_bytes: int | None = None) -> tuple[Upload, ...]:
        """The pictures that the job works on, unchanged, without those that are gone or too large.

        Addresses of attachments to commands end (Discord's documentation, resources/message), and foreign ones may stay
        blank. `max_bytes` is as in `of`; the files are numbered from 1 in their names.
        """
        limit = job.reply.upload_limit if max_bytes is None else max_bytes
        if self._fetch_input is None or limit <= 0:
            return ()
        urls = request_of(job).inputs[:MAX_FILES]
        found = await asyncio.gather(*(self._input(self._fetch_input, url, job.reply.user_id, limit) for url in urls))
        return tuple(
            Upload(data, f"input-{number}.{kind}")
            for number, data in enumerate(found, 1)
            if data is not None and (kind := sniff(data)) is not None
        )

    async def _input(self, fetch: FetchInput, url: str, member: int, max_bytes: int) -> bytes | None:
        try:
            return await fetch(url, member=member, max_bytes=max_bytes)
        except UserError:
            return None

    async def preview(self, url: str) -> Upload | None:
        """The preview of a running job, small enough to be uploaded several times; None when it can't be had."""
        try:
            data = (await self._api.download(url, max_bytes=MAX_DOWNLOAD)).data
            kind = sniff(data)
            if kind is not None and len(data) <= MAX_PREVIEW:
                # Not decoded, which would cost more than all else that an edit does.
                return Upload(data, f"preview.{kind}")
            return await self._fit(data, MAX_PREVIEW)
        except (ImagineProError, ImageError):
            return None

    async def thumbnail(self, job: JobRecord) -> Upload | None:
        """A small picture of the job: its result, or its input where that is none; None when it can't be had."""
        request = request_of(job)
        results = [] if request.result is ResultKind.VIDEO else [job.image_url, *job.tiles]
        inputs = () if request.result is ResultKind.PICTURE else request.inputs
        async with self._thumbnails:
            try:
                if url := next(filter(None, results), None):
                    return await self._fit((await self._api.download(url, max_bytes=MAX_DOWNLOAD)).data, MAX_THUMBNAIL)
                if inputs and self._fetch_input is not None:
                    data = await self._fetch_input(inputs[0], member=job.reply.user_id, max_bytes=MAX_IMAGE_BYTES)
                    return await self._fit(data, MAX_THUMBNAIL)
            except (ImagineProError, UserError):
                pass
        return None

    async def at(self, urls: Sequence[str], max_bytes: int) -> tuple[tuple[Upload, ...], str | None]:
        """The pictures at these addresses, each in at most `max_bytes`, and a sentence when one is missing.

        With several addresses, each file name contains the number of its address, from 1.
        """
        found, missing = await self._all([(url,) for url in urls], self._fit, max_bytes)
        return found, _sentence(missing, min(len(urls), MAX_FILES), "picture", more=False)

    async def _all(
        self, sources: Sequence[Sequence[str | None]], fit: Fit, max_bytes: int
    ) -> tuple[tuple[Upload, ...], tuple[_Missing, ...]]:
        """One file for each group of addresses, from the first address that works."""
        results = await asyncio.gather(*(self._first(urls, fit, max_bytes) for urls in sources[:MAX_FILES]))
        missing = tuple(each for each in results if isinstance(each, _Missing))
        if len(sources) == 1:
            return tuple(each for each in results if isinstance(each, Upload)), missing
        numbered = [_numbered(each, number) for number, each in enumerate(results, 1) if isinstance(each, Upload)]
        return tuple(numbered), missing

    async def _first(self, urls: Sequence[str | None], fit: Fit, max_bytes: int) -> Upload | _Missing | None:
        missing = None
        for url in filter(None, urls):
            try:
                fetched = await self._api.download(url, max_bytes=MAX_DOWNLOAD)
                return await fit(fetched.data, max_bytes)
            except (PictureTooLarge, PictureNotAllowed, ImageError):
                return _Missing(unavailable=False)
            except ImagineProError as error:
                missing = _Missing(unavailable=True, reason="" if isinstance(error, PictureGone) else error.text)
        return missing


def _sentence(missing: Sequence[_Missing], total: int, noun: str, *, more: bool) -> str | None:
    """A sentence about the missing files, None without any; `more` when the reply has buttons."""
    if not missing:
        return None
    first, one = missing[0], total == 1
    what = f"The {noun}" if one else f"{len(missing)} of {total} {noun}s"
    if not first.unavailable:
        return f"{what} can't be shown here; open the {'original' if one else 'originals'}."
    made = f"{what} is made, but its file" if one else what
    still = " The buttons below may still work." if more else ""
    return f"{made} can no longer be downloaded.{still} {first.reason}".rstrip()


def _numbered(upload: Upload, number: int) -> Upload:
    name = PurePath(upload.filename)
    return replace(upload, filename=f"{name.stem}-{number}{name.suffix}")


async def _video_upload(data: bytes, max_bytes: int) -> Upload:
    """The video unchanged: it can't be made smaller here."""
    extension = _video_extension(data)
    if extension is None or len(data) > max_bytes:
        raise ImageError("The video can't be shown here; open the original.")
    return Upload(data, f"video.{extension}")


def _video_extension(data: bytes) -> str | None:
    """The file extension of a video, by its first bytes; None for other data."""
    if data[4:8] == b"ftyp":
        return "mp4"
    if data.startswith(b"\x1aE\xdf\xa3"):
        return "webm"
    kind = sniff(data)
    return kind.value if kind is not None and kind in _ANIMATED else None
