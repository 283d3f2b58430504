"""The files of a finished job, downloaded and fitted to the upload limit. Their bytes say which are videos."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from bot.imaginepro import ImagineProClient, ImagineProError, PictureGone, PictureNotAllowed, PictureTooLarge
from bot.services.images.formats import ImageError, Upload, VideoKind, sniff_video
from bot.services.kinds import FluxRequest, request_of
from bot.services.kinds.result_kind import ResultKind
from bot.store import JobRecord

MAX_DOWNLOAD = 50 * 1024 * 1024
"""Bytes; more than any known upscale. Larger files are linked."""

MAX_FILES = 10
"""The most files that Discord shows in one gallery."""

_SENT_NO_FILE = "ImaginePro says that this is done, but sent no file. The buttons below may still work."

Fit = Callable[[bytes, int], Awaitable[Upload]]
"""Makes an upload of a picture, in at most so many bytes. Raises ImageError."""


@dataclass(frozen=True, slots=True)
class ResultSet:
    """The files of a job that can be shown, and a sentence about the others if there are any.

    `videos` are the addresses of its videos: those that its record names, otherwise those whose bytes are a video's.
    """

    uploads: tuple[Upload, ...]
    note: str | None
    videos: tuple[str, ...] = ()


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
    """Downloads the results of jobs. `fit` makes uploads of pictures; videos are uploaded unchanged."""

    def __init__(self, api: ImagineProClient, fit: Fit) -> None:
        self._api = api
        self._fit = fit

    async def of(self, job: JobRecord, max_bytes: int | None = None) -> tuple[tuple[Upload, ...], str | None]:
        """The job's files, each in at most `max_bytes`, and a sentence when one can't be shown.

        Without `max_bytes`, the upload limit of the job's reply applies.
        """
        results = await self.download(job, max_bytes)
        return results.uploads, results.note

    async def download(self, job: JobRecord, max_bytes: int | None = None) -> ResultSet:
        """The job's files as `of` returns them, and which of their addresses are videos."""
        limit = job.reply.upload_limit if max_bytes is None else max_bytes
        request, urls = request_of(job), result_urls(job)
        # A single picture has a second address.
        one_picture = not job.videos and urls == (job.image_url or job.original_url,)
        sources = [(job.image_url, job.original_url)] if one_picture else [(url,) for url in urls]
        downloads = await self._all(sources, limit)
        uploads, missing = _sorted(downloads, len(sources))
        videos = job.videos or tuple(each.url for each in downloads if each is not None and each.is_video)
        if request.result is ResultKind.TEXTS:
            return ResultSet(uploads, None, videos)
        if not urls:
            return ResultSet((), _SENT_NO_FILE)
        noun = "video" if videos or request.makes_video(job) else "picture"
        more = request.result is ResultKind.VIDEO or bool(job.buttons)
        return ResultSet(uploads, _sentence(missing, len(sources), noun, more=more), videos)

    async def at(self, urls: Sequence[str], max_bytes: int) -> tuple[tuple[Upload, ...], str | None]:
        """The files at these addresses, each in at most `max_bytes`, and a sentence when one is missing.

        With several addresses, each file name contains the number of its address, from 1.
        """
        uploads, missing = _sorted(await self._all([(url,) for url in urls], max_bytes), len(urls))
        return uploads, _sentence(missing, min(len(urls), MAX_FILES), "picture", more=False)

    async def _all(self, sources: Sequence[Sequence[str | None]], max_bytes: int) -> Sequence[_Download | None]:
        """One file for each group of addresses, from the first address that works."""
        return await asyncio.gather(*(self._first(urls, max_bytes) for urls in sources[:MAX_FILES]))

    async def _first(self, urls: Sequence[str | None], max_bytes: int) -> _Download | None:
        missing = None
        for url in filter(None, urls):
            try:
                data = (await self._api.download(url, max_bytes=MAX_DOWNLOAD)).data
            except (PictureTooLarge, PictureNotAllowed):
                return _Download(url, _Missing(unavailable=False))
            except ImagineProError as error:
                reason = "" if isinstance(error, PictureGone) else error.text
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
