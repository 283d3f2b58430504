"""Wires the job services, and opens and closes them in the order of their dependencies."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from bot.app.housekeeping import Housekeeping
from bot.app.key_wiring import read_concurrency, running_limits
from bot.services.cluster.heartbeat import Heartbeat
from bot.services.cluster.lease import Lease
from bot.services.cluster.pubsub import PubSub, Topic
from bot.services.cluster.workflows import WorkflowEngine
from bot.services.images.results import ResultFiles
from bot.services.jobs.attachment_urls import AttachmentUrls
from bot.services.jobs.batches import Batches, BatchPresenter
from bot.services.jobs.drafts import Drafts
from bot.services.jobs.service import Jobs
from bot.services.jobs.takeover import Takeover
from bot.services.lifecycle.deliver import Deliveries
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.former_keys import FormerKeys
from bot.services.lifecycle.lifecycle import JobLifecycle
from bot.services.lifecycle.reconcile import Reconciler
from bot.services.lifecycle.submit import Submitter
from bot.services.lifecycle.watch import JobWatcher
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.services.lifecycle.webhooks import forward_to
from bot.services.presenter import Presenter
from bot.services.prompt import Composer
from bot.services.queue.dispatcher import QueueDispatcher
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import KeyPool
from bot.services.tracker import Durations
from bot.settings.model import Settings
from bot.store import (
    Database,
    JobQueueStore,
    JobRecord,
    JobStore,
    ProcessStore,
    RunningLimits,
    WaitingLimits,
)
from bot.timings import Timings

_RECENT_JOBS = 300
"""Number of recent jobs whose durations are used after a start."""


class JobPresenter(Presenter, BatchPresenter, Protocol):
    """All that the job services need to show jobs and batches."""

    async def find(self, job: JobRecord) -> int | None:
        """The id of the message that an earlier process may have sent for this job, or None if there is none."""
        ...

    async def close(self) -> None:
        """Finish edits in flight, and begin no new ones."""
        ...


@dataclass(frozen=True, kw_only=True)
class JobParts:
    """The dependencies of the job services; tests can replace them.

    `timeout` is the number of seconds the API may spend on one job. `on_replaced` is called when another process has
    taken this one's name. `lease` is renewed by heartbeats.
    """

    process: str
    job_store: JobStore
    queue_store: JobQueueStore
    process_store: ProcessStore
    drafts: Drafts
    engine: WorkflowEngine
    keys: KeyPool
    pubsub: PubSub
    presenter: JobPresenter
    files: ResultFiles
    attachment_urls: AttachmentUrls
    eta: EtaEstimator
    running_limits: RunningLimits
    waiting_limits: WaitingLimits
    timeout: int
    on_replaced: Callable[[], Awaitable[None]]
    webhook_urls: WebhookUrls | None = None
    composer: Composer = field(default_factory=Composer)
    timings: Timings = field(default_factory=Timings)
    lease: Lease | None = None


@dataclass(kw_only=True, eq=False)
class JobServices:
    """The wired job services. While the context is open they run jobs, including unfinished ones of earlier runs."""

    parts: JobParts
    jobs: Jobs
    batches: Batches
    lifecycle: JobLifecycle
    dispatcher: QueueDispatcher
    submitter: Submitter
    watcher: JobWatcher
    takeover: Takeover
    heartbeat: Heartbeat
    _closing: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        # Before the engine, which resumes the workflows of an earlier process of this name.
        await self.heartbeat.claim()
        async with AsyncExitStack() as opening:
            # Once nothing new is dispatched, requests in flight are answered and recorded.
            opening.push_async_callback(lambda: asyncio.gather(self.submitter.drain(), self.parts.presenter.close()))
            await opening.enter_async_context(self.parts.engine)
            opening.push_async_callback(self.watcher.close)
            opening.push_async_callback(self.lifecycle.release_all)
            opening.push_async_callback(self.takeover.close)
            await opening.enter_async_context(self.heartbeat)
            self.lifecycle.start_dispatching()
            opening.push_async_callback(self.lifecycle.stop_dispatching)
            opening.callback(self.jobs.close)
            self._closing = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()


def job_services(parts: JobParts) -> JobServices:
    """Create the job services, in production and in tests."""
    store, keys, process, timings = parts.job_store, parts.keys, parts.process, parts.timings
    end_events = JobEndEvents(parts.pubsub)
    dispatcher = QueueDispatcher(
        parts.queue_store,
        keys,
        process,
        presenter=parts.presenter,
        eta=parts.eta,
        limits=parts.running_limits,
        timings=timings,
    )
    reconciler = Reconciler(store, pauses=timings.reconcile_pauses)
    submitter = Submitter(
        store,
        keys,
        process,
        reconciler=reconciler,
        presenter=parts.presenter,
        timeout=parts.timeout,
        timings=timings,
        webhook_urls=parts.webhook_urls,
    )
    watcher = JobWatcher(
        store, keys, process, presenter=parts.presenter, end_events=end_events, timeout=parts.timeout, timings=timings
    )
    lifecycle = JobLifecycle(
        store,
        process,
        dispatcher=dispatcher,
        former_keys=FormerKeys(store, keys, timeout=parts.timeout, timings=timings),
        submitter=submitter,
        watcher=watcher,
        deliveries=Deliveries(parts.engine, store, files=parts.files, presenter=parts.presenter, timings=timings),
        end_events=end_events,
        timings=timings,
    )
    jobs = Jobs(
        store,
        lifecycle,
        parts.pubsub,
        process,
        attachment_urls=parts.attachment_urls,
        limits=parts.waiting_limits,
        end_events=end_events,
        composer=parts.composer,
        timings=timings,
    )
    batches = Batches(parts.engine, jobs, parts.drafts, parts.presenter, parts.composer)
    takeover = Takeover(
        processes=parts.process_store,
        keys=keys,
        engine=parts.engine,
        lifecycle=lifecycle,
        jobs=jobs,
        batches=batches,
        find_reply=parts.presenter.find,
        timings=timings,
    )
    heartbeat = Heartbeat(parts.process_store, process, takeover, parts.on_replaced, timings=timings, lease=parts.lease)
    parts.pubsub.subscribe(Topic.CANCEL, lifecycle.cancel)
    parts.pubsub.subscribe(Topic.FOUND, reconciler.retry_now)
    parts.pubsub.subscribe(Topic.LATE, lifecycle.on_late_result)
    parts.pubsub.subscribe(Topic.JOB_END, lambda _: dispatcher.wake())
    parts.pubsub.subscribe(Topic.RECHECK, lambda _: heartbeat.recheck_all())
    parts.pubsub.on_reconnect(heartbeat.recheck_all)
    for key in keys.all:
        forward_to(key.tracker, parts.pubsub)
    return JobServices(
        parts=parts,
        jobs=jobs,
        batches=batches,
        lifecycle=lifecycle,
        dispatcher=dispatcher,
        submitter=submitter,
        watcher=watcher,
        takeover=takeover,
        heartbeat=heartbeat,
    )


@asynccontextmanager
async def open_jobs(
    settings: Settings,
    database: Database,
    *,
    keys: KeyPool,
    durations: Durations,
    pubsub: PubSub,
    drafts: Drafts,
    webhook_urls: WebhookUrls | None,
    presenter: JobPresenter,
    files: ResultFiles,
    attachment_urls: AttachmentUrls,
    on_replaced: Callable[[], Awaitable[None]],
    composer: Composer,
    timings: Timings,
    lease: Lease | None = None,
) -> AsyncGenerator[JobServices]:
    """The bot's running job services; they resume unfinished jobs.

    `on_replaced` is called when another process has taken this one's name. `lease` is renewed by heartbeats.
    """
    process, store = str(settings.cluster_id), JobStore(database)
    eta = EtaEstimator(durations, keys)
    eta.learn(list(reversed(await store.lately_done(_RECENT_JOBS))))
    engine = WorkflowEngine(database.workflow_url, process, database.workflow_options)
    housekeeping = Housekeeping(engine, store, drafts, pubsub)
    services = job_services(
        JobParts(
            process=process,
            job_store=store,
            queue_store=JobQueueStore(database),
            process_store=ProcessStore(database),
            drafts=drafts,
            engine=engine,
            keys=keys,
            pubsub=pubsub,
            presenter=presenter,
            files=files,
            attachment_urls=attachment_urls,
            eta=eta,
            running_limits=running_limits(settings),
            waiting_limits=WaitingLimits(of_member=settings.member_waiting, of_guild=settings.guild_waiting),
            timeout=settings.job_timeout_seconds,
            on_replaced=on_replaced,
            webhook_urls=webhook_urls,
            composer=composer,
            timings=timings,
            lease=lease,
        )
    )
    await keys.refresh()
    async with services:
        tasks = [asyncio.create_task(work) for work in (read_concurrency(settings, keys), housekeeping.catch_up())]
        try:
            yield services
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
