"""The files of a finished job, fetched and made to fit where they are shown."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath

from bot.imaginepro import ImagineProClient, ImagineProError, PictureGone, PictureNotAllowed, PictureTooLarge
from bot.services.images.formats import ImageError, ImageKind, Upload, fit_for_upload, sniff
from bot.services.kinds import FluxRequest, request_of
from bot.services.kinds.result_kind import ResultKind
from bot.store import JobRecord

MAX_DOWNLOAD = 50 * 1024 * 1024
"""Bytes. More than any upscale the API is known to make; larger files are linked."""

MAX_FILES = 10
"""Discord shows no more in one gallery."""

_MOVING = frozenset({ImageKind.WEBP, ImageKind.GIF})

_Fit = Callable[[bytes], Upload]


@dataclass(frozen=True, slots=True)
class _Missing:
    """A file that is not shown: it is gone, for a reason that may be told, or else only too much for this place."""

    gone: bool
    reason: str = ""


def result_urls(job: JobRecord) -> tuple[str, ...]:
    """The addresses of what a finished job has made: several pictures or videos in their order, a grid as one."""
    order = request_of(job)
    if order.result is ResultKind.VIDEO:
        return job.videos
    if isinstance(order, FluxRequest) and len(job.tiles) > 1:
        return job.tiles
    return tuple(filter(None, [job.image_url or job.original_url]))


class ResultFiles:
    """Fetches what a job has made."""

    def __init__(self, api: ImagineProClient) -> None:
        self._api = api

    async def of(self, job: JobRecord, max_bytes: int | None = None) -> tuple[tuple[Upload, ...], str | None]:
        """The job's files in at most so many bytes each, and a sentence when one can't be shown.

        Without `max_bytes` they fit where the job's reply stands.
        """
        limit = job.reply.upload_limit if max_bytes is None else max_bytes
        result, urls = request_of(job).result, result_urls(job)
        film = result is ResultKind.VIDEO
        # A picture of its own has a second address.
        places = [(url,) for url in urls] if film or len(urls) > 1 else [(job.image_url, job.original_url)]
        fit = partial(_film if film else fit_for_upload, max_bytes=limit)
        found, missing = await self._all(places, fit)
        if result is ResultKind.TEXTS:
            return found, None
        return found, _sentence(missing, len(places), "video" if film else "picture", more=film or bool(job.buttons))

    async def at(self, urls: Sequence[str], max_bytes: int) -> tuple[tuple[Upload, ...], str | None]:
        """The pictures at these addresses of the API in at most so many bytes each, and a sentence when one is missing.

        Of several, each file's name holds the number of its address, from 1.
        """
        found, missing = await self._all([(url,) for url in urls], partial(fit_for_upload, max_bytes=max_bytes))
        return found, _sentence(missing, min(len(urls), MAX_FILES), "picture", more=False)

    async def _all(
        self, places: Sequence[Sequence[str | None]], fit: _Fit
    ) -> tuple[tuple[Upload, ...], tuple[_Missing, ...]]:
        """For each place the file at the first of its addresses that has one."""
        results = await asyncio.gather(*(self._first(urls, fit) for urls in places[:MAX_FILES]))
        missing = tuple(each for each in results if isinstance(each, _Missing))
        if len(places) == 1:
            return tuple(each for each in results if isinstance(each, Upload)), missing
        numbered = [_numbered(each, place) for place, each in enumerate(results, 1) if isinstance(each, Upload)]
        return tuple(numbered), missing

    async def _first(self, urls: Sequence[str | None], fit: _Fit) -> Upload | _Missing | None:
        missing = None
        for url in filter(None, urls):
            try:
                fetched = await self._api.download(url, max_bytes=MAX_DOWNLOAD)
                return await asyncio.to_thread(fit, fetched.data)
            except (PictureTooLarge, PictureNotAllowed, ImageError):
                return _Missing(gone=False)
            except ImagineProError as error:
                missing = _Missing(gone=True, reason="" if isinstance(error, PictureGone) else error.text)
        return missing


def _sentence(missing: Sequence[_Missing], total: int, noun: str, *, more: bool) -> str | None:
    """What is said about the files that are missing; `more` when something can be pressed all the same."""
    if not missing:
        return None
    first, one = missing[0], total == 1
    what = f"The {noun}" if one else f"{len(missing)} of {total} {noun}s"
    if not first.gone:
        return f"{what} can't be shown here; open the {'original' if one else 'originals'}."
    made = f"{what} is made, but its file" if one else what
    still = " The buttons below may still work." if more else ""
    return f"{made} can no longer be downloaded.{still} {first.reason}".rstrip()


def _numbered(upload: Upload, place: int) -> Upload:
    name = PurePath(upload.filename)
    return replace(upload, filename=f"{name.stem}-{place}{name.suffix}")


def _film(data: bytes, max_bytes: int) -> Upload:
    """The video as it is: nothing here could make it smaller."""
    ending = _film_ending(data)
    if ending is None or len(data) > max_bytes:
        raise ImageError("The video can't be shown here; open the original.")
    return Upload(data, f"video.{ending}")


def _film_ending(data: bytes) -> str | None:
    """The ending of a video's file name by its first bytes, None for anything else."""
    if data[4:8] == b"ftyp":
        return "mp4"
    if data.startswith(b"\x1aE\xdf\xa3"):
        return "webm"
    kind = sniff(data)
    return kind.value if kind is not None and kind in _MOVING else None
