"""Each call of the services fails once, before or after it has had its effect: the process itself goes on."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.store import Database, JobRecord, JobState
from tests.bot.services.await_points import FailingPoints
from tests.bot.services.interruptions import MIA, STORIES, Interruptions, Story, check
from tests.bot.services.one_process import MESSAGE, OneProcess
from tests.support.sampling import Sample

UNKNOWABLE = {"before imagine", "before press", "after imagine", "after press"}
"""Points at which an error hides that nothing was sent, or that it was refused."""


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """On both kinds of database."""
    return migrated_url


async def run(database: Database, story: Story, failing: int) -> tuple[Interruptions, FailingPoints, JobRecord]:
    """The delivered job of a process in which the call with this number fails; 0 is none."""
    interruptions, points = Interruptions(database, story), FailingPoints()
    async with OneProcess(
        database,
        interruptions.api,
        presenter=interruptions.presenter,
        workflows=interruptions.workflows,
        await_points=points,
    ) as process:
        record, _ = await process.stored.record(replace(interruptions.job, owner=process.process))
        if story.key_paused:
            await process.key_store.pause("main", 200)
        points.fail_after(failing)
        begun = await process.stored.move(
            record.id, JobState.RECORDED, state=JobState.WAITING, message_id=MESSAGE, owner=process.process
        )
        assert begun is not None
        await process.lifecycle.enqueue(begun)
        cancelling = asyncio.create_task(cancel(process, interruptions))
        async with asyncio.timeout(60):
            while (job := await process.now(record)).delivered_at is None:
                await asyncio.sleep(0.01)
                with suppress(RuntimeError):
                    await process.sweep()
        cancelling.cancel()
        await asyncio.gather(cancelling, return_exceptions=True)
    return interruptions, points, job


async def cancel(process: OneProcess, interruptions: Interruptions) -> None:
    """Cancel the job as its member does: again, if that fails."""
    if interruptions.story.cancel_when is None:
        return
    await interruptions.presenter.wait_for(interruptions.story.cancel_when)
    for _ in range(2):
        with suppress(UserError, RuntimeError):
            await process.jobs.cancel(interruptions.job.id, MIA, may_manage=False)
            return


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STORIES)
async def test_every_call_fails_once(database: Database, name: str, sample: Sample) -> None:
    """The job is sent at most once, goes on without a restart, and ends as without the failure."""
    story = STORIES[name]
    interruptions, points, job = await run(database, story, 0)
    await check(interruptions, job)
    calls = range(1, len(points.names) + 1)
    for number in sample.of(calls):
        interruptions, points, job = await run(database, story, number)
        unknown = job.state is JobState.UNCONFIRMED and not interruptions.api.accepted
        assert job.state is story.ends or (unknown and points.failed_at in UNKNOWABLE), points.failed_at
        assert len(interruptions.api.accepted) <= 1, points.failed_at
        await check(interruptions, job)
