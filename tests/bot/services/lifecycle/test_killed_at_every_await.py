"""A process that is killed at every await point between a job's record and its delivered reply."""

import pytest

from bot.store import Database, JobState
from tests.bot.services.held_processes import await_points, held, killed_again
from tests.bot.services.interruptions import STORIES, Interruptions, check, is_plausible
from tests.bot.services.one_process import silence_passes
from tests.support.sampling import Sample

UNKNOWABLE = {
    *("after move", "before imagine", "before press", "after imagine", "before pause", "after pause", "before move"),
    # A refusal is noted for the key, and the member's wish is read, before it is recorded for the job.
    *("before mark_full", "after mark_full", "before get", "after get"),
    # Here the dispatcher is held, while the job that it has dispatched continues.
    *("before take_next", "after take_next"),
}
"""Points where it is unknown whether the API has the job: while it is sent, and until a refusal is recorded."""

AT_MOST = 8


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """On both kinds of database."""
    return migrated_url


@pytest.mark.exhaustive
@pytest.mark.parametrize("successor", ["0", "1"], ids=["restart", "another process"])
@pytest.mark.parametrize("name", STORIES)
async def test_killed_at_every_await_point(database: Database, name: str, successor: str, sample: Sample) -> None:
    """Afterwards: at most one accepted submission, and one reply, which says so if the outcome is unknown."""
    unconfirmed = list[str]()
    async for interruptions, process in held(database, STORIES[name], sample):
        await process.kill()
        await silence_passes(database)
        job = await interruptions.finished(successor)
        assert is_plausible(interruptions, job), process.await_points.held_at
        unconfirmed += [process.await_points.held_at] * (job.state is JobState.UNCONFIRMED)
        await check(interruptions, job)
    assert set(unconfirmed) <= UNKNOWABLE
    assert len(unconfirmed) <= AT_MOST * (1 + len(STORIES[name].answers))


@pytest.mark.exhaustive(together=4)
@pytest.mark.parametrize("name", STORIES)
async def test_killed_repeatedly(database: Database, name: str, sample: Sample) -> None:
    """Each process gets further than the one before."""
    points = sample.of(await await_points(database, STORIES[name]))
    interruptions = Interruptions(database, STORIES[name])
    await killed_again(interruptions, points)
    job = await interruptions.finished()
    assert is_plausible(interruptions, job)
    await check(interruptions, job)
