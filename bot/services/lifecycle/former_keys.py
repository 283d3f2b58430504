"""Jobs whose API key was replaced: finds the key that has their account now.

An account can get a new key, as after the old one leaked. Its jobs go on and its buttons work with the new one.
"""

import asyncio
import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from bot.errors import UserError
from bot.imaginepro import ImagineProError, KeyRefused, RequestRefused, UnknownJob
from bot.services.kinds import request_of
from bot.services.kinds.result_kind import ResultKind
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.store import JobKind, JobRecord, JobState, JobStore
from bot.timings import Timings

log = logging.getLogger(__name__)

_ROUNDS = 20
"""How often all keys are asked before none of them counts as having a job that was just accepted."""


class NoKey(UserError):
    """None of the keys has the job; `sent` says whether it may have been paid."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__(
            "It may still have cost credits, but none of the bot's ImaginePro keys can see this job any more; "
            "press Submit again to send it once more."
            if sent
            else "This belongs to an ImaginePro account that the bot no longer uses. Use /imagine to start anew."
        )


class FormerKeys:
    """Gives jobs of keys that are no longer in the settings the key that has replaced theirs.

    `timeout` is the number of seconds the API may spend on a job.
    """

    def __init__(self, store: JobStore, keys: KeyPool, *, timeout: int, timings: Timings) -> None:
        self._store = store
        self._keys = keys
        self._patience = timedelta(seconds=timeout + timings.grace)
        self._unknown = timings.unknown_job
        self._found: dict[str, ApiKey] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def include(self, job: JobRecord) -> bool:
        """Whether the job's key is no longer in the settings."""
        return self._keys.is_former(job)

    async def requeued(self, job: JobRecord) -> JobRecord | None:
        """The dispatched job of a former key, waiting again; None if its owner has it dispatched no longer."""
        key = job.key if job.parent_remote_id is not None else None
        return await self._store.move(job.id, JobState.DISPATCHED, of=job.owner, state=JobState.WAITING, key=key)

    async def renewed(self, job: JobRecord) -> JobRecord:
        """The job as stored now, with its present key, which can read the job or, before it was sent, its parent.

        A job that is not sent yet trusts the settings' alias, if there is one. Raises `NoKey` if there is no key.
        """
        if not self.include(job):
            return job
        # The first of the jobs of a former key renames it in all rows.
        job = await self._store.get(job.id) or job
        if job.key is None or not self.include(job):
            return job
        if job.state.is_unsent and job.parent_remote_id is None:
            return await self._with(job, None)
        alias = self._keys.successor(job.key)
        if job.state.is_unsent and alias is not None:
            return await self._with(job, alias.name)
        key = await self._search(job.key, job)
        log.info("jobs of a replaced API key use another", extra={"former": job.key, "key": key.name})
        await self._store.rename_key(job.key, key.name)
        return await self._store.get(job.id) or job

    async def _with(self, job: JobRecord, key: str | None) -> JobRecord:
        """The unsent job with this key, or as it is now if it was cancelled meanwhile."""
        return await self._store.move(job.id, job.state, key=key) or await self._store.get(job.id) or job

    async def _search(self, name: str, job: JobRecord) -> ApiKey:
        """The key that can read the job. Jobs of one former key do not ask at the same time."""
        until, lost_at = datetime.now(UTC) + self._patience, None
        while True:
            async with self._asking[name]:
                if name in self._found:
                    return self._found[name]
                keys = self._keys.candidates(job)
                answers = [await self._reads(key, job) for key in keys]
                if True in answers:
                    found = self._found[name] = keys[answers.index(True)]
                    self._keys.replace(name, found)
                    return found
            now = datetime.now(UTC)
            lost_at = (lost_at or now) if None not in answers else None
            if (lost_at is not None and now - lost_at >= self._tolerance(job)) or now > until:
                self._warn(name, job)
                raise NoKey(sent=not job.state.is_unsent)
            await asyncio.sleep(self._unknown.total_seconds() / _ROUNDS)

    def _tolerance(self, job: JobRecord) -> timedelta:
        # The API may not know a job yet that it has just accepted; a parent has ended long ago.
        return timedelta(0) if job.state.is_unsent else self._unknown

    async def _reads(self, key: ApiKey, job: JobRecord) -> bool | None:
        """Whether the account of this key has the job; None if the API can't say at the moment."""
        remote_id, expects_video = _asked_for(job)
        try:
            await (key.api.video_progress if expects_video else key.api.progress)(remote_id)
        except (UnknownJob, RequestRefused, KeyRefused):
            return False
        except ImagineProError:
            return None
        return True

    def _warn(self, name: str, job: JobRecord) -> None:
        names = ", ".join(key.name for key in self._keys.all)
        log.warning(
            "a job's API key is no longer in the settings, and no other can read it. If the key was replaced, "
            "IMAGINEPRO_KEY_ALIASES can name the one that has its account",
            extra={"job": job.id, "former": name, "keys": names},
        )


def _asked_for(job: JobRecord) -> tuple[str, bool]:
    """The API's id of the job or else of its parent, and whether that is a video."""
    if job.remote_id is not None:
        return job.remote_id, request_of(job).result is ResultKind.VIDEO
    if job.parent_remote_id is not None:
        return job.parent_remote_id, job.kind is JobKind.EXTEND_VIDEO
    raise LookupError(f"nothing at the API belongs to job {job.id} yet")
