"""The services of one process of the bot, wired as in production, with scripted dependencies and without waits."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from bot.app.job_wiring import JobParts, job_services
from bot.imaginepro import RateLimiter
from bot.services.cluster.pubsub import LocalPubSub
from bot.services.cluster.workflows import WorkflowEngine
from bot.services.images.results import ResultFiles
from bot.services.jobs.drafts import Drafts
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.services.prompt import Composer
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.services.tracker import Durations, Tolerances, Tracker
from bot.store import (
    ApiKeyStore,
    Database,
    DraftStore,
    JobQueueStore,
    JobRecord,
    JobStore,
    NewJob,
    ProcessStore,
    RunningLimits,
    WaitingLimits,
)
from bot.store.db.schema import processes
from bot.timings import Timings
from tests.bot.records import new_job
from tests.bot.services.await_points import AwaitPoints, Port
from tests.bot.services.direct_decoding import fit_here
from tests.bot.services.scripted import Recorder, ScriptedApi
from tests.bot.services.signed_urls import ScriptedRefresher, attachment_urls
from tests.bot.services.workflows import FakeEngine, Workflows

MESSAGE = 55
"""The message id of every job's reply."""

NO_LIMITS = RunningLimits(of_key=1000, of_guild=1000, of_member=1000)
NO_WAITING_LIMITS = WaitingLimits(of_member=1000, of_guild=1000)
NEVER = 3600.0
FAST = Timings(
    heartbeat=NEVER,
    drain=10.0,
    queue_full_pause=0.0,
    busy_pause=0.0,
    reconcile_pauses=(0.0,) * 3,
    retry_pause=0.005,
    longest_retry_pause=0.05,
    queue_debounce=0.0,
    queue_retry=0.005,
    positions_pause=0.0,
    unknown_job=timedelta(seconds=0.2),
    missing_result=timedelta(seconds=0.02),
    stale_edit=0.02,
)
SHORT = replace(FAST, grace=0.05)


def api_key(api: Any, name: str = "main", at_once: int = 1000, timings: Timings = FAST) -> ApiKey:
    """A key without a rate limit."""
    tolerances = Tolerances(unknown=timings.unknown_job, without_result=timings.missing_result, stalled=timings.stalled)
    tracker = Tracker(api, pause=0.001, reads_per_second=1e6, tolerances=tolerances)
    return ApiKey(name, api, RateLimiter.unlimited(), tracker, at_once, reads_per_second=1e6)


class OneProcess:
    """The services of one process, which run while the context is open.

    `workflows` and what is in the database outlive it. `apis` stand behind one key each. `moments` says where it is
    held.
    """

    def __init__(
        self,
        database: Database,
        *apis: ScriptedApi,
        process: str = "0",
        presenter: Recorder | None = None,
        workflows: Workflows | None = None,
        await_points: AwaitPoints | None = None,
        engine: WorkflowEngine | None = None,
        timeout: int = 300,
        timings: Timings = FAST,
        at_once: int = 1000,
        limits: RunningLimits = NO_LIMITS,
        waiting_limits: WaitingLimits = NO_WAITING_LIMITS,
        reply: int | None = MESSAGE,
        webhook_urls: WebhookUrls | None = None,
        model: str | None = None,
    ) -> None:
        self.await_points = await_points or AwaitPoints()
        self.process, self.apis = process, apis or (ScriptedApi(),)
        self.api = self.apis[0]
        self.presenter = presenter or Recorder()
        self.workflows = workflows or Workflows()
        self.pubsub = LocalPubSub()
        self.stored = JobStore(database)
        self.store: JobStore = self._port(self.stored)
        self.stored_processes = ProcessStore(database)
        self.key_store = ApiKeyStore(database)
        self.replaced = asyncio.Event()
        self.presenter.reply = reply
        names = ["main", *(f"key-{number}" for number in range(2, len(self.apis) + 1))]
        keys = [api_key(self._port(api), name, at_once, timings) for api, name in zip(self.apis, names, strict=True)]
        self.keys = KeyPool(keys, self._port(self.key_store), timings)
        self.url_refresher = ScriptedRefresher()
        self.parts = JobParts(
            process=process,
            job_store=self.store,
            queue_store=self._port(JobQueueStore(database)),
            process_store=self._port(self.stored_processes),
            drafts=Drafts(DraftStore(database), timings),
            engine=engine or FakeEngine(self.workflows, process, self.await_points),
            keys=self.keys,
            pubsub=self.pubsub,
            presenter=self._presenter_port(),
            files=ResultFiles(keys[0].api, fit_here),
            attachment_urls=attachment_urls(self.url_refresher),
            eta=EtaEstimator(Durations(), self.keys),
            running_limits=limits,
            waiting_limits=waiting_limits,
            timeout=timeout,
            on_replaced=self._on_replaced,
            webhook_urls=webhook_urls,
            composer=Composer(model),
            timings=timings,
        )
        services = job_services(self.parts)
        self.services, self.jobs, self.batches, self.takeover = (
            services,
            services.jobs,
            services.batches,
            services.takeover,
        )
        self.lifecycle, self.dispatcher, self.watcher = services.lifecycle, services.dispatcher, services.watcher
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.key_store.ensure([key.name for key in self.keys.all])
        await self._closing.enter_async_context(self.services)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()

    async def begin(self, job: NewJob | None = None) -> JobRecord:
        """Record the job and put it into the queue."""
        record, _ = await self.store.record(replace(job or new_job(), owner=self.process))
        await self.jobs.begin(record, channel_id=None, message_id=MESSAGE)
        return record

    async def run(self, job: NewJob | None = None) -> JobRecord:
        """Begin the job and return it after its delivery."""
        return await self.ended(await self.begin(job))

    async def ended(self, job: JobRecord) -> JobRecord:
        """The job after its delivery succeeded or failed."""
        if (found := await self.now(job)).delivered_at is not None:
            return found
        async with asyncio.timeout(60):
            await self.workflows.delivered[job.id].wait()
        return await self.now(job)

    async def sweep(self) -> None:
        """Look after all jobs of this process again, as it does every few minutes."""
        await self.take_over(await self.stored_processes.owned(self.process))

    async def take_over(self, jobs: Collection[JobRecord], *, from_others: Collection[str] = ()) -> None:
        """Resume these jobs; those that were only recorded are begun or dropped when this returns."""
        await self.takeover.take_over(jobs, from_others=from_others)
        await asyncio.gather(*self.takeover._openings.values())

    async def now(self, job: JobRecord) -> JobRecord:
        """The job as stored now."""
        found = await self.stored.get(job.id)
        assert found is not None
        return found

    def _port(self, inner: Any) -> Any:
        return Port(inner, self.await_points)

    def _presenter_port(self) -> Any:
        return _PresenterPort(self.presenter, self.await_points)

    async def _on_replaced(self) -> None:
        self.replaced.set()


class _PresenterPort(Port):
    """The presenter with await points. A shutdown closes it, which releases a held process."""

    async def close(self) -> None:
        self._await_points.released.set()


async def silence_passes(database: Database, process: str = "0") -> None:
    """Make the last heartbeat of a dead process so old that the others take over."""
    later = sa.update(processes).where(processes.c.id == process).values(seen_at=processes.c.seen_at - 60)
    await database.run(lambda connection: connection.execute(later))


async def until(seen: Callable[[], Awaitable[bool]]) -> None:
    """Poll until the condition is true."""
    async with asyncio.timeout(60):
        while not await seen():  # noqa: ASYNC110  # a row tells nobody that it has changed
            await asyncio.sleep(0.005)
