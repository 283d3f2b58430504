"""One process of the bot as its services see it, put together as the bot is, small and fast."""

import asyncio
from collections.abc import Awaitable, Callable
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
from tests.bot.services.await_points import Moments, Port
from tests.bot.services.scripted import Recorder, ScriptedApi
from tests.bot.services.signed_urls import Scripted, addresses
from tests.bot.services.workflows import StandIn, Workflows

MESSAGE = 55
"""The reply of every job here."""

FREE = RunningLimits(of_key=1000, of_guild=1000, of_member=1000)
ROOM = WaitingLimits(of_member=1000, of_guild=1000)
NEVER = 3600.0
FAST = Timings(
    heartbeat=NEVER,
    drain=10.0,
    queue_full_pause=0.0,
    busy_pause=0.0,
    reconcile_pauses=(0.0,) * 3,
    queue_settle=0.0,
    places_pause=0.0,
    unknown_job=timedelta(seconds=0.2),
    missing_result=timedelta(seconds=0.02),
)
SHORT = replace(FAST, grace=0.05)


def api_key(api: Any, name: str = "main", at_once: int = 1000, timings: Timings = FAST) -> ApiKey:
    """A key whose requests need not wait."""
    tolerances = Tolerances(unknown=timings.unknown_job, without_result=timings.missing_result, stalled=timings.stalled)
    tracker = Tracker(api, pause=0.001, reads_per_second=1e6, tolerances=tolerances)
    return ApiKey(name, api, RateLimiter.unlimited(), tracker, at_once, reads_per_second=1e6)


class OneProcess:
    """The services of one process, between `async with` and its end.

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
        moments: Moments | None = None,
        engine: WorkflowEngine | None = None,
        timeout: int = 300,
        timings: Timings = FAST,
        at_once: int = 1000,
        limits: RunningLimits = FREE,
        room: WaitingLimits = ROOM,
        reply: int | None = MESSAGE,
        hooks: WebhookUrls | None = None,
    ) -> None:
        self.moments = moments or Moments()
        self.process, self.apis = process, apis or (ScriptedApi(),)
        self.api = self.apis[0]
        self.presenter = presenter or Recorder()
        self.workflows = workflows or Workflows()
        self.pubsub = LocalPubSub()
        self.stored = JobStore(database)
        self.store: JobStore = self._port(self.stored)
        self.key_store = ApiKeyStore(database)
        self.replaced = asyncio.Event()
        self.presenter.reply = reply
        names = ["main", *(f"key-{number}" for number in range(2, len(self.apis) + 1))]
        keys = [api_key(self._port(api), name, at_once, timings) for api, name in zip(self.apis, names, strict=True)]
        self.keys = KeyPool(keys, self._port(self.key_store), timings)
        self.url_refresher = Scripted()
        self.parts = JobParts(
            process=process,
            job_store=self.store,
            queue_store=self._port(JobQueueStore(database)),
            process_store=self._port(ProcessStore(database)),
            drafts=Drafts(DraftStore(database), timings),
            engine=engine or StandIn(self.workflows, process, self.moments),
            keys=self.keys,
            pubsub=self.pubsub,
            presenter=self._shown(),
            files=ResultFiles(keys[0].api),
            attachment_urls=addresses(self.url_refresher),
            eta=EtaEstimator(Durations(), self.keys),
            running_limits=limits,
            waiting_limits=room,
            timeout=timeout,
            on_replaced=self._on_replaced,
            webhook_urls=hooks,
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

    async def ask(self, job: NewJob | None = None) -> JobRecord:
        """The job, written down and put into the line as soon as its reply is visible."""
        record, _ = await self.store.record(replace(job or new_job(), owner=self.process))
        await self.jobs.begin(record, channel_id=None, message_id=MESSAGE)
        return record

    async def run(self, job: NewJob | None = None) -> JobRecord:
        """The job after its life has come to its end."""
        return await self.ended(await self.ask(job))

    async def ended(self, job: JobRecord) -> JobRecord:
        """The job once its ending was delivered, or could not be."""
        if (found := await self.now(job)).delivered_at is not None:
            return found
        async with asyncio.timeout(60):
            await self.workflows.delivered[job.id].wait()
        return await self.now(job)

    async def now(self, job: JobRecord) -> JobRecord:
        """The job as it is remembered."""
        found = await self.stored.get(job.id)
        assert found is not None
        return found

    def _port(self, inner: Any) -> Any:
        return Port(inner, self.moments)

    def _shown(self) -> Any:
        return _Shown(self.presenter, self.moments)

    async def _on_replaced(self) -> None:
        self.replaced.set()


class _Shown(Port):
    """The presenter; when it is closed, a stop has come so far that a held process goes on from where it is held."""

    async def close(self) -> None:
        self._moments.released.set()


async def silence_passes(database: Database, process: str = "0") -> None:
    """So much time, as seen from a process that died, that the others give it up."""
    later = sa.update(processes).where(processes.c.id == process).values(seen_at=processes.c.seen_at - 60)
    await database.run(lambda connection: connection.execute(later))


async def until(seen: Callable[[], Awaitable[bool]]) -> None:
    """Return once it is so, where nobody tells."""
    async with asyncio.timeout(60):
        while not await seen():  # noqa: ASYNC110  # a row tells nobody that it has changed
            await asyncio.sleep(0.005)
