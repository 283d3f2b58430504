"""The parts that carry jobs, opened in the order in which they need each other and closed the other way round."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from bot.app.api_clients import KeyedClient
from bot.imaginepro import ImagineProError
from bot.services.cluster.heartbeat import Presence
from bot.services.cluster.pubsub import Signals, Topic
from bot.services.images.results import ResultFiles
from bot.services.jobs.attachment_urls import Addresses
from bot.services.jobs.service import Jobs
from bot.services.jobs.takeover import Caretaker
from bot.services.lifecycle.end_events import Outcomes
from bot.services.lifecycle.lifecycle import DELIVER, SEND, JobLife
from bot.services.lifecycle.submit import Submissions
from bot.services.lifecycle.watch import FollowedJobs
from bot.services.lifecycle.webhook_urls import HookAddresses
from bot.services.lifecycle.webhooks import tell
from bot.services.lifecycle.workflows import Engine
from bot.services.queue.dispatcher import Line
from bot.services.queue.eta import Etas
from bot.services.queue.key_pool import READS_PER_SECOND, ApiKey, ApiKeys
from bot.services.tracker import Durations, Tracker
from bot.settings.model import Settings
from bot.store import ApiKeyStore, Database, JobStore, LineStore, ProcessStore, Room, RunningLimits
from bot.ui.replies.replies import Replies

log = logging.getLogger(__name__)

_DRAIN_SECONDS = 7.0
_LEARNED_FROM = 300
"""Jobs from before this start that say how long jobs take."""

_AT_ONCE = 6
"""Jobs that an account runs at the same time where neither the settings nor the API say how many."""


def api_keys(settings: Settings, clients: Sequence[KeyedClient], database: Database) -> tuple[ApiKeys, Durations]:
    """The keys that jobs are sent with, and what is learned of how long jobs take."""
    durations = Durations()
    keys = [
        ApiKey(
            client.name,
            client.api,
            client.pace,
            Tracker(client.api, pause=settings.poll_seconds, reads_per_second=READS_PER_SECOND, durations=durations),
            at_once=settings.jobs_at_once or _AT_ONCE,
        )
        for client in clients
    ]
    return ApiKeys(keys, ApiKeyStore(database)), durations


@asynccontextmanager
async def carrying(
    settings: Settings,
    database: Database,
    *,
    keys: ApiKeys,
    durations: Durations,
    signals: Signals,
    hooks: HookAddresses | None,
    replies: Replies,
    addresses: Addresses,
    replaced: Callable[[], Awaitable[None]],
) -> AsyncGenerator[Jobs]:
    """The bot's jobs, carried on from where they were left.

    `replaced` is called when another process has taken this one's name.
    """
    process = str(settings.cluster_id)
    store = JobStore(database)
    outcomes = Outcomes(signals)
    submissions = Submissions(store, keys, process, timeout=settings.job_timeout_seconds, hooks=hooks)
    followed = FollowedJobs(
        store, keys, process, presenter=replies, outcomes=outcomes, timeout=settings.job_timeout_seconds
    )
    life = JobLife(
        store,
        submissions=submissions,
        followed=followed,
        files=ResultFiles(keys.all[0].api),
        presenter=replies,
        outcomes=outcomes,
    )
    etas = Etas(durations, keys)
    etas.learn(list(reversed(await store.lately_done(_LEARNED_FROM))))
    places = RunningLimits(of_key=0, of_guild=settings.guild_running, of_member=settings.member_running)
    line = Line(LineStore(database), keys, process, presenter=replies, etas=etas, called=life.called, limits=places)
    room = Room(of_member=settings.member_waiting, of_guild=settings.guild_waiting)
    jobs = Jobs(store, life, signals, process, addresses=addresses, room=room)
    for key in keys.all:
        tell(key.tracker, signals)
    signals.on(Topic.CANCEL, followed.cancel)
    signals.on(Topic.FOUND, submissions.search.look)
    signals.on(Topic.LATE, followed.come_late)
    signals.on(Topic.OUTCOME, lambda _: line.look())
    async with AsyncExitStack() as closing:
        # Only when nothing is called any more, nothing can be cut off in the middle of a request.
        closing.push_async_callback(lambda: asyncio.gather(submissions.drain(_DRAIN_SECONDS), replies.close()))
        engine = await closing.enter_async_context(
            Engine(database.workflow_url, process, {SEND: life.send, DELIVER: life.deliver})
        )
        life.attach(engine, line)
        closing.push_async_callback(followed.drop_all)
        caretaker = Caretaker(
            keys=keys, engine=engine, life=life, followed=followed, jobs=jobs, find_reply=replies.find
        )
        presence = Presence(ProcessStore(database), process, caretaker, replaced)
        signals.on_reconnect(presence.look_at_all)
        await closing.enter_async_context(presence)
        await closing.enter_async_context(line)
        asking = asyncio.create_task(_ask_how_many(settings, keys))
        closing.callback(asking.cancel)
        closing.callback(jobs.close)
        yield jobs


async def _ask_how_many(settings: Settings, keys: ApiKeys) -> None:
    """Let each key run as many jobs at once as its linked accounts may, where the plan has such and nothing is set."""
    if settings.jobs_at_once is not None or not settings.imaginepro_diy:
        return
    for key in keys.all:
        with suppress(ImagineProError):
            accounts = await key.api.linked_accounts()
            figures = [account.concurrency for account in accounts if account.active]
            known = [figure for figure in figures if figure]
            if known:
                key.at_once = sum(known)
                log.info("the account says how many jobs it runs at once", extra={"key": key.name, "jobs": sum(known)})
