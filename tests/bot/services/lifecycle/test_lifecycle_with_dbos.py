"""A job's life in the engine itself, which its stand-in in other tests takes the place of."""

import pytest

from bot.services.cluster.workflows import WorkflowEngine
from bot.store import Database, JobState, JobStore
from tests.bot.services.await_points import Moments
from tests.bot.services.one_process import OneProcess, silence_passes, until
from tests.bot.services.scripted import Recorder, ScriptedApi


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """On both kinds of database."""
    return migrated_url


@pytest.mark.exhaustive
@pytest.mark.parametrize("successor", ["0", "1"], ids=["restart", "another process"])
@pytest.mark.parametrize("moment", range(1, 21))
async def test_a_job_goes_on_in_the_next_process(database: Database, moment: int, successor: str) -> None:
    """Stopped in some moment of its life: sent once, shown once, done."""
    api, presenter = ScriptedApi(), Recorder()

    def house(process: str, moments: Moments) -> OneProcess:
        return OneProcess(
            database,
            api,
            process=process,
            presenter=presenter,
            moments=moments,
            engine=WorkflowEngine(database.workflow_url, process),
        )

    async with house("0", moments := Moments()) as first:
        job = await first.ask()
        moments.hold_after(moment)
        await moments.reached.wait()
    await silence_passes(database)
    async with house(successor, Moments()) as second:

        async def delivered() -> bool:
            return (await second.now(job)).delivered_at is not None

        await until(delivered)
        ended = await second.now(job)
    assert (ended.state, api.calls.count("submit"), len(api.accepted)) == (JobState.DONE, 1, 1)
    assert {ending.job.state for ending in presenter.endings} == {JobState.DONE}
    assert presenter.endings[-1].uploads
    assert await JobStore(database).unfinished() == []
