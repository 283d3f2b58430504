"""A client of the image API for each key in the settings, with a rate limit shared by all processes."""

from dataclasses import dataclass

import aiohttp

from bot.http_download import SessionFor
from bot.imaginepro import ImagineProClient, RateLimiter
from bot.imaginepro.http.retries import Retries
from bot.services.queue.key_pool import name_of
from bot.services.queue.key_turns import KeyTurns
from bot.settings.model import Settings
from bot.store import ApiKeyStore, Database, JobQueueStore
from bot.timings import DEFAULT_TIMINGS, Timings


@dataclass(frozen=True, slots=True)
class KeyedClient:
    """The client for one key, the key's name in tables and logs, its rate limiter, and the turns that this one uses.

    `turns` is None when the rate limiter does not share them with other processes.
    """

    name: str
    api: ImagineProClient
    rate_limiter: RateLimiter
    turns: KeyTurns | None = None


async def api_clients(
    settings: Settings,
    session: aiohttp.ClientSession,
    database: Database,
    timings: Timings = DEFAULT_TIMINGS,
    *,
    strangers: SessionFor | None = None,
) -> tuple[KeyedClient, ...]:
    """The clients for the API keys, in the order of the settings. `strangers` is as in `ImagineProClient`."""
    names = [name_of(key.get_secret_value()) for key in settings.api_keys]
    store, queue = ApiKeyStore(database), JobQueueStore(database)
    await store.ensure(names)
    clients: list[KeyedClient] = []
    for name, key in zip(names, settings.api_keys, strict=True):
        turns = KeyTurns(store, queue, name)
        rate_limiter = RateLimiter(
            timings.request_interval,
            timings.api_reads_per_second,
            shared=turns,
            free_patience=timings.free_call_patience,
        )
        api = ImagineProClient(
            session,
            key=key,
            base_url=settings.imaginepro_base_url,
            prefix=settings.imaginepro_prefix,
            rate_limiter=rate_limiter,
            retries=Retries(
                busy=timings.api_busy_pause,
                busy_reads=timings.api_busy_reads_pause,
                empty=timings.empty_picture_pause,
            ),
            key_verdict_cache=timings.key_verdict_cache,
            proxy_for=settings.proxies.for_url,
            strangers=strangers,
        )
        clients.append(KeyedClient(name, api, rate_limiter, turns))
    return tuple(clients)
