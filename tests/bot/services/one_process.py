"""One process of the bot as its services see it, put together as the bot is, small and fast."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from bot.imaginepro import RateLimiter
from bot.services.cluster.heartbeat import Heartbeat
from bot.services.cluster.pubsub import LocalPubSub, Topic
from bot.services.images.results import ResultFiles
from bot.services.jobs.service import Jobs
from bot.services.jobs.takeover import Takeover
from bot.services.lifecycle.end_events import JobEndEvents
from bot.services.lifecycle.lifecycle import DELIVER, SEND, JobLifecycle
from bot.services.lifecycle.submit import Submitter
from bot.services.lifecycle.watch import JobWatcher
from bot.services.lifecycle.webhook_urls import WebhookUrls
from bot.services.lifecycle.workflows import Work
from bot.services.queue.dispatcher import QueueDispatcher
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.services.tracker import Durations, Tolerances, Tracker
from bot.store import (
    ApiKeyStore,
    Database,
    JobQueueStore,
    JobRecord,
    JobStore,
    NewJob,
    ProcessStore,
    RunningLimits,
    WaitingLimits,
)
from bot.store.db.schema import processes
from tests.bot.records import new_job
from tests.bot.services.await_points import Moments, Port
from tests.bot.services.scripted import Recorder, ScriptedApi
from tests.bot.services.signed_urls import Scripted, addresses
from tests.bot.services.workflows import StandIn, Workflows

MESSAGE = 55
"""The reply of every job here."""

PATIENCE = Tolerances(unknown=timedelta(seconds=0.2), without_result=timedelta(seconds=0.02))
FREE = RunningLimits(of_key=1000, of_guild=1000, of_member=1000)
ROOM = WaitingLimits(of_member=1000, of_guild=1000)
NEVER = 3600.0

MakeEngine = Callable[[str, Mapping[str, Work]], Any]


def api_key(api: Any, name: str = "main", at_once: int = 1000) -> ApiKey:
    """A key whose requests need not wait."""
    tracker = Tracker(api, pause=0.001, reads_per_second=1e6, tolerances=PATIENCE)
    return ApiKey(name, api, RateLimiter.unlimited(), tracker, at_once)


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
        make_engine: MakeEngine | None = None,
        timeout: int = 300,
        grace: float = 60.0,
        looks: Sequence[float] = (0.0,) * 3,
        at_once: int = 1000,
        limits: RunningLimits = FREE,
        room: WaitingLimits = ROOM,
        beat: float = NEVER,
        reply: int | None = MESSAGE,
        hooks: WebhookUrls | None = None,
    ) -> None:
        self.moments = moments or Moments()
        self.process, self.apis = process, apis or (ScriptedApi(),)
        self.api = self.apis[0]
        self.presenter = presenter or Recorder()
        self.workflows = workflows or Workflows()
        self.signals = LocalPubSub()
        self.stored = JobStore(database)
        self.store: JobStore = self._port(self.stored)
        self.key_store = ApiKeyStore(database)
        self.replaced = asyncio.Event()
        self._reply = reply
        self._make_engine: MakeEngine = make_engine or self._stand_in
        line_store = self._port(JobQueueStore(database))
        shown = self._port(self.presenter)
        names = ["main", *(f"key-{number}" for number in range(2, len(self.apis) + 1))]
        keys = [api_key(self._port(api), name, at_once) for api, name in zip(self.apis, names, strict=True)]
        self.keys = KeyPool(keys, self._port(self.key_store))
        self.outcomes = JobEndEvents(self.signals)
        self.submissions = Submitter(
            self.store, self.keys, process, timeout=timeout, webhook_urls=hooks, search_pauses=tuple(looks)
        )
        self.followed = JobWatcher(
            self.store, self.keys, process, presenter=shown, end_events=self.outcomes, timeout=timeout, grace=grace
        )
        self.life = JobLifecycle(
            self.store,
            submitter=self.submissions,
            watcher=self.followed,
            files=ResultFiles(keys[0].api),
            presenter=shown,
            end_events=self.outcomes,
        )
        self.line = QueueDispatcher(
            line_store,
            self.keys,
            process,
            presenter=shown,
            eta=EtaEstimator(Durations(), self.keys),
            on_dispatch=self.life.start_submit,
            limits=limits,
        )
        self.renewal = Scripted()
        self.jobs = Jobs(
            self.store, self.life, self.signals, process, attachment_urls=addresses(self.renewal), limits=room
        )
        self._presence_store, self._beat = self._port(ProcessStore(database)), beat
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.key_store.ensure([key.name for key in self.keys.all])
        self.signals.subscribe(Topic.CANCEL, self.followed.cancel)
        self.signals.subscribe(Topic.FOUND, self.submissions.reconciler.retry_now)
        self.signals.subscribe(Topic.LATE, self.followed.on_late_result)
        self.signals.subscribe(Topic.JOB_END, lambda _: self.line.wake())
        enter = self._closing.enter_async_context
        self._closing.push_async_callback(self.submissions.drain, 10)
        self._closing.callback(self.moments.released.set)
        works = {SEND: self.life.send, DELIVER: self.life.deliver}
        engine: Any = await enter(self._make_engine(self.process, works))
        self.life.attach(engine, self.line)
        self._closing.push_async_callback(self.followed.stop)
        self.caretaker = Takeover(
            keys=self.keys,
            engine=engine,
            lifecycle=self.life,
            watcher=self.followed,
            jobs=self.jobs,
            find_reply=self._find_reply,
        )
        self.presence = Heartbeat(
            self._presence_store, self.process, self.caretaker, self._told_replaced, beat=self._beat
        )
        await enter(self.presence)
        await enter(self.line)
        self._closing.callback(self.jobs.close)
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
            await self.workflows.told[job.id].wait()
        return await self.now(job)

    async def now(self, job: JobRecord) -> JobRecord:
        """The job as it is remembered."""
        found = await self.stored.get(job.id)
        assert found is not None
        return found

    def _port(self, inner: Any) -> Any:
        return Port(inner, self.moments)

    def _stand_in(self, process: str, works: Mapping[str, Work]) -> StandIn:
        return StandIn(self.workflows, process, works, self.moments)

    async def _find_reply(self, _: JobRecord) -> int | None:
        await self.moments.passes("before its reply is looked for")
        return self._reply

    async def _told_replaced(self) -> None:
        self.replaced.set()


async def silence_passes(database: Database, process: str = "0") -> None:
    """So much time, as seen from a process that died, that the others give it up."""
    later = sa.update(processes).where(processes.c.id == process).values(seen_at=processes.c.seen_at - 60)
    await database.run(lambda connection: connection.execute(later))


async def until(seen: Callable[[], Awaitable[bool]]) -> None:
    """Return once it is so, where nobody tells."""
    async with asyncio.timeout(60):
        while not await seen():  # noqa: ASYNC110  # a row tells nobody that it has changed
            await asyncio.sleep(0.005)
