"""A process that is shut down at every await point between a job's record and its delivered reply."""

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
async def test_stopped_at_every_await_point(database: Database, name: str, sample: Sample) -> None:
    """A shutdown finishes the request in flight, so that no job needs to be searched for or is unconfirmed."""
    async for interruptions, process in held(database, STORIES[name], sample):
        await process.stop()
        job = await interruptions.finished()
        assert job.state is interruptions.story.ends, process.await_points.held_at
        assert interruptions.story.lost or "history" not in interruptions.api.calls
        await check(interruptions, job)
