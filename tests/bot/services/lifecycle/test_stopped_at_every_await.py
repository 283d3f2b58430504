"""A process that is told to stop in every moment between a job's record and its settled reply."""

import pytest

from bot.store import Database
from tests.bot.services.held_processes import held
from tests.bot.services.interruptions import STORIES, check
from tests.support.sampling import Sample


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """On both kinds of database."""
    return migrated_url


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STORIES)
async def test_stopped_in_every_moment(database: Database, name: str, sample: Sample) -> None:
    """A stop finishes the request under way, so that nothing has to be searched for and nothing is unclear."""
    async for site, process in held(database, STORIES[name], sample):
        await process.stop()
        job = await site.finished()
        assert job.state is site.story.ends, process.moments.caught
        assert site.story.lost or "history" not in site.api.calls
        await check(site, job)
