"""The API keys that jobs are sent with: which one a job needs, and which ones can be used now."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.errors import UserError
from bot.imaginepro import ImagineProClient
from bot.imaginepro.http.rate_limit import RateLimiter
from bot.services.tracker import Tracker
from bot.store import ApiKeyStore, JobRecord, QuarantinedKey
from bot.timings import DEFAULT_TIMINGS, Timings

log = logging.getLogger(__name__)

_RUNNING_PER_WAITING = 6
"""How many jobs run at the API for each one that waits there."""


@dataclass(slots=True, eq=False)
class ApiKey:
    """One key: its name in tables and logs, the client that uses it with its rate limiter, and the tracker of its jobs.

    `at_once` is how many jobs the account behind it runs at the same time. `is_quarantined` is set after the API
    refused the key, `sends_ahead` until it turned a job away because it was too busy.
    """

    name: str
    api: ImagineProClient
    rate_limiter: RateLimiter
    tracker: Tracker
    at_once: int
    reads_per_second: float
    is_quarantined: bool = False
    sends_ahead: bool = True

    @property
    def in_flight(self) -> int:
        """How many jobs may be with the API: the running ones, and with a large account a few that wait there.

        A job that ends is noticed late, and the next one needs a turn of the rate limit. Where jobs end as often as
        turns come, its place at the API would stay empty meanwhile.
        """
        return self.at_once + (self.at_once // _RUNNING_PER_WAITING if self.sends_ahead else 0)

    def share(self, processes: int) -> None:
        """Read as often as one of so many processes may that use this key."""
        self.rate_limiter.share(processes)
        self.tracker.reads_per_second = self.reads_per_second / processes


class KeyPool:
    """All keys of this bot, the first one being used for what is not about a job."""

    def __init__(self, keys: Sequence[ApiKey], store: ApiKeyStore, timings: Timings = DEFAULT_TIMINGS) -> None:
        self._keys = {key.name: key for key in keys}
        self._store = store
        self._quarantine_seconds = timings.key_quarantine

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def all(self) -> tuple[ApiKey, ...]:
        """Every key, in the order of the settings."""
        return tuple(self._keys.values())

    def of(self, job: JobRecord) -> ApiKey:
        """The key that the job was sent with. Raises `UserError` when the bot has it no longer."""
        # Jobs of earlier releases name none; there was only one.
        found = self._keys.get(job.key) if job.key is not None else self.all[0]
        if found is None:
            raise UserError(
                "This belongs to an ImaginePro account that the bot no longer uses. Use /imagine to start anew."
            )
        return found

    async def usable(self) -> list[ApiKey]:
        """The keys to use for new jobs: those that are not quarantined, or all if there is no other.

        Then a job at least says what is wrong, and is sent as soon as the key works again.
        """
        if len(self._keys) > 1:
            await self.refresh()
        return [key for key in self.all if not key.is_quarantined] or list(self.all)

    async def refresh(self) -> None:
        """Learn which keys are quarantined, also by other processes and earlier runs."""
        names = {each.name for each in await self._store.quarantined()}
        for key in self.all:
            key.is_quarantined = key.name in names

    async def quarantine(self, key: ApiKey, reason: str) -> bool:
        """Use this key for nothing new for a while. Returns whether another one can be used meanwhile."""
        if await self._store.quarantine(key.name, reason, self._quarantine_seconds):
            log.warning("an API key can't be used: %s", reason, extra={"key": key.name, "keys": len(self._keys)})
        await self.refresh()
        return any(not other.is_quarantined for other in self.all)

    async def mark_working(self, key: ApiKey) -> None:
        """Know that a job was accepted with this key: it is not set aside any longer."""
        if key.is_quarantined:
            key.is_quarantined = False
            await self._store.restore(key.name)
            log.info("an API key can be used again", extra={"key": key.name})

    async def quarantined(self) -> list[QuarantinedKey]:
        """The keys that are set aside, and why."""
        return await self._store.quarantined()

    async def pause(self, key: ApiKey, seconds: float) -> None:
        """Send nothing with this key for so many seconds, and no jobs ahead after that: the API was too busy."""
        key.sends_ahead = False
        await self._store.pause(key.name, seconds)


def name_of(key: str) -> str:
    """What a key is called where it may be read: enough to tell it from others, too little to guess it."""
    return sha256(key.encode()).hexdigest()[:8]
