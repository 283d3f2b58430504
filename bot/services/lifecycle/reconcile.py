"""Finds the API's id of a job whose submission was never answered, in the account's history or through a webhook.

An account may also be used elsewhere, so an image of its history is only claimed when its record names the job (`ref`).
Where the API's records name none, it is claimed when it can be no other: see `Reconciler._only_match`.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from bot.errors import UserError
from bot.imaginepro import HistoryItem, ImagineProClient, ImagineProError, UnknownJob
from bot.services.lifecycle.history_match import asks_the_same, is_equal, may_be
from bot.store import AlreadyClaimed, JobRecord, JobStore, is_storable_id

log = logging.getLogger(__name__)

_HISTORY_PAGE = 50
_REMEMBERED_REFS = 1000
_ONE_DAY = timedelta(days=1)
"""How far the history goes back."""


class UnconfirmedSubmission(UserError):
    """It is unknown whether the API took the job."""

    def __init__(self) -> None:
        super().__init__(
            "It may still have cost credits, because ImaginePro never confirmed this job; "
            "press Submit again to send it once more."
        )


class Reconciler:
    """Searches the account's history for jobs, once after each of the `pauses` (seconds)."""

    def __init__(self, store: JobStore, *, pauses: tuple[float, ...]) -> None:
        self._store = store
        self._pauses = pauses
        self._wake: dict[str, asyncio.Event] = {}
        self._refs: dict[str, str | None] = {}
        self._reading = asyncio.Lock()

    async def find(self, job: JobRecord, *accounts: ImagineProClient) -> JobRecord:
        """The job with the API's id, from the history of one of these accounts.

        Raises `UnconfirmedSubmission` if the job can't be found, or if it is not certain which image is its own.
        """
        wake = self._wake.setdefault(job.id, asyncio.Event())
        try:
            return await self._search(job, accounts, wake)
        finally:
            self._wake.pop(job.id, None)

    def retry_now(self, job_id: str) -> None:
        """Search for the job now: another process, or a webhook, may have recorded its id."""
        if wake := self._wake.get(job_id):
            wake.set()

    async def _search(self, job: JobRecord, accounts: tuple[ImagineProClient, ...], wake: asyncio.Event) -> JobRecord:
        found = await self._with_remote_id(job)
        for pause in self._pauses:
            if found is not None:
                break
            await _sleep_or_wake(pause, wake)
            found = await self._with_remote_id(job) or await self._claim_from_histories(job, accounts)
        if found is None:
            raise UnconfirmedSubmission
        return found

    async def _with_remote_id(self, job: JobRecord) -> JobRecord | None:
        """The job if the API's id is recorded by now: from the answer to its request, or from a webhook."""
        known = await self._store.get(job.id)
        return known if known is not None and known.remote_id is not None else None

    async def _claim_from_histories(self, job: JobRecord, accounts: tuple[ImagineProClient, ...]) -> JobRecord | None:
        for api in accounts:
            try:
                remote_id = await self._own_id(job, api)
            except ImagineProError as error:
                log.warning("history can't be read: %s", error.text, extra={"job": job.id})
                continue
            if remote_id is not None:
                return await self._claim(job, remote_id)
        return None

    async def _claim(self, job: JobRecord, remote_id: str) -> JobRecord | None:
        try:
            found = await self._store.claim(job.id, remote_id)
        except AlreadyClaimed:
            # The answer of another job's request has brought this id since the history was read.
            return None
        if found is not None:
            log.info("found a job that was never confirmed", extra={"job": job.id, "remote": remote_id})
        return found or await self._with_remote_id(job)

    async def _own_id(self, job: JobRecord, api: ImagineProClient) -> str | None:
        """The id of the item in the history that is certainly this job. Raises `ImagineProError`."""
        items = await api.history(size=_HISTORY_PAGE)
        listed = [item for item in items if is_storable_id(item.message_id) and may_be(item, job)]
        claimed = await self._store.claimed([item.message_id for item in listed])
        unclaimed = [item for item in listed if item.message_id not in claimed]
        # The likeliest first: their records are read one after another.
        unclaimed.sort(key=lambda item: not is_equal(item, job))
        nameless, unreadable = list[HistoryItem](), False
        for item in unclaimed:
            try:
                ref = await self._ref(item.message_id, api)
            except UnknownJob:
                unreadable = True
                continue
            if ref == job.id:
                return item.message_id
            if ref is None:
                nameless.append(item)
        return None if unreadable else await self._only_match(job, nameless)

    async def _ref(self, remote_id: str, api: ImagineProClient) -> str | None:
        """The `ref` of this job, empty if it was submitted without one; None where the API does not say.

        Its record is read once, also when several searches need it. Raises `ImagineProError`.
        """
        async with self._reading:
            if remote_id not in self._refs:
                if len(self._refs) >= _REMEMBERED_REFS:
                    self._refs.clear()
                record = await api.progress(remote_id)
                self._refs[remote_id] = record.ref or ("" if record.has_ref else None)
            return self._refs[remote_id]

    async def _only_match(self, job: JobRecord, nameless: list[HistoryItem]) -> str | None:
        """The id of the one item that is equal to the job, if no other submission can be the one it belongs to.

        An item does not say which image its button was pressed on, so it is never certain for a follow-up.
        """
        equal = [item for item in nameless if is_equal(item, job)]
        if len(equal) != 1 or job.button is not None or job.parent_remote_id is not None:
            return None
        since = (job.submitting_at or job.created_at) - _ONE_DAY
        # Read after the history: whatever made the item and is answered by now has claimed its id.
        others = [other for other in await self._store.unanswered(since) if other.id != job.id]
        return None if any(asks_the_same(other, job) for other in others) else equal[0].message_id


async def _sleep_or_wake(seconds: float, wake: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
    wake.clear()
