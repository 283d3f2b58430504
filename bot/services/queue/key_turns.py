"""The turns of an API key that all processes share."""

from dataclasses import replace

from bot.services.queue.key_pool import ApiKey
from bot.store import ApiKeyStore, JobQueueStore, RunningLimits


class KeyTurns:
    """The rate limit of the key with this name; implements `bot.imaginepro.http.rate_limit.SharedLimit`."""

    def __init__(self, keys: ApiKeyStore, queue: JobQueueStore, name: str) -> None:
        self._keys = keys
        self._queue = queue
        self._name = name
        self._yields_to: tuple[ApiKey, RunningLimits] | None = None

    def yield_to_jobs(self, key: ApiKey, limits: RunningLimits) -> None:
        """From now on leave turns to the waiting jobs that the key can send.

        `limits` apply to servers and members; the key knows how many jobs it runs.
        """
        self._yields_to = key, limits

    async def reserve(self, seconds: float) -> float:
        """Seconds until the turn just taken; the one after it comes `seconds` later."""
        return await self._keys.reserve(self._name, seconds)

    async def take_spare(self, seconds: float) -> float:
        """0 if the present turn was taken, because no job wants it; otherwise the seconds until the next try."""
        if self._yields_to is None:
            # No job is sent yet.
            limits = RunningLimits(of_key=0, of_guild=0, of_member=0)
            return await self._queue.take_spare(self._name, limits, turn=seconds)
        key, limits = self._yields_to
        return await self._queue.take_spare(
            self._name, replace(limits, of_key=key.in_flight), turn=seconds, bound_only=key.is_quarantined
        )

    async def hold(self, seconds: float) -> None:
        """Give no turn for this many seconds."""
        await self._keys.pause(self._name, seconds)
