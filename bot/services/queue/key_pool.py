"""The pool of API keys: which key a job needs, and which keys can be used now."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import UserError
from bot.imaginepro import ImagineProClient
from bot.imaginepro.http.rate_limit import RateLimiter
from bot.services.tracker import Tracker
from bot.settings.key_names import name_of
from bot.store import ApiKeyStore, JobRecord, QuarantinedKey
from bot.timings import DEFAULT_TIMINGS, Timings

__all__ = ["ApiKey", "KeyPool", "name_of"]

log = logging.getLogger(__name__)

_RUNNING_PER_WAITING = 6
"""How many jobs run at the API for each one that waits there."""


@dataclass(slots=True, eq=False)
class ApiKey:
    """One API key: its name in tables and logs, its client and rate limiter, and the tracker that polls its jobs.

    `at_once` is how many jobs its account can run at the same time. `is_quarantined` is set after the API refused the
    key. `sends_ahead` is cleared after the API was too busy for a job. `full_queues` are the API's queues, by name, in
    which this process knows of no room.
    """

    name: str
    api: ImagineProClient
    rate_limiter: RateLimiter
    tracker: Tracker
    at_once: int
    reads_per_second: float
    is_quarantined: bool = False
    sends_ahead: bool = True
    full_queues: set[str] = field(default_factory=set[str])

    @property
    def in_flight(self) -> int:
        """How many jobs may be at the API: the running ones, and for a large account a few queued there.

        Otherwise a large account would have idle capacity: the end of a job is noticed late, and sending the next one
        needs a slot of the rate limit.
        """
        return self.at_once + (self.at_once // _RUNNING_PER_WAITING if self.sends_ahead else 0)

    def share(self, processes: int) -> None:
        """Use only this process's share of the rate limits; `processes` is how many use the key."""
        self.rate_limiter.share(processes)
        self.tracker.reads_per_second = self.reads_per_second / processes


class KeyPool:
    """All API keys of this bot. The first one is also used for requests that are not about a job.

    `aliases` are the names of present keys by those of keys that they have replaced.
    """

    def __init__(
        self,
        keys: Sequence[ApiKey],
        store: ApiKeyStore,
        timings: Timings = DEFAULT_TIMINGS,
        *,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        self._keys = {key.name: key for key in keys}
        self._aliases = dict(aliases or {})
        self._store = store
        self._quarantine_seconds = timings.key_quarantine

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def all(self) -> tuple[ApiKey, ...]:
        """Every key, in the order of the settings."""
        return tuple(self._keys.values())

    def of(self, job: JobRecord) -> ApiKey:
        """The job's key, or the one that has replaced it.

        Raises `UserError` if the key is no longer in the settings and several others may have replaced it.
        """
        found, *others = self.candidates(job)
        if others:
            raise UserError(
                "This belongs to an ImaginePro account that the bot no longer uses. Use /imagine to start anew."
            )
        return found

    def candidates(self, job: JobRecord) -> tuple[ApiKey, ...]:
        """The job's key, or else the keys that may have replaced it: the one of an alias, or all of them."""
        if job.key is None:
            # Jobs of earlier releases have no key name, as there was only one key.
            return (self.all[0],)
        found = self._keys.get(job.key) or self.successor(job.key)
        return (found,) if found is not None else self.all

    def is_former(self, job: JobRecord) -> bool:
        """Whether the job's key is no longer in the settings."""
        return job.key is not None and job.key not in self._keys

    def successor(self, name: str) -> ApiKey | None:
        """The key that has replaced the one with this name, if that is known."""
        return self._keys.get(self._aliases.get(name, ""))

    def replace(self, name: str, key: ApiKey) -> None:
        """Use this key for jobs of the key with this name, which is no longer in the settings."""
        self._aliases[name] = key.name

    async def usable(self) -> list[ApiKey]:
        """The keys to use for new jobs: those that are not quarantined, or all keys if all are.

        With a quarantined key a job at least shows the API's error, and is sent as soon as the key works again.
        """
        if len(self._keys) > 1:
            await self.refresh()
        return [key for key in self.all if not key.is_quarantined] or list(self.all)

    async def refresh(self) -> None:
        """Read from the store which keys are quarantined, also by other processes and earlier runs."""
        names = {each.name for each in await self._store.quarantined()}
        for key in self.all:
            key.is_quarantined = key.name in names

    async def quarantine(self, key: ApiKey, reason: str) -> bool:
        """Do not use this key for new jobs for a while. Returns whether another key can be used meanwhile."""
        if await self._store.quarantine(key.name, reason, self._quarantine_seconds):
            log.warning("an API key can't be used: %s", reason, extra={"key": key.name, "keys": len(self._keys)})
        await self.refresh()
        return any(not other.is_quarantined for other in self.all)

    async def mark_working(self, key: ApiKey, job: JobRecord) -> None:
        """End the key's quarantine, and send further jobs to the job's queue at the API, as it was accepted."""
        if job.kind.queue in key.full_queues:
            await self._store.mark_open(key.name, job.kind.queue)
            key.full_queues.discard(job.kind.queue)
            log.info("ImaginePro has room for jobs again", extra={"key": key.name, "queue": job.kind.queue})
        if key.is_quarantined:
            key.is_quarantined = False
            await self._store.restore(key.name)
            log.info("an API key can be used again", extra={"key": key.name})

    async def quarantined(self) -> list[QuarantinedKey]:
        """The quarantined keys, and why they are."""
        return await self._store.quarantined()

    async def mark_full(self, key: ApiKey, job: JobRecord, seconds: float) -> None:
        """Send no job like this one with the key for these seconds, then one at a time until one is accepted.

        Other calls, and jobs for other queues of the API, go on.
        """
        key.sends_ahead = False
        key.full_queues.add(job.kind.queue)
        await self._store.mark_full(key.name, job.kind.queue, seconds)

    async def full_queues(self) -> set[tuple[str, str]]:
        """The names of keys and of the API's queues that had no room for a job at the last try, in any process."""
        return await self._store.full_queues()

    async def pause(self, key: ApiKey, seconds: float) -> None:
        """Send nothing with this key for these seconds, and nothing ahead afterwards, as the API was too busy."""
        key.sends_ahead = False
        await self._store.pause(key.name, seconds)
