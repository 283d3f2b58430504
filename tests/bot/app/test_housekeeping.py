"""What is pruned and looked after on a schedule and at each start."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from bot.app.housekeeping import Housekeeping
from bot.services.cluster.pubsub import LocalPubSub, Topic
from bot.services.cluster.workflows import WorkflowEngine
from bot.services.jobs.drafts import Drafts
from bot.store import Database, DraftStore, JobState, JobStore
from bot.timings import DEFAULT_TIMINGS
from tests.bot.records import TOKEN, new_follow_up, new_job, reply_address, rewritten

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=3)


class Engine(WorkflowEngine):
    """A workflow engine that only counts what it is asked to delete."""

    def __init__(self) -> None:
        super().__init__("", "0")
        self.pruned: list[datetime] = []

    async def prune(self, before: datetime) -> int:
        self.pruned.append(before)
        return 0


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def pubsub() -> LocalPubSub:
    return LocalPubSub()


@pytest.fixture
def housekeeping(engine: Engine, store: JobStore, database: Database, pubsub: LocalPubSub) -> Housekeeping:
    return Housekeeping(engine, store, Drafts(DraftStore(database), DEFAULT_TIMINGS), pubsub)


async def old_job(store: JobStore) -> str:
    """A failed job of three days ago, with a token and a mask, that seems to be running as well as delivered."""
    reply = reply_address(opened_at=LONG_AGO)
    record, _ = await store.record(new_follow_up("Vary (Region)", details={"mask": "AA=="}, reply=reply))
    await rewritten(store, record.id, state=JobState.RUNNING, finished_at=LONG_AGO, delivered_at=LONG_AGO)
    return record.id


async def test_everything_is_scheduled_and_due_at_a_start(
    housekeeping: Housekeeping, engine: Engine, store: JobStore
) -> None:
    """A bot that restarts more often than its schedule comes round keeps nothing longer."""
    job_id = await old_job(store)
    fresh, _ = await store.record(new_job())
    assert engine._schedules.keys() == {"prune", "sweep"}
    await housekeeping.catch_up()
    await housekeeping.prune()
    job, kept = await store.get_with_mask(job_id), await store.get(fresh.id)
    assert job is not None
    assert kept is not None
    assert (job.state, job.reply.token, job.details, len(engine.pruned)) == (JobState.FAILED, "", {}, 2)
    assert kept.reply.token == TOKEN


async def test_a_failing_step_stops_no_other(
    housekeeping: Housekeeping,
    engine: Engine,
    store: JobStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A lasting failure is logged once, and again when it comes back."""

    async def broken(*_: object) -> int:
        raise RuntimeError("broken")

    with monkeypatch.context() as patched:
        patched.setattr(store, "forget_tokens", broken)
        for _ in range(3):
            await housekeeping.prune()
    assert len(engine.pruned) == 3
    assert [line.levelno for line in caplog.records] == [logging.ERROR]
    await housekeeping.prune()
    monkeypatch.setattr(store, "forget_tokens", broken)
    await housekeeping.prune()
    assert [line.levelno for line in caplog.records] == [logging.ERROR] * 2


async def test_a_sweep_reaches_every_process(housekeeping: Housekeeping, store: JobStore, pubsub: LocalPubSub) -> None:
    """Jobs in a state that can't be are ended, and each process looks after all its jobs again."""
    job_id, asked = await old_job(store), asyncio.Event()
    pubsub.subscribe(Topic.RECHECK, lambda _: asked.set())
    await housekeeping.sweep()
    job = await store.get(job_id)
    assert job is not None
    assert job.state is JobState.FAILED
    async with asyncio.timeout(60):
        await asked.wait()
