"""A process that dies in every moment between a job's record and its settled reply."""

import pytest

from bot.store import Database, JobState
from tests.bot.services.held_processes import held, killed_again, moments
from tests.bot.services.interruptions import STORIES, Interruptions, check, is_honest
from tests.bot.services.one_process import silence_passes
from tests.support.sampling import Sample

UNKNOWABLE = {
    *("after move", "before imagine", "before press", "after imagine", "before pause", "after pause", "before move"),
    # Here the dispatcher is held, while the job that it has dispatched goes on.
    *("before take_next", "after take_next"),
}
"""From "about to be sent" to the request's arrival, and from its refusal to the record of that, it is unknown whether
the API has the job."""

AT_MOST = 8


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """On both kinds of database."""
    return migrated_url


@pytest.mark.exhaustive
@pytest.mark.parametrize("successor", ["0", "1"], ids=["restart", "another process"])
@pytest.mark.parametrize("name", STORIES)
async def test_killed_in_every_moment(database: Database, name: str, successor: str, sample: Sample) -> None:
    """Afterwards: one submission, one picture, one settled reply; a lost request is told honestly."""
    unclear = list[str]()
    async for site, process in held(database, STORIES[name], sample):
        await process.kill()
        await silence_passes(database)
        job = await site.finished(successor)
        assert is_honest(site, job), process.moments.caught
        unclear += [process.moments.caught] * (job.state is JobState.UNCONFIRMED)
        await check(site, job)
    assert set(unclear) <= UNKNOWABLE
    assert len(unclear) <= AT_MOST * (1 + len(STORIES[name].answers))


@pytest.mark.exhaustive(together=4)
@pytest.mark.parametrize("name", STORIES)
async def test_killed_again_and_again(database: Database, name: str, sample: Sample) -> None:
    """Each process gets a little further than the one before it."""
    deaths = sample.of(await moments(database, STORIES[name]))
    site = Interruptions(database, STORIES[name])
    await killed_again(site, deaths)
    job = await site.finished()
    assert is_honest(site, job)
    await check(site, job)
