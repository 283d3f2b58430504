"""The files of a finished job, downloaded and fitted to the upload limit. Their bytes say which are videos."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Protocol

from bot.errors import UserError
from bot.imaginepro import ImagineProClient, ImagineProError, PictureGone, PictureNotAllowed, PictureTooLarge
from bot.services.images.formats import ImageError, Upload, VideoKind, sniff, sniff_video
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

_SENT_NO_FILE = "ImaginePro says that this is done, but sent no file. The buttons below may still work."

NO_ATTACH_FILES = (
    "The bot lacks the permission Attach Files in this channel, so open the original. "
    "Once a moderator has granted it, /job shows the result here."
)
"""Shown with a result whose file may not be attached."""

Fit = Callable[[bytes, int], Awaitable[Upload]]
"""Makes an upload of a picture, in at most this number of bytes. Raises ImageError."""


@dataclass(frozen=True, slots=True)
class ResultSet:
    """The files of a job that can be shown, and a sentence about the others if there are any.

    `videos` are the addresses of its videos: those that its record names, otherwise those whose bytes are a video's.
    """

    uploads: tuple[Upload, ...]
    note: str | None
    videos: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class _Download:
    """What was found at an address."""

    url: str
    found: Upload | _Missing
    is_video: bool = False

    @property
    def is_unavailable(self) -> bool:
        """Whether there is nothing at the address that members could open."""
        return isinstance(self.found, _Missing) and self.found.unavailable


def result_urls(job: JobRecord) -> tuple[str, ...]:
    """The addresses of a finished job's files, in order; a grid is one file."""
    if job.videos:
        return job.videos
    if isinstance(request_of(job), FluxRequest) and len(job.tiles) > 1:
        return job.tiles
    single = job.image_url or job.original_url
    # Without the grid itself, its four images are all there is.
    return job.tiles if single is None else (single,)


class ResultFiles:
    """Downloads the results of jobs, and their inputs. `fit` makes uploads of pictures; videos are uploaded unchanged.

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
        results = await self.download(job, max_bytes)
        return results.uploads, results.note

    async def download(self, job: JobRecord, max_bytes: int | None = None) -> ResultSet:
        """The job's files as `of` returns them, and which of their addresses are videos."""
        limit = job.reply.upload_limit if max_bytes is None else max_bytes
        request, urls = request_of(job), result_urls(job)
        is_text = request.result is ResultKind.TEXTS
        if limit <= 0 and (urls or is_text):
            return ResultSet((), None if is_text else NO_ATTACH_FILES, job.videos)
        # A single picture has a second address.
        one_picture = not job.videos and urls == (job.image_url or job.original_url,)
        sources = [(job.image_url, job.original_url)] if one_picture else [(url,) for url in urls]
        downloads = await self._all(sources, limit)
        if len(job.videos) == 1:
            downloads = [await self._video_or_copy(job, downloads[0], limit)]
        uploads, missing = _sorted(downloads, len(sources))
        videos = job.videos or tuple(each.url for each in downloads if each is not None and each.is_video)
        if is_text:
            # The API may not return the described picture.
            return ResultSet(uploads or await self.inputs(job, limit), None, videos)
        if not urls:
            return ResultSet((), _SENT_NO_FILE)
        noun = "video" if videos or request.makes_video(job) else "picture"
        more = request.result is ResultKind.VIDEO or bool(job.buttons)
        return ResultSet(uploads, _sentence(missing, len(sources), noun, more=more), videos)

    async def inputs(self, job: JobRecord, max_bytes: int | None = None) -> tuple[Upload, ...]:
        """The pictures that the job works on, unchanged, without those that no longer exist or are too large.

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
        """A small picture of the job: its result, or its input where that is none; None when it can't be had.

        A thumbnail can't play a video.
        """
        request = request_of(job)
        is_video = bool(job.videos) or request.makes_video(job)
        results = [] if is_video else [job.image_url, *job.tiles]
        inputs = () if request.result is ResultKind.PICTURE else request.inputs
        async with self._thumbnails:
            try:
                if url := next(filter(None, results), None):
                    data = (await self._api.download(url, max_bytes=MAX_DOWNLOAD)).data
                    return None if sniff_video(data) is not None else await self._fit(data, MAX_THUMBNAIL)
                if inputs and self._fetch_input is not None:
                    data = await self._fetch_input(inputs[0], member=job.reply.user_id, max_bytes=MAX_IMAGE_BYTES)
                    return await self._fit(data, MAX_THUMBNAIL)
            except (ImagineProError, UserError):
                pass
        return None

    async def at(self, urls: Sequence[str], max_bytes: int) -> tuple[tuple[Upload, ...], str | None]:
        """The files at these addresses, each in at most `max_bytes`, and a sentence when one is missing.

        With several addresses, each file name contains the number of its address, from 1.
        """
        uploads, missing = _sorted(await self._all([(url,) for url in urls], max_bytes), len(urls))
        return uploads, _sentence(missing, min(len(urls), MAX_FILES), "picture", more=False)

    async def _all(self, sources: Sequence[Sequence[str | None]], max_bytes: int) -> Sequence[_Download | None]:
        """One file for each group of addresses, from the first address that works."""
        return await asyncio.gather(*(self._first(urls, max_bytes) for urls in sources[:MAX_FILES]))

    async def _video_or_copy(self, job: JobRecord, found: _Download | None, max_bytes: int) -> _Download | None:
        """The job's only video; where it can't be had, the copy of it that may be at the address of the picture."""
        urls = [url for url in (job.image_url, job.original_url) if url not in job.videos]
        if found is None or found.is_video or isinstance(found.found, Upload):
            return found
        copy = await self._first(urls, max_bytes)
        return copy if copy is not None and copy.is_video else found

    async def _first(self, urls: Sequence[str | None], max_bytes: int) -> _Download | None:
        missing = None
        for url in filter(None, urls):
            try:
                data = (await self._api.download(url, max_bytes=MAX_DOWNLOAD)).data
            except PictureTooLarge:
                return _Download(url, _Missing(unavailable=False))
            except PictureNotAllowed:
                # Members may open it where the bot may not.
                missing = _Download(url, _Missing(unavailable=False))
            except ImagineProError as error:
                reason = "" if isinstance(error, PictureGone) else error.text
                if missing is None or missing.is_unavailable:
                    missing = _Download(url, _Missing(unavailable=True, reason=reason))
            else:
                return await self._fitted(url, data, max_bytes)
        return missing

    async def _fitted(self, url: str, data: bytes, max_bytes: int) -> _Download:
        kind = sniff_video(data)
        if kind is not None:
            return _Download(url, _video(data, kind, max_bytes), is_video=True)
        try:
            return _Download(url, await self._fit(data, max_bytes))
        except ImageError:
            return _Download(url, _Missing(unavailable=False))


def _sorted(downloads: Sequence[_Download | None], total: int) -> tuple[tuple[Upload, ...], tuple[_Missing, ...]]:
    """The files, numbered as their addresses if there are several, and those that can't be shown."""
    found = [each.found if each is not None else None for each in downloads]
    missing = tuple(each for each in found if isinstance(each, _Missing))
    numbered = [(number, each) for number, each in enumerate(found, 1) if isinstance(each, Upload)]
    return tuple(each if total == 1 else _numbered(each, number) for number, each in numbered), missing


def _video(data: bytes, kind: VideoKind, max_bytes: int) -> Upload | _Missing:
    """The video unchanged: it can't be made smaller here."""
    if len(data) > max_bytes:
        return _Missing(unavailable=False)
    return Upload(data, f"video.{kind}", is_video=True)


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
