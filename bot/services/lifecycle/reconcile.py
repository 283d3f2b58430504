"""Finding a job that the API may have taken without anybody hearing its answer."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from bot.errors import UserError
from bot.imaginepro import HistoryItem, ImagineProClient, ImagineProError
from bot.services.prompt import clean_text
from bot.store import AlreadyClaimed, JobKind, JobRecord, JobStore

log = logging.getLogger(__name__)

SEARCH_PAUSES = (2.0, 5.0, 10.0, 15.0, 30.0, 30.0, 30.0, 60.0)
"""Seconds before each look into the account's history. Together they outlast an ordinary job, because history may
list a job only once its picture exists."""

# The two clocks may differ, and the far end's time may be the moment the job was accepted, not sent.
_CLOCK_SLACK = timedelta(minutes=2)
_HISTORY_PAGE = 50
# No page lists what history calls the kinds, only that it does. The first name that stands in its word counts.
_NAMES = {
    "flux": JobKind.FLUX,
    "zimage": JobKind.Z_IMAGE,
    "exten": JobKind.EXTEND_VIDEO,
    "video": JobKind.VIDEO,
    "edit": JobKind.EDIT,
    "banana": JobKind.EDIT,
    "gemini": JobKind.EDIT,
    "universal": JobKind.EDIT,
    "describe": JobKind.DESCRIBE,
    "face": JobKind.FACE_SWAP,
    "blend": JobKind.BLEND,
    "remove": JobKind.REMOVE_BACKGROUND,
}


class UnconfirmedSubmission(UserError):
    """Nobody can say whether the API took the job."""

    def __init__(self, searched: str) -> None:
        super().__init__(
            f"ImaginePro never confirmed this job, and {searched}. It may still have "
            "cost credits. Press Submit again if you want to send it once more."
        )


class Reconciler:
    """Looks for jobs in the account's history, again and again with these `pauses` (seconds) before each look.

    `told` says that the API tells of jobs by itself, so that waiting makes sense where history is no help.
    """

    def __init__(self, store: JobStore, *, pauses: tuple[float, ...], told: bool) -> None:
        self._store = store
        self._pauses = pauses
        self._told = told
        self._news: dict[str, asyncio.Event] = {}

    async def find(self, job: JobRecord, api: ImagineProClient) -> JobRecord:
        """The job with the API's id. Raises `UnconfirmedSubmission` when it can't be found."""
        news = self._news.setdefault(job.id, asyncio.Event())
        try:
            return await self._found(job, api, news)
        finally:
            self._news.pop(job.id, None)

    def retry_now(self, job_id: str) -> None:
        """Look at once whether the job has been found: somebody else may have written it down."""
        if news := self._news.get(job_id):
            news.set()

    async def _found(self, job: JobRecord, api: ImagineProClient, news: asyncio.Event) -> JobRecord:
        recognised = _can_be_recognised(job)
        found = await self._named(job)
        for pause in self._pauses if recognised or self._told else ():
            if found is not None:
                break
            await _rest(pause, news)
            found = await self._named(job) or (await self._claimed(job, api) if recognised else None)
        if found is not None:
            return found
        if not recognised:
            raise UnconfirmedSubmission("without words it can't be told from others in the account's history")
        raise UnconfirmedSubmission("it is not in the account's history")

    async def _named(self, job: JobRecord) -> JobRecord | None:
        """The job when somebody has written its id down by now: its own request, or an event of the API's."""
        known = await self._store.get(job.id)
        return known if known is not None and known.remote_id is not None else None

    async def _claimed(self, job: JobRecord, api: ImagineProClient) -> JobRecord | None:
        for remote_id in await self._candidates(job, api):
            try:
                found = await self._store.claim(job.id, remote_id)
            except AlreadyClaimed:
                # Another job with the same prompt claimed it between the look and this moment.
                continue
            if found is not None:
                log.info("found a job that was never confirmed", extra={"job": job.id, "remote": remote_id})
            return found or await self._named(job)
        return None

    async def _candidates(self, job: JobRecord, api: ImagineProClient) -> list[str]:
        try:
            items = await api.history(size=_HISTORY_PAGE)
        except ImagineProError as error:
            log.warning("history can't be read: %s", error.text, extra={"job": job.id})
            return []
        claimed = await self._store.claimed([item.message_id for item in items])
        fitting = [item for item in items if item.message_id not in claimed and _could_be(item, job)]
        # Words may be a part of another job's, whose answer was lost as well.
        exact = _plain(job.prompt)
        fitting.sort(key=lambda item: (_plain(item.prompt or "") != exact, str(item.created_at)))
        return [item.message_id for item in fitting]


async def _rest(seconds: float, news: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await news.wait()
    news.clear()


def _can_be_recognised(job: JobRecord) -> bool:
    """Whether history says enough to tell the job from others: made of pictures alone, it has no words there."""
    return bool(_plain(job.words))


def _could_be(item: HistoryItem, job: JobRecord) -> bool:
    """Whether this picture of the account's history can be the job: same request, not made before it was sent."""
    since = job.submitting_at or job.created_at
    if item.created_at is not None and item.created_at < since - _CLOCK_SLACK:
        return False
    if _plain(item.button or "") != _plain(job.button or "") or not _same_kind(item, job):
        return False
    echoed = _plain(item.prompt or "")
    # The prompt may come back rewritten: flags dropped, addresses shortened. The words must be there.
    return bool(echoed) and (_plain(job.prompt) == echoed or _plain(job.words) in echoed)


def _same_kind(item: HistoryItem, job: JobRecord) -> bool:
    """Whether the history speaks of this kind: the same words may have been sent to another model as well.

    What it does not name, or by a name that could be any, is Midjourney's: the history is. A button is known by its
    label.
    """
    if job.button is not None:
        return True
    word = "".join(filter(str.isalnum, _plain(item.kind or "")))
    named = next((kind for name, kind in _NAMES.items() if name in word), None)
    return (named or JobKind.IMAGINE) is job.kind


def _plain(text: str) -> str:
    return clean_text(text).replace("\ufe0f", "").casefold()
