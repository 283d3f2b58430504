"""The lifecycle of a job on the real workflow engine, which other tests replace by a fake."""

import pytest

from bot.services.cluster.workflows import WorkflowEngine
from bot.store import Database, JobState, JobStore
from tests.bot.services.await_points import AwaitPoints
from tests.bot.services.one_process import OneProcess, silence_passes, until
from tests.bot.services.scripted import Recorder, ScriptedApi


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """On both kinds of database."""
    return migrated_url


@pytest.mark.exhaustive
@pytest.mark.parametrize("successor", ["0", "1"], ids=["restart", "another process"])
@pytest.mark.parametrize("point", range(1, 21))
async def test_next_process_resumes_the_job(database: Database, point: int, successor: str) -> None:
    """Stopped at each of its first await points, the job is sent once and done in the next process."""
    api, presenter = ScriptedApi(), Recorder()

    def process_named(process: str, await_points: AwaitPoints) -> OneProcess:
        return OneProcess(
            database,
            api,
            process=process,
            presenter=presenter,
            await_points=await_points,
            engine=WorkflowEngine(database.workflow_url, process),
        )

    async with process_named("0", await_points := AwaitPoints()) as first:
        job = await first.begin()
        await_points.hold_after(point)

        async def held_or_delivered() -> bool:
            # A life may have fewer points than there are parameters.
            return await_points.reached.is_set() or (await first.now(job)).delivered_at is not None

        await until(held_or_delivered)
        if not await_points.reached.is_set():
            # Closing has points of its own, which are not meant.
            await_points.released.set()
    await silence_passes(database)
    async with process_named(successor, AwaitPoints()) as second:

        async def delivered() -> bool:
            return (await second.now(job)).delivered_at is not None

        await until(delivered)
        ended = await second.now(job)
    assert (ended.state, api.calls.count("submit"), len(api.accepted)) == (JobState.DONE, 1, 1)
    assert {ending.job.state for ending in presenter.endings} == {JobState.DONE}
    assert presenter.endings[-1].uploads
    assert await JobStore(database).unfinished() == []
