"""Wires the API keys: each with its client, its poller and its limits."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from bot.app.api_clients import KeyedClient
from bot.imaginepro import ImagineProError
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.services.tracker import Durations, Tolerances, Tracker
from bot.settings.model import Settings
from bot.store import ApiKeyStore, Database, RunningLimits
from bot.timings import Timings

log = logging.getLogger(__name__)

_DEFAULT_AT_ONCE = 6
"""Jobs that an account runs at the same time if neither the settings nor the API say how many."""


def key_pool(
    settings: Settings, clients: Sequence[KeyedClient], database: Database, timings: Timings
) -> tuple[KeyPool, Durations]:
    """The pool of API keys with their trackers, and the durations that the trackers record."""
    durations = Durations()
    tolerances = Tolerances(unknown=timings.unknown_job, without_result=timings.missing_result, stalled=timings.stalled)
    keys = [
        ApiKey(
            client.name,
            client.api,
            client.rate_limiter,
            Tracker(
                client.api,
                pause=settings.poll_seconds,
                reads_per_second=timings.reads_per_second,
                tolerances=tolerances,
                durations=durations,
            ),
            at_once=settings.jobs_at_once or _DEFAULT_AT_ONCE,
            reads_per_second=timings.reads_per_second,
        )
        for client in clients
    ]
    for client, key in zip(clients, keys, strict=True):
        if client.turns is not None:
            client.turns.yield_to_jobs(key, running_limits(settings))
    return KeyPool(keys, ApiKeyStore(database), timings, aliases=settings.imaginepro_key_aliases), durations


def running_limits(settings: Settings) -> RunningLimits:
    """How many jobs may be at the API at once, of a server and of a member; each key has a limit of its own."""
    return RunningLimits(of_key=0, of_guild=settings.guild_running, of_member=settings.member_running)


async def read_concurrency(settings: Settings, keys: KeyPool) -> None:
    """Set each key's number of concurrent jobs from its linked accounts, if the plan has any and no setting says it."""
    if settings.jobs_at_once is not None or not settings.imaginepro_diy:
        return
    for key in keys.all:
        with suppress(ImagineProError):
            accounts = await key.api.linked_accounts()
            limits = [account.concurrency for account in accounts if account.active]
            known = [limit for limit in limits if limit]
            if known:
                key.at_once = sum(known)
                log.info("the account says how many jobs it runs at once", extra={"key": key.name, "jobs": sum(known)})
