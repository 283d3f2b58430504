"""A client of the image API for each key in the settings, with a rate limit shared by all processes."""

from dataclasses import dataclass

import aiohttp

from bot.imaginepro import ImagineProClient, RateLimiter
from bot.imaginepro.http.retries import Retries
from bot.services.queue.key_pool import name_of
from bot.settings.model import Settings
from bot.store import ApiKeyStore, Database
from bot.timings import DEFAULT_TIMINGS, Timings


@dataclass(frozen=True, slots=True)
class KeyedClient:
    """The client for one key, the key's name in tables and logs, and its rate limiter."""

    name: str
    api: ImagineProClient
    rate_limiter: RateLimiter


async def api_clients(
    settings: Settings, session: aiohttp.ClientSession, database: Database, timings: Timings = DEFAULT_TIMINGS
) -> tuple[KeyedClient, ...]:
    """The clients for the API keys, in the order of the settings."""
    names = [name_of(key.get_secret_value()) for key in settings.api_keys]
    store = ApiKeyStore(database)
    await store.ensure(names)
    clients: list[KeyedClient] = []
    for name, key in zip(names, settings.api_keys, strict=True):
        rate_limiter = RateLimiter(
            timings.request_interval, timings.api_reads_per_second, shared=_SharedKeyLimit(store, name)
        )
        api = ImagineProClient(
            session,
            key=key,
            base_url=settings.imaginepro_base_url,
            prefix=settings.imaginepro_prefix,
            rate_limiter=rate_limiter,
            retries=Retries(busy=timings.api_busy_pause, busy_reads=timings.api_busy_reads_pause),
            key_verdict_cache=timings.key_verdict_cache,
            proxy_for=settings.proxies.for_url,
        )
        clients.append(KeyedClient(name, api, rate_limiter))
    return tuple(clients)


class _SharedKeyLimit:
    """Implements `bot.imaginepro.http.rate_limit.SharedLimit` for one key."""

    def __init__(self, store: ApiKeyStore, name: str) -> None:
        self._store = store
        self._name = name

    async def reserve(self, seconds: float) -> float:
        return await self._store.reserve(self._name, seconds)

    async def hold(self, seconds: float) -> None:
        await self._store.pause(self._name, seconds)
