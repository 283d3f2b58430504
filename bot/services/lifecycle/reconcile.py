"""Finds the API's id of a job whose submission was never answered, in the account's history or through a webhook."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from bot.errors import UserError
from bot.imaginepro import HistoryItem, ImagineProClient, ImagineProError
from bot.services.prompt import clean_text
from bot.store import AlreadyClaimed, JobKind, JobRecord, JobStore

log = logging.getLogger(__name__)

# The two clocks may differ, and the API's time may be when it accepted the job, not when the bot sent it.
_CLOCK_SLACK = timedelta(minutes=2)
_HISTORY_PAGE = 50
# The API's documentation does not list the kinds that its history names. The first of these found in a kind counts.
_KINDS_BY_NAME = {
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
    """It is unknown whether the API took the job."""

    def __init__(self, searched: str) -> None:
        super().__init__(
            f"ImaginePro never confirmed this job, and {searched}. It may still have "
            "cost credits. Press Submit again if you want to send it once more."
        )


class Reconciler:
    """Searches the account's history for jobs, once after each of the `pauses` (seconds).

    With `webhooks` the API may also send a job's id by webhook, so waiting helps even without a match in the history.
    """

    def __init__(self, store: JobStore, *, pauses: tuple[float, ...], webhooks: bool) -> None:
        self._store = store
        self._pauses = pauses
        self._webhooks = webhooks
        self._wake: dict[str, asyncio.Event] = {}

    async def find(self, job: JobRecord, api: ImagineProClient) -> JobRecord:
        """The job with the API's id. Raises `UnconfirmedSubmission` if the job can't be found."""
        wake = self._wake.setdefault(job.id, asyncio.Event())
        try:
            return await self._search(job, api, wake)
        finally:
            self._wake.pop(job.id, None)

    def retry_now(self, job_id: str) -> None:
        """Search for the job now: another process, or a webhook, may have recorded its id."""
        if wake := self._wake.get(job_id):
            wake.set()

    async def _search(self, job: JobRecord, api: ImagineProClient, wake: asyncio.Event) -> JobRecord:
        recognised = _can_be_recognised(job)
        found = await self._with_remote_id(job)
        for pause in self._pauses if recognised or self._webhooks else ():
            if found is not None:
                break
            await _sleep_or_wake(pause, wake)
            found = await self._with_remote_id(job) or (
                await self._claim_from_history(job, api) if recognised else None
            )
        if found is not None:
            return found
        if not recognised:
            raise UnconfirmedSubmission("without words it can't be told from others in the account's history")
        raise UnconfirmedSubmission("it is not in the account's history")

    async def _with_remote_id(self, job: JobRecord) -> JobRecord | None:
        """The job if the API's id is recorded by now: from the answer to its request, or from a webhook."""
        known = await self._store.get(job.id)
        return known if known is not None and known.remote_id is not None else None

    async def _claim_from_history(self, job: JobRecord, api: ImagineProClient) -> JobRecord | None:
        for remote_id in await self._candidates(job, api):
            try:
                found = await self._store.claim(job.id, remote_id)
            except AlreadyClaimed:
                # Another job with the same prompt claimed it since the history was read.
                continue
            if found is not None:
                log.info("found a job that was never confirmed", extra={"job": job.id, "remote": remote_id})
            return found or await self._with_remote_id(job)
        return None

    async def _candidates(self, job: JobRecord, api: ImagineProClient) -> list[str]:
        try:
            items = await api.history(size=_HISTORY_PAGE)
        except ImagineProError as error:
            log.warning("history can't be read: %s", error.text, extra={"job": job.id})
            return []
        claimed = await self._store.claimed([item.message_id for item in items])
        matching = [item for item in items if item.message_id not in claimed and _could_be(item, job)]
        # The words may be part of the prompt of another job whose answer was lost as well.
        exact = _normalised(job.prompt)
        matching.sort(key=lambda item: (_normalised(item.prompt or "") != exact, str(item.created_at)))
        return [item.message_id for item in matching]


async def _sleep_or_wake(seconds: float, wake: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
    wake.clear()


def _can_be_recognised(job: JobRecord) -> bool:
    """Whether history identifies the job: it lists no words for a job made only from pictures."""
    return bool(_normalised(job.words))


def _could_be(item: HistoryItem, job: JobRecord) -> bool:
    """Whether this item of the account's history can be the job: same request, not made before the job was sent."""
    since = job.submitting_at or job.created_at
    if item.created_at is not None and item.created_at < since - _CLOCK_SLACK:
        return False
    if _normalised(item.button or "") != _normalised(job.button or "") or not _same_kind(item, job):
        return False
    echoed = _normalised(item.prompt or "")
    # The prompt may come back rewritten: flags dropped, addresses shortened. The words must be there.
    return bool(echoed) and (_normalised(job.prompt) == echoed or _normalised(job.words) in echoed)


def _same_kind(item: HistoryItem, job: JobRecord) -> bool:
    """Whether the item is of the job's kind: the same words may have been sent to another model as well.

    An item without a kind, or with an ambiguous one, counts as Midjourney's, as the history is mostly about those. A
    button's job is recognised by its label instead.
    """
    if job.button is not None:
        return True
    word = "".join(filter(str.isalnum, _normalised(item.kind or "")))
    named = next((kind for name, kind in _KINDS_BY_NAME.items() if name in word), None)
    return (named or JobKind.IMAGINE) is job.kind


def _normalised(text: str) -> str:
    return clean_text(text).replace("\ufe0f", "").casefold()
