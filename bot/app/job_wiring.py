"""The parts that carry jobs, opened in the order in which they need each other and closed the other way round."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from bot.app.api_clients import KeyedClient
from bot.imaginepro import ImagineProError
from bot.services.cluster.heartbeat import Heartbeat
from bot.services.cluster.pubsub import PubSub, Topic
from bot.services.images.results import ResultFiles
from bot.services.jobs.attachment_urls import AttachmentUrls
from bot.services.jobs.service import Jobs
from bot.services.jobs.takeover import Takeover
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.lifecycle import DELIVER, SEND, JobLifecycle
from bot.services.lifecycle.submit import Submitter
from bot.services.lifecycle.watch import JobWatcher
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.services.lifecycle.webhooks import forward_to
from bot.services.lifecycle.workflows import WorkflowEngine
from bot.services.queue.dispatcher import QueueDispatcher
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import READS_PER_SECOND, ApiKey, KeyPool
from bot.services.tracker import Durations, Tracker
from bot.settings.model import Settings
from bot.store import ApiKeyStore, Database, JobQueueStore, JobStore, ProcessStore, RunningLimits, WaitingLimits
from bot.ui.replies.replies import Replies

log = logging.getLogger(__name__)

_DRAIN_SECONDS = 7.0
_LEARNED_FROM = 300
"""Jobs from before this start that say how long jobs take."""

_AT_ONCE = 6
"""Jobs that an account runs at the same time where neither the settings nor the API say how many."""


def key_pool(settings: Settings, clients: Sequence[KeyedClient], database: Database) -> tuple[KeyPool, Durations]:
    """The keys that jobs are sent with, and what is learned of how long jobs take."""
    durations = Durations()
    keys = [
        ApiKey(
            client.name,
            client.api,
            client.rate_limiter,
            Tracker(client.api, pause=settings.poll_seconds, reads_per_second=READS_PER_SECOND, durations=durations),
            at_once=settings.jobs_at_once or _AT_ONCE,
        )
        for client in clients
    ]
    return KeyPool(keys, ApiKeyStore(database)), durations


@asynccontextmanager
async def open_jobs(
    settings: Settings,
    database: Database,
    *,
    keys: KeyPool,
    durations: Durations,
    pubsub: PubSub,
    hook_urls: WebhookUrls | None,
    replies: Replies,
    attachment_urls: AttachmentUrls,
    on_replaced: Callable[[], Awaitable[None]],
) -> AsyncGenerator[Jobs]:
    """The bot's jobs, carried on from where they were left.

    `replaced` is called when another process has taken this one's name.
    """
    process = str(settings.cluster_id)
    store = JobStore(database)
    outcomes = JobEndEvents(pubsub)
    submissions = Submitter(store, keys, process, timeout=settings.job_timeout_seconds, webhook_urls=hook_urls)
    followed = JobWatcher(
        store, keys, process, presenter=replies, end_events=outcomes, timeout=settings.job_timeout_seconds
    )
    life = JobLifecycle(
        store,
        submitter=submissions,
        watcher=followed,
        files=ResultFiles(keys.all[0].api),
        presenter=replies,
        end_events=outcomes,
    )
    etas = EtaEstimator(durations, keys)
    etas.learn(list(reversed(await store.lately_done(_LEARNED_FROM))))
    places = RunningLimits(of_key=0, of_guild=settings.guild_running, of_member=settings.member_running)
    line = QueueDispatcher(
        JobQueueStore(database),
        keys,
        process,
        presenter=replies,
        eta=etas,
        on_dispatch=life.start_submit,
        limits=places,
    )
    room = WaitingLimits(of_member=settings.member_waiting, of_guild=settings.guild_waiting)
    jobs = Jobs(store, life, pubsub, process, attachment_urls=attachment_urls, limits=room)
    for key in keys.all:
        forward_to(key.tracker, pubsub)
    pubsub.subscribe(Topic.CANCEL, followed.cancel)
    pubsub.subscribe(Topic.FOUND, submissions.reconciler.retry_now)
    pubsub.subscribe(Topic.LATE, followed.on_late_result)
    pubsub.subscribe(Topic.JOB_END, lambda _: line.wake())
    async with AsyncExitStack() as closing:
        # Only when nothing is called any more, nothing can be cut off in the middle of a request.
        closing.push_async_callback(lambda: asyncio.gather(submissions.drain(_DRAIN_SECONDS), replies.close()))
        engine = await closing.enter_async_context(
            WorkflowEngine(database.workflow_url, process, {SEND: life.send, DELIVER: life.deliver})
        )
        life.attach(engine, line)
        closing.push_async_callback(followed.stop)
        caretaker = Takeover(
            keys=keys, engine=engine, lifecycle=life, watcher=followed, jobs=jobs, find_reply=replies.find
        )
        presence = Heartbeat(ProcessStore(database), process, caretaker, on_replaced)
        pubsub.on_reconnect(presence.recheck_all)
        await closing.enter_async_context(presence)
        await closing.enter_async_context(line)
        asking = asyncio.create_task(_ask_how_many(settings, keys))
        closing.callback(asking.cancel)
        closing.callback(jobs.close)
        yield jobs


async def _ask_how_many(settings: Settings, keys: KeyPool) -> None:
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
